/* import.c - opencertsrv ca import: the command, and its order. */
#include "cli/import.h"

#include "base/str.h"
#include "cli/folder.h"
#include "cli/password.h"
#include "cli/program.h"
#include "cli/setup.h"
#include "cli/site.h"

/* One row of a large list may wait for a disk. */
#define TIMEOUT_MS 600000

/* --- what is read ----------------------------------------------------------
 */

static int
read_sources(struct cli_import *im, struct err *err)
{
	const struct cli_args *a = &im->c->args;
	const char *table = cli_args_text(a, "table"),
		   *index = cli_args_text(a, "index"), *folder;
	size_t at = 0;

	if (table &&
	    cli_import_table(im, table, cli_args_text(a, "columns"), err) < 0)
		return -1;
	folder = cli_args_each(a, "certificates", &at);
	if (index && cli_import_index(im, index, folder, err) < 0)
		return -1;
	/* What no table and no index knew. */
	im->in_folder = true;
	for (; folder; folder = cli_args_each(a, "certificates", &at))
		if (cli_import_folder(im, folder, err) < 0)
			return -1;
	if (im->counts.seen >= 1000 && isatty(STDERR_FILENO))
		(void)fputc('\n', stderr); /* see import_row.c */
	/* Rows first: a list gives those it lacks numbers of their own. */
	if (cli_import_flush(im, err) < 0)
		return -1;
	return cli_import_crls(im, err);
}

/* --- taking ----------------------------------------------------------------
 */

static int
fill_authority(struct cli_import *im, struct rpc_generation *list,
    struct buf *chains, struct err *err)
{
	for (size_t i = 0; i < im->n; i++) {
		const struct cli_import_ca *g = &im->list[i];

		(void)cli_import_chain(im, g, &chains[i]);
		if (buf_check(&chains[i], "the certificates above", err) < 0)
			return -1;
		list[i] = (struct rpc_generation){ .index = g->index,
			.key_index = g->key_index,
			.cert = g->cert.der,
			.subject = "",
			.issuers = buf_bytes(&chains[i]) };
	}
	return 0;
}

static int
send_authority(struct cli_import *im, struct err *err)
{
	struct rpc_generation list[RPC_GENERATIONS_MAX];
	struct buf chains[RPC_GENERATIONS_MAX];
	const struct rpc_import_ca ask = { list, im->n };
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_import_report *r;
	int rc;

	for (size_t i = 0; i < im->n; i++)
		buf_init(&chains[i], RPC_CHAIN_MAX);
	rc = fill_authority(im, list, chains, err);
	if (rc == 0)
		rc = rpc_do_IMPORT_CA(im->client, &ask, &msg, &r, err);
	for (size_t i = 0; i < im->n; i++)
		buf_clear(&chains[i]);
	return rc;
}

/* The first administrator; on a second run he is there. */
static int
add_admin(struct cli_import *im, struct err *err)
{
	const struct cli_args *a = &im->c->args;
	const char *file = cli_args_text(a, "admin-password-file");
	struct rpc_user_change ask = { .name = cli_args_text(a, "admin"),
		.roles = ROLE_ADMIN,
		.mail = "",
		.display_name = "",
		.upn = "",
		.uid = -1 };
	AUTO(secret) password = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_user *user;
	int rc;

	if (!ask.name)
		return 0;
	rc = file ? cli_password_from_file(file, &password, err)
		  : cli_password_ask(
			"Password of the first administrator", &password, err);
	if (rc < 0)
		return -1;
	ask.password = secret_bytes(password);
	if (rpc_do_USER_ADD(im->client, &ask, &msg, &user, err) < 0 &&
	    err->code != ERR_EXISTS && err->code != ERR_UNAUTHENTICATED)
		return err_wrap(err, "Adding the account %s", ask.name);
	*err = (struct err){ 0 };
	return 0;
}

