/* template.c - opencertsrv template ...: the templates of an enterprise CA. */
#include "cli/cli.h"

#include "base/buf.h"
#include "base/str.h"
#include "cli/file.h"

#include <inttypes.h>

static json_t *
row_json(const struct rpc_template_row *r)
{
	char version[32];

	(void)snprintf(version, sizeof(version), "%" PRIu32 ".%" PRIu32,
	    r->major, r->minor);
	return json_pack(
	    "{s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:b,s:s,s:b,s:b,s:i,s:i,s:b,s:b,s:b}",
	    "name", r->name, "display_name", r->display_name, "description",
	    r->description, "oid", r->oid, "version", version, "file", r->file,
	    "enabled", (int)r->enabled, "usable", (int)r->usable, "why", r->why,
	    "subject_from_request", (int)r->subject_from_request,
	    "san_from_request", (int)r->san_from_request, "approvals",
	    (int)r->approvals, "agent_signatures", (int)r->agent_signatures,
	    "on_behalf_of", (int)r->on_behalf_of, "sign_in", (int)r->sign_in,
	    "renew_same_key", (int)r->renew_same_key);
}

static json_t *
list_json(const struct rpc_template_list *list)
{
	json_t *rows = json_array(), *notes = json_array();
	size_t i;

	for (i = 0; i < list->row_count; i++)
		(void)json_array_append_new(rows, row_json(&list->rows[i]));
	for (i = 0; i < list->note_count; i++)
		(void)json_array_append_new(
		    notes, json_pack("{s:b,s:s}", "refused",
			       (int)list->notes[i].refused, "text",
			       list->notes[i].text));
	return json_pack("{s:o,s:o}", "rows", rows, "notes", notes);
}

static void
print_notes(struct cli *c, const struct rpc_template_list *list)
{
	char clean[2 * CLI_COLUMN_CELL_MAX];
	size_t i;

	for (i = 0; i < list->note_count; i++) {
		(void)cli_column_clean(
		    clean, sizeof(clean), list->notes[i].text);
		(void)fprintf(c->out, "%s%s %s\n", i ? "" : "\n",
		    list->notes[i].refused ? "Left out:" : "Remark:  ", clean);
	}
}

static int
list_people(
    struct cli *c, const struct rpc_template_list *list, struct err *err)
{
	static const char *const titles[] = { "NAME", "STATE", "VERSION",
		"USABLE", "WHY NOT" };
	char version[32];
	AUTO(cli_column) t = NULL;
	size_t i;

	if (list->row_count == 0)
		(void)fputs("There are no templates here.\n", c->out);
	if (cli_column_new(titles, ARRAY_LEN(titles), &t, err) < 0)
		return -1;
	for (i = 0; i < list->row_count; i++) {
		const struct rpc_template_row *r = &list->rows[i];
		const char *cells[] = { r->name,
			r->enabled ? "enabled" : "disabled", version,
			r->usable ? "yes" : "no", r->why };

		(void)snprintf(version, sizeof(version), "%" PRIu32 ".%" PRIu32,
		    r->major, r->minor);
		if (cli_column_add(t, cells, err) < 0)
			return -1;
	}
	if (list->row_count > 0)
		cli_column_print(t, c->out);
	print_notes(c, list);
	return 0;
}

static int
print_list(struct cli *c, const struct rpc_template_list *list, struct err *err)
{
	return cli_args_flag(&c->args, "json")
		   ? cli_output_json(c, list_json(list), err)
		   : list_people(c, list, err);
}

static int
template_list(struct cli *c, struct err *err)
{
	const char *whom = cli_args_text(&c->args, "for");
	const struct rpc_template_ask ask = { .name = "",
		.for_account = whom ? whom : "" };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_template_list *list;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_TEMPLATE_LIST(client, &ask, &msg, &list, err) < 0)
		return -1;
	return print_list(c, list, err);
}

static int
template_reload(struct cli *c, struct err *err)
{
	const struct rpc_nothing ask = { 0 };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_template_list *list;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_TEMPLATE_RELOAD(client, &ask, &msg, &list, err) < 0)
		return -1;
	return print_list(c, list, err);
}

static json_t *
template_json(const struct rpc_template *t)
{
	json_t *row = row_json(&t->row), *fields = json_array();
	size_t i;

	for (i = 0; i < t->field_count; i++)
		(void)json_array_append_new(
		    fields, json_pack("{s:s,s:s}", "label", t->fields[i].label,
				"value", t->fields[i].value));
	if (!row || json_object_set_new(row, "fields", fields) < 0 ||
	    json_object_set_new(row, "text",
		json_stringn((const char *)t->text.p, t->text.n)) < 0) {
		json_decref(row);
		return NULL;
	}
	return row;
}

