#include "cli/rows.h"

#include "base/str.h"

#include <inttypes.h>

static const char *
state_word(uint32_t d)
{
	return disposition_known(d) ? disposition_word((enum disposition)d)
				    : "unknown";
}

static json_t *
row_json(const struct rpc_row *r)
{
	return json_pack("{s:I,s:s,s:o,s:o,s:s,s:s,s:s,s:s,s:o,s:o,s:s,s:s}",
	    "id", (json_int_t)r->id, "disposition", state_word(r->disposition),
	    "submitted", cli_output_json_time(r->submitted), "resolved",
	    cli_output_json_time(r->resolved), "requester", r->requester,
	    "subject", r->subject, "common_name", r->common_name, "serial",
	    r->serial, "not_before", cli_output_json_time(r->not_before),
	    "not_after", cli_output_json_time(r->not_after), "template",
	    r->template_name, "message", r->message);
}

static int
list_json(struct cli *c, const struct rpc_list *list, struct err *err)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < list->row_count; i++)
		if (json_array_append_new(rows, row_json(&list->rows[i])) < 0)
			break;
	if (i < list->row_count) {
		json_decref(rows);
		return err_set(err, ERR_NO_MEMORY, "There is no memory left.");
	}
	return cli_output_json(c,
	    json_pack("{s:o,s:I,s:I,s:I}", "rows", rows, "searched",
		(json_int_t)list->searched, "next", (json_int_t)list->next,
		"pending", (json_int_t)list->pending),
	    err);
}

/* The time that matters most in a list: until when, or since when. */
static void
row_cells(const struct rpc_row *r, bool certificates, char id[24],
    char when[STR_TIME_MAX], const char *cells[6])
{
	(void)snprintf(id, 24, "%" PRIu64, r->id);
	when[0] = 0;
	if (certificates ? r->not_after : r->submitted)
		str_time_human(
		    when, certificates ? r->not_after : r->submitted);
	cells[0] = id;
	cells[1] = state_word(r->disposition);
	cells[2] = r->requester;
	cells[3] = when;
	cells[4] = certificates ? r->serial : r->subject;
	cells[5] = certificates ? r->subject : r->message;
}

static int
list_people(struct cli *c, const struct rpc_list *list, bool certificates,
    struct err *err)
{
	static const char *const titles[2][6] = {
		{ "NUMBER", "STATE", "REQUESTER", "SENT", "SUBJECT",
		    "MESSAGE" },
		{ "NUMBER", "STATE", "REQUESTER", "VALID UNTIL", "SERIAL",
		    "SUBJECT" },
	};
	AUTO(cli_column) t = NULL;
	const char *cells[6];
	char id[24], when[STR_TIME_MAX];
	size_t i;

	if (list->row_count == 0) {
		(void)fputs(certificates ? "There are no certificates here.\n"
					 : "There are no requests here.\n",
		    c->out);
		return 0;
	}
	if (cli_column_new(titles[certificates], 6, &t, err) < 0)
		return -1;
	for (i = 0; i < list->row_count; i++) {
		row_cells(&list->rows[i], certificates, id, when, cells);
		if (cli_column_add(t, cells, err) < 0)
			return -1;
	}
	cli_column_print(t, c->out);
	if (list->searched)
		(void)fprintf(c->out,
		    "\nBelow number %" PRIu64 " nothing was looked at yet: "
		    "--before %" PRIu64 "\n",
		    list->next, list->next);
	else if (list->next)
		(void)fprintf(c->out,
		    "\nThere are more: --before %" PRIu64 "\n", list->next);
	if (!certificates && list->pending)
		(void)fprintf(c->out, "\nWaiting for a decision: %" PRIu64 "\n",
		    list->pending);
	return 0;
}

static int
list_ask(const struct cli *c, struct rpc_list_ask *ask, struct err *err)
{
	const char *state = cli_args_text(&c->args, "disposition");
	const char *requester = cli_args_text(&c->args, "requester");
	const char *search = cli_args_text(&c->args, "search");
	enum disposition d;
	uint64_t limit;

	if (state && disposition_from_word(state, &d))
		ask->disposition = d;
	ask->requester = requester ? requester : "";
	ask->search = search ? search : "";
	ask->mine_only = cli_args_flag(&c->args, "mine");
	if (cli_args_number(
		&c->args, "before", 1, INT64_MAX, 0, &ask->before, err) < 0 ||
	    cli_args_number(
		&c->args, "limit", 1, RPC_LIST_MAX, 50, &limit, err) < 0)
		return -1;
	ask->limit = (uint32_t)limit;
	return 0;
}

