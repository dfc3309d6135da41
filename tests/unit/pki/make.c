#include "make.h"
#include "pki/der.h"

#include <assert.h>
#include <openssl/ec.h>
#include <openssl/x509v3.h>

EVP_PKEY *
make_key_rsa(unsigned bits)
{
	EVP_PKEY *k = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);

	assert(k);
	return k;
}

EVP_PKEY *
make_key(enum make_key kind)
{
	static const char *const curves[] = { [MAKE_P256] = "P-256",
		[MAKE_P384] = "P-384",
		[MAKE_P521] = "P-521" };
	static EVP_PKEY *keys[MAKE_KEYS];

	if (keys[kind])
		return keys[kind];
	if (kind == MAKE_RSA2048)
		keys[kind] = make_key_rsa(2048);
	else if (kind == MAKE_ED25519)
		keys[kind] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else
		keys[kind] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curves[kind]);
	assert(keys[kind]);
	return keys[kind];
}

static void
add_entry(X509_NAME *name, const char *field, const char *text)
{
	int ok = X509_NAME_add_entry_by_txt(
	    name, field, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0);

	assert(ok);
}

X509_REQ *
make_csr_open(enum make_key kind, const char *cn)
{
	X509_REQ *req = X509_REQ_new();
	X509_NAME *name = X509_REQ_get_subject_name(req);

	add_entry(name, "C", "SE");
	add_entry(name, "O", "Exempel \xc3\x85ngstr\xc3\xb6m AB");
	add_entry(name, "CN", cn);
	X509_REQ_set_pubkey(req, make_key(kind));
	return req;
}

static void
add_extensions(X509_REQ *req)
{
	/* clang-format off */
	static const struct { int nid; const char *value; } list[] = {
		{ NID_key_usage, "critical,digitalSignature" },
		{ NID_ext_key_usage, "serverAuth,clientAuth" },
		{ NID_subject_alt_name,
		    "DNS:www.example.com,DNS:*.example.com,IP:192.0.2.1,"
		    "IP:2001:db8::1,email:a@example.com,"
		    "URI:https://example.com/x,RID:1.2.3.4" },
	};
	/* clang-format on */
	STACK_OF(X509_EXTENSION) *exts = sk_X509_EXTENSION_new_null();
	size_t i;

	for (i = 0; i < ARRAY_LEN(list); i++) {
		X509_EXTENSION *e =
		    X509V3_EXT_conf_nid(NULL, NULL, list[i].nid, list[i].value);

		assert(e);
		sk_X509_EXTENSION_push(exts, e);
	}
	X509_REQ_add_extensions(req, exts);
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
}

void
make_csr_signed(X509_REQ *req, EVP_PKEY *key, struct buf *out)
{
	const EVP_MD *md = EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();
	unsigned char *der = NULL;
	int n;

	assert(X509_REQ_sign(req, key, md) > 0);
	n = i2d_X509_REQ(req, &der);
	assert(n > 0);
	buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
}

void
make_csr(enum make_key kind, const char *cn, struct buf *out)
{
	X509_REQ *req = make_csr_open(kind, cn);

	add_extensions(req);
	make_csr_signed(req, make_key(kind), out);
	X509_REQ_free(req);
}

void
make_spki(EVP_PKEY *key, struct buf *out)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(key, &der);

	assert(n > 0);
	buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
}

struct bytes
make_name(const char *cn, struct buf *out)
{
	X509_NAME *name = X509_NAME_new();
	unsigned char *der = NULL;
	size_t start = out->n;
	int n;

	add_entry(name, "CN", cn);
	n = i2d_X509_NAME(name, &der);
	assert(n > 0);
	buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
	X509_NAME_free(name);
	return bytes_of(out->p + start, out->n - start);
}

void
make_tlv(struct buf *out, uint8_t tag, struct bytes content)
{
	uint8_t head[8];
	struct der_back b;

	der_back_init(&b, head, sizeof(head), 0);
	der_back_head(&b, tag, content.n);
	buf_add_bytes(out, der_back_done(&b));
	buf_add_bytes(out, content);
}