/* Signer and CA run. */
static int
meanwhile(const struct cli_config *config, void *ctx, struct err *err)
{
	struct cli_import *im = ctx;
	const struct rpc_client_options o = { .path = config->admin_socket,
		.as = "",
		.as_role = ROLE_ADMIN,
		.timeout_ms = TIMEOUT_MS };
	const struct rpc_nothing nothing = { 0 };
	const struct rpc_import_report *r;
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	int rc;

	if (rpc_client_new(&o, &client, err) < 0)
		return -1;
	im->client = client;
	rc = send_authority(im, err);
	if (rc == 0)
		rc = read_sources(im, err);
	if (rc == 0)
		rc = rpc_do_IMPORT_END(im->client, &nothing, &msg, &r, err);
	if (rc == 0)
		rc = add_admin(im, err);
	if (rc == 0)
		rc = cli_site_write_ca_from(config, im->client, err);
	im->client = NULL;
	return rc;
}

static int
take(struct cli_import *im, struct err *err)
{
	const struct cli_config *config = &im->c->config;
	char folder[PATH_MAX];
	struct cli_accounts accounts;

	if (cli_program_folder(folder, sizeof(folder), err) < 0 ||
	    cli_accounts_find(config->folder, folder, &accounts, err) < 0 ||
	    (!im->dry_run &&
		cli_folder_layout(config->folder, &accounts, err) < 0) ||
	    cli_import_keys(im, &accounts, err) < 0)
		return -1;
	if (im->dry_run)
		return read_sources(im, err);
	if (cli_setup_import(config, meanwhile, im, err) < 0)
		return err_wrap(err,
		    "Not all was taken. When the cause is mended, run the "
		    "same command again");
	return config->demo ? cli_setup_demo(config, err) : 0;
}

/* --- the command -----------------------------------------------------------
 */

static void
clear(struct cli_import *im)
{
	for (size_t i = 0; i < im->n; i++)
		free(im->list[i].memory);
	for (size_t i = 0; i < im->other_n; i++)
		free(im->others[i].memory);
	for (size_t i = 0; i < im->url_n; i++)
		free(im->urls[i].text);
	for (size_t i = 0; i < im->row_n; i++)
		free(im->memory[i]);
	free(im->serials.list);
	json_decref(im->lists);
	json_decref(im->missing);
	json_decref(im->problems);
	pki_tools_free(im->tools);
}

static int
check_options(const struct cli *c, struct err *err)
{
	if (!cli_args_flag(&c->args, "ca"))
		return err_set(err, ERR_INVALID,
		    "Name the file with key and certificate of the CA with "
		    "--ca FILE.");
	if (cli_args_flag(&c->args, "admin-password-file") &&
	    !cli_args_flag(&c->args, "admin"))
		return err_set(err, ERR_INVALID,
		    "--admin-password-file needs --admin NAME.");
	if (cli_args_flag(&c->args, "columns") &&
	    !cli_args_flag(&c->args, "table"))
		return err_set(err, ERR_INVALID, "--columns needs --table.");
	return 0;
}

int
cli_import(struct cli *c, struct err *err)
{
	AUTO_MEM struct cli_import *im = calloc(1, sizeof(*im));
	pid_t pid;
	int rc;

	if (check_options(c, err) < 0 || cli_load(c, err) < 0 ||
	    cli_folder_running(c->config.folder, &pid, err) < 0)
		return -1;
	if (pid != 0 && !cli_args_flag(&c->args, "dry-run")) {
		(void)fprintf(stderr,
		    "opencertsrv: %s is running; stop it first.\n",
		    c->config.folder);
		return CLI_EXIT_STATE;
	}
	if (!im)
		return err_set(err, ERR_NO_MEMORY, "There is no memory left.");
	im->c = c;
	im->dry_run = cli_args_flag(&c->args, "dry-run");
	im->lists = json_array();
	im->missing = json_array();
	im->problems = json_array();
	rc = pki_tools_new(&im->tools, err);
	if (rc == 0)
		rc = take(im, err);
	if (rc == 0)
		rc = cli_import_report(im, err);
	if (rc == 0 && im->counts.refused + im->counts.unreadable)
		rc = CLI_EXIT_FAILED;
	clear(im);
	return rc;
}
