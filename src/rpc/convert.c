#include "rpc/convert.h"

#include "base/str.h"
#include "rpc/scan.h"

#include <assert.h>
#include <protobuf-c/protobuf-c.h>

/* What stands where a text ends that was too long or not text. */
#define CUT_MARK     "\xe2\x80\xa6" /* an ellipsis */
#define NOT_TEXT     "(not readable as text)"
#define NO_MEMORY_AS "message %s needs more memory than allowed"

static int
too_long(const struct rpc_convert *c, const struct rpc_convert_field *f,
    struct err *err)
{
	return err_set(err, ERR_TOO_LARGE,
	    "message %s: field %s is larger than %zu", c->name, f->name,
	    f->max);
}

static int
not_valid(const struct rpc_convert *c, const struct rpc_convert_field *f,
    const char *why, struct err *err)
{
	return err_set(err, ERR_PROTOCOL, "message %s: field %s %s", c->name,
	    f->name, why);
}

/* The checks that both directions make on what is text, bytes or a number;
 * a sender learns of its mistake before the peer does. */
static int
check_text(const struct rpc_convert *c, const struct rpc_convert_field *f,
    struct bytes s, struct err *err)
{
	if (s.n > f->max)
		return too_long(c, f, err);
	if (f->kind == RPC_CONVERT_ARRAY ? !str_is_printable(s)
					 : !str_is_utf8(s))
		return not_valid(c, f, "is not valid UTF-8 text", err);
	return 0;
}

static int
check_u32(const struct rpc_convert *c, const struct rpc_convert_field *f,
    uint32_t v, struct err *err)
{
	if (f->known && !f->known(v))
		return not_valid(c, f, "has an unknown value", err);
	return 0;
}

/* --- plain to wire ----------------------------------------------------- */

static int fill(const struct rpc_convert *c, const void *plain, void *pb,
    struct rpc_arena *a, struct err *err);

/* protobuf-c only reads through it while packing. */
static void
lend(ProtobufCBinaryData *dst, struct bytes src)
{
	dst->len = src.n;
	memcpy(&dst->data, &src.p, sizeof(dst->data));
}

/* Cut between characters; one row's text must not spoil a whole list. */
static int
fill_people(const struct rpc_convert_field *f, struct bytes s,
    ProtobufCBinaryData *dst, struct rpc_arena *a)
{
	size_t mark = sizeof(CUT_MARK) - 1;
	size_t n;
	uint8_t *p;

	if (!str_is_utf8(s))
		s = BYTES_LIT(NOT_TEXT);
	if (s.n <= f->max) {
		lend(dst, s);
		return 0;
	}
	n = f->max - mark;
	while (n > 0 && (s.p[n] & 0xc0) == 0x80)
		n--;
	p = rpc_arena_alloc(a, n + mark);
	if (!p)
		return -1;
	memcpy(p, s.p, n);
	memcpy(p + n, CUT_MARK, mark);
	lend(dst, bytes_of(p, n + mark));
	return 0;
}

static int
fill_list(const struct rpc_convert *c, const struct rpc_convert_field *f,
    const void *plain, void *pb, struct rpc_arena *a, struct err *err)
{
	const struct rpc_convert *sub = f->sub;
	const void *count_at = (const uint8_t *)plain + f->plain_count;
	const void *list_at = (const uint8_t *)plain + f->plain;
	void *pb_count_at = (uint8_t *)pb + f->pb_count;
	void *pb_list_at = (uint8_t *)pb + f->pb;
	size_t size = sub->descriptor->sizeof_message;
	size_t i, n = *(const size_t *)count_at;
	const uint8_t *from = *(const uint8_t *const *)list_at;
	uint8_t *mem;
	void **list;

	if (n > f->max)
		return too_long(c, f, err);
	if (n == 0)
		return 0;
	list = rpc_arena_alloc(a, n * sizeof(*list));
	mem = rpc_arena_alloc(a, n * size);
	if (!list || !mem)
		return err_set(err, ERR_TOO_LARGE, NO_MEMORY_AS, c->name);
	for (i = 0; i < n; i++) {
		list[i] = mem + i * size;
		if (fill(sub, from + i * sub->plain_size, list[i], a, err) < 0)
			return -1;
	}
	*(size_t *)pb_count_at = n;
	*(void ***)pb_list_at = list;
	return 0;
}

