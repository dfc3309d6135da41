/* site.c - SITE_CERTIFICATE: the certificate of the pages' own TLS server.
 *
 * Only the key is taken from the request. Names come from the configuration
 * (site_names), purpose and key usage from the profile, so that whoever may
 * run the service can have this certificate and no other.
 */
#include "ca/grant.h"
#include "ca/handlers.h"
#include "ca/issuance.h"
#include "ca/text.h"
#include "pki/gname.h"
#include "pki/name.h"

#include <arpa/inet.h>

#define SITE_VALIDITY (90 * INT64_C(86400))
#define NAMES_MAX     16384

static int
put_names(const struct ca_config *c, struct buf *out, struct err *err)
{
	AUTO_BUF names = BUF_WITH_LIMIT(NAMES_MAX);

	for (size_t i = 0; i < c->site_names.n; i++) {
		const char *name = c->site_names.list[i];
		uint8_t address[16];
		bool ip = inet_pton(AF_INET, name, address) == 1 ||
			  inet_pton(AF_INET6, name, address) == 1;

		if (pki_gname_build(ip ? PKI_GNAME_IP : PKI_GNAME_DNS, name,
			&names, err) < 0)
			return err_wrap(err, "site_names");
	}
	if (buf_check(&names, "the names of the site", err) < 0)
		return -1;
	pki_ext_put_san(out, false, buf_bytes(&names));
	return 0;
}

static int
grant_site(struct ca_issuance *i, struct err *err)
{
	const struct ca_config *c = i->call->ca->config;
	struct buf *out = &i->policy.granted;
	uint16_t usage = PKI_KU_DIGITAL_SIGNATURE;
	struct pki_name_part cn = { PKI_OID_CN, "" };
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX);

	if (c->site_names.n == 0)
		return err_set(err, ERR_CONFIG,
		    "The configuration names no site (site_names).");
	cn.text = c->site_names.list[0];
	if (i->request.csr.key.kind == PKI_KEY_RSA)
		usage |= PKI_KU_KEY_ENCIPHERMENT;
	pki_ext_put_key_usage(out, usage);
	pki_ext_put_eku(out, false, &pki_oids[PKI_OID_EKU_SERVER_AUTH].der, 1);
	if (put_names(c, out, err) < 0 ||
	    pki_name_build(&cn, 1, &i->subject, err) < 0)
		return -1;
	pki_name_text(buf_bytes(&i->subject), &text);
	ca_text_cut(i->subject_text, sizeof(i->subject_text), buf_str(&text));
	buf_reset(&i->common_name);
	buf_add_str(&i->common_name, cn.text);
	i->row.common_name = buf_str(&i->common_name);
	return buf_check(out, "the extensions", err);
}

static int
prepare(struct ca_worker *w, struct ca_issuance *i, struct err *err)
{
	const struct rpc_submit *ask = i->call->ask;

	i->row.flags = STORE_REQUEST_SITE;
	i->row.address = ask->address;
	if (i->validity > SITE_VALIDITY)
		i->validity = SITE_VALIDITY;
	if (ca_issuance_read(w, i, ask->request, err) < 0)
		return -1;
	if (!i->readable)
		return 0;
	ca_issuance_end(i, DISPOSITION_ISSUED, ERR_OK, "Issued",
	    "The certificate of this site was issued.");
	return grant_site(i, err);
}

void
ca_site_handle(struct ca_worker *w, struct ca_call *call)
{
	struct ca_issuance *i = NULL;
	struct err err = { 0 };

	if (ca_issuance_new(w, call, CA_PROFILE_SITE, &i, &err) < 0)
		ca_call_fail(call, &err);
	else if (prepare(w, i, &err) < 0)
		ca_settle_fail(i, &err);
	else if (i->row.disposition == DISPOSITION_ISSUED)
		ca_issue_sign(w, i);
	else
		ca_settle(i);
}
