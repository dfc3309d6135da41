/* The writing half of crl.h. */
#include "pki/crl.h"
#include "base/buf.h"
#include "pki/ext.h"
#include "pki/oid.h"

#define BLOCK     16384
#define ENTRY_MAX 160 /* more than an entry with the longest serial */
#define FRONT_MAX 16384
#define TAIL_MAX  65536

struct pki_crl_writer {
	const struct pki_sig_alg *alg;
	EVP_MD_CTX *hash; /* NULL for Ed25519 */
	struct pki_crl_sink sink;
	struct pki_crl_size left; /* rows counted but not yet written */
	uint64_t tbs_size;
	size_t head_size; /* reserved */
	struct buf tail;  /* [0] Extensions */
	size_t n;
	uint8_t block[BLOCK];
};

/* ---- sizes ------------------------------------------------------------ */

static uint64_t
entry_content(size_t serial_bytes, bool from_2050, bool with_reason)
{
	return 2 + serial_bytes + (from_2050 ? 17 : 15) +
	       (with_reason ? 14 : 0);
}

void
pki_crl_count(struct pki_crl_size *s, uint64_t n, size_t serial_bytes,
    bool from_2050, bool with_reason)
{
	uint64_t len = entry_content(serial_bytes, from_2050, with_reason);

	s->entries += n;
	s->bytes += n * (der_head_size(len) + len);
}

/* Content of the outer SEQUENCE with a signature of this size. */
static uint64_t
outer_content(const struct pki_crl_writer *w, size_t sig)
{
	return w->tbs_size + w->alg->der.n + der_head_size(sig + 1) + 1 + sig;
}

bool
pki_crl_fits(const struct pki_crl_writer *w, size_t sig)
{
	return der_head_size(outer_content(w, sig)) == w->head_size;
}

uint64_t
pki_crl_tbs_offset(const struct pki_crl_writer *w)
{
	return w->head_size;
}

uint64_t
pki_crl_tbs_size(const struct pki_crl_writer *w)
{
	return w->tbs_size;
}

/* ---- output ----------------------------------------------------------- */

static int
flush(struct pki_crl_writer *w, struct err *err)
{
	struct bytes part = bytes_of(w->block, w->n);

	w->n = 0;
	if (part.n == 0)
		return 0;
	if (w->hash && !EVP_DigestUpdate(w->hash, part.p, part.n))
		return pki_tools_failed(err, "hashing failed");
	return w->sink.write(w->sink.arg, part, err);
}

