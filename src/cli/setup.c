#include "cli/setup.h"

#include "base/str.h"
#include "cli/folder.h"
#include "cli/pair.h"
#include "cli/password.h"
#include "cli/program.h"
#include "cli/shipped.h"
#include "cli/site.h"
#include "pki/pem.h"

#include <fcntl.h>
#include <limits.h>

#define YAML_MAX    16384
#define CA_NAME_MAX 64

static const struct {
	const char *name;
	enum role role;
} users[] = {
	/* The administrator first: as long as there is none, the CA lets the
	 * folder's owner add one. */
	{ "admin", ROLE_ADMIN },
	{ "alice", ROLE_ENROLLEE },
	{ "bob", ROLE_ENROLLEE },
	{ "officer", ROLE_OFFICER },
	{ "officer2", ROLE_OFFICER },
	{ "auditor", ROLE_AUDITOR },
	{ "operator", ROLE_OPERATOR },
};

/* A YAML text in double quotes; what comes in is printable. */
static void
add_quoted(struct buf *out, const char *s)
{
	buf_add_char(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *s);
	}
	buf_add_char(out, '"');
}

/* The machine's name where it can be a DNS name. */
static bool
host_name(char dst[CLI_TEXT_MAX])
{
	char name[CLI_TEXT_MAX];

	if (gethostname(name, sizeof(name)) < 0)
		return false;
	name[sizeof(name) - 1] = 0;
	if (!str_lower(dst, CLI_TEXT_MAX, name) || !*dst || strlen(dst) > 64 ||
	    str_eq(dst, "localhost") || dst[0] == '-' || dst[0] == '.')
		return false;
	return strspn(dst, "abcdefghijklmnopqrstuvwxyz0123456789.-") ==
	       strlen(dst);
}

static int
check(const struct cli_setup *s, struct err *err)
{
	struct bytes name = bytes_str(s->ca_name);

	if (name.n == 0 || name.n > CA_NAME_MAX || !str_is_printable(name))
		return err_set(err, ERR_INVALID,
		    "The name of the CA has 1 to %d printable characters.",
		    CA_NAME_MAX);
	if (s->https == s->http)
		return err_set(err, ERR_INVALID,
		    "--https and --http must be different ports.");
	if (!*s->listen || strspn(s->listen, "0123456789abcdefABCDEF.:[]") !=
			       strlen(s->listen))
		return err_set(err, ERR_INVALID,
		    "--listen takes an IP address, not \"%.60s\".", s->listen);
	if (s->issue_at_once && str_eq(s->ca_type, "enterprise"))
		return err_set(err, ERR_INVALID,
		    "--issue-at-once is for stand-alone CAs; on an enterprise "
		    "CA each template says what it takes.");
	return 0;
}

/* Issuing without an officer is only harmless with both lists: no purpose
 * that lets somebody sign in, and names that nobody owns. */
static const char at_once[] =
    "  # Requests within both lists are issued without an officer; all others\n"
    "  # wait. `override` names who answers for issuing without the lists.\n"
    "  issue_at_once:\n"
    "    enabled: true\n"
    "    override: \"\"\n"
    "    eku: [\"1.3.6.1.5.5.7.3.1\"]   # server authentication\n"
    "    dns_suffixes: [localhost, example, test, invalid, example.com, "
    "example.net, example.org]\n";
static const char pending[] = "  issue_at_once:\n    enabled: false\n";

static const char online[] = "  crl_period_hours: 168\n  crl_delta_hours: 24\n";
/* Somebody has to carry each list. */
static const char offline[] =
    "  offline: true   # nothing runs between commands\n"
    "  crl_period_hours: 2160\n  crl_delta_hours: 0\n";

static void
add_ca(const struct cli_setup *s, const char *host, struct buf *out)
{
	buf_add_str(out, "ca:\n  name: ");
	add_quoted(out, s->ca_name);
	buf_addf(out,
	    "\n  host: %s\n  type: %s\n  key: %s\n  database: sqlite:ca/ca.db\n"
	    "  sign_socket: run/sign/sign.sock\n"
	    "  web_socket: run/web/web.sock\n"
	    "  admin_socket: run/admin/admin.sock\n"
	    "  publish: public/certenroll\n"
	    "  url: http://localhost:%u/certenroll\n"
	    "  ca_validity_days: 3650\n  validity_days: 365\n"
	    "%s%s"
	    "  separation: roles   # or single-person\n",
	    host, s->ca_type, s->key, s->http,
	    s->subordinate ? "  subordinate: true   # another CA signs its "
			     "certificate\n"
			   : "",
	    s->offline ? offline : online);
	if (str_eq(s->ca_type, "enterprise"))
		buf_add_str(out, "  templates: templates   # what is issued\n");
	else
		buf_add_str(out, s->issue_at_once ? at_once : pending);
}

