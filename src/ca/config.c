/* config.c - what must hold between the values of the configuration. */
#include "ca/config.h"

#include "ca/file.h"

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
	if (ca_oid_list_has(
		&c->issue_eku, pki_oids[PKI_OID_EKU_CLIENT_AUTH].der))
		return err_set(err, ERR_CONFIG,
		    "issue_at_once must not list client authentication: such "
		    "a certificate signs in as whoever it names. Remove it "
		    "from eku, or name who answers for it (override).");
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
