/* action_user.c - changes of one account: its roles, its password, whether it
 * may sign in. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "ca/action_rule.h"
#include "ca/user.h"

/* Roles of the account and rights that an entry allows. */
static bool
holds_a_role(const struct ca_action *a)
{
	return (a->user->roles | ca_action_allowed(a)) & CA_RIGHTS_OF_ROLES;
}

bool
ca_action_waits_for_role(const struct ca_action *a)
{
	return a->what.rights & CA_RIGHTS_OF_ROLES;
}

/* An account that is about to get a role, by whatever way, is as good as one
 * that has it. */
struct candidate {
	const char *account; /* a principal */
	const struct ca_picture *picture;
	bool found;
};

static bool
is_grant(void *ctx, const struct store_waiting *s)
{
	static const bool gives[CA_ACTION_KIND_COUNT] = {
		[CA_ACTION_GRANT] = true,
		[CA_ACTION_ALLOW] = true,
		[CA_ACTION_JOIN] = true,
		[CA_ACTION_LINK] = true,
	};
	struct candidate *c = ctx;

	c->found =
	    s->kind < CA_ACTION_KIND_COUNT && gives[s->kind] &&
	    (str_eq(s->subject, c->account) || str_eq(s->object, c->account) ||
		(s->is_group &&
		    ca_picture_is_member(c->picture, c->account, s->subject)));
	return !c->found;
}

bool
ca_action_waits_for_account(const struct ca_action *a)
{
	struct candidate c = { a->what.subject, a->picture, false };

	return holds_a_role(a) ||
	       ca_action_list(a->w, is_grant, &c, NULL) < 0 || c.found;
}

/* Whoever changes his own takes nothing over. */
bool
ca_action_waits_for_password(const struct ca_action *a)
{
	return !str_eq(a->call->who.owner, a->what.subject) &&
	       ca_action_waits_for_account(a);
}

/* Who holds a role may be the one who would hold the asker back. */
bool
ca_action_waits_for_disable(const struct ca_action *a)
{
	return holds_a_role(a);
}

int
ca_action_judge_grant(struct ca_action *a, struct err *err)
{
	uint32_t role = a->what.rights;

	CA_ACTION_SAY(a, "%s gets the role %s", a->user->name, role_word(role));
	if (!*role_word(role))
		return err_set(err, ERR_INVALID, "There is no such role.");
	if (a->user->roles & role)
		return err_set(err, ERR_EXISTS,
		    "%s holds the role %s already. Nothing was changed.",
		    a->user->name, role_word(role));
	a->user->roles |= role;
	return ca_action_check_roles(a->w->ca->config,
	    a->user->roles | (ca_action_allowed(a) & CA_RIGHTS_OF_ROLES), err);
}

int
ca_action_judge_revoke(struct ca_action *a, struct err *err)
{
	uint32_t role = a->what.rights;

	CA_ACTION_SAY(
	    a, "%s loses the role %s", a->user->name, role_word(role));
	if (!*role_word(role) || !(a->user->roles & role))
		return err_set(err, ERR_NOT_FOUND,
		    "%s does not hold the role %s. Nothing was changed.",
		    a->user->name, role_word(role));
	a->user->roles &= ~role;
	return role & ROLE_ADMIN ? ca_action_keep_admin(a, err) : 0;
}

int
ca_action_judge_password(struct ca_action *a, struct err *err)
{
	(void)err;
	CA_ACTION_SAY(a, "%s gets a new password", a->user->name);
	a->user->hash = a->what.hash;
	return 0;
}

int
ca_action_judge_enable(struct ca_action *a, struct err *err)
{
	(void)err;
	CA_ACTION_SAY(a, "%s may sign in again", a->user->name);
	a->user->disabled = false;
	return 0;
}

int
ca_action_judge_disable(struct ca_action *a, struct err *err)
{
	uint32_t rights = a->user->roles | ca_action_allowed(a);
	bool was = a->user->disabled;

	CA_ACTION_SAY(a, "%s can no longer sign in", a->user->name);
	a->user->disabled = true;
	if (was)
		return 0;
	if (rights & ROLE_ADMIN && ca_action_keep_admin(a, err) < 0)
		return -1;
	return rights & CA_RIGHTS_TO_CONFIRM ? ca_action_keep_confirmer(a, err)
					     : 0;
}

/* The second person must see all that he confirms. */
static int
say_edit(struct ca_action *a, struct err *err)
{
	const struct store_user *u = a->user;
	const struct {
		uint32_t field;
		const char *what, *text;
	} rows[] = {
		{ RPC_USER_MAIL, "mail address", u->mail },
		{ RPC_USER_DISPLAY_NAME, "display name", u->display_name },
		{ RPC_USER_UPN, "user principal name", u->upn },
	};
	AUTO_BUF text = BUF_WITH_LIMIT(CA_ACTION_TEXT_MAX);

	buf_addf(&text, "%s gets", u->name);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (a->what.rights & rows[i].field)
			buf_addf(&text, " the %s \"%s\"", rows[i].what,
			    rows[i].text);
	if (text.failed || text.n >= sizeof(a->text))
		return err_set(err, ERR_TOO_LARGE,
		    "These texts are too long together; change one after the "
		    "other. Nothing was changed.");
	CA_ACTION_SAY(a, "%s", buf_str(&text));
	return 0;
}

int
ca_action_judge_edit(struct ca_action *a, struct err *err)
{
	const char **const texts[] = { &a->user->mail, &a->user->display_name,
		&a->user->upn };
	const char *line = a->what.hash;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const char *end = strchr(line, '\n');

		if (!end)
			return err_set(err, ERR_CORRUPT, "texts of an account");
		if (a->what.rights >> i & 1)
			*texts[i] = ca_arena_fmt(
			    &a->arena, "%.*s", (int)(end - line), line);
		line = end + 1;
	}
	if (ca_arena_check(&a->arena, err) < 0)
		return -1;
	if (say_edit(a, err) < 0)
		return -1;
	return ca_user_check_names(a->w,
	    a->what.rights & RPC_USER_MAIL ? a->user->mail : "",
	    a->what.rights & RPC_USER_UPN ? a->user->upn : "", a->user->name,
	    err);
}

int
ca_action_apply_user(
    struct ca_action *a, struct store_writer *w, struct err *err)
{
	a->user->changed = clock_now();
	return store_update_user(w, a->user, err);
}
