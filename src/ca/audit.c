/* audit.c - the hash chain: canonical bytes, hash, append. */
#include "ca/audit.h"

#include "base/clock.h"
#include "ca/txn.h"

/* Names the form of what is hashed; a new form gets a new word. */
#define FORM          "opencertsrv audit 1"
#define CANONICAL_MAX 65536

static void
put(struct buf *out, struct bytes field)
{
	buf_add_be32(out, (uint32_t)field.n);
	buf_add_bytes(out, field);
}

/* Every field with its length in front: no two records have the same bytes. */
void
ca_audit_canonical(const struct store_audit *a, struct buf *out)
{
	put(out, BYTES_LIT(FORM));
	put(out, bytes_str(a->node));
	buf_add_be64(out, a->sequence);
	buf_add_be64(out, (uint64_t)a->time);
	put(out, bytes_str(a->event));
	put(out, bytes_str(a->actor));
	put(out, bytes_str(a->peer));
	buf_add_be64(out, a->request_id);
	put(out, bytes_str(a->detail));
	put(out, a->serial);
	put(out, a->digest);
	put(out, a->prev);
}

int
ca_audit_hash(struct pki_tools *t, const struct store_audit *a,
    uint8_t ret[CA_AUDIT_HASH], struct err *err)
{
	AUTO_BUF b = BUF_WITH_LIMIT(CANONICAL_MAX);
	size_t n;

	ca_audit_canonical(a, &b);
	if (buf_check(&b, "an audit record", err) < 0)
		return -1;
	return pki_tools_hash(t, PKI_HASH_SHA256, buf_bytes(&b), ret, &n, err);
}

static const char *
text(const char *s)
{
	return s ? s : "";
}

int
ca_audit_add(struct ca_txn *t, const struct ca_audit_event *e, struct err *err)
{
	struct ca_audit_head next = { .sequence = t->head.sequence + 1 };
	struct store_audit a = {
		.node = t->ca->node,
		.sequence = next.sequence,
		.time = clock_now(),
		.event = e->event,
		.actor = text(e->actor),
		.peer = text(e->peer),
		.request_id = e->request_id,
		.detail = text(e->detail),
		.serial = e->serial,
		.digest = e->digest,
		.prev = BYTES_OF(t->head.hash),
		.hash = BYTES_OF(next.hash),
	};

	if (ca_audit_hash(t->tools, &a, next.hash, err) < 0 ||
	    store_append_audit(t->writer, &a, err) < 0)
		return ca_txn_spoilt(err);
	t->head = next;
	return 0;
}
