#include "messages.h"
#include "../unit.h"
#include "base/str.h"
#include "rpc/ca_convert.h"
#include "rpc/sign_convert.h"

#define MESSAGES_MAX 128

static const struct rpc_convert *messages[MESSAGES_MAX];
static size_t message_count;

static void
collect(const struct rpc_convert *c)
{
	size_t i;

	for (i = 0; i < message_count; i++)
		if (messages[i] == c)
			return;
	assert_true(message_count < MESSAGES_MAX);
	messages[message_count++] = c;
	for (i = 0; i < c->field_count; i++)
		if (c->fields[i].sub)
			collect(c->fields[i].sub);
}

int
messages_collect(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 256; i++) {
		const struct rpc_ca_convert *c = rpc_ca_convert_find(i);

		if (c) {
			collect(c->ask);
			collect(c->reply);
		}
	}
	collect(&rpc_sign_convert_status_ask);
	collect(&rpc_sign_convert_status);
	collect(&rpc_sign_convert_make_key);
	collect(&rpc_sign_convert_key);
	collect(&rpc_sign_convert_ask);
	collect(&rpc_sign_convert_reply);
	collect(&rpc_sign_convert_log_ask);
	collect(&rpc_sign_convert_log);
	collect(&rpc_sign_convert_install);
	return 0;
}

void
messages_each(void (*check)(const struct rpc_convert *c))
{
	size_t i;

	for (i = 0; i < message_count; i++)
		check(messages[i]);
}

void
messages_each_field(void (*check)(
    const struct rpc_convert *c, const struct rpc_convert_field *f))
{
	size_t i, j;

	for (i = 0; i < message_count; i++)
		for (j = 0; j < messages[i]->field_count; j++)
			check(messages[i], &messages[i]->fields[j]);
}

const ProtobufCFieldDescriptor *
messages_descriptor(
    const struct rpc_convert *c, const struct rpc_convert_field *f)
{
	const ProtobufCFieldDescriptor *d =
	    protobuf_c_message_descriptor_get_field_by_name(
		c->descriptor, f->name);

	if (!d)
		fail_msg("%s has no field %s", c->name, f->name);
	return d;
}

static uint64_t seed = 1;

uint64_t
messages_any(void)
{
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return seed >> 16;
}

static char *
any_text(struct rpc_arena *a, size_t max)
{
	size_t i, n = messages_any() % ((max < 300 ? max : 300) + 1);
	char *s = rpc_arena_alloc(a, n + 1);

	for (i = 0; i < n; i++)
		s[i] = (char)(' ' + messages_any() % 95);
	if (n >= 2 && messages_any() % 2)
		memcpy(s, "\xc3\xa9", 2);
	s[n] = 0;
	return s;
}

uint32_t
messages_any_known(const struct rpc_convert_field *f)
{
	uint32_t v;

	if (!f->known)
		return (uint32_t)messages_any();
	do
		v = (uint32_t)(messages_any() % 1100);
	while (!f->known(v));
	return v;
}

static void
invent_field(const struct rpc_convert_field *f, void *plain,
    struct rpc_arena *a, size_t list_max)
{
	void *at = (uint8_t *)plain + f->plain;
	void *count_at = (uint8_t *)plain + f->plain_count;
	size_t i, n;
	uint8_t *p;

	switch (f->kind) {
	case RPC_CONVERT_TEXT:
	case RPC_CONVERT_PEOPLE:
		*(char **)at = any_text(a, f->max);
		break;
	case RPC_CONVERT_ARRAY:
		assert_true(str_copy(at, f->max + 1, any_text(a, f->max)));
		break;
	case RPC_CONVERT_BYTES:
		n = messages_any() % ((f->max < 300 ? f->max : 300) + 1);
		p = rpc_arena_alloc(a, n);
		for (i = 0; i < n; i++)
			p[i] = (uint8_t)messages_any();
		*(struct bytes *)at = bytes_of(p, n);
		break;
	case RPC_CONVERT_BOOL:
		*(bool *)at = messages_any() % 2;
		break;
	case RPC_CONVERT_U32:
		*(uint32_t *)at = messages_any_known(f);
		break;
	case RPC_CONVERT_U64:
	case RPC_CONVERT_I64:
		*(uint64_t *)at = messages_any() << (messages_any() % 32);
		break;
	case RPC_CONVERT_MESSAGE:
		messages_invent(f->sub, at, a, list_max);
		break;
	case RPC_CONVERT_LIST:
		n = messages_any() % (list_max + 1);
		p = rpc_arena_zalloc(a, n * f->sub->plain_size + 1);
		for (i = 0; i < n; i++)
			messages_invent(
			    f->sub, p + i * f->sub->plain_size, a, list_max);
		*(void **)at = p;
		*(size_t *)count_at = n;
		break;
	}
}

void
messages_invent(const struct rpc_convert *c, void *plain, struct rpc_arena *a,
    size_t list_max)
{
	size_t i;

	for (i = 0; i < c->field_count; i++)
		invent_field(&c->fields[i], plain, a, list_max);
}

size_t
messages_number(void)
{
	return message_count;
}
