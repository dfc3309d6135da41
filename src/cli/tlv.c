#include "cli/tlv.h"

#include "base/str.h"
#include "pki/der.h"

void
cli_tlv(struct buf *out, uint8_t tag, struct bytes content)
{
	uint8_t head[8];
	struct der_back b;

	der_back_init(&b, head, sizeof(head), 0);
	der_back_head(&b, tag, content.n);
	buf_add_bytes(out, der_back_done(&b));
	buf_add_bytes(out, content);
}

void
cli_tlv_oid(struct buf *out, enum pki_oid oid)
{
	cli_tlv(out, DER_OID, pki_oids[oid].der);
}

void
cli_tlv_uint(struct buf *out, uint64_t v)
{
	uint8_t space[16];
	struct der_back b;

	der_back_init(&b, space, sizeof(space), 0);
	der_back_uint(&b, v);
	buf_add_bytes(out, der_back_done(&b));
}

int
cli_tlv_set_new(struct cli_tlv_set **ret, struct err *err)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : err_set(err, ERR_NO_MEMORY, "There is no memory.");
}

void
cli_tlv_set_free(struct cli_tlv_set *s)
{
	size_t i;

	for (i = 0; s && i < s->n; i++)
		buf_clear(&s->elements[i]);
	free(s);
}

struct buf *
cli_tlv_set_next(struct cli_tlv_set *s, size_t max)
{
	if (s->n == CLI_TLV_SET_MAX)
		return NULL;
	buf_init(&s->elements[s->n], max);
	return &s->elements[s->n++];
}

static int
compare(const void *a, const void *b)
{
	struct bytes x = buf_bytes(a), y = buf_bytes(b);
	int c = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);

	return c ? c : x.n < y.n ? -1 : x.n > y.n;
}

void
cli_tlv_set_put(struct buf *out, uint8_t tag, struct cli_tlv_set *s)
{
	AUTO_BUF content = BUF_WITH_LIMIT(out->max);
	size_t i;

	for (i = 0; i < s->n; i++)
		if (buf_failed(&s->elements[i])) {
			out->failed = true;
			return;
		}
	qsort(s->elements, s->n, sizeof(s->elements[0]), compare);
	for (i = 0; i < s->n; i++)
		buf_add_bytes(&content, buf_bytes(&s->elements[i]));
	if (buf_failed(&content))
		out->failed = true;
	cli_tlv(out, tag, buf_bytes(&content));
}

/* The next character of checked UTF-8. */
static uint32_t
next_char(const uint8_t **p)
{
	uint8_t c = *(*p)++;
	unsigned more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	uint32_t v = more ? c & (0x3fu >> more) : c;

	while (more-- > 0)
		v = v << 6 | (*(*p)++ & 0x3fu);
	return v;
}

bool
cli_tlv_bmp(struct buf *out, const char *text)
{
	AUTO_BUF wide = BUF_WITH_LIMIT(8192);
	const uint8_t *p = (const uint8_t *)text;

	if (!str_is_utf8(bytes_str(text)))
		return false;
	while (*p) {
		uint32_t c = next_char(&p);

		if (c > 0xffff)
			return false;
		buf_add_char(&wide, (char)(c >> 8));
		buf_add_char(&wide, (char)(c & 0xff));
	}
	cli_tlv(out, DER_BMP, buf_bytes(&wide));
	return !buf_failed(&wide);
}
