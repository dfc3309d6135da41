#include "ca/verify_table.h"

#include <stdlib.h>

static struct ca_verify_signature *
slot_of(struct ca_verify_signature *list, uint64_t size, const uint8_t *key)
{
	uint64_t h;

	memcpy(&h, key, sizeof(h));
	for (;; h++) {
		struct ca_verify_signature *e = &list[h & (size - 1)];

		if (e->sequence == 0 || memcmp(e->key, key, CA_VERIFY_KEY) == 0)
			return e;
	}
}

static int
grow(struct ca_verify_table *t, struct err *err)
{
	uint64_t size = t->size ? t->size * 2 : 1024;
	struct ca_verify_signature *list;

	if (size > CA_VERIFY_MAX * 2)
		return err_set(err, ERR_TOO_LARGE,
		    "more signatures than can be compared at once");
	list = calloc(size, sizeof(*list));
	if (!list)
		return err_set(err, ERR_NO_MEMORY, "comparing signatures");
	for (uint64_t i = 0; i < t->size; i++)
		if (t->list[i].sequence)
			*slot_of(list, size, t->list[i].key) = t->list[i];
	free(t->list);
	t->list = list;
	t->size = size;
	return 0;
}

int
ca_verify_table_add(struct ca_verify_table *t, struct bytes digest,
    uint64_t sequence, struct err *err)
{
	struct ca_verify_signature *e;

	if (digest.n < CA_VERIFY_KEY)
		return 0;
	if (t->used * 2 >= t->size && grow(t, err) < 0)
		return -1;
	e = slot_of(t->list, t->size, digest.p);
	if (e->sequence == 0)
		t->used++;
	memcpy(e->key, digest.p, CA_VERIFY_KEY);
	e->sequence = sequence;
	return 0;
}

struct ca_verify_signature *
ca_verify_table_find(const struct ca_verify_table *t, struct bytes digest)
{
	struct ca_verify_signature *e;

	if (t->size == 0 || digest.n < CA_VERIFY_KEY)
		return NULL;
	e = slot_of(t->list, t->size, digest.p);
	return e->sequence ? e : NULL;
}

void
ca_verify_table_clear(struct ca_verify_table *t)
{
	free(t->list);
	*t = (struct ca_verify_table){ 0 };
}
