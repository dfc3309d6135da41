/* request.c - opencertsrv request ...: what waits, and deciding about it. */
#include "cli/cli.h"
#include "cli/rows.h"

#include "base/str.h"

static int
request_list(struct cli *c, struct err *err)
{
	return cli_rows_list(c, false, err);
}

static int
request_show(struct cli *c, struct err *err)
{
	struct rpc_retrieve ask = { 0 };

	if (cli_word_id(c, 0, &ask.id, err) < 0)
		return -1;
	return cli_rows_show(c, &ask, err);
}

static int
decide(struct cli *c, enum rpc_decision decision, struct err *err)
{
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_result *result;
	const char *reason = cli_args_text(&c->args, "reason");
	struct rpc_decide ask = { .decision = decision,
		.reason = reason ? reason : "" };

	if (cli_word_id(c, 0, &ask.id, err) < 0 ||
	    cli_session_open(c, &client, err) < 0)
		return -1;
	if (rpc_do_DECIDE(client, &ask, &msg, &result, err) < 0)
		return -1;
	return cli_output_result(c, result, err);
}

static int
request_issue(struct cli *c, struct err *err)
{
	return decide(c, RPC_DECISION_ISSUE, err);
}

static int
request_deny(struct cli *c, struct err *err)
{
	const char *reason = cli_args_text(&c->args, "reason");

	if (!reason || !*reason)
		return err_set(err, ERR_INVALID,
		    "A refusal needs a reason, which the requester is shown: "
		    "--reason TEXT.");
	return decide(c, RPC_DECISION_DENY, err);
}

static int
request_resubmit(struct cli *c, struct err *err)
{
	return decide(c, RPC_DECISION_RESUBMIT, err);
}

/* clang-format off */
static const struct cli_option list_options[] = {
	{ "disposition", "STATE", "pending|issued|revoked|failed|denied",
	  "only these" },
	{ "requester", "NAME", NULL, "only of this account" },
	{ "search", "TEXT", NULL, "part of subject, serial, requester or template; or a number" },
	{ "mine", NULL, NULL, "only own ones" },
	{ "before", "NUMBER", NULL, "only below this number" },
	{ "limit", "COUNT", NULL, "at most so many rows (50)" },
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option show_options[] = {
	{ "pem", NULL, NULL, "write only the request, as PEM" },
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option reason_options[] = {
	{ "reason", "TEXT", NULL, "why, for the record and the requester" },
	{ NULL, NULL, NULL, NULL },
};

const struct cli_command cli_request_commands[] = {
	{ "request", "list", "", 0, 0, ROLE_OFFICER, list_options,
	  request_list, "list requests, newest first" },
	{ "request", "show", "NUMBER", 1, 1, ROLE_OFFICER, show_options,
	  request_show, "show what was asked and what would be granted" },
	{ "request", "issue", "NUMBER", 1, 1, ROLE_OFFICER, reason_options,
	  request_issue, "approve a waiting request" },
	{ "request", "deny", "NUMBER", 1, 1, ROLE_OFFICER, reason_options,
	  request_deny, "refuse a waiting request, with --reason" },
	{ "request", "resubmit", "NUMBER", 1, 1, ROLE_ADMIN, reason_options,
	  request_resubmit, "put a refused request back among the waiting" },
	{ NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
