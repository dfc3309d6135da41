/* Whom the subject of a certificate names: from the account, from the request
 * as far as the template takes it, or nobody.
 */
#include "ca/enterprise.h"

#include "ca/name_list.h"
#include "pki/name.h"

/* clang-format off */
static const struct {
	enum ca_template_cn from;
	size_t at; /* in struct ca_target */
	const char *what;
	enum err_code missing;
} common_names[] = {
	{ CA_TEMPLATE_CN_NAME, offsetof(struct ca_target, name),
	    "name", ERR_BAD_SUBJECT },
	{ CA_TEMPLATE_CN_DISPLAY_NAME, offsetof(struct ca_target, display_name),
	    "display name", ERR_BAD_SUBJECT },
	{ CA_TEMPLATE_CN_MAIL, offsetof(struct ca_target, mail),
	    "mail address", ERR_SUBJECT_MAIL_REQUIRED },
	{ CA_TEMPLATE_CN_UPN, offsetof(struct ca_target, upn),
	    "user principal name", ERR_SUBJECT_UPN_REQUIRED },
	{ CA_TEMPLATE_CN_DNS, offsetof(struct ca_target, dns),
	    "DNS name", ERR_SUBJECT_DNS_REQUIRED },
};
/* clang-format on */

static int
subject_from_account(struct ca_enterprise *e, struct err *err)
{
	const struct ca_target *target = &e->facts->target;
	struct pki_name_part parts[2];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(common_names); i++) {
		const char *text;

		if (common_names[i].from != e->t->subject.common_name)
			continue;
		text =
		    *(const char *const *)(const void *)((const char *)target +
							 common_names[i].at);
		if (!*text) {
			ca_enterprise_missing(
			    e, common_names[i].missing, common_names[i].what);
			return 0;
		}
		parts[n++] = (struct pki_name_part){ PKI_OID_CN, text };
	}
	if (e->t->subject.mail && !*target->mail) {
		ca_enterprise_missing(
		    e, ERR_SUBJECT_MAIL_REQUIRED, "mail address");
		return 0;
	}
	if (e->t->subject.mail)
		parts[n++] =
		    (struct pki_name_part){ PKI_OID_EMAIL, target->mail };
	return pki_name_build(parts, n, &e->result->subject, err);
}

/* One attribute as an RDN of its own. */
static void
add_rdn(const struct pki_name_attr *a, struct buf *out)
{
	uint8_t space[2048];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	der_back_prim(&b, a->tag, a->value);
	der_back_prim(&b, DER_OID, a->oid);
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	der_back_wrap(&b, DER_SET, b.end);
	if (b.failed)
		out->failed = true;
	else
		buf_add_bytes(out, der_back_done(&b));
}

static int
wrap_name(struct bytes rdns, struct buf *out, struct err *err)
{
	uint8_t space[PKI_NAME_MAX + 8];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	der_back_bytes(&b, rdns);
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	buf_add_bytes(out, der_back_done(&b));
	return buf_check(out, "the subject", err);
}

static void
judge(struct ca_enterprise *e, enum pki_oid oid, const char *text)
{
	AUTO_BUF shown = BUF_WITH_LIMIT(2 * PKI_NAME_MAX);
	const char *label = pki_name_label(pki_oids[oid].der);

	if (!ca_template_has_lists(e->t) ||
	    ca_name_list_has_part(e->t, oid, text))
		return;
	if (label && oid != PKI_OID_CN)
		buf_addf(&shown, "%s=", label);
	buf_add_str(&shown, text);
	ca_enterprise_outside(e, buf_str(&shown));
}

/* domain: of the components so far, the last one in front (RFC 2247 2). */
static int
look_at_part(struct ca_enterprise *e, const struct pki_name_attr *a,
    struct buf *domain, struct err *err)
{
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_NAME_MAX);

	if (!pki_name_string(a->tag, a->value, &text))
		return 0; /* check_subject() refuses it */
	if (pki_oid_is(a->oid, PKI_OID_DC)) {
		if (domain->n > 0)
			buf_add_char(&text, '.');
		buf_add_bytes(&text, buf_bytes(domain));
		buf_reset(domain);
		buf_add_bytes(domain, buf_bytes(&text));
	} else {
		judge(e, pki_oid_find(a->oid), buf_str(&text));
	}
	if (buf_check(&text, "the subject", err) < 0)
		return -1;
	return buf_check(domain, "the subject", err);
}

static bool
taken(const struct ca_template *t, struct bytes oid)
{
	enum pki_oid id = pki_oid_find(oid);

	return id < 64 && (t->subject.take >> id) & 1;
}

static int
subject_from_request(struct ca_enterprise *e, struct err *err)
{
	struct bytes subject = e->ask->csr->subject;
	AUTO_BUF rdns = BUF_WITH_LIMIT(PKI_NAME_MAX);
	AUTO_BUF domain = BUF_WITH_LIMIT(PKI_NAME_MAX);
	struct pki_name_walk w = { 0 };
	struct pki_name_attr a;
	bool all = true;

	while (pki_name_next(subject, &w, &a)) {
		if (!taken(e->t, a.oid)) {
			all = false;
			continue;
		}
		if (look_at_part(e, &a, &domain, err) < 0)
			return -1;
		add_rdn(&a, &rdns);
	}
	if (domain.n > 0)
		judge(e, PKI_OID_DC, buf_str(&domain));
	if (all) /* as it is, multi-valued parts and all */
		return 0;
	ca_policy_ignore(e->result,
	    "Parts of the subject that the template %s does not take were "
	    "left out.",
	    e->t->name);
	if (buf_check(&rdns, "the subject", err) < 0)
		return -1;
	return wrap_name(buf_bytes(&rdns), &e->result->subject, err);
}

static void
check_subject(struct ca_enterprise *e)
{
	struct bytes subject = e->result->subject.n
				   ? buf_bytes(&e->result->subject)
				   : e->ask->csr->subject;
	struct err why = { 0 };

	e->empty_subject = pki_name_is_empty(subject);
	if (!e->empty_subject && pki_name_check(subject, &why) < 0)
		ca_policy_deny(e->result, ERR_BAD_SUBJECT,
		    "The subject name cannot be used: %s", why.text);
	else if (bytes_eq(subject, e->ask->issuer))
		ca_policy_deny(e->result, ERR_POLICY,
		    "The subject is the name of the CA itself.");
}

int
ca_enterprise_subject(struct ca_enterprise *e, struct err *err)
{
	static const uint8_t empty[] = { DER_SEQUENCE, 0 };
	int rc = 0;

	switch (e->t->subject.from) {
	case CA_TEMPLATE_ACCOUNT:
		rc = subject_from_account(e, err);
		break;
	case CA_TEMPLATE_REQUEST:
		rc = subject_from_request(e, err);
		break;
	case CA_TEMPLATE_NOTHING:
	default:
		buf_add_bytes(&e->result->subject, BYTES_OF(empty));
	}
	if (rc == 0 && e->result->code == ERR_OK)
		check_subject(e);
	return rc;
}
