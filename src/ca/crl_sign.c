/* crl_sign.c - what is done with a list of any size once it lies in its file:
 * have it signed, and check it. Both in parts, so that a list of a million
 * entries takes no more memory than a small one. */
#include "ca/crl_sign.h"

#include "ca/audit.h"
#include "ca/commit.h"
#include "ca/generation.h"
#include "ca/publish.h"
#include "ca/sign.h"

#include <sys/mman.h>

#define WINDOW (UINT64_C(1) << 20)

static void
free_ctx(EVP_MD_CTX **c)
{
	EVP_MD_CTX_free(*c);
}
#define AUTO_CTX __attribute__((cleanup(free_ctx))) EVP_MD_CTX *

/* --- signing ---------------------------------------------------------------
 */

static int
take_answer(const struct rpc_sign_signature *sig, struct ca_crl_signature *ret,
    struct err *err)
{
	if (sig->err_code != ERR_OK)
		return err_set(err, err_code_from(sig->err_code),
		    "The signing service refused to sign: %s", sig->err_text);
	if (sig->signature.n == 0 || sig->signature.n > PKI_SIGNATURE_MAX)
		return err_set(err, ERR_PROTOCOL,
		    "the signer answered without a signature");
	memcpy(ret->signature, sig->signature.p, sig->signature.n);
	ret->n = sig->signature.n;
	return 0;
}

/* The signer reads every part: from a digest it could not tell a list from a
 * CA certificate. */
static int
send_parts(struct ca_worker *w, const struct ca_crl_tbs *tbs, EVP_MD_CTX *log,
    struct ca_crl_signature *ret, struct err *err)
{
	AUTO_MEM uint8_t *room = malloc(RPC_SIGN_PART_MAX);
	struct rpc_sign_crl_part part = { .key_index = tbs->key_index };
	struct ca_audit_head head;

	if (!room)
		return err_set(err, ERR_NO_MEMORY, "signing a list");
	ca_audit_durable(w->ca->commit, &head);
	part.audit_sequence = head.sequence;
	if (head.sequence > 0)
		part.audit_hash = BYTES_OF(head.hash);
	while (!part.last) {
		AUTO(rpc_sign_msg) msg = NULL;
		const struct rpc_sign_signature *sig;
		uint64_t left = tbs->size - part.offset;
		size_t n =
		    left < RPC_SIGN_PART_MAX ? (size_t)left : RPC_SIGN_PART_MAX;

		if (ca_publish_read_at(
			tbs->file, tbs->offset + part.offset, room, n, err) < 0)
			return -1;
		if (log && !EVP_DigestUpdate(log, room, n))
			return pki_tools_failed(err, "hashing failed");
		part.part = bytes_of(room, n);
		part.last = n == left;
		if (rpc_sign_crl_part(w->ca->signer, &part, &msg, &sig, err) <
		    0)
			return err_wrap(err, "the signing service");
		if ((part.last || sig->err_code != ERR_OK) &&
		    take_answer(sig, ret, err) < 0)
			return -1;
		part.offset += n;
	}
	return 0;
}

/* Ed25519 reads its message twice, so it goes as a whole. */
static int
sign_whole(struct ca_worker *w, const struct ca_crl_tbs *tbs,
    struct ca_crl_signature *ret, struct err *err)
{
	struct rpc_sign_item item = { .key_index = tbs->key_index,
		.kind = RPC_SIGN_CRL };
	struct bytes all;

	if (tbs->size > RPC_SIGN_CRL_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "the list would have %ju bytes, and a key of this kind "
		    "signs at most %d",
		    (uintmax_t)tbs->size, RPC_SIGN_CRL_MAX);
	if (ca_publish_map(tbs->file, &all, err) < 0)
		return -1;
	item.tbs = bytes_of(all.p + tbs->offset, (size_t)tbs->size);
	if (pki_tools_hash(w->tools, PKI_HASH_SHA256, item.tbs, ret->digest,
		&ret->digest_n, err) < 0)
		return -1;
	return ca_sign_wait(w->ca->sign, &item, ret->signature, &ret->n, err);
}