static int
fill_message(const struct rpc_convert *c, const struct rpc_convert_field *f,
    const void *from, void *to, struct rpc_arena *a, struct err *err)
{
	void *pb = rpc_arena_alloc(a, f->sub->descriptor->sizeof_message);

	if (!pb)
		return err_set(err, ERR_TOO_LARGE, NO_MEMORY_AS, c->name);
	*(void **)to = pb;
	return fill(f->sub, from, pb, a, err);
}

static int
fill_field(const struct rpc_convert *c, const struct rpc_convert_field *f,
    const void *plain, void *pb, struct rpc_arena *a, struct err *err)
{
	const void *from = (const uint8_t *)plain + f->plain;
	void *to = (uint8_t *)pb + f->pb;
	struct bytes s;

	switch (f->kind) {
	case RPC_CONVERT_TEXT:
	case RPC_CONVERT_ARRAY:
		s = bytes_str(f->kind == RPC_CONVERT_ARRAY
				  ? (const char *)from
				  : *(const char *const *)from);
		lend(to, s);
		return check_text(c, f, s, err);
	case RPC_CONVERT_PEOPLE:
		if (fill_people(
			f, bytes_str(*(const char *const *)from), to, a) < 0)
			return err_set(
			    err, ERR_TOO_LARGE, NO_MEMORY_AS, c->name);
		return 0;
	case RPC_CONVERT_BYTES:
		s = *(const struct bytes *)from;
		lend(to, s);
		return s.n > f->max ? too_long(c, f, err) : 0;
	case RPC_CONVERT_BOOL:
		*(protobuf_c_boolean *)to = *(const bool *)from;
		return 0;
	case RPC_CONVERT_U32:
		*(uint32_t *)to = *(const uint32_t *)from;
		return check_u32(c, f, *(uint32_t *)to, err);
	case RPC_CONVERT_U64:
	case RPC_CONVERT_I64:
		memcpy(to, from, sizeof(uint64_t));
		return 0;
	case RPC_CONVERT_MESSAGE:
		return fill_message(c, f, from, to, a, err);
	case RPC_CONVERT_LIST:
		return fill_list(c, f, plain, pb, a, err);
	}
	assert(false); /* every kind has a case */
	return -1;
}

static int
fill(const struct rpc_convert *c, const void *plain, void *pb,
    struct rpc_arena *a, struct err *err)
{
	size_t i;

	protobuf_c_message_init(c->descriptor, pb);
	for (i = 0; i < c->field_count; i++)
		if (fill_field(c, &c->fields[i], plain, pb, a, err) < 0)
			return -1;
	return 0;
}

int
rpc_convert_encode(const struct rpc_convert *c, const void *plain,
    struct rpc_arena *a, struct bytes *ret, struct err *err)
{
	void *pb = rpc_arena_alloc(a, c->descriptor->sizeof_message);
	uint8_t *out;
	size_t n;

	if (!pb)
		return err_set(err, ERR_TOO_LARGE, NO_MEMORY_AS, c->name);
	if (fill(c, plain, pb, a, err) < 0)
		return -1;
	n = protobuf_c_message_get_packed_size(pb);
	out = rpc_arena_alloc(a, n);
	if (!out)
		return err_set(err, ERR_TOO_LARGE, NO_MEMORY_AS, c->name);
	*ret = bytes_of(out, protobuf_c_message_pack(pb, out));
	assert(ret->n == n);
	return 0;
}

/* --- wire to plain ----------------------------------------------------- */

static int read_into(const struct rpc_convert *c, const void *pb, void *plain,
    struct rpc_arena *a, struct err *err);

static int
read_text(const struct rpc_convert *c, const struct rpc_convert_field *f,
    const ProtobufCBinaryData *from, void *to, struct err *err)
{
	struct bytes s = bytes_of(from->data, from->len);

	if (check_text(c, f, s, err) < 0)
		return -1;
	if (f->kind == RPC_CONVERT_ARRAY) {
		if (!str_from_bytes(to, f->max + 1, s))
			return not_valid(c, f, "is not text", err);
		return 0;
	}
	/* The arena put a NUL behind it. */
	*(const char **)to = s.n ? (const char *)s.p : "";
	return 0;
}

