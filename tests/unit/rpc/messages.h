/* messages.h - every message that our sockets know, by its table, and what may
 * stand in it, made up (the same in every run). */
#pragma once
#include "rpc/arena.h"
#include "rpc/ca_convert.h"
#include "rpc/convert.h"

#include <protobuf-c/protobuf-c.h>

#define MESSAGES_MEMORY RPC_CA_REPLY_MEMORY_MAX

/* Group set-up of a test: finds them. */
int messages_collect(void **state);
size_t messages_number(void);
void messages_each(void (*check)(const struct rpc_convert *c));
void messages_each_field(void (*check)(
    const struct rpc_convert *c, const struct rpc_convert_field *f));
const ProtobufCFieldDescriptor *messages_descriptor(
    const struct rpc_convert *c, const struct rpc_convert_field *f);

uint64_t messages_any(void);
/* A number that the field may have. */
uint32_t messages_any_known(const struct rpc_convert_field *f);
/* Fill a whole struct; lists have at most list_max members. */
void messages_invent(const struct rpc_convert *c, void *plain,
    struct rpc_arena *a, size_t list_max);
