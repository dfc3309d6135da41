#include "auth/auth.h"

#include "base/clock.h"

struct auth {
	struct auth_options options;
	struct auth_cache *cache;
	struct auth_limit *limit;
};

int
auth_new(const struct auth_options *options, struct auth **ret, struct err *err)
{
	AUTO(auth) a = calloc(1, sizeof(*a));

	if (!a)
		return err_set(err, ERR_NO_MEMORY, "no memory for sign-in");
	a->options = *options;
	if (auth_cache_new(&a->cache, err) < 0 ||
	    auth_limit_new(&a->limit, err) < 0)
		return -1;
	*ret = TAKE(a);
	return 0;
}

void
auth_free(struct auth *a)
{
	if (!a)
		return;
	auth_cache_free(a->cache);
	auth_limit_free(a->limit);
	free(a);
}

static void
succeed(const struct auth *a, const struct auth_account *account,
    struct auth_answer *ret)
{
	if (!identity_set(&ret->identity, IDENTITY_REALM_LOCAL, account->name,
		IDENTITY_BASIC, clock_now())) {
		ret->status = AUTH_UNAVAILABLE;
		(void)err_set(&ret->why, ERR_PROTOCOL,
		    "The certification authority gave no usable name.");
		return;
	}
	ret->roles = account->roles & a->options.known_roles;
	ret->per_request = true;
	ret->status = AUTH_OK;
}

static void
fail(struct auth *a, const char *address, const char *name, uint64_t now_us,
    struct auth_answer *ret)
{
	if (ret->why.code != ERR_UNAUTHENTICATED) {
		ret->status = AUTH_UNAVAILABLE;
		return;
	}
	auth_limit_failed(a->limit, address, name, now_us);
	ret->status = AUTH_WRONG;
}

static void
by_password(struct auth *a, const struct auth_basic *b, const char *address,
    struct auth_answer *ret)
{
	uint64_t now_us = clock_monotonic_us();
	struct auth_account account = { .roles = 0 };

	/* A password known to be right is not kept waiting by others who
	 * guess at the same name. */
	if (auth_cache_find(a->cache, b, now_us, &account)) {
		succeed(a, &account, ret);
		return;
	}
	ret->retry_after = auth_limit_wait(a->limit, address, b->name, now_us);
	if (ret->retry_after) {
		ret->status = AUTH_SLOW_DOWN;
		(void)err_set(&ret->why, ERR_BUSY,
		    "There were too many wrong passwords.");
		return;
	}
	if (a->options.verify(a->options.ctx, b, address, &account, &ret->why) <
	    0) {
		fail(a, address, b->name, now_us, ret);
		return;
	}
	auth_cache_add(a->cache, b, now_us, &account);
	succeed(a, &account, ret);
}

void
auth_identify(
    struct auth *a, const struct fcgi_request *request, struct auth_answer *ret)
{
	const char *address = request->remote_addr ? request->remote_addr : "";
	AUTO_BASIC b;

	memset(ret, 0, sizeof(*ret));
	switch (auth_basic_parse(request->authorization, &b, &ret->why)) {
	case AUTH_BASIC_NONE:
		ret->status = AUTH_NOBODY;
		break;
	case AUTH_BASIC_REFUSED:
		ret->status = AUTH_WRONG;
		break;
	case AUTH_BASIC_FOUND:
		by_password(a, &b, address, ret);
		break;
	}
}

void
auth_user_version(struct auth *a, uint64_t version)
{
	auth_cache_version(a->cache, version);
}
