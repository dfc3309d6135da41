/* certificate.asp: all that a certificate says, for its owner and for who may
 * read all requests. */
#include "web/language.h"
#include "web/view.h"

#include "base/clock.h"
#include "base/str.h"
#include "pki/cert.h"
#include "pki/der_text.h"
#include "pki/ext.h"
#include "pki/key.h"
#include "pki/name.h"

#include <openssl/sha.h>

#define EXT_TEXT_MAX 65536

struct builder {
	struct web_ask *ask;
	const struct view_fact *first, **end;
};

/* Both are copied. */
static void
add(struct builder *b, const char *label, const char *value, bool mono)
{
	struct view_fact *v = web_alloc(b->ask, sizeof(*v));

	if (!v)
		return;
	*v = (struct view_fact){ .label = web_text(b->ask, "%s", label),
		.value = web_text(b->ask, "%s", value),
		.mono = mono };
	*b->end = v;
	b->end = &v->next;
}

static void
add_name(struct builder *b, const char *label, struct bytes name)
{
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX);

	pki_name_text(name, &text);
	add(b, web_tr(b->ask, label),
	    text.n ? buf_str(&text) : web_tr(b->ask, MSG("(empty)")), false);
}

static void
add_hex(struct builder *b, const char *label, struct bytes value)
{
	char hex[2 * 64 + 1];

	if (value.n > 64)
		return;
	str_hex(hex, value);
	add(b, web_tr(b->ask, label), hex, true);
}

static void
add_key(struct builder *b, struct bytes spki)
{
	struct pki_key key;

	if (pki_key_read(spki, &key, NULL) < 0)
		return;
	add(b, web_tr(b->ask, MSG("Public key")),
	    key.kind == PKI_KEY_RSA ? WEB_SAY(b->ask, MSG("RSA, {0} bits"),
					  web_num(b->ask, key.bits))
				    : pki_key_kind_name(key.kind),
	    false);
}

static void
add_extensions(struct builder *b, struct bytes list)
{
	struct der walk = der_of(list);
	struct pki_ext e;

	while (pki_ext_next(&walk, &e)) {
		AUTO_BUF text = BUF_WITH_LIMIT(EXT_TEXT_MAX);
		char oid[PKI_OID_TEXT_MAX];
		const char *name = pki_oid_name(e.oid, oid);
		const char *label = web_text(b->ask, "%c%s",
		    *name >= 'a' && *name <= 'z' ? *name - 32 : *name,
		    name + 1);

		pki_ext_text(&e, &text);
		if (e.critical)
			buf_add_str(&text, " (critical)");
		add(b, web_said(b->ask, label),
		    web_said_words(b->ask, buf_str(&text)), false);
	}
}

static const struct view_fact *
facts(struct web_ask *ask, const struct pki_cert *c)
{
	struct builder b = { .ask = ask, .end = &b.first };
	uint8_t sha1[SHA_DIGEST_LENGTH];

	add_name(&b, MSG("Subject"), c->subject);
	add_name(&b, MSG("Issuer"), c->issuer);
	add_hex(&b, MSG("Serial number"), c->serial);
	add(&b, web_tr(ask, MSG("Valid from")), view_time(ask, c->not_before),
	    false);
	add(&b, web_tr(ask, MSG("Valid until")), view_time(ask, c->not_after),
	    false);
	add_key(&b, c->spki);
	if (c->sig_alg)
		add(&b, web_tr(ask, MSG("Signature")), c->sig_alg->name, false);
	add_extensions(&b, c->extensions);
	(void)SHA1(c->der.p, c->der.n, sha1);
	add_hex(&b, MSG("Fingerprint, SHA-1"), BYTES_OF(sha1));
	return b.first;
}

static void
fill(struct web_ask *ask, const struct rpc_request *r, const struct pki_cert *c,
    struct page_certificate *p)
{
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_DER_TEXT_MAX);

	pki_der_text(r->cert, &text);
	p->asn1 = web_text(ask, "%s", buf_str(&text));
	p->id = r->row.id;
	p->name = r->row.common_name[0] ? r->row.common_name
					: web_tr(ask, MSG("(no name)"));
	p->state = view_row_state(ask, &r->row);
	p->revoked = r->row.disposition == DISPOSITION_REVOKED;
	p->sentence = view_sentence(ask, r->sentence);
	p->facts = facts(ask, c);
	p->sha256 = view_sha256(ask, r->cert);
	p->chain = view_chain(ask, r);
	p->bar =
	    view_bar(ask, "life", c->not_before, c->not_after, clock_now());
}

void
web_page_certificate(struct web_ask *ask)
{
	struct page_certificate p = { 0 };
	const struct rpc_request *r = view_asked(ask);
	struct pki_cert cert;
	struct err err;

	if (!r)
		return;
	if (!r->cert.n) {
		(void)err_set(&err, ERR_NOT_FOUND,
		    MSG("This request has no certificate."));
		web_error(ask, WEB_MODE_SHOW, &err);
		return;
	}
	if (pki_cert_parse(r->cert, &cert, &err) < 0) {
		web_error(ask, WEB_MODE_SHOW, &err);
		return;
	}
	fill(ask, r, &cert, &p);
	web_frame(ask, MSG("Certificate details"), &p.f);
	p.f.at_mine = true;
	WEB_SEND(ask, 200, certificate, &p);
}
