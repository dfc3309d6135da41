/* user.c - opencertsrv user ...: the local accounts. */
#include "cli/cli.h"
#include "cli/password.h"

#include "base/str.h"

#include <inttypes.h>

static json_t *
user_json(const struct rpc_user *u)
{
	char roles[ROLE_TEXT_MAX];

	role_list(u->roles, roles);
	return json_pack("{s:s,s:s,s:s,s:s,s:o,s:b,s:b,s:o,s:o}", "name",
	    u->name, "roles", roles, "mail", u->mail, "display_name",
	    u->display_name, "uid",
	    u->uid < 0 ? json_null() : json_integer((json_int_t)u->uid),
	    "disabled", (int)u->disabled, "has_password", (int)u->has_password,
	    "changed", cli_output_json_time(u->changed), "waiting",
	    u->waiting ? json_integer((json_int_t)u->waiting) : json_null());
}

static int
list_people(struct cli *c, const struct rpc_user_list *list, struct err *err)
{
	static const char *const titles[] = { "NAME", "ROLES", "STATE", "UID",
		"MAIL", "DISPLAY NAME" };
	char roles[ROLE_TEXT_MAX], uid[24];
	AUTO(cli_column) t = NULL;
	size_t i;

	if (cli_column_new(titles, ARRAY_LEN(titles), &t, err) < 0)
		return -1;
	for (i = 0; i < list->user_count; i++) {
		const struct rpc_user *u = &list->users[i];
		const char *cells[] = { u->name, roles,
			u->disabled       ? "disabled"
			: u->has_password ? "active"
					  : "no password",
			uid, u->mail, u->display_name };

		role_list(u->roles, roles);
		uid[0] = 0;
		if (u->uid >= 0)
			(void)snprintf(uid, sizeof(uid), "%" PRIi64, u->uid);
		if (cli_column_add(t, cells, err) < 0)
			return -1;
	}
	cli_column_print(t, c->out);
	return 0;
}

static int
user_list(struct cli *c, struct err *err)
{
	const struct rpc_nothing ask = { 0 };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_user_list *list;
	json_t *rows;
	size_t i;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_USER_LIST(client, &ask, &msg, &list, err) < 0)
		return -1;
	if (!cli_args_flag(&c->args, "json"))
		return list_people(c, list, err);
	rows = json_array();
	for (i = 0; i < list->user_count; i++)
		(void)json_array_append_new(rows, user_json(&list->users[i]));
	return cli_output_json(c, json_pack("{s:o}", "rows", rows), err);
}

static int
done(struct cli *c, const struct rpc_user *u, const char *what, struct err *err)
{
	char clean[2 * IDENTITY_NAME_MAX];

	if (cli_args_flag(&c->args, "json"))
		return cli_output_json(c, user_json(u), err);
	(void)cli_column_clean(clean, sizeof(clean), u->name);
	if (!u->waiting || str_eq(what, "was added"))
		(void)fprintf(c->out, "The account %s %s.\n", clean, what);
	if (u->waiting)
		(void)fprintf(c->out,
		    "%s waits for a second administrator or an auditor: "
		    "opencertsrv role confirm %" PRIu64 "\n",
		    str_eq(what, "was added") ? "Its role" : "This",
		    u->waiting);
	return 0;
}

/* The password an account is to get: from a file, or asked for twice. */
static int
new_password(struct cli *c, struct secret **ret, struct err *err)
{
	const char *file = cli_args_text(&c->args, "new-password-file");
	AUTO(secret) again = NULL;

	if (file)
		return cli_password_from_file(file, ret, err);
	if (cli_password_ask("New password", ret, err) < 0 ||
	    cli_password_ask("Once more", &again, err) < 0)
		return -1;
	if (!secret_eq(secret_bytes(*ret), secret_bytes(again)))
		return err_set(err, ERR_INVALID, "The two passwords differ.");
	return 0;
}

static int
user_add(struct cli *c, struct err *err)
{
	const char *mail = cli_args_text(&c->args, "mail");
	const char *display = cli_args_text(&c->args, "display-name");
	const char *upn = cli_args_text(&c->args, "upn");
	const char *role = cli_args_text(&c->args, "role");
	struct rpc_user_change ask = { .name = c->args.words[0],
		.mail = mail ? mail : "",
		.display_name = display ? display : "",
		.upn = upn ? upn : "",
		.uid = -1 };
	AUTO(secret) password = NULL;
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_user *user;
	uint64_t uid;

	if (!role_from_word(role ? role : "enrollee", &ask.roles))
		return err_set(err, ERR_INVALID, "There is no such role.");
	if (cli_args_number(
		&c->args, "uid", 0, UINT32_MAX - 1, UINT64_MAX, &uid, err) < 0)
		return -1;
	if (uid != UINT64_MAX)
		ask.uid = (int64_t)uid;
	if (!cli_args_flag(&c->args, "no-password") &&
	    new_password(c, &password, err) < 0)
		return -1;
	if (password)
		ask.password = secret_bytes(password);
	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_USER_ADD(client, &ask, &msg, &user, err) < 0)
		return -1;
	return done(c, user, "was added", err);
}

static int
user_passwd(struct cli *c, struct err *err)
{
	struct rpc_user_change ask = { .name = c->args.words[0],
		.mail = "",
		.display_name = "",
		.upn = "",
		.uid = -1 };
	AUTO(secret) password = NULL;
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_user *user;

	if (new_password(c, &password, err) < 0)
		return -1;
	ask.password = secret_bytes(password);
	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_USER_PASSWD(client, &ask, &msg, &user, err) < 0)
		return -1;
	return done(c, user, "has a new password", err);
}

