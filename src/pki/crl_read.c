/* The reading half of crl.h. */
#include "pki/crl.h"
#include "pki/ext.h"
#include "pki/name.h"
#include "pki/oid.h"

static int
malformed(const char *what, struct err *err)
{
	return err_set(err, ERR_BAD_DATA,
	    "the revocation list is not well formed: %s", what);
}

static bool
number_value(struct bytes value, uint64_t *ret)
{
	struct der in = der_of(value);

	return der_uint(&in, ret) == 0 && der_done(&in);
}

static int
read_extensions(struct pki_crl *c, struct err *err)
{
	struct pki_ext e;
	struct der in;

	if (pki_ext_check(c->extensions, err) < 0)
		return -1;
	if (pki_ext_find(c->extensions, PKI_OID_CRL_NUMBER, &e) &&
	    !number_value(e.value, &c->number))
		return malformed("its number", err);
	if (pki_ext_find(c->extensions, PKI_OID_DELTA_CRL, &e)) {
		if (!number_value(e.value, &c->base_number))
			return malformed("the number of its base", err);
		c->is_delta = true;
	}
	if (pki_ext_find(c->extensions, PKI_OID_MS_CRL_NEXT_PUBLISH, &e)) {
		in = der_of(e.value);
		if (der_time(&in, &c->next_publish) < 0 || !der_done(&in))
			return malformed("the next publication", err);
	}
	return 0;
}

static int
read_tbs(struct der in, struct pki_crl *c, struct err *err)
{
	struct der alg, issuer, list, exts;
	uint64_t version;

	if (der_uint(&in, &version) < 0 || version != 1)
		return malformed("it is not of version 2", err);
	if (der_next(&in, DER_SEQUENCE, &alg, NULL) < 0 ||
	    der_next(&in, DER_SEQUENCE, &issuer, NULL) < 0 ||
	    !der_is_algorithm(der_bytes(alg)) ||
	    pki_name_check(der_bytes(issuer), NULL) < 0)
		return malformed("its algorithm or issuer", err);
	c->alg = der_bytes(alg);
	c->issuer = der_bytes(issuer);
	if (der_time(&in, &c->this_update) < 0)
		return malformed("its date", err);
	if ((der_peek(&in, DER_UTC_TIME) || der_peek(&in, DER_GENERAL_TIME)) &&
	    der_time(&in, &c->next_update) < 0)
		return malformed("the date of the next one", err);
	if (der_peek(&in, DER_SEQUENCE)) {
		if (der_next_big(&in, DER_SEQUENCE, NULL, &list) < 0 ||
		    der_done(&list))
			return malformed("the list of certificates", err);
		c->entries = der_bytes(list);
	}
	if (der_done(&in))
		return 0;
	if (der_next(&in, DER_CONTEXT(0), NULL, &exts) < 0 || !der_done(&in) ||
	    der_next(&exts, DER_SEQUENCE, NULL, &list) < 0 || !der_done(&exts))
		return malformed("the extensions", err);
	c->extensions = der_bytes(list);
	return read_extensions(c, err);
}

int
pki_crl_parse(struct bytes der, struct pki_crl *ret, struct err *err)
{
	struct pki_crl c = { .der = der };
	struct der all = der_of(der), outer, tbs, in, alg;

	if (der.n > PKI_CRL_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "the revocation list is larger than %d MB", PKI_CRL_MAX_MB);
	if (der_next_big(&all, DER_SEQUENCE, NULL, &outer) < 0 ||
	    !der_done(&all) ||
	    der_next_big(&outer, DER_SEQUENCE, &tbs, &in) < 0 ||
	    der_next(&outer, DER_SEQUENCE, &alg, NULL) < 0 ||
	    der_bits(&outer, &c.signature) < 0 || !der_done(&outer))
		return malformed("it is cut off, or no revocation list", err);
	c.tbs = der_bytes(tbs);
	if (read_tbs(in, &c, err) < 0)
		return -1;
	if (!bytes_eq(c.alg, der_bytes(alg)))
		return malformed("its two algorithm fields differ", err);
	c.sig_alg = pki_sig_find(c.alg);
	*ret = c;
	return 0;
}

static int
read_reason(struct der *in, struct pki_crl_entry *e)
{
	struct der list, value;
	struct bytes content;
	struct pki_ext x;

	if (der_next(in, DER_SEQUENCE, NULL, &list) < 0 ||
	    pki_ext_check(der_bytes(list), NULL) < 0)
		return -1;
	if (!pki_ext_find(der_bytes(list), PKI_OID_REASON_CODE, &x))
		return 0;
	if (der_sole(x.value, DER_ENUMERATED, &value) < 0)
		return -1;
	content = der_bytes(value);
	if (content.n != 1)
		return -1;
	e->reason = content.p[0];
	return 0;
}

int
pki_crl_next(struct der *entries, struct pki_crl_entry *ret, struct err *err)
{
	struct pki_crl_entry e = { 0 };
	struct bytes magnitude;
	struct der in, serial, at;

	if (der_done(entries))
		return 0;
	if (der_next(entries, DER_SEQUENCE, NULL, &in) < 0)
		return malformed("an entry", err);
	at = in;
	if (der_positive(&at, &magnitude) < 0 ||
	    der_next(&in, DER_INTEGER, NULL, &serial) < 0 ||
	    der_time(&in, &e.revoked_at) < 0 ||
	    (!der_done(&in) && read_reason(&in, &e) < 0) || !der_done(&in))
		return malformed("an entry", err);
	e.serial = der_bytes(serial);
	*ret = e;
	return 1;
}

int
pki_crl_verify(struct pki_tools *t, const struct pki_crl *c,
    const struct pki_key *issuer, struct err *err)
{
	return pki_sig_verify(t, issuer, c->sig_alg, c->tbs, c->signature, err);
}
