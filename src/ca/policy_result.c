/* policy_result.c - how a decision is gathered: the first reason for a denial
 * counts, and what is left out is said.
 */
#include "ca/policy.h"
#include "ca/text.h"
#include "pki/name.h"

#include <stdarg.h>

#define GRANTED_MAX 65536

void
ca_policy_init(struct ca_policy_result *r)
{
	r->verdict = CA_VERDICT_DENY;
	r->code = ERR_OK;
	r->message[0] = '\0';
	r->sentence[0] = '\0';
	buf_init(&r->granted, GRANTED_MAX);
	r->dropped = NULL;
	r->dropped_n = 0;
	ca_attributes_init(&r->taken);
	r->ignored[0] = '\0';
	r->row = NULL;
	r->validity = r->not_after = 0;
	r->approvals = 1;
	r->reuse = CA_KEY_REUSE_SAME_ACCOUNT;
	buf_init(&r->subject, PKI_NAME_MAX + 8);
}

void
ca_policy_clear(struct ca_policy_result *r)
{
	buf_clear(&r->granted);
	ca_attributes_clear(&r->taken);
	buf_clear(&r->subject);
	free(r->dropped);
	r->dropped = NULL;
	r->dropped_n = 0;
}

void
ca_policy_deny(
    struct ca_policy_result *r, enum err_code code, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX - 64];
	va_list args;

	if (r->code != ERR_OK)
		return; /* the first reason counts */
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ca_text_mend(text);
	r->verdict = CA_VERDICT_DENY;
	r->code = code;
	/* Two blanks, as programs expect it (certsrv-http 4.4). */
	snprintf(r->message, sizeof(r->message),
	    "Denied by Policy Module  0x%08X, %s", err_hresult(code), text);
	snprintf(r->sentence, sizeof(r->sentence), "%s", text);
}

void
ca_policy_drop(
    struct ca_policy_result *r, const struct pki_ext *ext, const char *note)
{
	struct ca_dropped *list, *d;

	if (r->dropped_n == CA_DROPPED_MAX)
		return;
	if (r->dropped_n % 16 == 0) {
		list = realloc(r->dropped, (r->dropped_n + 16) * sizeof(*list));
		if (!list) { /* seen by whoever checks the buffer */
			r->granted.failed = true;
			return;
		}
		r->dropped = list;
	}
	d = &r->dropped[r->dropped_n++];
	d->oid = ext->oid;
	d->critical = ext->critical;
	d->value = ext->value;
	snprintf(d->note, sizeof(d->note), "%s", note);
}

void
ca_policy_ignore(struct ca_policy_result *r, const char *fmt, ...)
{
	size_t n = strlen(r->ignored);
	va_list args;

	if (n > 0 && n + 1 < sizeof(r->ignored))
		r->ignored[n++] = ' ';
	va_start(args, fmt);
	(void)vsnprintf(r->ignored + n, sizeof(r->ignored) - n, fmt, args);
	va_end(args);
	ca_text_mend(r->ignored);
}