static int
user_disable(struct cli *c, struct err *err)
{
	struct rpc_user_change ask = { .name = c->args.words[0],
		.mail = "",
		.display_name = "",
		.upn = "",
		.uid = -1,
		.enable = cli_args_flag(&c->args, "enable") };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_user *user;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_USER_DISABLE(client, &ask, &msg, &user, err) < 0)
		return -1;
	return done(c, user,
	    ask.enable ? "may sign in again" : "can no longer sign in", err);
}

static int
user_change(struct cli *c, struct err *err)
{
	static const struct {
		const char *option;
		uint32_t field;
		size_t at;
	} texts[] = {
		{ "mail", RPC_USER_MAIL,
		    offsetof(struct rpc_user_change, mail) },
		{ "display-name", RPC_USER_DISPLAY_NAME,
		    offsetof(struct rpc_user_change, display_name) },
		{ "upn", RPC_USER_UPN, offsetof(struct rpc_user_change, upn) },
	};
	struct rpc_user_change ask = { .name = c->args.words[0],
		.mail = "",
		.display_name = "",
		.upn = "",
		.uid = -1 };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_user *user;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const char *text = cli_args_text(&c->args, texts[i].option);

		if (!text)
			continue;
		ask.fields |= texts[i].field;
		*(const char **)(void *)((char *)&ask + texts[i].at) = text;
	}
	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_USER_EDIT(client, &ask, &msg, &user, err) < 0)
		return -1;
	return done(c, user, "was changed", err);
}

static int
change_person(
    struct cli *c, const char *name, const char *other, struct err *err)
{
	const struct rpc_person_change ask = { name, other };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_acted *acted;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_PERSON_CHANGE(client, &ask, &msg, &acted, err) < 0)
		return -1;
	return cli_output_acted(c, acted, err);
}

static int
user_link(struct cli *c, struct err *err)
{
	return change_person(c, c->args.words[0], c->args.words[1], err);
}

static int
user_unlink(struct cli *c, struct err *err)
{
	return change_person(c, c->args.words[0], "", err);
}

static int
links_people(struct cli *c, const struct rpc_person_list *list, struct err *err)
{
	static const char *const titles[] = { "PERSON", "ACCOUNT" };
	AUTO(cli_column) t = NULL;
	char number[24];

	if (list->row_count == 0) {
		(void)fputs("No accounts are linked.\n", c->out);
		return 0;
	}
	if (cli_column_new(titles, ARRAY_LEN(titles), &t, err) < 0)
		return -1;
	for (size_t i = 0; i < list->row_count; i++) {
		const char *cells[] = { number, list->rows[i].name };

		(void)snprintf(
		    number, sizeof(number), "%" PRIu64, list->rows[i].number);
		if (cli_column_add(t, cells, err) < 0)
			return -1;
	}
	cli_column_print(t, c->out);
	return 0;
}

static int
user_links(struct cli *c, struct err *err)
{
	const struct rpc_nothing ask = { 0 };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_person_list *list;
	json_t *rows;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_PERSON_LIST(client, &ask, &msg, &list, err) < 0)
		return -1;
	if (!cli_args_flag(&c->args, "json"))
		return links_people(c, list, err);
	rows = json_array();
	for (size_t i = 0; i < list->row_count; i++)
		(void)json_array_append_new(
		    rows, json_pack("{s:I,s:s}", "person",
			      (json_int_t)list->rows[i].number, "name",
			      list->rows[i].name));
	return cli_output_json(c, json_pack("{s:o}", "rows", rows), err);
}

/* clang-format off */
static const struct cli_option add_options[] = {
	{ "role", "ROLE", "enrollee|officer|admin|auditor|operator",
	  "what it may do (enrollee)" },
	{ "mail", "ADDRESS", NULL, "mail address" },
	{ "display-name", "TEXT", NULL, "name for people" },
	{ "upn", "NAME@REALM", NULL, "user principal name" },
	{ "uid", "NUMBER", NULL, "system account that is this account" },
	{ "new-password-file", "FILE", NULL, "file with its password" },
	{ "no-password", NULL, NULL, "it signs in some other way" },
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option change_options[] = {
	{ "mail", "ADDRESS", NULL, "mail address; \"\" takes it away" },
	{ "display-name", "TEXT", NULL, "name for people" },
	{ "upn", "NAME@REALM", NULL, "user principal name" },
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option passwd_options[] = {
	{ "new-password-file", "FILE", NULL, "file with the new password" },
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option disable_options[] = {
	{ "enable", NULL, NULL, "let it sign in again" },
	{ NULL, NULL, NULL, NULL },
};

const struct cli_command cli_user_commands[] = {
	{ "user", "add", "NAME", 1, 1, ROLE_ADMIN, add_options, user_add,
	  "add an account" },
	{ "user", "list", "", 0, 0, ROLE_ADMIN, NULL, user_list,
	  "list the accounts" },
	{ "user", "passwd", "NAME", 1, 1, ROLE_ADMIN, passwd_options,
	  user_passwd, "give an account a new password" },
	{ "user", "change", "NAME", 1, 1, ROLE_ADMIN, change_options,
	  user_change, "give an account another mail address or name" },
	{ "user", "disable", "NAME", 1, 1, ROLE_ADMIN, disable_options,
	  user_disable, "keep an account from signing in" },
	{ "user", "link", "NAME NAME", 2, 2, ROLE_ADMIN, NULL, user_link,
	  "say that two accounts are one person's" },
	{ "user", "unlink", "NAME", 1, 1, ROLE_ADMIN, NULL, user_unlink,
	  "say that an account is not" },
	{ "user", "links", "", 0, 0, ROLE_ADMIN, NULL, user_links,
	  "list the accounts that are linked" },
	{ NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
