/* Passwords are kept as yescrypt hashes (crypt(5)) that only the CA sees. A
 * check costs about 30 ms of CPU and runs on the password pool. */
#include "ca/user.h"

#include "base/secret.h"
#include "base/str.h"
#include "ca/account.h"
#include "ca/handlers.h"
#include "ca/permission_entry.h"

#include <assert.h>
#include <crypt.h>
#include <stdio.h>

static_assert(CA_USER_HASH_MAX >= CRYPT_OUTPUT_SIZE, "a hash fits");

#define PASSWORD_MIN  8
#define PASSWORD_MAX  511 /* CRYPT_MAX_PASSPHRASE_SIZE without the NUL */
#define YESCRYPT_COST 5   /* Debian's default: about 28 ms */

/* Checked when the name is unknown or has no password, so that the time taken
 * does not tell. The hash of a password nobody knows. */
static const char dummy_hash[] = "$y$j9T$kuhwxJHXuX4.9p9Vg8z401$J"
				 "6GqK1Z6udUw2Du.7YsWeNPrVinXNgug4HgyNUCiT85";

static bool
password_matches(const char *hash, struct bytes password)
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	AUTO(secret) phrase = NULL;
	bool good = false;
	const char *out;

	if (!data)
		return false;
	if (password.n > 0 && password.n <= PASSWORD_MAX &&
	    !memchr(password.p, 0, password.n) &&
	    secret_copy(password, &phrase, NULL) == 0) {
		out = crypt_r((const char *)secret_mem(phrase), hash, data);
		good = out && out[0] != '*' &&
		       secret_eq(bytes_str(out), bytes_str(hash));
	}
	secret_wipe(data, sizeof(*data));
	free(data);
	return good;
}

int
ca_user_hash(struct bytes password, char dst[CA_USER_HASH_MAX], struct err *err)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	AUTO(secret) phrase = NULL;
	struct crypt_data *data;
	const char *out;
	bool good;

	if (password.n < PASSWORD_MIN || password.n > PASSWORD_MAX)
		return err_set(err, ERR_INVALID,
		    "A password has between %d and %d characters.",
		    PASSWORD_MIN, PASSWORD_MAX);
	if (memchr(password.p, 0, password.n))
		return err_set(
		    err, ERR_INVALID, "A password cannot contain a zero byte.");
	if (!crypt_gensalt_rn(
		"$y$", YESCRYPT_COST, NULL, 0, setting, sizeof(setting)))
		return err_errno(err, "salt for a password");
	if (secret_copy(password, &phrase, err) < 0)
		return -1;
	data = calloc(1, sizeof(*data));
	if (!data)
		return err_set(err, ERR_NO_MEMORY, "hashing a password");
	out = crypt_r((const char *)secret_mem(phrase), setting, data);
	good = out && out[0] != '*' && str_copy(dst, CA_USER_HASH_MAX, out);
	secret_wipe(data, sizeof(*data));
	free(data);
	return good ? 0
		    : err_set(err, ERR_INTERNAL, "a password was not hashed");
}

/* The enabled account with this password. */
static int
check_password(struct store_reader *r, const char *name, struct bytes password,
    struct store_user **ret, struct err *err)
{
	AUTO(store_user) user = NULL;
	bool usable, good;

	if (store_find_user(r, name, &user, err) < 0 &&
	    err->code != ERR_NOT_FOUND)
		return -1;
	usable = user && user->hash[0] && !user->disabled;
	good = password_matches(usable ? user->hash : dummy_hash, password);
	if (!usable || !good)
		return err_set(err, ERR_UNAUTHENTICATED,
		    "The name or the password is wrong.");
	*ret = TAKE(user);
	return 0;
}

