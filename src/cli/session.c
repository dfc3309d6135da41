/* session.c - connecting to the CA as one account. */
#include "cli/cli.h"
#include "cli/password.h"
#include "rpc/socket.h"

#include "base/str.h"

#include <sys/stat.h>

#define SESSION_TIMEOUT_MS 60000

/* In a demo folder its owner needs no password (the CA decides the same). */
static bool
is_demo_owner(const struct cli_config *config)
{
	struct stat st;

	return config->demo &&
	       (geteuid() == 0 ||
		   (stat(config->folder, &st) == 0 && st.st_uid == geteuid()));
}

static int
account_password(
    struct cli *c, const char *as, struct secret **ret, struct err *err)
{
	const char *file = cli_args_text(&c->args, "password-file");
	char prompt[64 + IDENTITY_NAME_MAX];

	*ret = NULL;
	if (file && !as)
		return err_set(
		    err, ERR_INVALID, "--password-file needs --as NAME.");
	if (file)
		return cli_password_from_file(file, ret, err);
	if (!as || is_demo_owner(&c->config))
		return 0;
	(void)snprintf(prompt, sizeof(prompt), "Password of %s", as);
	return cli_password_ask(prompt, ret, err);
}

bool
cli_session_runs(const struct cli_config *config)
{
	AUTO_FD fd = -1;

	return rpc_socket_connect(config->admin_socket, &fd, NULL) == 0;
}

int
cli_session_open(struct cli *c, struct rpc_client **ret, struct err *err)
{
	const char *as = cli_args_text(&c->args, "as");
	AUTO(secret) password = NULL;
	struct rpc_client_options o = { .timeout_ms = SESSION_TIMEOUT_MS };

	if (cli_load(c, err) < 0 || account_password(c, as, &password, err) < 0)
		return -1;
	if (c->config.offline && c->pair.ca.pid == 0 &&
	    !cli_session_runs(&c->config) &&
	    cli_pair_start(&c->config, NULL, NULL, &c->pair, err) < 0)
		return -1;
	if (as && strlen(as) >= IDENTITY_NAME_MAX)
		return err_set(err, ERR_INVALID,
		    "The account name after --as is too long.");
	o.path = c->config.admin_socket;
	o.as = as ? as : "";
	o.as_role = as ? 0 : c->command->role;
	if (password)
		o.password = secret_bytes(password);
	return rpc_client_new(&o, ret, err);
}

int
cli_session_to(const struct cli_config *config, const char *as,
    uint32_t as_role, struct rpc_client **ret, struct err *err)
{
	const struct rpc_client_options o = {
		.path = config->admin_socket,
		.as = as,
		.as_role = as_role,
		.timeout_ms = SESSION_TIMEOUT_MS,
	};

	return rpc_client_new(&o, ret, err);
}
