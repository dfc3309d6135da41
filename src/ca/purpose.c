#include "ca/purpose.h"

#include "base/str.h"

/* clang-format off */
static const struct {
	const char *word;
	enum pki_oid oid;
	bool signs_in;
} purposes[] = {
	{ "server-authentication", PKI_OID_EKU_SERVER_AUTH, false },
	{ "client-authentication", PKI_OID_EKU_CLIENT_AUTH, true },
	{ "code-signing", PKI_OID_EKU_CODE_SIGNING, false },
	{ "email-protection", PKI_OID_EKU_EMAIL, false },
	{ "time-stamping", PKI_OID_EKU_TIME_STAMPING, false },
	{ "document-signing", PKI_OID_EKU_DOCUMENT_SIGNING, false },
	{ "enrolment-agent", PKI_OID_EKU_ENROLL_AGENT, true },
	{ "smart-card-logon", PKI_OID_EKU_SMARTCARD_LOGON, true },
	{ "kdc", PKI_OID_EKU_KDC, true },
	{ "kerberos-client", PKI_OID_EKU_PKINIT_CLIENT, true },
	{ "key-recovery", PKI_OID_EKU_KEY_RECOVERY, false },
	{ "file-encryption", PKI_OID_EKU_EFS, false },
	{ "file-recovery", PKI_OID_EKU_EFS_RECOVERY, false },
	{ "ocsp-signing", PKI_OID_EKU_OCSP_SIGNING, false },
	{ "any-purpose", PKI_OID_EKU_ANY, true },
	{ "any-application-policy", PKI_OID_EKU_MS_ANY, true },
};
/* clang-format on */

static struct bytes
der(const struct ca_oid *oid)
{
	return bytes_of(oid->der, oid->n);
}

bool
ca_purpose_from_text(const char *text, struct ca_oid *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(purposes); i++) {
		struct bytes known = pki_oids[purposes[i].oid].der;

		if (!str_eq_ci(text, purposes[i].word))
			continue;
		memcpy(ret->der, known.p, known.n);
		ret->n = known.n;
		return true;
	}
	return pki_oid_from_text(text, ret->der, &ret->n);
}

const char *
ca_purpose_text(const struct ca_oid *oid, char dst[PKI_OID_TEXT_MAX])
{
	for (size_t i = 0; i < ARRAY_LEN(purposes); i++)
		if (pki_oid_is(der(oid), purposes[i].oid))
			return purposes[i].word;
	return pki_oid_to_text(der(oid), dst) ? dst : "";
}

bool
ca_purpose_signs_in(const struct ca_oid *oid)
{
	for (size_t i = 0; i < ARRAY_LEN(purposes); i++)
		if (purposes[i].signs_in &&
		    pki_oid_is(der(oid), purposes[i].oid))
			return true;
	return false;
}