void
ca_user_check_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_password_ask *ask = call->ask;
	struct rpc_password_result result = { 0 };
	AUTO(store_user) user = NULL;
	struct ca_account account;
	struct err err = { 0 };

	if (check_password(w->reader, ask->name, ask->password, &user, &err) <
		0 ||
	    ca_account_find(w, user->name, &account, &err) < 0 ||
	    store_user_version(w->reader, &result.user_version, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	result.name = user->name;
	result.roles = account.rights & (CA_RIGHTS_OF_ROLES | CA_RIGHT_ENROLL);
	ca_call_reply(call, &result);
}

/* --- who a command-line connection acts as ----------------------------- */

struct role_search {
	uint32_t role;
	char *dst;
	unsigned found;
};

static bool
role_row(void *ctx, const struct store_user *u)
{
	struct role_search *s = ctx;

	if (s->role && (u->disabled || !(u->roles & s->role)))
		return true;
	s->found++;
	/* All are counted; the first name is enough. */
	return !s->dst || !str_copy(s->dst, IDENTITY_NAME_MAX, u->name);
}

/* The first enabled account that holds a role; "" when there is none. */
static int
first_with_role(struct store_reader *r, uint32_t role,
    char dst[IDENTITY_NAME_MAX], struct err *err)
{
	struct role_search s = { role, dst, 0 };

	dst[0] = 0;
	return store_list_users(r, role_row, &s, err);
}

int
ca_user_count(
    struct store_reader *r, uint32_t role, unsigned *ret, struct err *err)
{
	struct role_search s = { role, NULL, 0 };

	if (store_list_users(r, role_row, &s, err) < 0)
		return -1;
	*ret = s.found;
	return 0;
}

static bool
is_folder_owner(const struct ca *ca, uid_t uid)
{
	return uid == 0 || uid == (uid_t)ca->config->owner_uid;
}

/* May the peer, without a password, act as any account: a demo folder's owner,
 * and whoever sets up the first administrator. */
static int
hello_as_owner(struct ca *ca, struct store_reader *r, struct rpc_peer *peer,
    const struct rpc_hello *hello, struct err *err)
{
	AUTO(store_user) user = NULL;
	char list[ROLE_TEXT_MAX];

	if (hello->as[0]) {
		if (store_find_user(r, hello->as, &user, err) < 0)
			return err_set(err, ERR_NOT_FOUND,
			    "There is no account %s at this CA.", hello->as);
		return str_copy(
			   peer->account, sizeof(peer->account), user->name)
			   ? 0
			   : err_set(err, ERR_INTERNAL, "account name");
	}
	if (first_with_role(r, hello->as_role ? hello->as_role : UINT32_MAX,
		peer->account, err) < 0)
		return -1;
	if (peer->account[0] || ca->config->init || !hello->as_role)
		return 0;
	role_list(hello->as_role, list);
	return err_set(err, ERR_DENIED,
	    "No account of this CA holds the role %s. Name one with --as.",
	    list);
}

static int
hello_bound(struct store_reader *r, struct rpc_peer *peer,
    const struct rpc_hello *hello, struct err *err)
{
	AUTO(store_user) user = NULL;

	if (store_find_user_uid(r, (int64_t)peer->uid, &user, err) < 0) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		return err_set(err, ERR_UNAUTHENTICATED,
		    "The system account with uid %u is bound to no account of "
		    "this CA. Use --as NAME and its password.",
		    (unsigned)peer->uid);
	}
	if (hello->as[0] && !str_eq_ci(hello->as, user->name))
		return err_set(err, ERR_UNAUTHENTICATED,
		    "To act as %s, give its password.", hello->as);
	if (user->disabled)
		return err_set(
		    err, ERR_DENIED, "The account %s is disabled.", user->name);
	return str_copy(peer->account, sizeof(peer->account), user->name)
		   ? 0
		   : err_set(err, ERR_INTERNAL, "account name");
}

static int
hello_password(struct store_reader *r, struct rpc_peer *peer,
    const struct rpc_hello *hello, struct err *err)
{
	AUTO(store_user) user = NULL;

	if (check_password(r, hello->as, hello->password, &user, err) < 0)
		return -1;
	return str_copy(peer->account, sizeof(peer->account), user->name)
		   ? 0
		   : err_set(err, ERR_INTERNAL, "account name");
}

int
ca_user_hello(struct ca *ca, struct rpc_peer *peer,
    const struct rpc_hello *hello, struct err *err)
{
	struct store_reader *r = NULL;
	unsigned admins = 0;
	int rc;

	if (store_reader_open(ca->store, &r, err) < 0)
		return -1;
	rc = ca_user_count(r, ROLE_ADMIN, &admins, err);
	if (rc == 0 && hello->password.n > 0)
		rc = hello_password(r, peer, hello, err);
	else if (rc == 0 && is_folder_owner(ca, peer->uid) &&
		 (ca->config->demo || (ca->config->init && admins == 0)))
		rc = hello_as_owner(ca, r, peer, hello, err);
	else if (rc == 0 && ca->config->import && !hello->as[0] &&
		 ca_user_sets_up(ca, peer))
		peer->account[0] = '\0'; /* nobody: may take over, no more */
	else if (rc == 0)
		rc = hello_bound(r, peer, hello, err);
	store_reader_close(r);
	return rc;
}

bool
ca_user_sets_up(const struct ca *ca, const struct rpc_peer *peer)
{
	return ca->config->init && peer->channel == RPC_CHANNEL_ADMIN &&
	       is_folder_owner(ca, peer->uid);
}

int
ca_user_may_bootstrap(struct ca_worker *w, const struct rpc_peer *peer,
    bool *ret, struct err *err)
{
	unsigned admins = 0;

	*ret = false;
	if (!ca_user_sets_up(w->ca, peer))
		return 0;
	if (ca_user_count(w->reader, ROLE_ADMIN, &admins, err) < 0)
		return -1;
	*ret = admins == 0;
	return 0;
}
