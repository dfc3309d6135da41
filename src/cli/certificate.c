/* certificate.c - opencertsrv certificate ...: what was issued, and taking it
 * back. */
#include "cli/bulk.h"
#include "cli/cli.h"
#include "cli/reason.h"
#include "cli/rows.h"

#include "base/str.h"

/* A number, or --serial HEX. */
static int
which(const struct cli *c, uint64_t *ret_id, uint8_t serial[20],
    struct bytes *ret_serial, struct err *err)
{
	const char *hex = cli_args_text(&c->args, "serial");
	size_t n;

	*ret_serial = BYTES_NONE;
	*ret_id = 0;
	if (!hex)
		return cli_word_id(c, 0, ret_id, err);
	if (c->args.word_count > 0)
		return err_set(err, ERR_INVALID,
		    "Give a request number or --serial, not both.");
	if (!str_unhex(serial, 20, hex, &n) || n == 0)
		return err_set(err, ERR_INVALID,
		    "A serial number is at most 40 hexadecimal digits, not "
		    "\"%.60s\".",
		    hex);
	*ret_serial = bytes_of(serial, n);
	return 0;
}

static int
certificate_list(struct cli *c, struct err *err)
{
	return cli_rows_list(c, true, err);
}

static int
certificate_show(struct cli *c, struct err *err)
{
	struct rpc_retrieve ask = { 0 };
	uint8_t serial[20];

	if (which(c, &ask.id, serial, &ask.serial, err) < 0)
		return -1;
	return cli_rows_show(c, &ask, err);
}

static int
change(struct cli *c, uint32_t reason, struct err *err)
{
	const char *comment = cli_args_text(&c->args, "comment");
	struct rpc_revoke ask = { .reason = reason,
		.comment = comment ? comment : "" };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_result *result;
	uint8_t serial[20];

	if (which(c, &ask.id, serial, &ask.serial, err) < 0 ||
	    cli_session_open(c, &client, err) < 0 ||
	    rpc_do_REVOKE(client, &ask, &msg, &result, err) < 0)
		return -1;
	return cli_output_result(c, result, err);
}

static int
certificate_revoke(struct cli *c, struct err *err)
{
	const char *text = cli_args_text(&c->args, "reason");
	uint32_t reason = 0;

	if (cli_args_text(&c->args, "from"))
		return cli_bulk_revoke(c, err);
	if (cli_args_flag(&c->args, "dry-run"))
		return err_set(err, ERR_INVALID, "--dry-run needs --from.");
	if (text && !cli_reason(text, &reason))
		return err_set(err, ERR_INVALID, "--reason: %s", text);
	return change(c, reason, err);
}

static int
certificate_release(struct cli *c, struct err *err)
{
	return change(c, CLI_REASON_RELEASE, err);
}

/* clang-format off */
static const struct cli_option list_options[] = {
	{ "disposition", "STATE", "issued|revoked", "only these" },
	{ "requester", "NAME", NULL, "only of this account" },
	{ "search", "TEXT", NULL, "part of subject, serial, requester or template; or a number" },
	{ "mine", NULL, NULL, "only own ones" },
	{ "before", "NUMBER", NULL, "only below this number" },
	{ "limit", "COUNT", NULL, "at most so many rows (50)" },
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option show_options[] = {
	{ "serial", "HEX", NULL, "by serial number" },
	{ "pem", NULL, NULL, "write only the certificate, as PEM" },
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option revoke_options[] = {
	{ "serial", "HEX", NULL, "by serial number" },
	{ "reason", "WORD", CLI_REASONS, "why, by word or by number" },
	{ "comment", "TEXT", NULL, "for the record" },
	{ "from", "FILE", NULL, "what the lines of a file name; - for input" },
	{ "dry-run", NULL, NULL, "with --from: only say what would be done" },
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option release_options[] = {
	{ "serial", "HEX", NULL, "by serial number" },
	{ "comment", "TEXT", NULL, "for the record" },
	{ NULL, NULL, NULL, NULL },
};

const struct cli_command cli_certificate_commands[] = {
	{ "certificate", "list", "", 0, 0, ROLE_OFFICER, list_options,
	  certificate_list, "list certificates, newest first" },
	{ "certificate", "show", "[NUMBER]", 0, 1, ROLE_OFFICER, show_options,
	  certificate_show, "show a certificate" },
	{ "certificate", "revoke", "[NUMBER]", 0, 1, ROLE_OFFICER,
	  revoke_options, certificate_revoke, "revoke a certificate" },
	{ "certificate", "release", "[NUMBER]", 0, 1, ROLE_OFFICER,
	  release_options, certificate_release,
	  "release a certificate from hold" },
	{ NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