static int
read_list(const struct rpc_convert *c, const struct rpc_convert_field *f,
    const void *pb, void *plain, struct rpc_arena *a, struct err *err)
{
	const void *pb_count_at = (const uint8_t *)pb + f->pb_count;
	const void *pb_list_at = (const uint8_t *)pb + f->pb;
	void *count_at = (uint8_t *)plain + f->plain_count;
	void *list_at = (uint8_t *)plain + f->plain;
	size_t i, n = *(const size_t *)pb_count_at;
	void *const *from = *(void *const *const *)pb_list_at;
	uint8_t *to;

	if (n > f->max)
		return too_long(c, f, err);
	if (n == 0)
		return 0;
	to = rpc_arena_zalloc(a, n * f->sub->plain_size);
	if (!to)
		return err_set(err, ERR_TOO_LARGE, NO_MEMORY_AS, c->name);
	for (i = 0; i < n; i++)
		if (read_into(f->sub, from[i], to + i * f->sub->plain_size, a,
			err) < 0)
			return -1;
	*(size_t *)count_at = n;
	*(void **)list_at = to;
	return 0;
}

static int
read_field(const struct rpc_convert *c, const struct rpc_convert_field *f,
    const void *pb, void *plain, struct rpc_arena *a, struct err *err)
{
	const void *from = (const uint8_t *)pb + f->pb;
	void *to = (uint8_t *)plain + f->plain;
	const ProtobufCBinaryData *data = from;

	switch (f->kind) {
	case RPC_CONVERT_TEXT:
	case RPC_CONVERT_PEOPLE:
	case RPC_CONVERT_ARRAY:
		return read_text(c, f, data, to, err);
	case RPC_CONVERT_BYTES:
		*(struct bytes *)to = bytes_of(data->data, data->len);
		return data->len > f->max ? too_long(c, f, err) : 0;
	case RPC_CONVERT_BOOL:
		*(bool *)to = *(const protobuf_c_boolean *)from != 0;
		return 0;
	case RPC_CONVERT_U32:
		*(uint32_t *)to = *(const uint32_t *)from;
		return check_u32(c, f, *(uint32_t *)to, err);
	case RPC_CONVERT_U64:
	case RPC_CONVERT_I64:
		memcpy(to, from, sizeof(uint64_t));
		return 0;
	case RPC_CONVERT_MESSAGE:
		return read_into(f->sub, *(void *const *)from, to, a, err);
	case RPC_CONVERT_LIST:
		return read_list(c, f, pb, plain, a, err);
	}
	assert(false); /* every kind has a case */
	return -1;
}

/* pb may be NULL: a message that was not sent has every default, and is still
 * held to the tables (a required enum has no zero). */
static int
read_into(const struct rpc_convert *c, const void *pb, void *plain,
    struct rpc_arena *a, struct err *err)
{
	size_t i;

	if (!pb) {
		void *empty = rpc_arena_alloc(a, c->descriptor->sizeof_message);

		if (!empty)
			return err_set(
			    err, ERR_TOO_LARGE, NO_MEMORY_AS, c->name);
		protobuf_c_message_init(c->descriptor, empty);
		pb = empty;
	}
	for (i = 0; i < c->field_count; i++)
		if (read_field(c, &c->fields[i], pb, plain, a, err) < 0)
			return -1;
	return 0;
}

int
rpc_convert_decode(const struct rpc_convert *c, struct bytes wire,
    struct rpc_arena *a, const void **ret, struct err *err)
{
	ProtobufCMessage *pb;
	void *plain;

	if (rpc_scan(c->descriptor, wire, err) < 0)
		return -1;
	pb = protobuf_c_message_unpack(
	    c->descriptor, rpc_arena_allocator(a), wire.n, wire.p);
	if (!pb)
		return err_set(err, ERR_PROTOCOL,
		    "message %s cannot be read or needs more memory than "
		    "allowed",
		    c->name);
	plain = rpc_arena_zalloc(a, c->plain_size);
	if (!plain)
		return err_set(err, ERR_TOO_LARGE, NO_MEMORY_AS, c->name);
	if (read_into(c, pb, plain, a, err) < 0)
		return -1;
	*ret = plain;
	return 0;
}
