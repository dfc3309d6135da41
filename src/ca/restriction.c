#include "ca/restriction.h"

#include "base/str.h"

static bool
target_fits(const struct ca_restriction *r, const struct ca_principal *target)
{
	switch (r->target_kind) {
	case CA_TARGET_ANY:
		return true;
	case CA_TARGET_USER:
		return ca_principal_is(target, false, r->target);
	case CA_TARGET_GROUP:
		return ca_principal_is(target, true, r->target);
	case CA_TARGET_COUNT:
		break;
	}
	return r->deny; /* what is not understood gives nothing */
}

/* One walk, deny first; *ret_any says whether there is a row of this kind. */
static bool
allows(const struct ca_restriction *list, size_t n,
    enum ca_restriction_kind kind, const struct ca_principal *actor,
    const char *template, const struct ca_principal *target, bool *ret_any)
{
	bool allowed = false;

	*ret_any = false;
	for (size_t i = 0; i < n; i++) {
		const struct ca_restriction *r = &list[i];

		if (r->kind != kind)
			continue;
		*ret_any = true;
		if (!ca_principal_is(actor, r->actor_is_group, r->actor) ||
		    (!str_eq(r->template, CA_TEMPLATE_ANY) &&
			!str_eq_ci(r->template, template)) ||
		    !target_fits(r, target))
			continue;
		if (r->deny)
			return false;
		allowed = true;
	}
	return allowed;
}

bool
ca_restriction_agent(const struct ca_restriction *list, size_t n,
    const struct ca_principal *agent, const char *template,
    const struct ca_principal *target)
{
	bool any;

	return allows(
	    list, n, CA_RESTRICTION_AGENT, agent, template, target, &any);
}

bool
ca_restriction_officer(const struct ca_restriction *list, size_t n,
    bool enterprise, const struct ca_principal *officer, const char *template,
    const struct ca_principal *target)
{
	bool any;

	return allows(list, n, CA_RESTRICTION_OFFICER, officer, template,
		   target, &any) ||
	       (!any && !enterprise);
}
