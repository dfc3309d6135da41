/* config.c - what must hold between the values of the configuration. */
#include "ca/config.h"

#include "ca/file.h"
#include "ca/purpose.h"

/* Issuing without an officer is harmless only within lists (DESIGN 8). */
static int
check_at_once(const struct ca_config *c, struct err *err)
{
	char text[PKI_OID_TEXT_MAX];

	if (c->issue_at_once && c->enterprise)
		return err_set(err, ERR_CONFIG,
		    "issue_at_once is for stand-alone CAs; on an enterprise CA "
		    "each template says what it takes.");
	if (!c->issue_at_once || *c->issue_override)
		return 0;
	if (c->issue_eku.n == 0)
		return err_set(err, ERR_CONFIG,
		    "issue_at_once needs a list of purposes (eku), or the "
		    "name of who answers for issuing without one (override).");
	for (size_t i = 0; i < c->issue_eku.n; i++)
		if (ca_purpose_signs_in(&c->issue_eku.list[i]))
			return err_set(err, ERR_CONFIG,
			    "issue_at_once must not list %s: such a "
			    "certificate signs in as whoever it names. Remove "
			    "it from eku, or name who answers for it "
			    "(override).",
			    ca_purpose_text(&c->issue_eku.list[i], text));
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
