#include "../unit.h"
#include "world_make.h"

#include <openssl/conf.h>
#include <openssl/x509v3.h>

static void
add(STACK_OF(X509_EXTENSION) * list, const char *name, struct bytes der)
{
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *o = OBJ_txt2obj(name, 1);

	ASN1_OCTET_STRING_set(value, der.p, (int)der.n);
	sk_X509_EXTENSION_push(
	    list, X509_EXTENSION_create_by_OBJ(NULL, o, 0, value));
	ASN1_OBJECT_free(o);
	ASN1_OCTET_STRING_free(value);
}

static void
add_san(STACK_OF(X509_EXTENSION) * list, const char *text)
{
	CONF *conf = NCONF_new(NULL);
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, NULL, NULL, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, conf);
	e = X509V3_EXT_nconf(conf, &ctx, "subjectAltName", text);
	NCONF_free(conf);
	assert_non_null(e);
	sk_X509_EXTENSION_push(list, e);
}

/* BMPString, of ASCII. */
static void
add_bmp(struct buf *out, const char *text)
{
	AUTO_BUF wide = BUF_WITH_LIMIT(1024);

	for (; *text; text++) {
		buf_add_char(&wide, 0);
		buf_add_char(&wide, *text);
	}
	make_tlv(out, DER_BMP, buf_bytes(&wide));
}

static void
add_pair(X509_REQ *req, const char *value)
{
	AUTO_BUF inner = BUF_WITH_LIMIT(1024);
	AUTO_BUF pair = BUF_WITH_LIMIT(1024);

	add_bmp(&inner, "CertificateTemplate");
	add_bmp(&inner, value);
	make_tlv(&pair, DER_SEQUENCE, buf_bytes(&inner));
	assert_int_equal(
	    X509_REQ_add1_attr_by_txt(req, "1.3.6.1.4.1.311.13.2.1",
		V_ASN1_SEQUENCE, pair.p, (int)pair.n),
	    1);
}

static void
add_entry(X509_REQ *req, const char *type, const char *value)
{
	if (value)
		assert_int_equal(
		    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(req),
			type, MBSTRING_UTF8, (const uint8_t *)value, -1, -1, 0),
		    1);
}

void
world_make(struct world *w, const struct world_parts *p, EVP_PKEY *key)
{
	STACK_OF(X509_EXTENSION) *exts = sk_X509_EXTENSION_new_null();
	AUTO_BUF name = BUF_WITH_LIMIT(1024);
	X509_REQ *req = X509_REQ_new();

	for (size_t i = 0; i < ARRAY_LEN(p->dc); i++)
		add_entry(req, "DC", p->dc[i]);
	add_entry(req, "O", p->organization);
	add_entry(req, "CN", p->cn);
	key = key ? key : make_key(MAKE_P256);
	X509_REQ_set_pubkey(req, key);
	if (p->san)
		add_san(exts, p->san);
	if (p->by_name) {
		add_bmp(&name, p->by_name);
		add(exts, "1.3.6.1.4.1.311.20.2", buf_bytes(&name));
	}
	if (p->by_id.n > 0)
		add(exts, "1.3.6.1.4.1.311.21.7", p->by_id);
	if (sk_X509_EXTENSION_num(exts) > 0)
		X509_REQ_add_extensions(req, exts);
	if (p->pair)
		add_pair(req, p->pair);
	buf_reset(&w->der);
	make_csr_signed(req, key, &w->der);
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
	X509_REQ_free(req);
	world_parse(w);
}
