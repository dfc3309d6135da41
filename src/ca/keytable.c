#include "ca/keytable.h"

#include <assert.h>
#include <stdlib.h>

#define PARTS      256
#define PLACES_MIN 64 /* of a part; a power of two */
#define HANDFUL    64

struct place {
	uint32_t tag;     /* of the hash */
	uint32_t request; /* 0: free */
};

struct part {
	struct place *places;
	uint32_t size; /* a power of two, or 0 */
	uint32_t used, reserved;
};

/* Of one part, on its way there while a table is loaded. */
struct handful {
	uint32_t n;
	struct place places[HANDFUL];
};

struct ca_keytable {
	size_t count, reserved;
	struct part parts[PARTS];
	struct handful *loading; /* PARTS of them, or NULL */
};

/* The first byte of the hash is the part, the next four are the tag. */
static uint32_t
tag_of(const uint8_t *hash)
{
	return (uint32_t)hash[1] << 24 | (uint32_t)hash[2] << 16 |
	       (uint32_t)hash[3] << 8 | hash[4];
}

/* Of the tag alone, because a place that moves has nothing else. */
static uint32_t
start_of(uint32_t tag, uint32_t size)
{
	return (tag * 2654435769U >> 8) & (size - 1);
}

int
ca_keytable_new(struct ca_keytable **ret, struct err *err)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : err_set(err, ERR_NO_MEMORY, "the table of keys");
}

void
ca_keytable_free(struct ca_keytable *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < PARTS; i++)
		free(t->parts[i].places);
	free(t->loading);
	free(t);
}

static void
put(struct part *p, uint32_t tag, uint32_t request)
{
	uint32_t at = start_of(tag, p->size);

	while (p->places[at].request != 0)
		at = (at + 1) & (p->size - 1);
	p->places[at] = (struct place){ tag, request };
	p->used++;
}

static int
grow(struct part *p, struct err *err)
{
	struct part bigger = { .size = p->size ? p->size * 2 : PLACES_MIN,
		.reserved = p->reserved };

	bigger.places = calloc(bigger.size, sizeof(*bigger.places));
	if (!bigger.places)
		return err_set(err, ERR_NO_MEMORY, "the table of keys");
	for (uint32_t i = 0; i < p->size; i++)
		if (p->places[i].request != 0)
			put(&bigger, p->places[i].tag, p->places[i].request);
	free(p->places);
	*p = bigger;
	return 0;
}

int
ca_keytable_reserve(struct ca_keytable *t, const uint8_t *hash, struct err *err)
{
	struct part *p = &t->parts[hash[0]];

	if (t->count + t->reserved >= CA_KEYS_MAX)
		return err_set(err, ERR_LIMIT,
		    "This CA has certified %u keys, more than it can keep in "
		    "mind. Nothing was kept. Tell the administrator.",
		    CA_KEYS_MAX);
	if (p->used + p->reserved + 1 > p->size / 4 * 3 && grow(p, err) < 0)
		return -1;
	p->reserved++;
	t->reserved++;
	return 0;
}

void
ca_keytable_unreserve(struct ca_keytable *t, const uint8_t *hash)
{
	assert(t->parts[hash[0]].reserved > 0);
	t->parts[hash[0]].reserved--;
	t->reserved--;
}

void
ca_keytable_add(struct ca_keytable *t, const uint8_t *hash, uint32_t request)
{
	assert(request != 0);
	ca_keytable_unreserve(t, hash);
	put(&t->parts[hash[0]], tag_of(hash), request);
	t->count++;
}

/* --- loading ------------------------------------------------------------ */

/* The places are fetched together, so that the waits for memory overlap. */
static int
put_handful(struct ca_keytable *t, size_t part, struct err *err)
{
	struct handful *h = &t->loading[part];
	struct part *p = &t->parts[part];
	const uint8_t hash[] = { (uint8_t)part };

	for (uint32_t i = 0; i < h->n; i++)
		if (ca_keytable_reserve(t, hash, err) < 0)
			return -1;
	for (uint32_t i = 0; i < h->n; i++)
		__builtin_prefetch(
		    &p->places[start_of(h->places[i].tag, p->size)], 1);
	for (uint32_t i = 0; i < h->n; i++) {
		ca_keytable_unreserve(t, hash);
		put(p, h->places[i].tag, h->places[i].request);
		t->count++;
	}
	h->n = 0;
	return 0;
}

static int
end_loading(struct ca_keytable *t, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; t->loading && rc == 0 && i < PARTS; i++)
		rc = put_handful(t, i, err);
	free(t->loading);
	t->loading = NULL;
	return rc;
}

int
ca_keytable_load(struct ca_keytable *t, const uint8_t *hash, uint32_t request,
    struct err *err)
{
	struct handful *h;

	if (!hash)
		return end_loading(t, err);
	assert(request != 0);
	if (!t->loading)
		t->loading = calloc(PARTS, sizeof(*t->loading));
	if (!t->loading)
		return err_set(err, ERR_NO_MEMORY, "the table of keys");
	h = &t->loading[hash[0]];
	h->places[h->n++] = (struct place){ tag_of(hash), request };
	return h->n == HANDFUL ? put_handful(t, hash[0], err) : 0;
}

size_t
ca_keytable_find(const struct ca_keytable *t, const uint8_t *hash,
    uint32_t ret[CA_KEY_FOUND_MAX])
{
	const struct part *p = &t->parts[hash[0]];
	uint32_t tag = tag_of(hash), at;
	size_t n = 0;

	if (p->size == 0)
		return 0;
	for (at = start_of(tag, p->size);
	     p->places[at].request != 0 && n < CA_KEY_FOUND_MAX;
	     at = (at + 1) & (p->size - 1))
		if (p->places[at].tag == tag)
			ret[n++] = p->places[at].request;
	return n;
}

size_t
ca_keytable_count(const struct ca_keytable *t)
{
	return t->count;
}