int
cli_rows_list(struct cli *c, bool certificates, struct err *err)
{
	struct rpc_list_ask ask = { .certificates_only = certificates };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_list *list;

	if (list_ask(c, &ask, err) < 0 ||
	    cli_session_open(c, &client, err) < 0 ||
	    rpc_do_LIST(client, &ask, &msg, &list, err) < 0)
		return -1;
	/* A search goes so far at a time; on until there is something. */
	while (list->row_count == 0 && list->searched) {
		ask.before = list->searched;
		rpc_msg_free(TAKE(msg));
		if (rpc_do_LIST(client, &ask, &msg, &list, err) < 0)
			return -1;
	}
	if (cli_args_flag(&c->args, "json"))
		return list_json(c, list, err);
	return list_people(c, list, certificates, err);
}

static json_t *
fields_json(const struct rpc_request *r)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < r->field_count; i++) {
		const struct rpc_field *f = &r->fields[i];

		(void)json_array_append_new(
		    list, json_pack("{s:s,s:s,s:s,s:s,s:b}", "label", f->label,
			      "asked", f->asked, "granted", f->granted, "note",
			      f->note, "differs", (int)f->differs));
	}
	return list;
}

static json_t *
events_json(const struct rpc_request *r)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < r->event_count; i++) {
		const struct rpc_event *e = &r->events[i];

		(void)json_array_append_new(
		    list, json_pack("{s:o,s:s,s:s,s:s}", "time",
			      cli_output_json_time(e->time), "what", e->what,
			      "who", e->who, "detail", e->detail));
	}
	return list;
}

static json_t *
approvals_json(const struct rpc_request *r)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < r->approval_count; i++) {
		const struct rpc_approval *a = &r->approvals[i];

		(void)json_array_append_new(
		    list, json_pack("{s:s,s:o,s:b}", "who", a->who, "time",
			      cli_output_json_time(a->time), "lapsed",
			      (int)a->lapsed));
	}
	return list;
}

static json_t *
request_json(const struct rpc_request *r)
{
	json_t *row = row_json(&r->row), *more;
	char hresult[16];

	(void)snprintf(hresult, sizeof(hresult), "0x%08" PRIx32, r->hresult);
	more = json_pack(
	    "{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:i,s:b,s:s,s:o,s:o,s:i,"
	    "s:o,s:o,s:s}",
	    "hresult", hresult, "sentence", r->sentence, "caller", r->caller,
	    "officer", r->officer, "attributes", r->attributes, "key", r->key,
	    "kind", r->kind, "request",
	    cli_output_json_pem("CERTIFICATE REQUEST", r->request),
	    "certificate", cli_output_json_pem("CERTIFICATE", r->cert),
	    "revoked_at", cli_output_json_time(r->revoked_at), "revoked_reason",
	    (int)r->revoked_reason, "may_decide", (int)r->may_decide, "may_not",
	    r->may_not, "fields", fields_json(r), "events", events_json(r),
	    "approvals_needed", (int)r->approvals_needed, "approvals",
	    approvals_json(r), "would_end", cli_output_json_time(r->until),
	    "would_end_note", r->until_note);
	if (!more || json_object_update(row, more) < 0) {
		json_decref(row);
		row = NULL;
	}
	json_decref(more);
	return row;
}

static int
show_fields(struct cli *c, const struct rpc_request *r, struct err *err)
{
	static const char *const titles[] = { "", "ASKED", "GRANTED", "NOTE" };
	AUTO(cli_column) t = NULL;
	size_t i;

	if (r->field_count == 0)
		return 0;
	if (cli_column_new(titles, ARRAY_LEN(titles), &t, err) < 0)
		return -1;
	for (i = 0; i < r->field_count; i++) {
		const struct rpc_field *f = &r->fields[i];
		const char *cells[] = { f->label, f->asked, f->granted,
			f->note };

		if (cli_column_add(t, cells, err) < 0)
			return -1;
	}
	(void)fputc('\n', c->out);
	cli_column_print(t, c->out);
	return 0;
}

