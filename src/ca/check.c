#include "ca/check.h"

#include "base/clock.h"
#include "base/str.h"
#include "ca/text.h"
#include "pki/lint.h"
#include "pki/rsa_weak.h"

#include <stdio.h>

/* --- form --------------------------------------------------------------- */

/* Rules about names have a code of their own; the rest is policy. */
static const char *const names[] = { "subject", "subject-limits",
	"subject-present", "other-name" };

static int
check_form(struct ca_worker *w, const struct ca_check *c,
    struct ca_check_result *ret, struct err *err)
{
	const struct pki_cert *ca = &c->gen->cert;
	const struct pki_lint_ask ask = { .tbs = c->tbs,
		.issuer = ca->subject,
		.issuer_key_id = c->gen->key_id,
		.alg = c->gen->alg->der,
		.ca = c->ca,
		.not_before = ca->not_before,
		.not_after = ca->not_after,
		.underscore = w->ca->config->allow_underscore };
	struct pki_lint_fault fault;

	if (pki_lint(w->tools, &ask, &fault, err) < 0)
		return -1;
	if (!fault.rule)
		return 0;
	ret->code = ERR_POLICY;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(fault.rule, names[i]))
			ret->code = ERR_BAD_SUBJECT;
	(void)snprintf(ret->text, sizeof(ret->text),
	    "The certificate would not be in good form: %s (rule %s, RFC 5280 "
	    "%s).",
	    fault.text, fault.rule, fault.section);
	ca_text_mend(ret->text);
	return 0;
}

/* --- the key ------------------------------------------------------------ */

static int
check_strength(
    const struct ca_check *c, struct ca_check_result *ret, struct err *err)
{
	struct err e = { 0 };

	if (c->csr->key.kind != PKI_KEY_RSA ||
	    pki_rsa_close(c->csr->key.n, &e) == 0)
		return 0;
	if (e.code != ERR_WEAK_KEY)
		return err_set(err, e.code, "%s", e.text);
	ret->code = e.code;
	(void)snprintf(ret->text, sizeof(ret->text), "%s", e.text);
	return 0;
}

static const struct {
	enum err_code code;
	const char *text;
} verdicts[] = {
	[CA_KEY_FREE] = { ERR_OK, "" },
	[CA_KEY_USED] = { ERR_KEY_USED,
	    "The key of this request is in a certificate already, and this CA "
	    "wants a new key for each. Make a new key." },
	[CA_KEY_OTHERS] = { ERR_KEY_USED,
	    "The key of this request is in a certificate of another account "
	    "already. Make a key of your own." },
	[CA_KEY_REVOKED] = { ERR_KEY_COMPROMISED,
	    "A certificate with the key of this request was revoked because "
	    "the key was compromised. Make a new key." },
	[CA_KEY_LISTED] = { ERR_KEY_COMPROMISED,
	    "The key of this request is on the list of compromised keys. Make "
	    "a new key." },
};

/* Last, because it may claim the key. */
static int
check_use(struct ca_worker *w, const struct ca_check *c,
    struct ca_key_claim *claim, struct ca_check_result *ret, struct err *err)
{
	enum ca_key_verdict v = CA_KEY_FREE;

	if (ca_keys_claim(w->ca->keys, w->reader, &c->key, claim, &v,
		&ret->request, err) < 0)
		return err_wrap(err, "looking for the key");
	ret->code = verdicts[v].code;
	(void)snprintf(ret->text, sizeof(ret->text), "%s", verdicts[v].text);
	return 0;
}

int
ca_check(struct ca_worker *w, const struct ca_check *c,
    struct ca_key_claim *claim, struct ca_check_result *ret, struct err *err)
{
	ret->code = ERR_OK;
	ret->text[0] = '\0';
	ret->request = 0;
	if (check_form(w, c, ret, err) < 0 ||
	    (ret->code == ERR_OK && check_strength(c, ret, err) < 0) ||
	    (ret->code == ERR_OK && check_use(w, c, claim, ret, err) < 0))
		return -1;
	return 0;
}

/* --- before anybody decides --------------------------------------------- */

int
ca_check_preview(struct ca_worker *w, const struct ca_check *c,
    const struct ca_check_make *make, struct ca_check_result *ret,
    struct err *err)
{
	const struct pki_cert *ca = &c->gen->cert;
	AUTO_MEM uint8_t *buffer = malloc(PKI_CERT_BUF);
	struct ca_check full = *c;
	struct pki_cert_fields f = { .serial = { 0x40 },
		.not_before = clock_now(),
		.subject = make->subject,
		.spki = c->csr->spki,
		.extensions = make->granted };
	struct err e = { 0 };

	if (!buffer)
		return err_set(err, ERR_NO_MEMORY, "a certificate");
	if (f.not_before < ca->not_before)
		f.not_before = ca->not_before;
	f.not_after = f.not_before + make->validity;
	if (f.not_after > ca->not_after)
		f.not_after = ca->not_after;
	if (pki_key_id(w->tools, &c->csr->key, f.ski, err) < 0)
		return -1;
	if (pki_cert_build_tbs(
		make->block, &f, buffer, PKI_CERT_BUF, &full.tbs, &e) == 0)
		return ca_check(w, &full, NULL, ret, err);
	*ret = (struct ca_check_result){ .code = e.code };
	(void)snprintf(ret->text, sizeof(ret->text),
	    "The certificate could not be made: %.400s", e.text);
	return 0;
}
