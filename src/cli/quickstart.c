/* quickstart.c - opencertsrv quickstart DIR, and the supervisor it becomes. */
#include "cli/cli.h"
#include "cli/folder.h"
#include "cli/program.h"
#include "cli/setup.h"
#include "cli/site.h"

#include "base/clock.h"
#include "base/str.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/wait.h>

#define DETACH_SECONDS  660 /* more than the supervisor waits for a program */
#define SERVING_SECONDS 30

static size_t
ignore_body(char *p, size_t size, size_t n, void *ctx)
{
	(void)p;
	(void)ctx;
	return size * n;
}

/* One request over HTTPS, judged by ca.pem, through all programs. */
static bool
answers(const struct cli_config *config)
{
	char url[CLI_TEXT_MAX + 64], ca[PATH_MAX], connect[CLI_TEXT_MAX + 16];
	struct curl_slist *to = NULL;
	CURL *curl = curl_easy_init();
	const char *listen = config->listen;
	long status = 0;
	bool ok;

	if (str_eq(listen, "0.0.0.0"))
		listen = "127.0.0.1";
	if (str_eq(listen, "::") || str_eq(listen, "[::]"))
		listen = "::1";
	(void)snprintf(url, sizeof(url),
	    "%s/certsrv/certnew.cer?ReqID=CACert&Enc=bin", config->urls[0]);
	(void)snprintf(
	    connect, sizeof(connect), "::%s:%u", listen, config->https);
	ok = curl &&
	     cli_folder_path(ca, sizeof(ca), config->folder, "ca.pem", NULL) ==
		 0 &&
	     (to = curl_slist_append(NULL, connect)) != NULL;
	if (ok) {
		(void)curl_easy_setopt(curl, CURLOPT_URL, url);
		(void)curl_easy_setopt(curl, CURLOPT_CONNECT_TO, to);
		(void)curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
		(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
		(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
		(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 5000L);
		(void)curl_easy_setopt(
		    curl, CURLOPT_WRITEFUNCTION, ignore_body);
		ok = curl_easy_perform(curl) == CURLE_OK &&
		     curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) ==
			 CURLE_OK &&
		     status == 200;
	}
	curl_slist_free_all(to);
	curl_easy_cleanup(curl);
	return ok;
}

static int
print_banner(struct cli *c, struct err *err)
{
	const struct cli_config *f = &c->config;
	char fingerprint[CLI_SITE_FINGERPRINT_MAX], clean[CLI_TEXT_MAX];

	if (cli_site_fingerprint(f, fingerprint, err) < 0)
		return -1;
	(void)cli_column_clean(clean, sizeof(clean), f->ca_name);
	(void)fprintf(c->out,
	    "\n%s is running%s.\n\n"
	    "  Pages        %s/certsrv/\n"
	    "  CRL files    %s/certenroll/\n",
	    clean, f->demo ? " (a demo: not for real certificates)" : "",
	    f->urls[0], f->http_url);
	if (f->demo)
		(void)fprintf(c->out,
		    "  Users        alice and bob send requests; officer and "
		    "officer2 decide;\n"
		    "               admin, auditor and operator look after the "
		    "CA\n"
		    "  Passwords    %s/credentials\n",
		    f->folder);
	(void)fprintf(c->out,
	    "  CA           %s/ca.pem\n"
	    "  SHA-256      %s\n\n"
	    "Your browser warns until it trusts this CA. Import ca.pem among "
	    "its authorities,\nor for the programs of this machine:\n\n"
	    "  sudo cp %s/ca.pem \\\n"
	    "      /usr/local/share/ca-certificates/opencertsrv-demo.crt\n"
	    "  sudo update-ca-certificates\n\n",
	    f->folder, fingerprint, f->folder);
	return fflush(c->out) == EOF ? err_errno(err, "Writing failed") : 0;
}

/* Called by the supervisor when all programs say that they serve. */
static int
serving(void *ctx, struct err *err)
{
	struct cli *c = ctx;
	uint64_t end = clock_monotonic_us() + SERVING_SECONDS * 1000000ULL;

	bool ok;

	while (!(ok = answers(&c->config)) && clock_monotonic_us() < end)
		clock_sleep_us(50000);
	if (!ok)
		return err_set(err, ERR_TIMEOUT,
		    "The programs run, but no answer came over HTTPS; the "
		    "files in %s/log say why.",
		    c->config.folder);
	if (print_banner(c, err) < 0)
		return -1;
	(void)fprintf(c->out, "Ctrl-C stops it.\n");
	(void)fflush(c->out);
	return 0;
}

/* The last words of the supervisor. */
static int
blame(const struct cli *c, struct err *err)
{
	AUTO_BUF log = BUF_WITH_LIMIT(65536);
	char *line;

	if (cli_folder_read(c->config.folder, "log/supervise.log", &log, NULL) <
		0 ||
	    log.n < 2)
		return err_set(err, ERR_SYSTEM, "It did not start.");
	log.p[log.n - 1] = 0;
	line = strrchr((char *)log.p, '\n');
	line = line ? line + 1 : (char *)log.p;
	if (str_has_prefix(line, "opencertsrv: "))
		line += strlen("opencertsrv: ");
	return err_set(err, ERR_SYSTEM, "%s", line);
}

/* Start the supervisor as a session of its own and wait for an answer. */
static int
detach(struct cli *c, struct err *err)
{
	char self[PATH_MAX], folder[PATH_MAX], log_path[PATH_MAX];
	const char *const argv[] = { "opencertsrv", "supervise",
		c->config.folder, NULL };
	AUTO_FD log = -1;
	uint64_t end = clock_monotonic_us() + DETACH_SECONDS * 1000000ULL;
	pid_t pid;

	if (cli_program_folder(folder, sizeof(folder), err) < 0 ||
	    cli_folder_path(self, sizeof(self), folder, "opencertsrv", err) <
		0 ||
	    cli_folder_path(log_path, sizeof(log_path), c->config.folder,
		"log/supervise.log", err) < 0)
		return -1;
	log = open(log_path,
	    O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0640);
	if (log < 0)
		return err_errno(err, "Opening %s failed", log_path);
	if (cli_program_run(self, argv, log, true, &pid, err) < 0)
		return -1;
	while (!answers(&c->config)) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return blame(c, err);
		if (clock_monotonic_us() > end) {
			cli_program_stop(pid, 20);
			return err_set(err, ERR_TIMEOUT,
			    "No answer came over HTTPS in %d seconds; the "
			    "files in %s/log say why.",
			    DETACH_SECONDS, c->config.folder);
		}
		clock_sleep_us(50000);
	}
	if (print_banner(c, err) < 0)
		return -1;
	(void)fprintf(
	    c->out, "opencertsrv stop %s stops it.\n", c->config.folder);
	return CLI_EXIT_OK;
}