static int
show_events(struct cli *c, const struct rpc_request *r, struct err *err)
{
	static const char *const titles[] = { "WHEN", "WHAT", "WHO", "DETAIL" };
	AUTO(cli_column) t = NULL;
	char when[STR_TIME_MAX];
	size_t i;

	if (r->event_count == 0)
		return 0;
	if (cli_column_new(titles, ARRAY_LEN(titles), &t, err) < 0)
		return -1;
	for (i = 0; i < r->event_count; i++) {
		const struct rpc_event *e = &r->events[i];
		const char *cells[] = { when, e->what, e->who, e->detail };

		str_time_human(when, e->time);
		if (cli_column_add(t, cells, err) < 0)
			return -1;
	}
	(void)fputc('\n', c->out);
	cli_column_print(t, c->out);
	return 0;
}

static void
show_approvals(struct cli *c, const struct rpc_request *r)
{
	char text[32];
	size_t i, n = 0;

	if (r->approvals_needed <= 1)
		return;
	for (i = 0; i < r->approval_count; i++) {
		cli_output_field(c,
		    r->approvals[i].lapsed ? "Approval lapsed" : "Approved by",
		    r->approvals[i].who);
		n += !r->approvals[i].lapsed;
	}
	(void)snprintf(
	    text, sizeof(text), "%zu of %u", n, (unsigned)r->approvals_needed);
	cli_output_field(c, "Approvals", text);
}

/* They came as lines. */
static void
show_attributes(struct cli *c, const char *lines)
{
	AUTO_BUF text = BUF_WITH_LIMIT(RPC_ATTRIBUTES_MAX);

	for (; *lines; lines++)
		if (*lines == '\n' && lines[1])
			buf_add_str(&text, "; ");
		else if (*lines != '\r' && *lines != '\n')
			buf_add_char(&text, *lines);
	cli_output_field(c, "Attributes", buf_str(&text));
}

static int
show_people(struct cli *c, const struct rpc_request *r, struct err *err)
{
	const struct rpc_row *row = &r->row;
	char id[24];

	(void)snprintf(id, sizeof(id), "%" PRIu64, row->id);
	cli_output_field(c, "Request", id);
	cli_output_field(c, "State",
	    disposition_known(row->disposition)
		? disposition_people((enum disposition)row->disposition)
		: "unknown");
	cli_output_field(
	    c, "Message", *r->sentence ? r->sentence : row->message);
	cli_output_field(c, "Requester", row->requester);
	if (!str_eq(r->caller, row->requester))
		cli_output_field(c, "Sent by", r->caller);
	cli_output_field(c, "Decided by", r->officer);
	cli_output_time(c, "Sent", row->submitted);
	cli_output_time(c, "Decided", row->resolved);
	cli_output_field(c, "Kind", r->kind);
	cli_output_field(c, "Key", r->key);
	cli_output_field(c, "Subject", row->subject);
	cli_output_field(c, "Serial number", row->serial);
	cli_output_time(c, "Valid from", row->not_before);
	cli_output_time(c, "Valid until", row->not_after);
	cli_output_time(c, "Would end", r->until);
	cli_output_time(c, "Revoked", r->revoked_at);
	show_attributes(c, r->attributes);
	show_approvals(c, r);
	if (row->disposition == DISPOSITION_PENDING && !r->may_decide)
		cli_output_field(c, "You may not decide", r->may_not);
	if (show_fields(c, r, err) < 0)
		return -1;
	return show_events(c, r, err);
}

int
cli_rows_show(struct cli *c, const struct rpc_retrieve *ask, struct err *err)
{
	bool certificate = str_eq(c->command->noun, "certificate");
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_request *r;
	struct rpc_retrieve full = *ask;

	full.reason = "";
	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_SHOW(client, &full, &msg, &r, err) < 0)
		return -1;
	if (certificate && r->cert.n == 0)
		return err_set(err, ERR_NOT_FOUND,
		    "Request %" PRIu64 " has no certificate.", r->row.id);
	if (cli_args_flag(&c->args, "pem"))
		return certificate
			   ? cli_output_pem(c, "CERTIFICATE", r->cert, err)
			   : cli_output_pem(
				 c, "CERTIFICATE REQUEST", r->request, err);
	if (cli_args_flag(&c->args, "json"))
		return cli_output_json(c, request_json(r), err);
	return show_people(c, r, err);
}