int
ca_crl_sign(struct ca_worker *w, const struct ca_crl_tbs *tbs,
    struct ca_crl_signature *ret, struct err *err)
{
	AUTO_CTX log = NULL;
	unsigned n = 0;

	if (tbs->alg->hash == PKI_HASH_NONE)
		return sign_whole(w, tbs, ret, err);
	if (tbs->alg->hash != PKI_HASH_SHA256) {
		log = EVP_MD_CTX_new();
		if (!log || !EVP_DigestInit_ex2(
				log, w->tools->md[PKI_HASH_SHA256], NULL))
			return pki_tools_failed(err, "hashing failed");
	} else {
		memcpy(ret->digest, tbs->digest.p, tbs->digest.n);
		ret->digest_n = tbs->digest.n;
	}
	if (send_parts(w, tbs, log, ret, err) < 0)
		return -1;
	if (log && !EVP_DigestFinal_ex(log, ret->digest, &n))
		return pki_tools_failed(err, "hashing failed");
	if (log)
		ret->digest_n = n;
	return 0;
}

/* --- checking --------------------------------------------------------------
 */

/* Both digests in one pass; what was read is given back to the system. */
static int
hash_mapped(struct bytes map, struct bytes tbs, EVP_MD_CTX *file,
    EVP_MD_CTX *list, struct err *err)
{
	const uint8_t *end = map.p + map.n, *tbs_end = tbs.p + tbs.n;

	for (const uint8_t *p = map.p; p < end; p += WINDOW) {
		const uint8_t *q =
		    (uint64_t)(end - p) < WINDOW ? end : p + WINDOW;
		const uint8_t *from = p < tbs.p ? tbs.p : p;
		const uint8_t *to = q > tbs_end ? tbs_end : q;

		if (file && !EVP_DigestUpdate(file, p, (size_t)(q - p)))
			return pki_tools_failed(err, "hashing failed");
		if (from < to &&
		    !EVP_DigestUpdate(list, from, (size_t)(to - from)))
			return pki_tools_failed(err, "hashing failed");
		/* Not the first: its head is still looked at. */
		if (p != map.p)
			ca_publish_forget(p, (size_t)(q - p));
	}
	return 0;
}

static int
check_parts(struct pki_tools *t, struct bytes map, const struct pki_crl *crl,
    const struct pki_key *key, uint8_t *ret_hash, struct err *err)
{
	AUTO_CTX file = ret_hash ? EVP_MD_CTX_new() : NULL;
	AUTO_CTX list = EVP_MD_CTX_new();
	uint8_t digest[PKI_DIGEST_MAX];
	unsigned n = 0;

	if (!list || (ret_hash && !file) ||
	    !EVP_DigestInit_ex2(list, t->md[crl->sig_alg->hash], NULL) ||
	    (file && !EVP_DigestInit_ex2(file, t->md[PKI_HASH_SHA256], NULL)))
		return pki_tools_failed(err, "hashing failed");
	if (hash_mapped(map, crl->tbs, file, list, err) < 0)
		return -1;
	if (!EVP_DigestFinal_ex(list, digest, &n) ||
	    (file && !EVP_DigestFinal_ex(file, ret_hash, NULL)))
		return pki_tools_failed(err, "hashing failed");
	return pki_sig_verify_digest(
	    t, key, crl->sig_alg, bytes_of(digest, n), crl->signature, err);
}

int
ca_crl_check(struct pki_tools *t, struct bytes map, const struct pki_key *key,
    struct pki_crl *ret, uint8_t *ret_hash, struct err *err)
{
	size_t n;

	if (pki_crl_parse(map, ret, err) < 0)
		return -1;
	if (ret->sig_alg && !ret->sig_alg->refused &&
	    ret->sig_alg->hash != PKI_HASH_NONE)
		return check_parts(t, map, ret, key, ret_hash, err);
	if (pki_crl_verify(t, ret, key, err) < 0)
		return -1;
	return ret_hash
		   ? pki_tools_hash(t, PKI_HASH_SHA256, map, ret_hash, &n, err)
		   : 0;
}
