/* restriction.c - opencertsrv restriction ...: for whom an enrolment agent may
 * ask, on whose requests an officer may decide. */
#include "cli/cli.h"

#include "base/str.h"

#include <inttypes.h>

static const char *
target_word(uint32_t kind)
{
	static const char *const words[] = { "anybody", "user", "group" };

	return kind < ARRAY_LEN(words) ? words[kind] : "?";
}

static int
list_people(
    struct cli *c, const struct rpc_restriction_list *list, struct err *err)
{
	static const char *const titles[] = { "NUMBER", "HOW", "WHO", "NAME",
		"TEMPLATE", "FOR", "TARGET" };
	AUTO(cli_column) t = NULL;
	char id[24], who[32];

	if (list->row_count == 0) {
		(void)fputs(
		    "There are none: no agent may ask for others.\n", c->out);
		return 0;
	}
	if (cli_column_new(titles, ARRAY_LEN(titles), &t, err) < 0)
		return -1;
	for (size_t i = 0; i < list->row_count; i++) {
		const struct rpc_restriction *r = &list->rows[i];
		const char *cells[] = { id, r->deny ? "deny" : "allow", who,
			r->actor, r->template_name, target_word(r->target_kind),
			r->target };

		(void)snprintf(id, sizeof(id), "%" PRIu64, r->id);
		(void)snprintf(who, sizeof(who), "%s%s",
		    r->officer ? "officer" : "agent",
		    r->actor_is_group ? " group" : "");
		if (cli_column_add(t, cells, err) < 0)
			return -1;
	}
	cli_column_print(t, c->out);
	return 0;
}

static json_t *
row_json(const struct rpc_restriction *r)
{
	return json_pack("{s:I,s:s,s:b,s:b,s:s,s:s,s:s,s:s}", "id",
	    (json_int_t)r->id, "kind", r->officer ? "officer" : "agent", "deny",
	    (int)r->deny, "group", (int)r->actor_is_group, "name", r->actor,
	    "template", r->template_name, "for", target_word(r->target_kind),
	    "target", r->target);
}

static int
restriction_list(struct cli *c, struct err *err)
{
	const struct rpc_nothing ask = { 0 };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_restriction_list *list;
	json_t *rows;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_RESTRICTION_LIST(client, &ask, &msg, &list, err) < 0)
		return -1;
	if (!cli_args_flag(&c->args, "json"))
		return list_people(c, list, err);
	rows = json_array();
	for (size_t i = 0; i < list->row_count; i++)
		(void)json_array_append_new(rows, row_json(&list->rows[i]));
	return cli_output_json(c, json_pack("{s:o}", "rows", rows), err);
}

static int
send_change(
    struct cli *c, const struct rpc_restriction_change *ask, struct err *err)
{
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_acted *acted;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_RESTRICTION_CHANGE(client, ask, &msg, &acted, err) < 0)
		return -1;
	return cli_output_acted(c, acted, err);
}

static int
add(struct cli *c, bool deny, struct err *err)
{
	const char *kind = c->args.words[0];
	const char *template = cli_args_text(&c->args, "template");
	const char *user = cli_args_text(&c->args, "for-user");
	const char *group = cli_args_text(&c->args, "for-group");
	const struct rpc_restriction_change ask = {
		.row = { .officer = str_eq(kind, "officer"),
		    .deny = deny,
		    .actor_is_group = cli_args_flag(&c->args, "group"),
		    .actor = c->args.words[1],
		    .template_name = template ? template : "*",
		    .target_kind = user    ? RPC_TARGET_USER
				   : group ? RPC_TARGET_GROUP
					   : RPC_TARGET_ANY,
		    .target = user    ? user
			      : group ? group
				      : "" },
	};

	if (!ask.row.officer && !str_eq(kind, "agent"))
		return err_set(err, ERR_INVALID,
		    "The first word is agent or officer, not \"%.40s\".", kind);
	if (user && group)
		return err_set(
		    err, ERR_INVALID, "Use one of --for-user and --for-group.");
	return send_change(c, &ask, err);
}

static int
restriction_allow(struct cli *c, struct err *err)
{
	return add(c, false, err);
}

static int
restriction_deny(struct cli *c, struct err *err)
{
	return add(c, true, err);
}

static int
restriction_remove(struct cli *c, struct err *err)
{
	struct rpc_restriction_change ask = {
		.row = { .actor = "", .template_name = "", .target = "" },
	};

	if (!str_u64(c->args.words[0], INT64_MAX, &ask.remove) || !ask.remove)
		return err_set(err, ERR_INVALID,
		    "Name the restriction by its number: opencertsrv "
		    "restriction list");
	return send_change(c, &ask, err);
}

/* clang-format off */
static const struct cli_option options[] = {
	{ "group", NULL, NULL, "NAME is a group" },
	{ "template", "NAME", NULL, "with this template only (all)" },
	{ "for-user", "NAME", NULL, "for this account only (anybody)" },
	{ "for-group", "NAME", NULL, "for members of this group only" },
	{ NULL, NULL, NULL, NULL },
};

const struct cli_command cli_restriction_commands[] = {
	{ "restriction", "list", "", 0, 0, ROLE_ADMIN, NULL, restriction_list,
	  "list for whom agents ask and officers decide" },
	{ "restriction", "allow", "agent|officer NAME", 2, 2, ROLE_ADMIN,
	  options, restriction_allow, "let an agent ask, an officer decide" },
	{ "restriction", "deny", "agent|officer NAME", 2, 2, ROLE_ADMIN,
	  options, restriction_deny, "the same; deny comes first" },
	{ "restriction", "remove", "NUMBER", 1, 1, ROLE_ADMIN, NULL,
	  restriction_remove, "drop one of the list" },
	{ NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
