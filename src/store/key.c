#include "store/key.h"
#include "store/store_backend.h"

int
store_add_key(struct store_writer *w, uint64_t request, struct bytes hash,
    struct err *err)
{
	if (hash.n != STORE_KEY_HASH)
		return err_set(err, ERR_INVALID, "the hash of a key");
	hash.n = STORE_KEY_PREFIX;
	return w->backend->add_key(w, STORE_KEY_ISSUED, request, hash, err);
}

int
store_block_key(struct store_writer *w, uint64_t request, struct bytes hash,
    struct err *err)
{
	if (hash.n != STORE_KEY_HASH)
		return err_set(err, ERR_INVALID, "the hash of a key");
	return w->backend->add_key(w, STORE_KEY_BLOCKED, request, hash, err);
}

int
store_list_keys(
    struct store_reader *r, store_key_row *row, void *ctx, struct err *err)
{
	return r->backend->list_keys(r, STORE_KEY_ISSUED, row, ctx, err);
}

int
store_list_blocked_keys(
    struct store_reader *r, store_key_row *row, void *ctx, struct err *err)
{
	return r->backend->list_keys(r, STORE_KEY_BLOCKED, row, ctx, err);
}

int
store_find_key(struct store_reader *r, uint64_t request, struct store_key *ret,
    struct err *err)
{
	return r->backend->find_key(r, request, ret, err);
}
