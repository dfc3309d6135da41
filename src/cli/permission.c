/* permission.c - opencertsrv permission ...: rights of people and groups. */
#include "cli/cli.h"

#include "base/str.h"

static int
list_people(
    struct cli *c, const struct rpc_permission_list *list, struct err *err)
{
	static const char *const titles[] = { "ON", "HOW", "WHO", "NAME",
		"RIGHTS" };
	AUTO(cli_column) t = NULL;

	if (list->row_count == 0) {
		(void)fputs("There are no entries: rights come from roles "
			    "alone.\n",
		    c->out);
		return 0;
	}
	if (cli_column_new(titles, ARRAY_LEN(titles), &t, err) < 0)
		return -1;
	for (size_t i = 0; i < list->row_count; i++) {
		const struct rpc_permission_row *r = &list->rows[i];
		const char *cells[] = { *r->template_name ? r->template_name
							  : "(the CA)",
			r->deny ? "deny" : "allow",
			r->is_group ? "group" : "user", r->name, r->rights };

		if (cli_column_add(t, cells, err) < 0)
			return -1;
	}
	cli_column_print(t, c->out);
	return 0;
}

static json_t *
row_json(const struct rpc_permission_row *r)
{
	return json_pack("{s:o,s:b,s:s,s:s,s:s}", "template",
	    *r->template_name ? json_string(r->template_name) : json_null(),
	    "deny", (int)r->deny, "kind", r->is_group ? "group" : "user",
	    "name", r->name, "rights", r->rights);
}

static int
permission_list(struct cli *c, struct err *err)
{
	const char *template = cli_args_text(&c->args, "template");
	const struct rpc_permission_ask ask = { template ? template : "" };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_permission_list *list;
	json_t *rows;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_PERMISSION_LIST(client, &ask, &msg, &list, err) < 0)
		return -1;
	if (!cli_args_flag(&c->args, "json"))
		return list_people(c, list, err);
	rows = json_array();
	for (size_t i = 0; i < list->row_count; i++)
		(void)json_array_append_new(rows, row_json(&list->rows[i]));
	return cli_output_json(c, json_pack("{s:o}", "rows", rows), err);
}

static int
change(struct cli *c, enum rpc_permission_action action, struct err *err)
{
	const char *template = cli_args_text(&c->args, "template");
	const char *kind = c->args.words[0];
	const struct rpc_permission_change ask = { .action = action,
		.template_name = template ? template : "",
		.is_group = str_eq(kind, "group"),
		.name = c->args.words[1],
		.rights = c->args.words[2] };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_acted *acted;

	if (!ask.is_group && !str_eq(kind, "user"))
		return err_set(err, ERR_INVALID,
		    "The first word is user or group, not \"%.40s\".", kind);
	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_PERMISSION_CHANGE(client, &ask, &msg, &acted, err) < 0)
		return -1;
	return cli_output_acted(c, acted, err);
}

static int
permission_allow(struct cli *c, struct err *err)
{
	return change(c, RPC_PERMISSION_ALLOW, err);
}

static int
permission_deny(struct cli *c, struct err *err)
{
	return change(c, RPC_PERMISSION_DENY, err);
}

static int
permission_remove(struct cli *c, struct err *err)
{
	return change(c, RPC_PERMISSION_REMOVE, err);
}

/* clang-format off */
#define WORDS "user|group NAME RIGHTS"

static const struct cli_option list_options[] = {
	{ "template", "NAME", NULL, "entries of this template only (- the CA)" },
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option change_options[] = {
	{ "template", "NAME", NULL, "rights on this template, not on the CA" },
	{ NULL, NULL, NULL, NULL },
};

const struct cli_command cli_permission_commands[] = {
	{ "permission", "list", "", 0, 0, ROLE_ADMIN, list_options,
	  permission_list, "list who is allowed or denied what" },
	{ "permission", "allow", WORDS, 3, 3, ROLE_ADMIN, change_options,
	  permission_allow,
	  "allow read,enroll,issue,manage,audit,operate; of a template "
	  "read,enroll,autoenroll,write" },
	{ "permission", "deny", WORDS, 3, 3, ROLE_ADMIN, change_options,
	  permission_deny, "the same; a denied right is gone, whoever allows it" },
	{ "permission", "remove", WORDS, 3, 3, ROLE_ADMIN, change_options,
	  permission_remove, "neither allow nor deny any more" },
	{ NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
