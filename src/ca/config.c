/* config.c - what must hold between the values of the configuration. */
#include "ca/config.h"

#include "ca/file.h"

/* Client authentication, and what includes it or leads to it. */
static const enum pki_oid signs_in[] = { PKI_OID_EKU_CLIENT_AUTH,
	PKI_OID_EKU_ANY, PKI_OID_EKU_MS_ANY, PKI_OID_EKU_SMARTCARD_LOGON,
	PKI_OID_EKU_PKINIT_CLIENT, PKI_OID_EKU_KDC, PKI_OID_EKU_ENROLL_AGENT };

/* Issuing without an officer is harmless only within lists (DESIGN 8). */
static int
check_at_once(const struct ca_config *c, struct err *err)
{
	if (!c->issue_at_once || *c->issue_override)
		return 0;
	if (c->issue_eku.n == 0)
		return err_set(err, ERR_CONFIG,
		    "issue_at_once needs a list of purposes (eku), or the "
		    "name of who answers for issuing without one (override).");
	for (size_t i = 0; i < ARRAY_LEN(signs_in); i++)
		if (ca_oid_list_has(&c->issue_eku, pki_oids[signs_in[i]].der))
			return err_set(err, ERR_CONFIG,
			    "issue_at_once must not list %s: such a "
			    "certificate signs in as whoever it names. Remove "
			    "it from eku, or name who answers for it "
			    "(override).",
			    pki_oids[signs_in[i]].name);
	if (c->issue_dns.n == 0)
		return err_set(err, ERR_CONFIG,
		    "issue_at_once needs a list of names (dns_suffixes), or "
		    "the name of who answers for issuing without one "
		    "(override).");
	return 0;
}

int
ca_config_check(const struct ca_config *c, struct err *err)
{
	if (ca_file_check(c, err) < 0)
		return -1;
	return check_at_once(c, err);
}
