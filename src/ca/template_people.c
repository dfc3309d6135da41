/* template_people.c - whom a template names: agents, who may use it, who
 * answers for a hole. */
#include "ca/template_reading.h"

#include "base/str.h"
#include "ca/purpose.h"

#include <stdio.h>

static void
read_signatures(struct ca_template_reading *r)
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

void
ca_template_part_behalf(struct ca_template_reading *r)
{
	const struct raw_behalf *b = r->raw->behalf;
	uint32_t allowed = 0;

	read_signatures(r);
	if (!b)
		return;
	if (b->allowed && !ca_word_value(ca_words_truth, b->allowed, &allowed))
		ca_template_say(r, true, "on_behalf_of/allowed",
		    "allowed must be true or false.");
	r->t->on_behalf_of = allowed != 0;
	ca_template_name_list(
	    r, &b->agents, "on_behalf_of/agents", &r->t->agents);
	ca_template_name_list(
	    r, &b->targets, "on_behalf_of/targets", &r->t->targets);
}

static void
read_entry(
    struct ca_template_reading *r, unsigned i, struct ca_template_entry *ret)
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
	(void)ca_template_name_parse(
	    r, e->deny ? e->deny : e->allow, at, &ret->who);
	(void)snprintf(at, sizeof(at), "permissions/%u/rights", i);
	ret->rights = ca_template_mask(r, &e->rights, at, ca_words_right);
	if (e->rights.list_count == 0)
		ca_template_say(r, true, at,
		    "rights must list what the entry is about: read, enroll, "
		    "autoenroll, write.");
}

/* retrieve: owner, or "group NAME". */
static void
read_retrieve(struct ca_template_reading *r)
{
	const char *text = r->raw->retrieve;
	struct ca_template_name name = { 0 };

	r->t->retrieve_group = "";
	if (!text || str_eq(text, "owner"))
		return;
	if (!str_has_prefix(text, "group "))
		ca_template_say(r, true, "retrieve",
		    "retrieve must be \"owner\" or \"group NAME\".");
	else if (ca_template_name_parse(r, text, "retrieve", &name))
		r->t->retrieve_group = name.name;
}

void
ca_template_part_permissions(struct ca_template_reading *r)
{
	unsigned n = r->raw->permissions_count;
	struct ca_template_entry *list =
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
