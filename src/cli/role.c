/* role.c - opencertsrv role ...: who holds which role, and what waits for a
 * second person. */
#include "cli/cli.h"

#include "base/str.h"

#include <inttypes.h>

/* --- list ----------------------------------------------------------------- */

static json_t *
waiting_json(const struct rpc_waiting_row *r)
{
	return json_pack("{s:I,s:s,s:s,s:o,s:o}", "id", (json_int_t)r->id,
	    "what", r->what, "asker", r->asker, "asked",
	    cli_output_json_time(r->asked), "expires",
	    cli_output_json_time(r->expires));
}

static int
waiting_people(
    struct cli *c, const struct rpc_waiting_list *list, struct err *err)
{
	static const char *const titles[] = { "CHANGE", "ASKED BY", "UNTIL",
		"WHAT" };
	char id[24], until[STR_TIME_MAX];
	AUTO(cli_column) t = NULL;

	if (list->row_count == 0) {
		(void)fputs("Nothing waits to be confirmed.\n", c->out);
		return 0;
	}
	if (cli_column_new(titles, ARRAY_LEN(titles), &t, err) < 0)
		return -1;
	for (size_t i = 0; i < list->row_count; i++) {
		const struct rpc_waiting_row *r = &list->rows[i];
		const char *cells[] = { id, r->asker, until, r->what };

		(void)snprintf(id, sizeof(id), "%" PRIu64, r->id);
		str_time_human(until, r->expires);
		if (cli_column_add(t, cells, err) < 0)
			return -1;
	}
	cli_column_print(t, c->out);
	return 0;
}

static int
list_waiting(struct cli *c, struct rpc_client *client, struct err *err)
{
	const struct rpc_nothing ask = { 0 };
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_waiting_list *list;
	json_t *rows;

	if (rpc_do_WAITING_LIST(client, &ask, &msg, &list, err) < 0)
		return -1;
	if (!cli_args_flag(&c->args, "json"))
		return waiting_people(c, list, err);
	rows = json_array();
	for (size_t i = 0; i < list->row_count; i++)
		(void)json_array_append_new(rows, waiting_json(&list->rows[i]));
	return cli_output_json(c, json_pack("{s:o}", "rows", rows), err);
}

static int
roles_people(struct cli *c, const struct rpc_user_list *list, struct err *err)
{
	static const char *const titles[] = { "ACCOUNT", "ROLES", "STATE" };
	char roles[ROLE_TEXT_MAX];
	AUTO(cli_column) t = NULL;

	if (cli_column_new(titles, ARRAY_LEN(titles), &t, err) < 0)
		return -1;
	for (size_t i = 0; i < list->user_count; i++) {
		const struct rpc_user *u = &list->users[i];
		const char *cells[] = { u->name, roles,
			u->disabled ? "disabled" : "" };

		role_list(u->roles, roles);
		if (u->roles && cli_column_add(t, cells, err) < 0)
			return -1;
	}
	cli_column_print(t, c->out);
	return 0;
}

static int
list_roles(struct cli *c, struct rpc_client *client, struct err *err)
{
	const struct rpc_nothing ask = { 0 };
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_user_list *list;
	char roles[ROLE_TEXT_MAX];
	json_t *rows;

	if (rpc_do_USER_LIST(client, &ask, &msg, &list, err) < 0)
		return -1;
	if (!cli_args_flag(&c->args, "json"))
		return roles_people(c, list, err);
	rows = json_array();
	for (size_t i = 0; i < list->user_count; i++) {
		const struct rpc_user *u = &list->users[i];

		role_list(u->roles, roles);
		if (u->roles)
			(void)json_array_append_new(rows,
			    json_pack("{s:s,s:s,s:b}", "name", u->name, "roles",
				roles, "disabled", (int)u->disabled));
	}
	return cli_output_json(c, json_pack("{s:o}", "rows", rows), err);
}

static int
role_list_command(struct cli *c, struct err *err)
{
	AUTO(rpc_client) client = NULL;

	if (cli_session_open(c, &client, err) < 0)
		return -1;
	return cli_args_flag(&c->args, "pending") ? list_waiting(c, client, err)
						  : list_roles(c, client, err);
}

/* --- change --------------------------------------------------------------- */

static int
change(struct cli *c, bool grant, struct err *err)
{
	struct rpc_role_change ask = { .name = c->args.words[0],
		.grant = grant };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_acted *acted;

	if (!role_from_word(c->args.words[1], &ask.role))
		return err_set(err, ERR_INVALID,
		    "\"%.40s\" is no role: enrollee, officer, admin, auditor "
		    "or operator.",
		    c->args.words[1]);
	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_ROLE_CHANGE(client, &ask, &msg, &acted, err) < 0)
		return -1;
	return cli_output_acted(c, acted, err);
}

static int
role_grant(struct cli *c, struct err *err)
{
	return change(c, true, err);
}

static int
role_revoke(struct cli *c, struct err *err)
{
	return change(c, false, err);
}

static int
end(struct cli *c, bool cancel, struct err *err)
{
	struct rpc_confirm ask = { .cancel = cancel };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_acted *acted;

	if (!str_u64(c->args.words[0], INT64_MAX, &ask.id))
		return err_set(err, ERR_INVALID,
		    "Name the change by its number: opencertsrv role list "
		    "--pending");
	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_CONFIRM(client, &ask, &msg, &acted, err) < 0)
		return -1;
	return cli_output_acted(c, acted, err);
}

static int
role_confirm(struct cli *c, struct err *err)
{
	return end(c, false, err);
}

static int
role_cancel(struct cli *c, struct err *err)
{
	return end(c, true, err);
}

/* clang-format off */
static const struct cli_option list_options[] = {
	{ "pending", NULL, NULL, "what waits to be confirmed" },
	{ NULL, NULL, NULL, NULL },
};

/* In a demo folder the administrator asks and the auditor confirms. */
const struct cli_command cli_role_commands[] = {
	{ "role", "list", "", 0, 0, ROLE_ADMIN, list_options,
	  role_list_command, "list who holds a role, or what waits" },
	{ "role", "grant", "NAME ROLE", 2, 2, ROLE_ADMIN, NULL, role_grant,
	  "give an account a role, after a second person confirms it" },
	{ "role", "revoke", "NAME ROLE", 2, 2, ROLE_ADMIN, NULL, role_revoke,
	  "take a role away, after a second person confirms it" },
	{ "role", "confirm", "NUMBER", 1, 1, ROLE_AUDITOR, NULL, role_confirm,
	  "confirm what another administrator asked for" },
	{ "role", "cancel", "NUMBER", 1, 1, ROLE_ADMIN, NULL, role_cancel,
	  "drop what waits to be confirmed" },
	{ NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
