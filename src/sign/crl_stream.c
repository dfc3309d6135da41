#include "sign/crl_stream.h"

#include "base/buf.h"
#include "pki/der.h"
#include "pki/ext.h"
#include "pki/oid.h"

/* Of one element: an issuer, an entry, the extensions. */
#define ELEMENT_MAX 65536
#define DEPTH       8

enum step {
	STEP_OUTER,
	STEP_VERSION,
	STEP_ALG,
	STEP_ISSUER,
	STEP_THIS_UPDATE,
	STEP_NEXT_UPDATE,
	STEP_LIST, /* its head, or that of the extensions */
	STEP_ENTRY,
	STEP_EXTENSIONS,
	STEP_END,
	STEP_FAILED
};

struct sign_crl_stream {
	enum step step;
	uint64_t size;    /* bytes that came */
	uint64_t left;    /* of the outer SEQUENCE */
	uint64_t in_list; /* of the list of entries */
	int64_t this_update, next_update;
	EVP_MD_CTX *log, *hash; /* hash NULL: the log's does */
	struct buf held;        /* what is not a whole element yet */
	struct buf alg, issuer, extensions;
};

int
sign_crl_stream_new(struct pki_tools *t, enum pki_hash hash,
    struct sign_crl_stream **ret, struct err *err)
{
	AUTO(sign_crl_stream) s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	buf_init(&s->held, SIGN_CRL_PART_MAX + ELEMENT_MAX);
	buf_init(&s->alg, ELEMENT_MAX);
	buf_init(&s->issuer, ELEMENT_MAX);
	buf_init(&s->extensions, ELEMENT_MAX);
	if (!t) {
		*ret = TAKE(s);
		return 0;
	}
	s->log = EVP_MD_CTX_new();
	if (!s->log ||
	    !EVP_DigestInit_ex2(s->log, t->md[PKI_HASH_SHA256], NULL))
		return pki_tools_failed(err, "hashing failed");
	if (hash != PKI_HASH_SHA256) {
		s->hash = EVP_MD_CTX_new();
		if (!s->hash || !EVP_DigestInit_ex2(s->hash, t->md[hash], NULL))
			return pki_tools_failed(err, "hashing failed");
	}
	*ret = TAKE(s);
	return 0;
}

void
sign_crl_stream_free(struct sign_crl_stream *s)
{
	if (!s)
		return;
	EVP_MD_CTX_free(s->log);
	EVP_MD_CTX_free(s->hash);
	buf_clear(&s->held);
	buf_clear(&s->alg);
	buf_clear(&s->issuer);
	buf_clear(&s->extensions);
	free(s);
}

/* --- elements --------------------------------------------------------------
 */

/* Tag and length. 1: *ret_head and *ret_len are set; 0: not enough bytes yet;
 * -1: no DER. */
static int
read_head(struct bytes x, uint8_t *ret_tag, size_t *ret_head, uint64_t *ret_len)
{
	size_t n, i;

	if (x.n < 2)
		return 0;
	*ret_tag = x.p[0];
	if ((x.p[0] & 0x1f) == 0x1f)
		return -1;
	if (x.p[1] < 0x80) {
		*ret_head = 2;
		*ret_len = x.p[1];
		return 1;
	}
	n = x.p[1] & 0x7f;
	if (n == 0 || n > 4)
		return -1;
	if (x.n < 2 + n)
		return 0;
	*ret_len = 0;
	for (i = 0; i < n; i++)
		*ret_len = *ret_len << 8 | x.p[2 + i];
	*ret_head = 2 + n;
	/* The shortest form only. */
	return der_head_size(*ret_len) == *ret_head ? 1 : -1;
}

static int
malformed(const char *what, struct err *err)
{
	return err_set(err, ERR_BAD_DATA, "%s", what);
}

static int
keep(struct buf *to, struct bytes x, struct err *err)
{
	buf_add_bytes(to, x);
	return buf_check(to, "a part of the list", err);
}

/* The whole element `x` belongs to the step. */
static int
take(struct sign_crl_stream *s, uint8_t tag, struct bytes x, struct err *err)
{
	struct der in = der_of(x), inner;
	uint64_t version;

	switch (s->step) {
	case STEP_VERSION:
		if (der_uint(&in, &version) < 0 || version != 1)
			return malformed(
			    "it is no TBSCertList of version 2", err);
		break;
	case STEP_ALG:
		if (tag != DER_SEQUENCE || !der_is_well_formed(x, DEPTH))
			return malformed("its algorithm is malformed", err);
		return keep(&s->alg, x, err);
	case STEP_ISSUER:
		if (tag != DER_SEQUENCE || !der_is_well_formed(x, DEPTH))
			return malformed("its issuer is malformed", err);
		return keep(&s->issuer, x, err);
	case STEP_THIS_UPDATE:
		if (der_time(&in, &s->this_update) < 0)
			return malformed("its times are malformed", err);
		break;
	case STEP_NEXT_UPDATE:
		if (der_time(&in, &s->next_update) < 0 ||
		    s->this_update > s->next_update)
			return malformed("its times are malformed", err);
		break;
	case STEP_ENTRY:
		if (tag != DER_SEQUENCE || !der_is_well_formed(x, DEPTH))
			return malformed("its list is malformed", err);
		break;
	case STEP_EXTENSIONS:
		if (der_next(&in, DER_CONTEXT(0), NULL, &inner) < 0 ||
		    der_sole(der_bytes(inner), DER_SEQUENCE, &in) < 0)
			return malformed("its extensions are malformed", err);
		if (pki_ext_check(der_bytes(in), err) < 0)
			return -1;
		return keep(&s->extensions, der_bytes(in), err);
	case STEP_OUTER:
	case STEP_LIST:
	case STEP_END:
	case STEP_FAILED:
	default:
		return malformed("something follows its extensions", err);
	}
	return 0;
}

