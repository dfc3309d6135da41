#include "fixture.h"

#include "pki/der.h"
#include "pki/ext.h"
#include "pki/name.h"

#include <assert.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CA_NAME "Test CA"

void
fixture_begin(struct fixture *f)
{
	*f = (struct fixture){ 0 };
	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/ocs-sign-XXXXXX");
	assert(mkdtemp(f->folder));
	(void)snprintf(f->keys, sizeof(f->keys), "%s/keys", f->folder);
	(void)snprintf(f->log, sizeof(f->log), "%s/sign.log", f->folder);
	assert(mkdir(f->keys, 0700) == 0);
}

void
fixture_end(struct fixture *f)
{
	static const char *const names[] = { "%s/keys/%d.key", "%s/keys/%d.tbs",
		"%s/keys/%d.key.new", "%s/keys/%d.tbs.new",
		"%s/keys/%d.first.tbs" };
	char path[120];
	size_t n;
	int i;

	fixture_close(f);
	for (i = 0; i < 8; i++)
		for (n = 0; n < ARRAY_LEN(names); n++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			(void)snprintf(
			    path, sizeof(path), names[n], f->folder, i);
#pragma GCC diagnostic pop
			(void)unlink(path);
		}
	(void)unlink(f->log);
	(void)rmdir(f->keys);
	(void)rmdir(f->folder);
}

int
fixture_open(struct fixture *f, bool init)
{
	const struct sign_service_options o = { .keys = f->keys,
		.log = f->log,
		.init = init,
		.threads = 2,
		.guest = f->guest,
		.subordinates = f->subordinates };

	fixture_close(f);
	f->err = (struct err){ 0 };
	return sign_service_open(&o, &f->service, &f->err);
}

void
fixture_close(struct fixture *f)
{
	sign_service_close(f->service);
	f->service = NULL;
}

void
fixture_ca(struct fixture *f, const char *kind)
{
	struct sign_item item = { .what = SIGN_CA_CERTIFICATE };
	AUTO_BUF b = BUF_WITH_LIMIT(8192);
	const struct sign_key *key = NULL;
	struct sign_result result;

	fixture_begin(f);
	assert(fixture_open(f, true) == 0);
	assert(sign_service_make_key(f->service, 0, kind, &key, &f->err) == 0);
	item.tbs = fixture_tbs(&(struct recipe){ .key = key,
				   .subject = CA_NAME,
				   .spki = key->spki,
				   .ca = true,
				   .cert_sign = true,
				   .not_before = T0,
				   .not_after = T1 },
	    &b);
	assert(fixture_sign(f, &item, &result) == ERR_OK);
}

void
fixture_name(struct buf *out, const char *cn)
{
	const struct pki_name_part part = { PKI_OID_CN, cn };
	int rc = pki_name_build(&part, 1, out, NULL);

	assert(rc == 0);
}

struct bytes
fixture_subject_key(void)
{
	static uint8_t *spki;
	static int n;

	if (!spki) {
		EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

		n = i2d_PUBKEY(pkey, &spki);
		EVP_PKEY_free(pkey);
	}
	return bytes_of(spki, (size_t)n);
}

static void
back_name(struct der_back *b, const char *cn)
{
	AUTO_BUF name = BUF_WITH_LIMIT(1024);

	fixture_name(&name, cn ? cn : CA_NAME);
	der_back_bytes(b, buf_bytes(&name));
}

static void
back_extensions(struct der_back *b, const struct recipe *r)
{
	AUTO_BUF ext = BUF_WITH_LIMIT(8192);
	const uint8_t *mark = b->p;

	pki_ext_put_key_usage(
	    &ext, r->cert_sign
		      ? PKI_KU_CERT_SIGN | (r->no_lists ? 0 : PKI_KU_CRL_SIGN)
		      : PKI_KU_DIGITAL_SIGNATURE);
	pki_ext_put_basic(&ext, r->ca && !r->ca_twice, r->path - 1);
	if (r->ca_twice)
		pki_ext_put_basic(&ext, true, -1);
	buf_add_bytes(&ext, r->extra);
	der_back_bytes(b, buf_bytes(&ext));
	der_back_wrap(b, DER_SEQUENCE, mark);
	der_back_wrap(b, DER_CONTEXT(3), mark);
}