int
cli_setup_yaml(const struct cli_setup *s, struct buf *out, struct err *err)
{
	char host[CLI_TEXT_MAX];
	bool named = host_name(host);

	if (check(s, err) < 0)
		return -1;
	buf_add_str(out, "# OpenCertSrv: one file for all programs. Paths are "
			 "relative to its folder.\n"
			 "demo: true\n");
	add_ca(s, named ? host : "localhost", out);
	buf_addf(out, "  site_names: [localhost, 127.0.0.1, \"::1\"%s%s]\n",
	    named ? ", " : "", named ? host : "");
	buf_add_str(out, "sign:\n  keys: sign/keys\n  log: sign/sign.log\n"
			 "  socket: run/sign/sign.sock\n"
			 "web:\n  fcgi_socket: run/fcgi/fcgi.sock\n"
			 "  ca_socket: run/web/web.sock\n  cache: web/cache\n"
			 "  threads: 16\n");
	buf_addf(out,
	    "  public_url: https://localhost:%u\n"
	    "  aliases:\n    - https://127.0.0.1:%u\n    - "
	    "\"https://[::1]:%u\"\n",
	    s->https, s->https, s->https);
	if (named)
		buf_addf(out, "    - https://%s:%u\n", host, s->https);
	buf_addf(out, "  http_url: http://localhost:%u\n", s->http);
	buf_addf(out,
	    "host:\n  https: %u\n  http: %u\n  listen: \"%s\"\n"
	    "  rate: 200\n  burst: 400\n  connections: 200\n"
	    "  nginx_workers: 2\n  hsts: false\n",
	    s->https, s->http, s->listen);
	return buf_check(out, "the configuration", err);
}

static int
add_user(struct rpc_client *client, const char *name, uint32_t role,
    const char *mail, const char *display, const char *password,
    struct err *err)
{
	const struct rpc_user_change ask = { .name = name,
		.password = bytes_str(password),
		.roles = role,
		.mail = mail,
		.display_name = display,
		.upn = mail,
		.uid = -1 };
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_user *user;

	if (rpc_do_USER_ADD(client, &ask, &msg, &user, err) == 0)
		return 0;
	/* A set-up that was interrupted: the password is a new one. */
	if (err->code == ERR_EXISTS &&
	    rpc_do_USER_PASSWD(client, &ask, &msg, &user, err) == 0)
		return 0;
	return err_wrap(err, "Adding the account %s", name);
}

/* Demo accounts with random passwords, which stand in `credentials`. */
static int
add_users(const struct cli_config *config, struct err *err)
{
	AUTO_BUF text = BUF_WITH_LIMIT(4096);
	char password[CLI_PASSWORD_MADE + 1], mail[64] = "";
	char display[64] = "";
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ARRAY_LEN(users); i++) {
		AUTO(rpc_client) client = NULL;

		/* The first one is added by nobody, the others by it. */
		rc = cli_session_to(config, i ? users[0].name : "",
		    i ? 0 : ROLE_ADMIN, &client, err);
		if (rc == 0)
			rc = cli_password_make(password, err);
		/* Templates write them into certificates; the user
		 * principal name is the address. */
		if (config->enterprise) {
			(void)snprintf(mail, sizeof(mail), "%s@example.com",
			    users[i].name);
			(void)snprintf(display, sizeof(display), "%c%s Example",
			    users[i].name[0] - 'a' + 'A', users[i].name + 1);
		}
		if (rc == 0)
			rc = add_user(client, users[i].name, users[i].role,
			    mail, display, password, err);
		buf_addf(&text, "%s %s %s\n", users[i].name, password,
		    role_word(users[i].role));
	}
	if (rc == 0)
		rc = buf_check(&text, "credentials", err);
	if (rc == 0)
		rc = cli_folder_write(config->folder, "credentials",
		    buf_bytes(&text), 0600, NULL, err);
	secret_wipe(password, sizeof(password));
	secret_wipe(text.p, text.n);
	return rc;
}

/* Officers of an enterprise CA decide on what a restriction lets them; a demo
 * begins with one that lets the role decide on everything. */