static int
template_show(struct cli *c, struct err *err)
{
	const struct rpc_template_ask ask = { .name = c->args.words[0],
		.for_account = "" };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_template *t;
	size_t i;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_TEMPLATE_SHOW(client, &ask, &msg, &t, err) < 0)
		return -1;
	if (cli_args_flag(&c->args, "json"))
		return cli_output_json(c, template_json(t), err);
	cli_output_field(c, "State", t->row.enabled ? "enabled" : "disabled");
	for (i = 0; i < t->field_count; i++)
		cli_output_field(c, t->fields[i].label, t->fields[i].value);
	return 0;
}

/* --- check ---------------------------------------------------------------- */

static json_t *
report_json(const char *file, const struct rpc_template_report *r)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < r->finding_count; i++) {
		const struct rpc_template_finding *f = &r->findings[i];

		(void)json_array_append_new(list,
		    json_pack("{s:b,s:i,s:s,s:s}", "bad", (int)f->bad, "line",
			(int)f->line, "hole", f->hole, "text", f->text));
	}
	return json_pack("{s:s,s:b,s:s,s:o}", "file", file, "good",
	    (int)r->good, "name", r->name, "findings", list);
}

/* "FILE:LINE: sentence", as compilers and editors have it. */
static void
print_report(
    struct cli *c, const char *file, const struct rpc_template_report *r)
{
	char clean[2 * CLI_COLUMN_CELL_MAX];
	size_t i;

	for (i = 0; i < r->finding_count; i++) {
		const struct rpc_template_finding *f = &r->findings[i];

		(void)cli_column_clean(clean, sizeof(clean), f->text);
		(void)fprintf(c->out, "%s:%" PRIu32 ": %s%s\n", file, f->line,
		    f->bad ? "" : "(remark) ", clean);
	}
	if (r->good)
		(void)fprintf(c->out, "%s: the template %s can be used.\n",
		    file, r->name);
	else
		(void)fprintf(c->out, "%s: it would be refused.\n", file);
}

static int
template_check(struct cli *c, struct err *err)
{
	const char *path = c->args.words[0], *slash = strrchr(path, '/');
	AUTO_BUF text = BUF_WITH_LIMIT(RPC_TEMPLATE_FILE_MAX);
	struct rpc_template_file ask = { .file = slash ? slash + 1 : path };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_template_report *report;

	if (cli_file_read(path, &text, err) < 0)
		return buf_failed(&text) ? err_set(err, ERR_TOO_LARGE,
					       "%s is larger than 64 KiB, "
					       "which no template is.",
					       path)
					 : -1;
	ask.text = buf_bytes(&text);
	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_TEMPLATE_CHECK(client, &ask, &msg, &report, err) < 0)
		return -1;
	if (!cli_args_flag(&c->args, "json"))
		print_report(c, path, report);
	else if (cli_output_json(c, report_json(path, report), err) < 0)
		return -1;
	return report->good ? CLI_EXIT_OK : CLI_EXIT_FAILED;
}

/* --- enable and disable --------------------------------------------------- */

static int
print_changed(struct cli *c, const struct rpc_template_row *r, struct err *err)
{
	if (cli_args_flag(&c->args, "json"))
		return cli_output_json(c, row_json(r), err);
	(void)fprintf(c->out, "The template %s is %s.\n", r->name,
	    r->enabled ? "enabled" : "disabled");
	return 0;
}

static int
template_enable(struct cli *c, struct err *err)
{
	const struct rpc_template_ask ask = { .name = c->args.words[0],
		.for_account = "" };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_template_row *row;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_TEMPLATE_ENABLE(client, &ask, &msg, &row, err) < 0)
		return -1;
	return print_changed(c, row, err);
}

static int
template_disable(struct cli *c, struct err *err)
{
	const struct rpc_template_ask ask = { .name = c->args.words[0],
		.for_account = "" };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_template_row *row;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_TEMPLATE_DISABLE(client, &ask, &msg, &row, err) < 0)
		return -1;
	return print_changed(c, row, err);
}

/* clang-format off */
static const struct cli_option list_options[] = {
	{ "for", "NAME", NULL, "which this account may use, and why not" },
	{ NULL, NULL, NULL, NULL },
};

const struct cli_command cli_template_commands[] = {
	{ "template", "list", "", 0, 0, ROLE_ADMIN, list_options, template_list,
	  "list the templates" },
	{ "template", "show", "NAME", 1, 1, ROLE_ADMIN, NULL, template_show,
	  "show what a template says" },
	{ "template", "check", "FILE", 1, 1, ROLE_ADMIN, NULL, template_check,
	  "explain every fault of a file" },
	{ "template", "enable", "NAME", 1, 1, ROLE_ADMIN, NULL, template_enable,
	  "have a template used" },
	{ "template", "disable", "NAME", 1, 1, ROLE_ADMIN, NULL,
	  template_disable, "have it used no more" },
	{ "template", "reload", "", 0, 0, ROLE_ADMIN, NULL, template_reload,
	  "read the files again" },
	{ NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
