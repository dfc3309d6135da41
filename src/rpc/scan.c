#include "rpc/scan.h"

#include <assert.h>
#include <protobuf-c/protobuf-c.h>

/* Fields of one message: a bit each in `seen`. */
#define SCAN_FIELDS_MAX 64

static bool
read_varint(struct bytes *s, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < s->n && i < 10; i++) {
		uint8_t c = s->p[i];

		if (i == 9 && c > 1)
			return false;
		v |= (uint64_t)(c & 0x7f) << (7 * i);
		if (c < 0x80) {
			*ret = v;
			s->p += i + 1;
			s->n -= i + 1;
			return true;
		}
	}
	return false;
}

/* Only what our messages use; the converters' tables know no other type. */
static ProtobufCWireType
wire_type(const ProtobufCFieldDescriptor *f)
{
	return f->type == PROTOBUF_C_TYPE_BYTES ||
		       f->type == PROTOBUF_C_TYPE_MESSAGE
		   ? PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED
		   : PROTOBUF_C_WIRE_TYPE_VARINT;
}

static bool
fits(ProtobufCType type, uint64_t v)
{
	if (type == PROTOBUF_C_TYPE_UINT32)
		return v <= UINT32_MAX;
	if (type == PROTOBUF_C_TYPE_BOOL)
		return v <= 1;
	return true;
}

static int
scan_value(const ProtobufCMessageDescriptor *d,
    const ProtobufCFieldDescriptor *f, struct bytes *s, struct err *err)
{
	struct bytes inner;
	uint64_t v;

	if (!read_varint(s, &v))
		return err_set(err, ERR_PROTOCOL,
		    "message %s: field %s is cut short", d->short_name,
		    f->name);
	if (wire_type(f) == PROTOBUF_C_WIRE_TYPE_VARINT) {
		if (!fits(f->type, v))
			return err_set(err, ERR_PROTOCOL,
			    "message %s: field %s is out of range",
			    d->short_name, f->name);
		return 0;
	}
	if (v > s->n)
		return err_set(err, ERR_PROTOCOL,
		    "message %s: field %s is cut short", d->short_name,
		    f->name);
	inner = bytes_of(s->p, (size_t)v);
	s->p += v;
	s->n -= (size_t)v;
	/* Ends: no message of ours contains itself. */
	return f->type == PROTOBUF_C_TYPE_MESSAGE
		   ? rpc_scan(f->descriptor, inner, err)
		   : 0;
}

int
rpc_scan(
    const ProtobufCMessageDescriptor *d, struct bytes wire, struct err *err)
{
	uint64_t seen = 0;

	assert(d->n_fields <= SCAN_FIELDS_MAX);
	while (wire.n > 0) {
		const ProtobufCFieldDescriptor *f;
		uint64_t tag, bit;

		if (!read_varint(&wire, &tag) || tag > UINT32_MAX)
			return err_set(err, ERR_PROTOCOL,
			    "message %s: a tag is malformed", d->short_name);
		f = protobuf_c_message_descriptor_get_field(
		    d, (unsigned)(tag >> 3));
		if (!f)
			return err_set(err, ERR_PROTOCOL,
			    "message %s has an unknown field", d->short_name);
		if ((tag & 7) != wire_type(f))
			return err_set(err, ERR_PROTOCOL,
			    "message %s: field %s has the wrong type",
			    d->short_name, f->name);
		bit = UINT64_C(1) << (f - d->fields);
		if ((seen & bit) && f->label != PROTOBUF_C_LABEL_REPEATED)
			return err_set(err, ERR_PROTOCOL,
			    "message %s: field %s was given twice",
			    d->short_name, f->name);
		seen |= bit;
		if (scan_value(d, f, &wire, err) < 0)
			return -1;
	}
	return 0;
}
