#include "auth/limit.h"

#include "base/bytes.h"
#include "base/str.h"
#include "base/thread.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#define WAYS      4
#define SETS      (AUTH_LIMIT_ENTRIES / WAYS)
#define SECOND    UINT64_C(1000000)
#define SALT_SIZE 16
#define KEY_SIZE  16
#define TEXT_MAX  256

struct bucket {
	uint8_t key[KEY_SIZE];
	uint64_t full_us; /* when the bucket will be full again */
	uint64_t open_us; /* when the next try is let through */
	unsigned strikes; /* failures while it was empty */
};

enum kind { BY_ADDRESS, BY_NAME, KINDS };

static const unsigned longest_wait[KINDS] = {
	[BY_ADDRESS] = AUTH_LIMIT_ADDRESS_WAIT,
	[BY_NAME] = AUTH_LIMIT_NAME_WAIT,
};

struct auth_limit {
	/* Which names share a set must not be computable from outside. */
	uint8_t salt[SALT_SIZE];
	pthread_mutex_t lock;
	struct bucket buckets[KINDS][SETS][WAYS];
};

int
auth_limit_new(struct auth_limit **ret, struct err *err)
{
	struct auth_limit *l = calloc(1, sizeof(*l));

	if (!l)
		return err_set(err, ERR_NO_MEMORY, "no memory for limits");
	(void)pthread_mutex_init(&l->lock, NULL);
	if (RAND_bytes(l->salt, sizeof(l->salt)) != 1) {
		auth_limit_free(l);
		return err_set(err, ERR_SYSTEM, "no random numbers");
	}
	*ret = l;
	return 0;
}

void
auth_limit_free(struct auth_limit *l)
{
	if (!l)
		return;
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}

/* What is counted together: a name without regard to case, an IPv4 address,
 * the network half of an IPv6 address. */
static void
key_of(const struct auth_limit *l, enum kind kind, const char *text,
    uint8_t ret[KEY_SIZE])
{
	uint8_t in[SALT_SIZE + TEXT_MAX], hash[SHA256_DIGEST_LENGTH];
	struct in6_addr v6;
	char lower[TEXT_MAX];
	size_t n = SALT_SIZE;

	memcpy(in, l->salt, SALT_SIZE);
	if (kind == BY_ADDRESS && text && inet_pton(AF_INET6, text, &v6) == 1) {
		memcpy(in + n, &v6, 8);
		n += 8;
	} else if (text && str_lower(lower, sizeof(lower), text)) {
		memcpy(in + n, lower, strlen(lower));
		n += strlen(lower);
	}
	(void)SHA256(in, n, hash);
	memcpy(ret, hash, KEY_SIZE);
}

static struct bucket *
set_of(struct auth_limit *l, enum kind kind, const uint8_t *key)
{
	return l->buckets[kind][(key[0] | key[1] << 8) % SETS];
}

static struct bucket *
find(struct auth_limit *l, enum kind kind, const uint8_t *key)
{
	struct bucket *set = set_of(l, kind, key);
	size_t i;

	for (i = 0; i < WAYS; i++)
		if (memcmp(set[i].key, key, KEY_SIZE) == 0)
			return &set[i];
	return NULL;
}

/* The one with this key, or the one that matters least, made ready. */
static struct bucket *
find_or_make(struct auth_limit *l, enum kind kind, const uint8_t *key)
{
	struct bucket *set = set_of(l, kind, key);
	struct bucket *b = find(l, kind, key);
	size_t i;

	if (b)
		return b;
	for (i = 1, b = set; i < WAYS; i++)
		if (set[i].full_us < b->full_us)
			b = &set[i];
	memset(b, 0, sizeof(*b));
	memcpy(b->key, key, KEY_SIZE);
	return b;
}

static void
count(struct bucket *b, unsigned longest, uint64_t now_us)
{
	const uint64_t whole = AUTH_LIMIT_BURST * AUTH_LIMIT_REFILL * SECOND;
	uint64_t wait;

	if (b->full_us <= now_us) {
		b->full_us = now_us;
		b->strikes = 0;
	}
	b->full_us += AUTH_LIMIT_REFILL * SECOND;
	if (b->full_us - now_us <= whole)
		return;
	b->full_us = now_us + whole;
	if (b->strikes < 16)
		b->strikes++;
	wait = UINT64_C(1) << (b->strikes - 1);
	b->open_us = now_us + (wait < longest ? wait : longest) * SECOND;
}

unsigned
auth_limit_wait(struct auth_limit *l, const char *address, const char *name,
    uint64_t now_us)
{
	const char *const texts[KINDS] = { address, name };
	uint64_t open_us = 0;
	uint8_t key[KEY_SIZE];
	const struct bucket *b;
	int kind;

	thread_lock(&l->lock);
	for (kind = 0; kind < KINDS; kind++) {
		key_of(l, (enum kind)kind, texts[kind], key);
		b = find(l, (enum kind)kind, key);
		if (b && b->open_us > open_us)
			open_us = b->open_us;
	}
	thread_unlock(&l->lock);
	if (open_us <= now_us)
		return 0;
	return (unsigned)((open_us - now_us + SECOND - 1) / SECOND);
}

void
auth_limit_failed(struct auth_limit *l, const char *address, const char *name,
    uint64_t now_us)
{
	const char *const texts[KINDS] = { address, name };
	uint8_t key[KEY_SIZE];
	int kind;

	thread_lock(&l->lock);
	for (kind = 0; kind < KINDS; kind++) {
		key_of(l, (enum kind)kind, texts[kind], key);
		count(find_or_make(l, (enum kind)kind, key), longest_wait[kind],
		    now_us);
	}
	thread_unlock(&l->lock);
}
