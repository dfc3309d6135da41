/* audit.c - opencertsrv audit ...: reading and proving the record. */
#include "cli/cli.h"

#include "base/str.h"

#include <inttypes.h>

static json_t *
row_json(const struct rpc_audit_row *r)
{
	return json_pack("{s:s,s:I,s:o,s:s,s:s,s:s,s:I,s:s,s:o}", "node",
	    r->node, "sequence", (json_int_t)r->sequence, "time",
	    cli_output_json_time(r->time), "event", r->event, "actor", r->actor,
	    "peer", r->peer, "request", (json_int_t)r->request_id, "detail",
	    r->detail, "hash", cli_output_json_bytes(r->hash));
}

static int
show_json(struct cli *c, const struct rpc_audit_list *list, struct err *err)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < list->row_count; i++)
		(void)json_array_append_new(rows, row_json(&list->rows[i]));
	return cli_output_json(c,
	    json_pack(
		"{s:o,s:I}", "rows", rows, "next", (json_int_t)list->next),
	    err);
}

static int
show_people(struct cli *c, const struct rpc_audit_list *list, struct err *err)
{
	static const char *const titles[] = { "NUMBER", "WHEN", "EVENT", "WHO",
		"THROUGH", "REQUEST", "DETAIL" };
	char number[24], when[STR_TIME_MAX], request[24];
	AUTO(cli_column) t = NULL;
	size_t i;

	if (cli_column_new(titles, ARRAY_LEN(titles), &t, err) < 0)
		return -1;
	for (i = 0; i < list->row_count; i++) {
		const struct rpc_audit_row *r = &list->rows[i];
		const char *cells[] = { number, when, r->event, r->actor,
			r->peer, request, r->detail };

		(void)snprintf(number, sizeof(number), "%" PRIu64, r->sequence);
		str_time_human(when, r->time);
		request[0] = 0;
		if (r->request_id)
			(void)snprintf(request, sizeof(request), "%" PRIu64,
			    r->request_id);
		if (cli_column_add(t, cells, err) < 0)
			return -1;
	}
	cli_column_print(t, c->out);
	if (list->next)
		(void)fprintf(c->out, "\nThere are more: --after %" PRIu64 "\n",
		    list->next);
	return 0;
}

static int
audit_show(struct cli *c, struct err *err)
{
	struct rpc_audit_ask ask = { 0 };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_audit_list *list;
	uint64_t limit;

	if (cli_args_number(
		&c->args, "after", 0, INT64_MAX, 0, &ask.after, err) < 0 ||
	    cli_args_number(&c->args, "request", 1, INT64_MAX, 0,
		&ask.request_id, err) < 0 ||
	    cli_args_number(
		&c->args, "limit", 1, RPC_LIST_MAX, 50, &limit, err) < 0)
		return -1;
	ask.limit = (uint32_t)limit;
	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_AUDIT_LIST(client, &ask, &msg, &list, err) < 0)
		return -1;
	return cli_args_flag(&c->args, "json") ? show_json(c, list, err)
					       : show_people(c, list, err);
}

static json_t *
report_json(const struct rpc_audit_report *r)
{
	json_t *findings = json_array();
	size_t i;

	for (i = 0; i < r->finding_count; i++)
		(void)json_array_append_new(findings,
		    json_pack("{s:b,s:s}", "bad", (int)r->findings[i].bad,
			"text", r->findings[i].text));
	return json_pack("{s:b,s:I,s:I,s:I,s:I,s:o}", "good", (int)r->good,
	    "records", (json_int_t)r->records, "signatures",
	    (json_int_t)r->signatures, "checkpoint", (json_int_t)r->checkpoint,
	    "uncovered", (json_int_t)r->uncovered, "findings", findings);
}

static void
report_people(struct cli *c, const struct rpc_audit_report *r)
{
	char clean[CLI_COLUMN_CELL_MAX];
	size_t i;

	for (i = 0; i < r->finding_count; i++) {
		(void)cli_column_clean(
		    clean, sizeof(clean), r->findings[i].text);
		(void)fprintf(c->out, "%s %s\n",
		    r->findings[i].bad ? "WRONG:" : "Note: ", clean);
	}
	(void)fprintf(c->out,
	    "%s %" PRIu64 " records were compared with %" PRIu64
	    " signatures.\n",
	    r->good ? "The audit is intact." : "The audit was CHANGED.",
	    r->records, r->signatures);
	(void)fprintf(c->out,
	    "The signer vouches for records up to %" PRIu64 "; %" PRIu64
	    " newer ones are not covered yet.\n",
	    r->checkpoint, r->uncovered);
}

static int
audit_verify(struct cli *c, struct err *err)
{
	const struct rpc_nothing ask = { 0 };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_audit_report *r;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_AUDIT_VERIFY(client, &ask, &msg, &r, err) < 0)
		return -1;
	if (!cli_args_flag(&c->args, "json"))
		report_people(c, r);
	else if (cli_output_json(c, report_json(r), err) < 0)
		return -1;
	return r->good ? CLI_EXIT_OK : CLI_EXIT_FAILED;
}

/* clang-format off */
static const struct cli_option show_options[] = {
	{ "after", "NUMBER", NULL, "only above this number" },
	{ "request", "NUMBER", NULL, "only about this request" },
	{ "limit", "COUNT", NULL, "at most so many rows (50)" },
	{ NULL, NULL, NULL, NULL },
};

const struct cli_command cli_audit_commands[] = {
	{ "audit", "show", "", 0, 0, ROLE_AUDITOR, show_options, audit_show,
	  "show the record of decisions, oldest first" },
	{ "audit", "verify", "", 0, 0, ROLE_AUDITOR, NULL, audit_verify,
	  "prove that nothing in it was changed" },
	{ NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
