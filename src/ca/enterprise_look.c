/* enterprise_look.c - what several steps find: something an officer has to look
 * at, a name outside the lists, something that the account lacks.
 */
#include "ca/enterprise.h"
#include "ca/text.h"

#include <stdarg.h>

void
ca_enterprise_look(struct ca_enterprise *e, const char *fmt, ...)
{
	va_list args;

	if (e->look[0])
		return;
	va_start(args, fmt);
	(void)vsnprintf(e->look, sizeof(e->look), fmt, args);
	va_end(args);
	ca_text_mend(e->look);
}

void
ca_enterprise_outside(struct ca_enterprise *e, const char *name)
{
	const struct ca_template *t = e->t;
	char shown[100];

	ca_text_cut(shown, sizeof(shown), name);
	if (t->san.outside == CA_TEMPLATE_OUTSIDE_DENY)
		ca_policy_deny(e->result, ERR_POLICY,
		    "The name %s is not one that the template %s allows.",
		    shown, t->name);
	else
		ca_enterprise_look(e,
		    "The name %s is outside those that the template %s issues "
		    "by itself.",
		    shown, t->name);
}

void
ca_enterprise_missing(
    struct ca_enterprise *e, enum err_code code, const char *what)
{
	ca_policy_deny(e->result, code,
	    "The account %s has no %s, which the template %s puts into the "
	    "certificate. Ask the administrator to add it.",
	    e->facts->target.name, what, e->t->name);
}
