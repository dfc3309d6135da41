/* group.c - opencertsrv group ...: the groups of this CA. */
#include "cli/cli.h"

#include "base/str.h"

static int
ask_list(struct cli *c, const char *name, struct rpc_client **client,
    struct rpc_msg **msg, const struct rpc_group_list **list, struct err *err)
{
	const struct rpc_group_ask ask = { name };

	return cli_session_open(c, client, err) < 0
		   ? -1
		   : rpc_do_GROUP_LIST(*client, &ask, msg, list, err);
}

static int
list_people(struct cli *c, const struct rpc_group_list *list, struct err *err)
{
	static const char *const titles[] = { "GROUP", "MEMBERS",
		"DESCRIPTION" };
	AUTO(cli_column) t = NULL;
	char members[16];

	if (list->group_count == 0) {
		(void)fputs("There are no groups here.\n", c->out);
		return 0;
	}
	if (cli_column_new(titles, ARRAY_LEN(titles), &t, err) < 0)
		return -1;
	for (size_t i = 0; i < list->group_count; i++) {
		const struct rpc_group_row *g = &list->groups[i];
		const char *cells[] = { g->name, members, g->description };

		(void)snprintf(
		    members, sizeof(members), "%u", (unsigned)g->members);
		if (cli_column_add(t, cells, err) < 0)
			return -1;
	}
	cli_column_print(t, c->out);
	return 0;
}

static json_t *
group_json(const struct rpc_group_row *g)
{
	return json_pack("{s:s,s:s,s:i}", "name", g->name, "description",
	    g->description, "members", (int)g->members);
}

static int
group_list(struct cli *c, struct err *err)
{
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_group_list *list;
	json_t *rows;

	if (ask_list(c, "", &client, &msg, &list, err) < 0)
		return -1;
	if (!cli_args_flag(&c->args, "json"))
		return list_people(c, list, err);
	rows = json_array();
	for (size_t i = 0; i < list->group_count; i++)
		(void)json_array_append_new(rows, group_json(&list->groups[i]));
	return cli_output_json(c, json_pack("{s:o}", "rows", rows), err);
}

static int
group_show(struct cli *c, struct err *err)
{
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_group_list *list;
	json_t *names;

	if (ask_list(c, c->args.words[0], &client, &msg, &list, err) < 0)
		return -1;
	if (cli_args_flag(&c->args, "json")) {
		names = json_array();
		for (size_t i = 0; i < list->member_count; i++)
			(void)json_array_append_new(
			    names, json_string(list->members[i].name));
		return cli_output_json(c,
		    json_pack("{s:s,s:s,s:o}", "name", list->groups[0].name,
			"description", list->groups[0].description, "members",
			names),
		    err);
	}
	cli_output_field(c, "Group", list->groups[0].name);
	cli_output_field(c, "Description", list->groups[0].description);
	for (size_t i = 0; i < list->member_count; i++)
		cli_output_field(c, "Member", list->members[i].name);
	return 0;
}

/* With a second word the member joins or leaves, without the whole group is
 * made or removed. */
static int
change(struct cli *c, enum rpc_group_action whole, enum rpc_group_action member,
    const char *description, struct err *err)
{
	const bool one = c->args.word_count > 1;
	const struct rpc_group_change ask = { .action = one ? member : whole,
		.name = c->args.words[0],
		.member = one ? c->args.words[1] : "",
		.description = description ? description : "" };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_acted *acted;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_GROUP_CHANGE(client, &ask, &msg, &acted, err) < 0)
		return -1;
	return cli_output_acted(c, acted, err);
}

static int
group_add(struct cli *c, struct err *err)
{
	return change(c, RPC_GROUP_MAKE, RPC_GROUP_JOIN,
	    cli_args_text(&c->args, "description"), err);
}

static int
group_remove(struct cli *c, struct err *err)
{
	return change(c, RPC_GROUP_DELETE, RPC_GROUP_LEAVE, NULL, err);
}

/* clang-format off */
static const struct cli_option add_options[] = {
	{ "description", "TEXT", NULL, "what the new group is for" },
	{ NULL, NULL, NULL, NULL },
};

const struct cli_command cli_group_commands[] = {
	{ "group", "list", "", 0, 0, ROLE_ADMIN, NULL, group_list,
	  "list the groups" },
	{ "group", "show", "GROUP", 1, 1, ROLE_ADMIN, NULL, group_show,
	  "list the members of a group" },
	{ "group", "add", "GROUP [NAME]", 1, 2, ROLE_ADMIN, add_options,
	  group_add, "make a group, or add a member to it" },
	{ "group", "remove", "GROUP [NAME]", 1, 2, ROLE_ADMIN, NULL,
	  group_remove, "remove a group, or a member from it" },
	{ NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