static int
put(struct pki_crl_writer *w, struct bytes x, struct err *err)
{
	while (x.n > 0) {
		size_t n = BLOCK - w->n < x.n ? BLOCK - w->n : x.n;

		memcpy(w->block + w->n, x.p, n);
		w->n += n;
		x = bytes_of(x.p + n, x.n - n);
		if (w->n == BLOCK && flush(w, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- the list --------------------------------------------------------- */

/* An extension whose value is one INTEGER. */
static void
put_number(struct buf *out, enum pki_oid oid, bool critical, uint64_t v)
{
	uint8_t space[16];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	der_back_uint(&b, v);
	pki_ext_put(out, pki_oids[oid].der, critical, der_back_done(&b));
}

static void
put_date(struct buf *out, enum pki_oid oid, int64_t t)
{
	uint8_t space[32];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	der_back_time(&b, t);
	pki_ext_put(out, pki_oids[oid].der, false, der_back_done(&b));
}

static int
build_tail(
    struct pki_crl_writer *w, const struct pki_crl_fields *f, struct err *err)
{
	AUTO_BUF run = BUF_WITH_LIMIT(TAIL_MAX);
	uint8_t space[16];
	struct der_back b;
	size_t seq;

	pki_ext_put_aki(&run, f->key_id);
	put_number(&run, PKI_OID_CRL_NUMBER, false, f->number);
	if (f->is_delta)
		put_number(&run, PKI_OID_DELTA_CRL, true, f->base_number);
	put_number(&run, PKI_OID_MS_CA_VERSION, false, f->ca_version);
	if (f->next_publish)
		put_date(&run, PKI_OID_MS_CRL_NEXT_PUBLISH, f->next_publish);
	buf_add_bytes(&run, f->extra);
	if (buf_check(&run, "the list's extensions", err) < 0 ||
	    pki_ext_check(buf_bytes(&run), err) < 0)
		return -1;
	seq = der_head_size(run.n) + run.n;
	der_back_init(&b, space, sizeof(space), 0);
	der_back_head(&b, DER_SEQUENCE, run.n);
	der_back_head(&b, DER_CONTEXT(0), seq);
	buf_add_bytes(&w->tail, der_back_done(&b));
	buf_add_bytes(&w->tail, buf_bytes(&run));
	return buf_check(&w->tail, "the list's extensions", err);
}

/* Everything before the first entry; also settles the sizes. */
static int
build_front(struct pki_crl_writer *w, const struct pki_crl_fields *f,
    struct der_back *b, struct err *err)
{
	uint64_t content, entries = w->left.bytes;

	if (w->left.entries > 0)
		der_back_head(b, DER_SEQUENCE, entries);
	der_back_time(b, f->next_update);
	der_back_time(b, f->this_update);
	der_back_bytes(b, f->issuer);
	der_back_bytes(b, w->alg->der);
	der_back_uint(b, 1); /* v2 */
	content = (uint64_t)(b->end - b->p) + entries + w->tail.n;
	if (content > PKI_CRL_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "the revocation list would be larger than %d MB",
		    PKI_CRL_MAX_MB);
	der_back_head(b, DER_SEQUENCE, content);
	if (b->failed)
		return err_set(err, ERR_INTERNAL,
		    "the list's issuer or dates cannot be written");
	w->tbs_size = (uint64_t)(b->end - b->p) + entries + w->tail.n;
	return 0;
}

static int
start(struct pki_crl_writer *w, const struct pki_crl_fields *f,
    const struct pki_key *key, struct err *err)
{
	static const uint8_t zeros[PKI_CRL_HEAD_MAX];
	uint8_t space[FRONT_MAX];
	struct der_back b;
	size_t min, max;

	der_back_init(&b, space, sizeof(space), 0);
	if (build_tail(w, f, err) < 0 || build_front(w, f, &b, err) < 0)
		return -1;
	pki_sig_size(key, &min, &max);
	w->head_size = der_head_size(outer_content(w, max));
	if (w->sink.write(w->sink.arg, bytes_of(zeros, w->head_size), err) < 0)
		return -1;
	return put(w, der_back_done(&b), err);
}

int
pki_crl_begin(struct pki_tools *t, const struct pki_crl_fields *f,
    const struct pki_crl_size *size, const struct pki_key *key,
    struct pki_crl_sink sink, struct pki_crl_writer **ret, struct err *err)
{
	AUTO(pki_crl_writer) w = NULL;

	if (!f->alg || f->alg->refused ||
	    !pki_sig_fits(f->alg->family, key->kind))
		return err_set(err, ERR_INTERNAL,
		    "the algorithm does not belong to the CA's key");
	if (size->bytes > PKI_CRL_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "the revocation list would be larger than %d MB",
		    PKI_CRL_MAX_MB);
	w = calloc(1, sizeof(*w));
	if (!w)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	w->alg = f->alg;
	w->sink = sink;
	w->left = *size;
	buf_init(&w->tail, TAIL_MAX);
	if (w->alg->hash != PKI_HASH_NONE) {
		w->hash = EVP_MD_CTX_new();
		if (!w->hash ||
		    !EVP_DigestInit_ex2(w->hash, t->md[w->alg->hash], NULL))
			return pki_tools_failed(err, "hashing failed");
	}
	if (start(w, f, key, err) < 0)
		return -1;
	*ret = TAKE(w);
	return 0;
}

void
pki_crl_writer_free(struct pki_crl_writer *w)
{
	if (!w)
		return;
	EVP_MD_CTX_free(w->hash);
	buf_clear(&w->tail);
	free(w);
}

int
pki_crl_add(
    struct pki_crl_writer *w, const struct pki_crl_entry *e, struct err *err)
{
	uint8_t space[ENTRY_MAX];
	uint8_t reason[14] = { 0x30, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d,
		0x15, 0x04, 0x03, 0x0a, 0x01, (uint8_t)e->reason };
	struct der_back b;
	struct bytes entry;

	/* CRLReason, RFC 5280 5.3.1: 7 is not used. */
	if (e->serial.n == 0 || e->serial.n > PKI_CRL_SERIAL_MAX ||
	    e->serial.p[0] >= 0x80 || e->reason > 10 || e->reason == 7)
		return err_set(err, ERR_CORRUPT,
		    "a revoked certificate has an impossible serial number "
		    "or reason");
	der_back_init(&b, space, sizeof(space), 0);
	if (e->reason)
		der_back_put(&b, reason, sizeof(reason));
	der_back_time(&b, e->revoked_at);
	der_back_prim(&b, DER_INTEGER, e->serial);
	der_back_wrap(&b, DER_SEQUENCE, b.end);
	entry = der_back_done(&b);
	if (b.failed || w->left.entries == 0 || w->left.bytes < entry.n)
		return err_set(err, ERR_INTERNAL,
		    "there are more revoked certificates than were counted");
	w->left.entries--;
	w->left.bytes -= entry.n;
	return put(w, entry, err);
}

int
pki_crl_tbs_end(struct pki_crl_writer *w, uint8_t *ret_digest, size_t *ret_n,
    struct err *err)
{
	unsigned n = 0;

	if (w->left.entries || w->left.bytes)
		return err_set(err, ERR_INTERNAL,
		    "there are fewer revoked certificates than were counted");
	if (put(w, buf_bytes(&w->tail), err) < 0 || flush(w, err) < 0)
		return -1;
	if (w->hash && !EVP_DigestFinal_ex(w->hash, ret_digest, &n))
		return pki_tools_failed(err, "hashing failed");
	EVP_MD_CTX_free(TAKE(w->hash)); /* the rest is not signed */
	*ret_n = n;
	return 0;
}

int
pki_crl_finish(struct pki_crl_writer *w, struct bytes sig,
    uint8_t ret_head[PKI_CRL_HEAD_MAX], size_t *ret_head_n, struct err *err)
{
	uint8_t space[16];
	struct der_back b;

	if (!pki_crl_fits(w, sig.n))
		return err_set(err, ERR_INTERNAL,
		    "this signature's size does not fit; sign again");
	der_back_init(&b, space, sizeof(space), 0);
	der_back_put(&b, "", 1);
	der_back_head(&b, DER_BIT_STRING, sig.n + 1);
	if (put(w, w->alg->der, err) < 0 ||
	    put(w, der_back_done(&b), err) < 0 || put(w, sig, err) < 0 ||
	    flush(w, err) < 0)
		return -1;
	der_back_init(&b, ret_head, w->head_size, 0);
	der_back_head(&b, DER_SEQUENCE, outer_content(w, sig.n));
	*ret_head_n = w->head_size;
	return 0;
}
