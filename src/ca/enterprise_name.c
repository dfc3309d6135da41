/* Whom a certificate names: the lists of a template, alternative names,
 * security identifier.
 *
 * From the account: what the template wants must be known, an empty field
 * would be a certificate for nobody. From the request: only the parts that the
 * template takes; where it has lists, a name outside them is for an officer to
 * look at, or refused, as the template says.
 */
#include "ca/enterprise.h"

#include "base/str.h"
#include "ca/name_list.h"
#include "ca/text.h"
#include "pki/attr_san.h"
#include "pki/gname.h"
#include "pki/name.h"

#define NAMES_MAX 32768

/* --- alternative names -------------------------------------------------- */

/* clang-format off */
static const struct {
	uint32_t kind; /* CA_TEMPLATE_SAN_* */
	enum pki_gname_kind name;
	size_t at; /* in struct ca_target */
	const char *what;
	enum err_code missing;
} of_account[] = {
	{ CA_TEMPLATE_SAN_DNS, PKI_GNAME_DNS, offsetof(struct ca_target, dns),
	    "DNS name", ERR_SUBJECT_DNS_REQUIRED },
	{ CA_TEMPLATE_SAN_MAIL, PKI_GNAME_EMAIL,
	    offsetof(struct ca_target, mail), "mail address",
	    ERR_SUBJECT_MAIL_REQUIRED },
	{ CA_TEMPLATE_SAN_UPN, PKI_GNAME_OTHER, offsetof(struct ca_target, upn),
	    "user principal name", ERR_SUBJECT_UPN_REQUIRED },
};
/* clang-format on */

static int
names_of_account(struct ca_enterprise *e, struct buf *names, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(of_account); i++) {
		const char *text;

		if (!(e->t->san.account & of_account[i].kind))
			continue;
		text = *(const char *const *)(const void
			*)((const char *)&e->facts->target + of_account[i].at);
		if (!*text) {
			ca_enterprise_missing(
			    e, of_account[i].missing, of_account[i].what);
			return 0;
		}
		if (pki_gname_build(of_account[i].name, text, names, err) < 0)
			return -1;
	}
	return 0;
}

static uint32_t
kind_of(const struct pki_gname *g)
{
	switch (g->kind) {
	case PKI_GNAME_DNS:
		return CA_TEMPLATE_SAN_DNS;
	case PKI_GNAME_EMAIL:
		return CA_TEMPLATE_SAN_MAIL;
	case PKI_GNAME_IP:
		return CA_TEMPLATE_SAN_IP;
	case PKI_GNAME_URI:
		return CA_TEMPLATE_SAN_URI;
	case PKI_GNAME_OTHER:
		return pki_gname_is_upn(g) ? CA_TEMPLATE_SAN_UPN : 0;
	case PKI_GNAME_DIR:
	case PKI_GNAME_RID:
	default:
		return 0;
	}
}

static void
drop_name(struct ca_enterprise *e, const struct pki_ext *ext,
    const struct pki_gname *name)
{
	AUTO_BUF text = BUF_WITH_LIMIT(NAMES_MAX);
	char note[CA_POLICY_NOTE_MAX], shown[100];

	pki_gname_text(name, &text);
	ca_text_cut(shown, sizeof(shown), buf_str(&text));
	(void)snprintf(note, sizeof(note),
	    "%s: the template does not take such names from a request.", shown);
	ca_policy_drop(e->result, ext, note);
}

/* The form in which a security identifier travels as a URI. */
static bool
is_sid_uri(const struct pki_gname *name)
{
	static const char sid[] = "tag:microsoft.com,2022-09-14:sid:";

	return name->kind == PKI_GNAME_URI &&
	       name->value.n >= sizeof(sid) - 1 &&
	       strncasecmp((const char *)name->value.p, sid, sizeof(sid) - 1) ==
		   0;
}

static void
judge_name(struct ca_enterprise *e, const struct pki_gname *name)
{
	AUTO_BUF text = BUF_WITH_LIMIT(NAMES_MAX);

	if (!ca_template_has_lists(e->t) || ca_name_list_has(e->t, name))
		return;
	if (name->kind == PKI_GNAME_DNS || name->kind == PKI_GNAME_EMAIL)
		buf_add_bytes(&text, name->value);
	else
		pki_gname_text(name, &text);
	ca_enterprise_outside(e, buf_str(&text));
}

/* list: GeneralName elements; once: not those that are there already. */
static void
take_names(struct ca_enterprise *e, const struct pki_ext *ext, struct der list,
    bool once, struct buf *names)
{
	struct pki_gname name;
	struct err why = { 0 };
	int more;

	while ((more = pki_gname_next(&list, &name, &why)) > 0) {
		if (!(e->t->san.request & kind_of(&name)) ||
		    is_sid_uri(&name)) {
			drop_name(e, ext, &name);
			continue;
		}
		judge_name(e, &name);
		if (!once || !pki_attr_san_has(buf_bytes(names), name.all))
			buf_add_bytes(names, name.all);
	}
	if (more < 0)
		ca_policy_deny(e->result, ERR_BAD_SUBJECT,
		    "The subject alternative name cannot be used: %s",
		    why.text);
}

