/* signer.h - where keys live and signatures are made: the one interface to a
 * file of keys (file.h), later to a PKCS#11 token.
 *
 * A backend makes keys, loads them and opens sessions; a session is what one
 * thread needs to sign with one key at full speed (kept contexts, or a
 * session of the token). Digest in, signature out, except for Ed25519, which
 * signs messages only. What may be signed is not decided here (policy.h).
 *
 * Ownership: keys and sessions belong to the caller and are released before
 * their backend. A key is immutable and shared by all threads; a session
 * belongs to one thread at a time.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "sign/kind.h"

/* What every backend's key begins with. */
struct sign_key {
	const struct sign_signer_ops *ops;
	uint32_t index;
	const struct sign_kind *kind;
	const struct pki_sig_alg *alg;
	struct bytes spki; /* as long as the key */
};

/* What every backend's session begins with. */
struct sign_session {
	const struct sign_signer_ops *ops;
};

/* What every backend begins with. */
struct sign_signer {
	const struct sign_signer_ops *ops;
};

struct sign_signer_ops {
	/* Make and keep it durably; ERR_EXISTS when the index is taken. */
	int (*make_key)(struct sign_signer *s, uint32_t index,
	    const struct sign_kind *kind, struct sign_key **ret,
	    struct err *err);
	/* *ret NULL: there is no key of this index. */
	int (*load)(struct sign_signer *s, uint32_t index,
	    struct sign_key **ret, struct err *err);
	void (*key_free)(struct sign_key *key);
	int (*session_new)(
	    struct sign_key *key, struct sign_session **ret, struct err *err);
	/* ret takes PKI_SIGNATURE_MAX bytes. */
	int (*sign_digest)(struct sign_session *s, struct bytes digest,
	    uint8_t *ret, size_t *ret_n, struct err *err);
	int (*sign_message)(struct sign_session *s, struct bytes message,
	    uint8_t *ret, size_t *ret_n, struct err *err);
	void (*session_free)(struct sign_session *s);
	void (*close)(struct sign_signer *s);
};

static inline void
sign_key_free(struct sign_key *key)
{
	if (key)
		key->ops->key_free(key);
}
AUTO_DEFINE(sign_key);

static inline void
sign_session_free(struct sign_session *s)
{
	if (s)
		s->ops->session_free(s);
}
AUTO_DEFINE(sign_session);

static inline void
sign_signer_free(struct sign_signer *s)
{
	if (s)
		s->ops->close(s);
}
AUTO_DEFINE(sign_signer);
