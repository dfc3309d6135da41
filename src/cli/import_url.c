/* import_url.c - the addresses that certificates name, and whether this
 * installation answers there.
 *
 * It publishes below ca: url: CRLs and CA certificates under names that follow
 * from the name of the CA (enrolment protocols 4.2, 4.3).
 */
#include "cli/import.h"

#include "base/str.h"
#include "pki/ca_name.h"
#include "pki/ext.h"
#include "pki/gname.h"

#include <stdio.h>

#define URL_MAX 2048

/* --- is it served? ---------------------------------------------------------
 */

/* %XX undone; false when it does not fit. */
static bool
decode(char *dst, size_t size, const char *src)
{
	size_t n = 0;

	for (; *src; src++) {
		uint8_t c = (uint8_t)*src;
		size_t k;

		if (*src == '%' && src[1] && src[2]) {
			const char two[3] = { src[1], src[2], '\0' };

			if (str_unhex(&c, 1, two, &k))
				src += 2;
		}
		if (n + 1 >= size || c == 0)
			return false;
		dst[n++] = (char)c;
	}
	dst[n] = '\0';
	return true;
}

static void
suffix_of(char dst[16], uint32_t index)
{
	dst[0] = '\0';
	if (index)
		(void)snprintf(dst, 16, "(%u)", index);
}

/* One of the files that are published? */
static bool
is_file(const struct cli_import *im, const char *file)
{
	char clean[CLI_TEXT_MAX * 8], name[CLI_TEXT_MAX * 12], suffix[16];
	const struct cli_config *c = &im->c->config;

	if (!pki_ca_name_sanitise(c->ca_name, clean, sizeof(clean)))
		return false;
	for (size_t i = 0; i < im->n; i++) {
		suffix_of(suffix, im->list[i].key_index);
		(void)snprintf(name, sizeof(name), "%s%s.crl", clean, suffix);
		if (str_eq(name, file))
			return true;
		(void)snprintf(name, sizeof(name), "%s%s+.crl", clean, suffix);
		if (c->delta_hours && str_eq(name, file))
			return true;
		suffix_of(suffix, im->list[i].index);
		(void)snprintf(name, sizeof(name), "%s_%s%s.crt", c->ca_host,
		    clean, suffix);
		if (str_eq(name, file))
			return true;
	}
	return false;
}

/* "" when it is served, else why not. */
static void
judge(const struct cli_import *im, const char *url, char why[80])
{
	const char *base = im->c->config.crl_url, *path = NULL;
	size_t n = strlen("http://"), host, own = 0;
	char file[URL_MAX];

	why[0] = '\0';
	if (strncasecmp(url, "http://", n) != 0) {
		(void)snprintf(why, 80, "only http: is");
		return;
	}
	host = strcspn(url + n, "/");
	path = url + n + host;
	if (str_has_prefix(base, "http://")) {
		base += n;
		own = strcspn(base, "/");
	}
	/* Any capitals: so are the folder's (DESIGN 9). */
	if (strncasecmp(path, base + own, strlen(base + own)) != 0 ||
	    path[strlen(base + own)] != '/' ||
	    !decode(file, sizeof(file), path + strlen(base + own) + 1) ||
	    !is_file(im, file))
		(void)snprintf(why, 80, "no file of that name is published");
	else if (host != own || strncasecmp(url + n, base, own) != 0)
		(void)snprintf(
		    why, 80, "until the name of its host leads to this one");
}

/* --- collecting ------------------------------------------------------------
 */

static void
add(struct cli_import *im, struct bytes uri)
{
	struct cli_import_url *u = im->urls;
	char text[URL_MAX];

	if (!str_is_printable(uri) ||
	    !str_from_bytes(text, sizeof(text), uri)) {
		im->urls_left_out++;
		return;
	}
	for (; u < im->urls + im->url_n; u++)
		if (str_eq(u->text, text)) {
			u->count++;
			return;
		}
	if (im->url_n == CLI_IMPORT_URLS_MAX) {
		im->urls_left_out++;
		return;
	}
	u->text = strdup(text);
	if (!u->text)
		return;
	u->count = 1;
	judge(im, text, u->why);
	im->url_n++;
}

/* CRLDistributionPoints and FreshestCRL (RFC 5280 4.2.1.13). */
static void
points(struct cli_import *im, struct bytes value)
{
	struct der list, point, where, names, uri;
	uint8_t tag;

	if (der_sole(value, DER_SEQUENCE, &list) < 0)
		return;
	while (der_next(&list, DER_SEQUENCE, NULL, &point) == 0) {
		if (der_next(&point, DER_CONTEXT(0), NULL, &where) < 0 ||
		    der_next(&where, DER_CONTEXT(0), NULL, &names) < 0)
			continue;
		while (der_any(&names, &tag, NULL, &uri) == 0)
			if ((tag & 0x1f) == PKI_GNAME_URI)
				add(im, der_bytes(uri));
	}
}

/* AuthorityInfoAccess: certificates and OCSP (RFC 5280 4.2.2.1). */
static void
accesses(struct cli_import *im, struct bytes value)
{
	struct der list, one, oid, uri;
	uint8_t tag;

	if (der_sole(value, DER_SEQUENCE, &list) < 0)
		return;
	while (der_next(&list, DER_SEQUENCE, NULL, &one) == 0)
		if (der_next(&one, DER_OID, NULL, &oid) == 0 &&
		    der_any(&one, &tag, NULL, &uri) == 0 &&
		    (tag & 0x1f) == PKI_GNAME_URI)
			add(im, der_bytes(uri));
}

void
cli_import_look(struct cli_import *im, const struct pki_cert *cert)
{
	struct pki_ext ext;

	if (pki_ext_find(cert->extensions, PKI_OID_CDP, &ext))
		points(im, ext.value);
	if (pki_ext_find(cert->extensions, PKI_OID_FRESHEST_CRL, &ext))
		points(im, ext.value);
	if (pki_ext_find(cert->extensions, PKI_OID_AIA, &ext))
		accesses(im, ext.value);
}