static int
allow_officers(const struct cli_config *config, struct err *err)
{
	const struct rpc_restriction_change ask = {
		.row = { .officer = true,
		    .actor_is_group = true,
		    .actor = "officers",
		    .template_name = "*",
		    .target_kind = RPC_TARGET_ANY,
		    .target = "" },
	};
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_acted *acted;

	if (cli_session_to(config, users[0].name, 0, &client, err) < 0 ||
	    rpc_do_RESTRICTION_CHANGE(client, &ask, &msg, &acted, err) < 0)
		return err_wrap(err, "Letting officers decide");
	return 0;
}

static int
write_request(const struct cli_config *config, struct err *err)
{
	const struct rpc_ca_renew ask = { .kind = "" };
	AUTO_BUF pem = BUF_WITH_LIMIT(2 * RPC_REQUEST_MAX);
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_ca_renewed *r;

	if (cli_session_to(config, users[0].name, 0, &client, err) < 0 ||
	    rpc_do_CA_RENEW(client, &ask, &msg, &r, err) < 0)
		return err_wrap(err, "The request for the CA's certificate");
	pki_pem_write(&pem, "CERTIFICATE REQUEST", r->request, PKI_PEM_LF);
	if (buf_check(&pem, "the request", err) < 0)
		return -1;
	return cli_folder_write(config->folder, CLI_SETUP_REQUEST,
	    buf_bytes(&pem), 0644, NULL, err);
}

int
cli_setup_complete(const struct cli_config *config, struct err *err)
{
	bool made;

	if (cli_site_write_ca(config, err) < 0)
		return -1;
	return config->demo && !config->offline
		   ? cli_site_ensure(config, &made, err)
		   : 0;
}

/* ctx: what the CA has its certificate from already, or NULL. */
static int
with_programs(const struct cli_config *config, void *ctx, struct err *err)
{
	if (add_users(config, err) < 0 ||
	    (config->enterprise && allow_officers(config, err) < 0) ||
	    (config->enterprise &&
		cli_shipped_enable(config, users[0].name, err) < 0))
		return -1;
	return config->subordinate && !ctx ? write_request(config, err)
					   : cli_setup_complete(config, err);
}

/* ca: how the CA is started; the signer always may make what is missing. */
static int
with_both(const struct cli_config *config, const char *ca,
    int (*meanwhile)(
	const struct cli_config *config, void *ctx, struct err *err),
    void *ctx, struct err *err)
{
	struct cli_pair pair;
	int rc = 0;

	if (cli_pair_start(config, "--init", ca, &pair, err) < 0)
		return -1;
	if (meanwhile)
		rc = meanwhile(config, ctx, err);
	cli_pair_stop(&pair);
	return rc;
}

int
cli_setup_init(const struct cli_config *config,
    int (*meanwhile)(
	const struct cli_config *config, void *ctx, struct err *err),
    void *ctx, struct err *err)
{
	return with_both(config, "--init", meanwhile, ctx, err);
}

int
cli_setup_import(const struct cli_config *config,
    int (*meanwhile)(
	const struct cli_config *config, void *ctx, struct err *err),
    void *ctx, struct err *err)
{
	return with_both(config, "--import", meanwhile, ctx, err);
}

int
cli_setup_demo(const struct cli_config *config, struct err *err)
{
	return cli_setup_init(config, with_programs, NULL, err);
}

int
cli_setup_folder(const struct cli_host *host, const struct cli_setup *s,
    const char *dir, struct cli_config *config, struct err *err)
{
	AUTO_BUF yaml = BUF_WITH_LIMIT(YAML_MAX);
	char folder[PATH_MAX], file[PATH_MAX], own[CLI_TEXT_MAX];
	struct cli_accounts accounts;

	if (cli_setup_yaml(s, &yaml, err) < 0 ||
	    cli_program_folder(folder, sizeof(folder), err) < 0 ||
	    cli_folder_begin(dir, err) < 0 || cli_folder_clear(dir, err) < 0 ||
	    cli_accounts_find(dir, folder, &accounts, err) < 0 ||
	    cli_folder_layout(dir, &accounts, err) < 0 ||
	    cli_folder_write(dir, "opencertsrv.yaml", buf_bytes(&yaml), 0644,
		&accounts.owner, err) < 0 ||
	    cli_folder_path(file, sizeof(file), dir, "opencertsrv.yaml", err) <
		0 ||
	    host->load_config(file, config, err) < 0)
		return -1;
	if (config->enterprise &&
	    cli_shipped_copy(dir, host_name(own) ? own : "", err) < 0)
		return -1;
	if (cli_setup_init(config, with_programs, NULL, err) < 0)
		return -1;
	return cli_folder_finish(dir, err);
}
