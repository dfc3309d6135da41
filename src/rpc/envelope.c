#include "rpc/envelope.h"

#include "base/str.h"
#include "envelope.pb-c.h"

#include <assert.h>

#define HEAD_MAX (ERR_TEXT_MAX + 64)

/* An error code of a later version is none to refuse: err_code_from(). */
/* clang-format off */
#define ROW(m, kind, max) \
	RPC_ROW(struct rpc_envelope, Wire__Envelope, m, kind, max, NULL)
static const struct rpc_convert_field envelope_fields[] = {
	ROW(id,     U64,    0),
	ROW(method, U32,    0),
	ROW(code,   U32,    0),
	ROW(text,   PEOPLE, ERR_TEXT_MAX - 1),
	ROW(body,   BYTES,  SIZE_MAX), /* the frame's maximum holds */
};

static const struct rpc_convert envelope_convert = {
	"envelope", &wire__envelope__descriptor, sizeof(struct rpc_envelope),
	envelope_fields, ARRAY_LEN(envelope_fields)
};
/* clang-format on */

int
rpc_envelope_parse(struct bytes frame, struct rpc_arena *a,
    struct rpc_envelope *ret, struct err *err)
{
	const void *plain;

	if (rpc_convert_decode(&envelope_convert, frame, a, &plain, err) < 0)
		return -1;
	*ret = *(const struct rpc_envelope *)plain;
	return 0;
}

/* All up to the body. */
static size_t
build_head(const struct rpc_envelope *e, uint8_t dst[HEAD_MAX])
{
	/* body: field 5, length-prefixed; the last field, so that it need not
	 * be copied to be packed. */
	const uint8_t body_tag = 5 << 3 | PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
	Wire__Envelope pb = WIRE__ENVELOPE__INIT;
	struct bytes text = bytes_str(e->text);
	uint64_t v = e->body.n;
	size_t n;

	assert(text.n < ERR_TEXT_MAX);
	pb.id = e->id;
	pb.method = e->method;
	pb.code = e->code;
	pb.text.len = text.n;
	memcpy(&pb.text.data, &text.p, sizeof(pb.text.data));
	n = wire__envelope__pack(&pb, dst);
	if (e->body.n == 0)
		return n;
	dst[n++] = body_tag;
	for (; v >= 0x80; v >>= 7)
		dst[n++] = (uint8_t)(v | 0x80);
	dst[n++] = (uint8_t)v;
	return n;
}

int
rpc_envelope_queue(
    struct rpc_frame *f, const struct rpc_envelope *e, struct err *err)
{
	uint8_t head[HEAD_MAX];
	size_t n = build_head(e, head);

	return rpc_frame_queue(f, bytes_of(head, n), e->body, err);
}

int
rpc_envelope_send(
    struct rpc_frame *f, const struct rpc_envelope *e, struct err *err)
{
	if (rpc_envelope_queue(f, e, err) < 0)
		return -1;
	rpc_frame_flush(f);
	return 0;
}

struct rpc_envelope
rpc_envelope_error(uint64_t id, uint32_t method, const struct err *err)
{
	enum err_code code = err->code == ERR_OK ? ERR_INTERNAL : err->code;

	return (struct rpc_envelope){ .id = id,
		.method = method,
		.code = code,
		/* Cut inside a character by err_set(): not text any more. */
		.text = str_is_utf8(bytes_str(err->text)) ? err->text
							  : err_text(code) };
}

void
rpc_envelope_to_err(const struct rpc_envelope *e, struct err *err)
{
	enum err_code code = err_code_from(e->code);

	(void)err_set(err, code, "%s", e->text[0] ? e->text : err_text(code));
}
