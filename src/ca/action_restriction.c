/* action_restriction.c - changes of what agents and officers are limited to. */
#include "base/str.h"
#include "ca/action_rule.h"

#include <inttypes.h>

static void
say_restriction(struct ca_action *a, const struct ca_restriction *r)
{
	const char *kind =
	    r->kind == CA_RESTRICTION_OFFICER ? "officer" : "agent";

	CA_ACTION_SAY(a, "%s %s%s %s template %s for %s%s", kind,
	    r->actor_is_group ? "group " : "", ca_principal_display(r->actor),
	    r->deny ? "is denied" : "may", r->template,
	    r->target_kind == CA_TARGET_ANY     ? "anybody"
	    : r->target_kind == CA_TARGET_GROUP ? "the group "
						: "",
	    ca_principal_display(r->target));
}

static struct ca_restriction
as_rule(const struct store_restriction *s)
{
	return (struct ca_restriction){ .kind = s->kind,
		.deny = s->deny,
		.actor_is_group = s->actor_is_group,
		.actor = s->actor,
		.template = s->template_name,
		.target_kind = s->target_kind,
		.target = s->target };
}

static bool
is_there(const struct ca_picture *p, const struct ca_restriction *r)
{
	for (size_t i = 0; i < p->restriction_n; i++) {
		const struct ca_restriction *o = &p->restrictions[i];

		if (o->kind == r->kind && o->deny == r->deny &&
		    o->actor_is_group == r->actor_is_group &&
		    o->target_kind == r->target_kind &&
		    str_eq(o->actor, r->actor) &&
		    str_eq_ci(o->template, r->template) &&
		    str_eq(o->target, r->target))
			return true;
	}
	return false;
}

int
ca_action_judge_restrict(struct ca_action *a, struct err *err)
{
	const struct store_restriction *s = a->restriction;
	struct ca_restriction r = as_rule(s);

	say_restriction(a, &r);
	if (ca_action_check_principal(a, s->actor_is_group, s->actor, err) <
		0 ||
	    (s->target_kind != CA_TARGET_ANY &&
		ca_action_check_principal(
		    a, s->target_kind == CA_TARGET_GROUP, s->target, err) < 0))
		return -1;
	if (is_there(a->picture, &r))
		return err_set(err, ERR_EXISTS,
		    "That is so already. Nothing was changed.");
	return ca_action_check_room(a->picture->restriction_n,
	    STORE_RESTRICTIONS_MAX, "restrictions", err);
}

int
ca_action_judge_unrestrict(struct ca_action *a, struct err *err)
{
	const struct ca_picture *p = a->picture;
	size_t i = 0;

	while (
	    i < p->restriction_n && p->restriction_ids[i] != a->restriction_id)
		i++;
	if (i == p->restriction_n)
		return err_set(err, ERR_NOT_FOUND,
		    "There is no restriction %" PRIu64 ". Nothing was changed.",
		    a->restriction_id);
	say_restriction(a, &p->restrictions[i]);
	(void)snprintf(a->text + strlen(a->text),
	    sizeof(a->text) - strlen(a->text), " no longer");
	return 0;
}

int
ca_action_apply_restrict(
    struct ca_action *a, struct store_writer *w, struct err *err)
{
	return store_put_restriction(w, a->restriction, NULL, err);
}

int
ca_action_apply_unrestrict(
    struct ca_action *a, struct store_writer *w, struct err *err)
{
	const struct store_restriction s = { .id = a->restriction_id };

	return store_drop_restriction(w, &s, err);
}