/* Heads of which the content comes later: of all, and of the list. */
static bool
opens(struct sign_crl_stream *s, uint8_t tag)
{
	return s->step == STEP_OUTER ||
	       (s->step == STEP_LIST && tag == DER_SEQUENCE);
}

static int
open_element(struct sign_crl_stream *s, uint8_t tag, size_t head, uint64_t len,
    struct err *err)
{
	if (s->step == STEP_OUTER) {
		if (tag != DER_SEQUENCE)
			return malformed(
			    "it is no TBSCertList of version 2", err);
		s->left = len;
		s->step = STEP_VERSION;
		return 0;
	}
	/* An empty list is left out. */
	if (len == 0 || head + len > s->left)
		return malformed("its list is malformed", err);
	s->left -= head;
	s->in_list = len;
	s->step = STEP_ENTRY;
	return 0;
}

/* What comes after the element of `n` bytes. */
static int
go_on(struct sign_crl_stream *s, size_t n, struct err *err)
{
	if (n > s->left || (s->step == STEP_ENTRY && n > s->in_list))
		return malformed("its parts are longer than it", err);
	s->left -= n;
	if (s->step == STEP_ENTRY) {
		s->in_list -= n;
		if (s->in_list == 0)
			s->step = STEP_EXTENSIONS;
	} else {
		s->step++;
	}
	return 0;
}

/* Takes what is whole; *ret_used is how much that was. */
static int
walk(struct sign_crl_stream *s, struct bytes all, size_t *ret_used,
    struct err *err)
{
	struct bytes x = all;
	uint64_t len;
	size_t head;
	uint8_t tag;
	int rc;

	while ((rc = read_head(x, &tag, &head, &len)) > 0) {
		if (opens(s, tag)) {
			if (open_element(s, tag, head, len, err) < 0)
				return -1;
			x = bytes_of(x.p + head, x.n - head);
			continue;
		}
		if (s->step == STEP_LIST)
			s->step = STEP_EXTENSIONS;
		if (head + len > ELEMENT_MAX)
			return malformed("a part of it is too long", err);
		if (head + len > x.n)
			break;
		head += (size_t)len;
		if (take(s, tag, bytes_of(x.p, head), err) < 0 ||
		    go_on(s, head, err) < 0)
			return -1;
		x = bytes_of(x.p + head, x.n - head);
	}
	*ret_used = all.n - x.n;
	return rc < 0 ? malformed("it is no DER", err) : 0;
}

/* --- parts -----------------------------------------------------------------
 */

static int
hash_part(struct sign_crl_stream *s, struct bytes part, struct err *err)
{
	if (s->log && !EVP_DigestUpdate(s->log, part.p, part.n))
		return pki_tools_failed(err, "hashing failed");
	if (s->hash && !EVP_DigestUpdate(s->hash, part.p, part.n))
		return pki_tools_failed(err, "hashing failed");
	s->size += part.n;
	return 0;
}

int
sign_crl_stream_add(
    struct sign_crl_stream *s, struct bytes part, struct err *err)
{
	size_t used = 0;

	if (part.n > SIGN_CRL_PART_MAX)
		return malformed("a part of the list is too long", err);
	if (s->step == STEP_FAILED)
		return malformed("an earlier part was malformed", err);
	if (hash_part(s, part, err) < 0)
		return -1;
	buf_add_bytes(&s->held, part);
	if (buf_check(&s->held, "a part of the list", err) < 0 ||
	    walk(s, buf_bytes(&s->held), &used, err) < 0) {
		s->step = STEP_FAILED;
		return -1;
	}
	memmove(s->held.p, s->held.p + used, s->held.n - used);
	s->held.n -= used;
	return 0;
}

int
sign_crl_stream_end(
    struct sign_crl_stream *s, struct sign_tbs_crl *ret, struct err *err)
{
	struct bytes extensions = buf_bytes(&s->extensions);
	struct pki_ext ext;
	struct der value;

	if (s->step != STEP_END || s->left != 0 || s->held.n != 0)
		return malformed(s->step < STEP_END
				     ? "it is cut off"
				     : "something follows its extensions",
		    err);
	*ret = (struct sign_tbs_crl){ .alg = buf_bytes(&s->alg),
		.issuer = buf_bytes(&s->issuer) };
	if (!pki_ext_find(extensions, PKI_OID_CRL_NUMBER, &ext))
		return malformed("it has no CRL number", err);
	value = der_of(ext.value);
	if (der_uint(&value, &ret->number) < 0 || !der_done(&value))
		return malformed("its CRL number is malformed", err);
	ret->is_delta = pki_ext_find(extensions, PKI_OID_DELTA_CRL, &ext);
	return 0;
}

uint64_t
sign_crl_stream_size(const struct sign_crl_stream *s)
{
	return s->size;
}

int
sign_crl_stream_digests(struct sign_crl_stream *s, uint8_t *ret_log,
    size_t *ret_log_n, uint8_t *ret, size_t *ret_n, struct err *err)
{
	unsigned log_n = 0, n = 0;

	if (!EVP_DigestFinal_ex(s->log, ret_log, &log_n))
		return pki_tools_failed(err, "hashing failed");
	*ret_log_n = log_n;
	if (!s->hash) {
		memcpy(ret, ret_log, log_n);
		*ret_n = log_n;
		return 0;
	}
	if (!EVP_DigestFinal_ex(s->hash, ret, &n))
		return pki_tools_failed(err, "hashing failed");
	*ret_n = n;
	return 0;
}