/* Of an attribute, where the template takes them. Where no list bounds them,
 * somebody has to look. */
static void
names_of_attribute(struct ca_enterprise *e, struct buf *names)
{
	struct bytes asked = buf_bytes(&e->result->taken.names);
	const struct pki_ext ext = { .oid = pki_oids[PKI_OID_SAN].der,
		.value = asked };

	if (asked.n == 0)
		return;
	if (!ca_template_has_lists(e->t))
		ca_enterprise_look(
		    e, "An attribute beside the request asks for names.");
	take_names(e, &ext, der_of(asked), true, names);
}

static void
names_of_request(struct ca_enterprise *e, struct buf *names)
{
	struct pki_ext ext;
	struct der list;

	if (pki_ext_find(e->ask->csr->extensions, PKI_OID_SAN, &ext)) {
		if (der_sole(ext.value, DER_SEQUENCE, &list) < 0)
			ca_policy_deny(e->result, ERR_BAD_SUBJECT,
			    "The subject alternative name cannot be used.");
		else
			take_names(e, &ext, list, false, names);
	}
	names_of_attribute(e, names);
}

/* Windows binds a certificate to an account by this extension: SEQUENCE { [0]
 * { OID 311.25.2.1, [0] { OCTET STRING } } }. Only ever from the identity. */
static void
put_sid(const char *sid, struct buf *out)
{
	static const uint8_t type[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82,
		0x37, 0x19, 0x02, 0x01 };
	uint8_t space[IDENTITY_SID_MAX + 64];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	der_back_prim(&b, DER_OCTET_STRING, bytes_str(sid));
	der_back_wrap(&b, DER_CONTEXT(0), b.end);
	der_back_prim(&b, DER_OID, BYTES_OF(type));
	der_back_wrap(&b, DER_CONTEXT(0), b.end);
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	if (b.failed)
		out->failed = true;
	else
		pki_ext_put(out, pki_oids[PKI_OID_MS_SID].der, false,
		    der_back_done(&b));
}

int
ca_enterprise_names(struct ca_enterprise *e, struct err *err)
{
	AUTO_BUF names = BUF_WITH_LIMIT(NAMES_MAX);
	struct buf *out = &e->result->granted;

	if (names_of_account(e, &names, err) < 0)
		return -1;
	names_of_request(e, &names);
	if (e->result->code != ERR_OK)
		return 0;
	if (buf_check(&names, "the subject alternative names", err) < 0)
		return -1;
	if (e->empty_subject && names.n == 0) {
		ca_policy_deny(e->result, ERR_BAD_SUBJECT,
		    "The request has neither a subject name nor another name "
		    "that the template %s takes.",
		    e->t->name);
		return 0;
	}
	/* RFC 5280 4.2.1.6: critical exactly when it is the only name. */
	if (names.n > 0)
		pki_ext_put_san(out, e->empty_subject, buf_bytes(&names));
	if (!e->t->no_sid && *e->facts->target.sid)
		put_sid(e->facts->target.sid, out);
	return 0;
}

/* Would it be looked at, had the old certificate not been? */
static bool
rests_on_approval(const struct ca_enterprise *e)
{
	return (e->t->approvals > 0 || e->t->agent_signatures > 0) &&
	       ca_enterprise_approved_before(e);
}

/* Names that a requester chose were looked at when the old certificate was
 * issued: a renewal goes on with them, and adds none. So does one that needs no
 * approval because the old certificate had it: the account may have got other
 * names since. */
int
ca_enterprise_same_names(struct ca_enterprise *e, struct err *err)
{
	const struct pki_request *r = e->ask->request;
	struct bytes subject = e->result->subject.n
				   ? buf_bytes(&e->result->subject)
				   : r->csr.subject;
	struct pki_ext now, before;
	bool has_now, has_before;

	(void)err;
	if (r->purpose != PKI_PURPOSE_RENEWAL ||
	    !(ca_template_takes_names(e->t) || rests_on_approval(e)))
		return 0;
	has_now =
	    pki_ext_find(buf_bytes(&e->result->granted), PKI_OID_SAN, &now);
	has_before = pki_ext_find(r->old.extensions, PKI_OID_SAN, &before);
	if (!bytes_eq(subject, r->old.subject) || has_now != has_before ||
	    (has_now && !bytes_eq(now.value, before.value)))
		ca_policy_deny(e->result, ERR_BAD_RENEWAL,
		    "A renewal keeps subject and names as they were; this one "
		    "changes them. Ask for a new certificate instead.");
	return 0;
}
