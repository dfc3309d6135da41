#include "store/message.h"
#include "store/store_backend.h"

int
store_add_message(
    struct store_writer *w, struct bytes digest, int64_t time, struct err *err)
{
	if (digest.n != STORE_MESSAGE_DIGEST)
		return err_set(err, ERR_INVALID, "the digest of a message");
	return w->backend->add_message(w, digest, time, err);
}

int
store_find_message(struct store_reader *r, struct bytes digest, bool *ret_used,
    struct err *err)
{
	return r->backend->find_message(r, digest, ret_used, err);
}