struct bytes
fixture_tbs(const struct recipe *r, struct buf *out)
{
	static const uint8_t serial[] = { 0x41, 2, 3, 4, 5, 6, 7, 8 };
	uint8_t mem[8192];
	struct der_back b;
	const uint8_t *mark;

	der_back_init(&b, mem, sizeof(mem), 0);
	mark = b.p;
	der_back_bytes(&b, r->tail);
	back_extensions(&b, r);
	der_back_bytes(&b, r->spki.n ? r->spki : fixture_subject_key());
	back_name(&b, r->subject);
	{
		const uint8_t *validity = b.p;

		der_back_time(&b, r->not_after ? r->not_after : T0 + 100 * DAY);
		der_back_time(&b, r->not_before ? r->not_before : T0 + DAY);
		der_back_wrap(&b, DER_SEQUENCE, validity);
	}
	back_name(&b, r->issuer);
	der_back_bytes(&b, r->alg.n ? r->alg : r->key->alg->der);
	if (r->serial.n)
		der_back_prim(&b, DER_INTEGER, r->serial);
	else
		der_back_prim(&b, DER_INTEGER, BYTES_OF(serial));
	if (r->version != 9) {
		const uint8_t *version = b.p;

		der_back_uint(&b, r->version ? r->version : 2);
		der_back_wrap(&b, DER_CONTEXT(0), version);
	}
	der_back_wrap(&b, DER_SEQUENCE, mark);
	assert(!b.failed);
	buf_reset(out);
	buf_add_bytes(out, der_back_done(&b));
	if (r->junk)
		buf_add_char(out, 0);
	return buf_bytes(out);
}

static struct bytes
list(const struct sign_key *key, const char *issuer, uint64_t number,
    bool delta, struct buf *out)
{
	static const uint8_t one[] = { DER_INTEGER, 1, 1 };
	AUTO_BUF ext = BUF_WITH_LIMIT(1024);
	uint8_t mem[4096], value[16];
	struct der_back b, v;
	const uint8_t *mark;

	der_back_init(&v, value, sizeof(value), 0);
	der_back_uint(&v, number);
	pki_ext_put(
	    &ext, pki_oids[PKI_OID_CRL_NUMBER].der, false, der_back_done(&v));
	if (delta)
		pki_ext_put(
		    &ext, pki_oids[PKI_OID_DELTA_CRL].der, true, BYTES_OF(one));
	der_back_init(&b, mem, sizeof(mem), 0);
	mark = b.p;
	der_back_bytes(&b, buf_bytes(&ext));
	der_back_wrap(&b, DER_SEQUENCE, mark);
	der_back_wrap(&b, DER_CONTEXT(0), mark);
	der_back_time(&b, T0 + 8 * DAY);
	der_back_time(&b, T0 + DAY);
	back_name(&b, issuer);
	der_back_bytes(&b, key->alg->der);
	der_back_uint(&b, 1);
	der_back_wrap(&b, DER_SEQUENCE, mark);
	assert(!b.failed);
	buf_reset(out);
	buf_add_bytes(out, der_back_done(&b));
	return buf_bytes(out);
}

struct bytes
fixture_crl(const struct sign_key *key, const char *issuer, uint64_t number,
    struct buf *out)
{
	return list(key, issuer, number, false, out);
}

struct bytes
fixture_delta(const struct sign_key *key, const char *issuer, uint64_t number,
    struct buf *out)
{
	return list(key, issuer, number, true, out);
}

enum err_code
fixture_sign(
    struct fixture *f, const struct sign_item *item, struct sign_result *ret)
{
	const struct sign_ask ask = { .items = item, .item_count = 1 };

	f->err = (struct err){ 0 };
	if (sign_service_sign(f->service, &ask, ret, &f->err) < 0)
		return f->err.code;
	f->err = ret->err;
	assert((ret->err.code == ERR_OK) == (ret->signature_n > 0));
	return ret->err.code;
}

bool
fixture_verify(
    const struct sign_key *key, struct bytes message, struct bytes signature)
{
	const uint8_t *p = key->spki.p;
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &p, (long)key->spki.n);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const char *hash = pki_hash_name(key->alg->hash);
	int rc;

	rc = EVP_DigestVerifyInit_ex(ctx, NULL, hash, NULL, NULL, pkey, NULL);
	if (rc > 0)
		rc = EVP_DigestVerify(
		    ctx, signature.p, signature.n, message.p, message.n);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return rc > 0;
}