static int
read_options(const struct cli *c, struct cli_setup *s, struct err *err)
{
	const char *text;
	uint64_t https, http;

	if (cli_args_number(&c->args, "https", 1, 65535, 8443, &https, err) <
		0 ||
	    cli_args_number(&c->args, "http", 1, 65535, 8080, &http, err) < 0)
		return -1;
	s->https = (unsigned)https;
	s->http = (unsigned)http;
	s->listen =
	    (text = cli_args_text(&c->args, "listen")) ? text : "127.0.0.1";
	s->ca_type =
	    (text = cli_args_text(&c->args, "ca-type")) ? text : "standalone";
	s->ca_name = (text = cli_args_text(&c->args, "ca-name"))
			 ? text
			 : "OpenCertSrv Demo CA";
	s->key = (text = cli_args_text(&c->args, "key")) ? text : "p256";
	s->issue_at_once = cli_args_flag(&c->args, "issue-at-once");
	s->offline = cli_args_flag(&c->args, "offline");
	s->subordinate = cli_args_flag(&c->args, "subordinate");
	return 0;
}

/* Two initialisations of one folder at the same time would mix. */
static int
lock_folder(const char *dir, int *ret_fd, struct err *err)
{
	*ret_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret_fd < 0 || flock(*ret_fd, LOCK_EX | LOCK_NB) == 0)
		return 0; /* not there yet: nobody is in it */
	return err_set(
	    err, ERR_EXISTS, "Another program is just setting up %s.", dir);
}

static int
load_folder(struct cli *c, const char *dir, struct err *err)
{
	char file[PATH_MAX];

	if (cli_folder_path(file, sizeof(file), dir, "opencertsrv.yaml", err) <
	    0)
		return -1;
	return c->host->load_config(file, &c->config, err);
}

/* Make the folder what it must be; leaves the configuration loaded. */
static int
prepare(struct cli *c, const char *dir, struct err *err)
{
	struct cli_setup s;
	enum cli_folder_state state;
	AUTO_FD lock = -1;

	if (read_options(c, &s, err) < 0 || lock_folder(dir, &lock, err) < 0 ||
	    cli_folder_state(dir, &state, err) < 0)
		return -1;
	if (state == CLI_FOLDER_FOREIGN)
		return err_set(err, ERR_EXISTS,
		    "The folder %s holds something else; name one that is "
		    "empty or does not exist.",
		    dir);
	if (state == CLI_FOLDER_READY)
		return load_folder(c, dir, err);
	/* Before the ports stand in a configuration. */
	if (!s.offline &&
	    cli_program_check_ports(s.listen, s.https, s.http, err) < 0)
		return -1;
	(void)fprintf(c->out, "%s %s ...\n",
	    state == CLI_FOLDER_HALF ? "Starting again an interrupted set-up of"
				     : "Setting up",
	    dir);
	(void)fflush(c->out);
	return cli_setup_folder(c->host, &s, dir, &c->config, err);
}

