/* template_people.c - whom a template names: agents, who may use it, who
 * answers for a hole. */
#include "ca/template_reading.h"

#include "base/str.h"
#include "ca/purpose.h"

#include <stdio.h>

void
ca_template_part_agents(struct ca_template_reading *r)
{
	const struct raw_agent *a = r->raw->agent;
	uint64_t n = 0;

	if (!a)
		return;
	if (!a->count || !str_u64(a->count, CA_TEMPLATE_APPROVALS, &n))
		ca_template_say(r, true, "agent_signatures/count",
		    "count must be a number from 0 to %d.",
		    CA_TEMPLATE_APPROVALS);
	r->t->agent_signatures = (unsigned)n;
	if (a->policy && !ca_purpose_from_text(a->policy, &r->t->agent_policy))
		ca_template_say(r, true, "agent_signatures/policy",
		    "\"%.60s\" is neither a purpose known by name nor an "
		    "object identifier.",
		    a->policy);
	if (n > 0 && !a->policy)
		ca_template_say(r, true, "agent_signatures",
		    "policy must say which purpose an agent's certificate "
		    "needs: policy: enrolment-agent.");
}

/* "user alice", "group enrollees", "group CORP\Domain Users". */
static bool
read_principal(struct ca_template_reading *r, const char *text,
    const char *path, bool *ret_group, const char **ret_key)
{
	bool user = str_has_prefix(text, "user ");
	struct err e = { 0 };
	char key[CA_KEY_MAX];

	*ret_group = str_has_prefix(text, "group ");
	*ret_key = "";
	if ((user || *ret_group) &&
	    ca_principal_key(strchr(text, ' ') + 1, key, &e) == 0) {
		*ret_key = ca_arena_str(r->arena, key);
		return true;
	}
	ca_template_say(r, true, path,
	    "\"%.60s\" must be \"user NAME\" or \"group NAME\", where NAME may "
	    "be REALM\\NAME or a SID; a role counts as a group: \"group "
	    "enrollees\".",
	    text);
	return false;
}

static void
read_rights(struct ca_template_reading *r, const struct raw_list *l,
    const char *path, uint32_t *ret)
{
	char at[64], all[CA_RIGHTS_TEXT_MAX];
	uint32_t right;

	ca_rights_list(CA_TEMPLATE_RIGHTS_ALL, true, all);
	for (unsigned i = 0; i < l->list_count; i++) {
		if (ca_right_from_word(l->list[i], true, &right)) {
			*ret |= right;
			continue;
		}
		(void)snprintf(at, sizeof(at), "%s/%u", path, i);
		ca_template_say(
		    r, true, at, "\"%.60s\" is none of: %s.", l->list[i], all);
	}
	if (l->list_count == 0)
		ca_template_say(r, true, path,
		    "rights must list what the entry is about: %s.", all);
}

static void
read_entry(
    struct ca_template_reading *r, unsigned i, struct ca_permission_entry *ret)
{
	const struct raw_entry *e = &r->raw->permissions[i];
	char at[48];

	(void)snprintf(at, sizeof(at), "permissions/%u", i);
	if (!e->allow == !e->deny) {
		ca_template_say(r, true, at,
		    "An entry has either allow or deny: \"allow: group "
		    "enrollees\".");
		return;
	}
	ret->deny = e->deny != NULL;
	(void)read_principal(r, e->deny ? e->deny : e->allow, at,
	    &ret->is_group, &ret->principal);
	(void)snprintf(at, sizeof(at), "permissions/%u/rights", i);
	read_rights(r, &e->rights, at, &ret->rights);
}

/* retrieve: owner, or "group NAME". */
static void
read_retrieve(struct ca_template_reading *r)
{
	const char *text = r->raw->retrieve;
	bool group;

	r->t->retrieve_group = "";
	if (!text || str_eq(text, "owner"))
		return;
	if (!str_has_prefix(text, "group "))
		ca_template_say(r, true, "retrieve",
		    "retrieve must be \"owner\" or \"group NAME\".");
	else
		(void)read_principal(
		    r, text, "retrieve", &group, &r->t->retrieve_group);
}

void
ca_template_part_permissions(struct ca_template_reading *r)
{
	unsigned n = r->raw->permissions_count;
	struct ca_permission_entry *list =
	    ca_arena_alloc(r->arena, (n + 1) * sizeof(*list));

	for (unsigned i = 0; list && i < n; i++)
		read_entry(r, i, &list[i]);
	r->t->permissions = list;
	r->t->permission_n = n;
	read_retrieve(r);
	ca_template_text_list(r, &r->raw->supersedes, &r->t->supersedes);
}

static bool
fine_words(const char *text)
{
	return text && *text && str_is_printable(bytes_str(text)) &&
	       strlen(text) <= 256;
}

void
ca_template_part_overrides(struct ca_template_reading *r)
{
	unsigned n = r->raw->overrides_count;
	struct ca_template_override *list =
	    ca_arena_alloc(r->arena, (n + 1) * sizeof(*list));
	char at[48];

	for (unsigned i = 0; list && i < n; i++) {
		const struct raw_override *o = &r->raw->overrides[i];

		(void)snprintf(at, sizeof(at), "overrides/%u", i);
		if (!o->hole || !ca_template_hole_known(o->hole))
			ca_template_say(r, true, at,
			    "hole must name one of the holes that are checked: "
			    "ESC1, 2, 3, 4, 6, 9, 15, 17.");
		if (!fine_words(o->by) || !fine_words(o->reason))
			ca_template_say(r, true, at,
			    "An override needs by, the name of who answers for "
			    "it, and reason.");
		list[i] = (struct ca_template_override){ .hole = ca_arena_str(
							     r->arena, o->hole),
			.by = ca_arena_str(r->arena, o->by),
			.reason = ca_arena_str(r->arena, o->reason) };
	}
	r->t->overrides = list;
	r->t->override_n = n;
}
