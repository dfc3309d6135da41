#include "auth/cache.h"

#include "base/secret.h"
#include "base/thread.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#define KEY_SIZE 32
#define MAC_SIZE 32
#define WAYS     4
#define SETS     (AUTH_CACHE_ENTRIES / WAYS)

struct entry {
	uint8_t mac[MAC_SIZE];
	uint64_t until_us; /* 0: free */
	struct auth_account account;
};

struct auth_cache {
	struct secret *key;
	pthread_mutex_t lock;
	uint64_t version;
	struct entry entries[SETS][WAYS];
};

int
auth_cache_new(struct auth_cache **ret, struct err *err)
{
	struct auth_cache *c = calloc(1, sizeof(*c));

	if (!c)
		return err_set(err, ERR_NO_MEMORY, "no memory for the cache");
	(void)pthread_mutex_init(&c->lock, NULL);
	if (secret_new(KEY_SIZE, &c->key, err) < 0) {
		auth_cache_free(c);
		return -1;
	}
	if (RAND_bytes(secret_mem(c->key), KEY_SIZE) != 1) {
		auth_cache_free(c);
		return err_set(err, ERR_SYSTEM, "no random numbers");
	}
	*ret = c;
	return 0;
}

void
auth_cache_free(struct auth_cache *c)
{
	if (!c)
		return;
	secret_free(c->key);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

/* Name NUL password: a name holds no NUL, so that no two pairs meet. */
static bool
mac_of(struct auth_cache *c, const struct auth_basic *b, uint8_t *ret)
{
	uint8_t text[IDENTITY_NAME_MAX + AUTH_PASSWORD_MAX];
	size_t n = strlen(b->name) + 1;
	bool ok;

	memcpy(text, b->name, n);
	memcpy(text + n, b->password, b->password_n);
	n += b->password_n;
	ok = HMAC(EVP_sha256(), secret_bytes(c->key).p, KEY_SIZE, text, n, ret,
		 NULL) != NULL;
	secret_wipe(text, sizeof(text));
	return ok;
}

static struct entry *
set_of(struct auth_cache *c, const uint8_t *mac)
{
	return c->entries[(mac[0] | mac[1] << 8) % SETS];
}

bool
auth_cache_find(struct auth_cache *c, const struct auth_basic *b,
    uint64_t now_us, struct auth_account *ret)
{
	uint8_t mac[MAC_SIZE];
	struct entry *set;
	bool found = false;
	size_t i;

	if (!mac_of(c, b, mac))
		return false;
	thread_lock(&c->lock);
	set = set_of(c, mac);
	for (i = 0; i < WAYS && !found; i++) {
		found = set[i].until_us > now_us &&
			set[i].account.user_version == c->version &&
			secret_eq(BYTES_OF(set[i].mac), BYTES_OF(mac));
		if (found)
			*ret = set[i].account;
	}
	thread_unlock(&c->lock);
	return found;
}

void
auth_cache_add(struct auth_cache *c, const struct auth_basic *b,
    uint64_t now_us, const struct auth_account *account)
{
	uint8_t mac[MAC_SIZE];
	struct entry *set, *e;
	size_t i;

	if (!mac_of(c, b, mac))
		return;
	thread_lock(&c->lock);
	if (account->user_version > c->version)
		c->version = account->user_version;
	set = set_of(c, mac);
	for (i = 1, e = set; i < WAYS; i++)
		if (set[i].until_us < e->until_us)
			e = &set[i];
	memcpy(e->mac, mac, sizeof(mac));
	e->until_us = now_us + AUTH_CACHE_SECONDS * UINT64_C(1000000);
	e->account = *account;
	thread_unlock(&c->lock);
}

void
auth_cache_version(struct auth_cache *c, uint64_t user_version)
{
	thread_lock(&c->lock);
	c->version = user_version;
	thread_unlock(&c->lock);
}