/* A subordinate cannot serve before it has a certificate, an offline CA never
 * does. */
static int
say_set_up(struct cli *c, struct err *err)
{
	const char *dir = c->config.folder;

	if (c->config.subordinate != cli_args_flag(&c->args, "subordinate") ||
	    c->config.offline != cli_args_flag(&c->args, "offline"))
		return err_set(err, ERR_EXISTS,
		    "%s is set up as another kind of CA already.", dir);
	if (c->config.subordinate)
		(void)fprintf(c->out,
		    "The request for the certificate of this CA is %s/%s.\n"
		    "Have it signed by the CA above, then:\n\n"
		    "  opencertsrv ca install CERTIFICATE CHAIN --dir %s\n",
		    dir, CLI_SETUP_REQUEST, dir);
	if (c->config.offline)
		(void)fprintf(c->out,
		    "%s is an offline CA: each command with --dir %s starts "
		    "what it needs.\n",
		    dir, dir);
	else
		(void)fprintf(c->out, "  opencertsrv quickstart %s\n", dir);
	return CLI_EXIT_OK;
}

static int
quickstart(struct cli *c, struct err *err)
{
	const char *dir = c->args.words[0];
	pid_t pid;
	int rc;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return err_set(err, ERR_NO_MEMORY, "There is no memory left.");
	if (cli_folder_running(dir, &pid, err) < 0)
		return -1;
	if (pid != 0) {
		(void)fprintf(stderr,
		    "opencertsrv: %s is running already (process %d).\n", dir,
		    (int)pid);
		return CLI_EXIT_STATE;
	}
	if (prepare(c, dir, err) < 0)
		return -1;
	if (c->config.offline || cli_args_flag(&c->args, "subordinate"))
		return say_set_up(c, err);
	if (cli_args_flag(&c->args, "detach"))
		return detach(c, err);
	rc = c->host->supervise(&c->config, serving, c, err);
	if (rc < 0 && err->code == ERR_EXISTS) {
		(void)fprintf(stderr, "opencertsrv: %s\n", err->text);
		return CLI_EXIT_STATE;
	}
	return rc < 0 ? -1 : CLI_EXIT_OK;
}

static int
supervise(struct cli *c, struct err *err)
{
	if (load_folder(c, c->args.words[0], err) < 0)
		return -1;
	return c->host->supervise(&c->config, NULL, NULL, err);
}

/* The supervisor starts this beside itself, so that a CA that is slow to
 * answer never keeps it from watching. */
static int
site_renew(struct cli *c, struct err *err)
{
	bool renewed;

	if (cli_load(c, err) < 0 ||
	    cli_site_ensure(&c->config, &renewed, err) < 0)
		return -1;
	return renewed ? CLI_EXIT_OK : CLI_EXIT_STATE;
}

/* clang-format off */
static const struct cli_option options[] = {
	{ "https", "PORT", NULL, "port of the pages (8443)" },
	{ "http", "PORT", NULL, "port of the CRL files (8080)" },
	{ "listen", "ADDRESS", NULL, "address to listen on (127.0.0.1)" },
	{ "ca-type", "TYPE", "standalone|enterprise", "kind of CA" },
	{ "ca-name", "NAME", NULL, "name of the CA (OpenCertSrv Demo CA)" },
	{ "key", "KIND", "p256|p384|p521|rsa2048|rsa3072|rsa4096|ed25519",
	  "key of the CA (p256)" },
	{ "issue-at-once", NULL, NULL,
	  "issue harmless server certificates without an officer" },
	{ "subordinate", NULL, NULL,
	  "set up a CA that another CA signs: make a request, do not start" },
	{ "offline", NULL, NULL,
	  "set up a CA of which nothing runs between commands" },
	{ "detach", NULL, NULL, "return when the pages answer" },
	{ NULL, NULL, NULL, NULL },
};

const struct cli_command cli_quickstart_commands[] = {
	{ "quickstart", NULL, "DIR", 1, 1, 0, options, quickstart,
	  "set up a demo CA in a folder, if need be, and start it" },
	{ "supervise", NULL, "DIR", 1, 1, 0, NULL, supervise, NULL },
	{ "site", "renew", "", 0, 0, ROLE_OPERATOR, NULL, site_renew, NULL },
	{ NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
