/* name_list.h - is a name that a requester chose one that the template lists?
 *
 * Each kind of name has its own list (struct ca_template_san, `values` of
 * struct ca_template_subject); what no list names is outside, and so is every
 * kind without a list. That a template has any list at all, and what becomes of
 * a name outside, the caller knows (enterprise_name.c).
 *
 *   DNS name       dns_suffixes: it, or a name below it; never a wildcard
 *   mail address   mail_domains: exactly the domain
 *   IP address     ip_networks
 *   URI            uri_prefixes, letter by letter
 *   UPN            upn_domains: exactly the domain
 *   of a subject   values: exactly the text, of this kind of attribute; or a
 *                  DNS name or mail address that is listed, of mail only the
 *                  latter, of a common name also a listed IP address; domain
 *                  components together are one DNS name (RFC 2247 2)
 *
 * Pure. Trust: names are hostile.
 */
#pragma once
#include "ca/template.h"
#include "pki/gname.h"

bool ca_name_list_has(const struct ca_template *t, const struct pki_gname *g);
/* text: the value of the attribute, UTF-8. */
bool ca_name_list_has_part(
    const struct ca_template *t, enum pki_oid attribute, const char *text);

/* --- for whoever reads a template ---------------------------------------- */

/* "192.0.2.0/24", "2001:db8::/32"; false: it is none, or has bits beyond its
 * length. */
struct ca_network {
	uint8_t address[16];
	size_t n; /* 4 or 16 */
	unsigned bits;
};
bool ca_network_read(const char *text, struct ca_network *ret);
/* A prefix that ends the host, or the name of a URN: nobody can go on with
 * ".evil.example". */
bool ca_uri_prefix_ok(const char *text);
/* "organization=Example Ltd": the value, or NULL. */
const char *ca_subject_value(const char *text, enum pki_oid *ret);
