/* account.c - the rights of an account, remembered. */
#include "ca/account.h"

#include "base/str.h"
#include "base/thread.h"
#include "ca/access.h"

#include <stdio.h>

#define REMEMBERED 1024

struct entry {
	uint64_t epoch; /* valid while it is the current one */
	char asked[IDENTITY_NAME_MAX];
	struct ca_account account;
};

struct ca_accounts {
	pthread_mutex_t changing; /* taken first */
	pthread_mutex_t lock;     /* guards what follows */
	uint64_t epoch;           /* goes up with every change of any account */
	struct entry entries[REMEMBERED];
};

int
ca_accounts_new(struct ca_accounts **ret, struct err *err)
{
	struct ca_accounts *a = calloc(1, sizeof(*a));

	if (!a)
		return err_set(err, ERR_NO_MEMORY, "the accounts");
	a->epoch = 1;
	pthread_mutex_init(&a->changing, NULL);
	pthread_mutex_init(&a->lock, NULL);
	*ret = a;
	return 0;
}

void
ca_accounts_free(struct ca_accounts *a)
{
	if (!a)
		return;
	pthread_mutex_destroy(&a->lock);
	pthread_mutex_destroy(&a->changing);
	free(a);
}

static struct entry *
place(struct ca_accounts *a, const char *name)
{
	uint32_t h = 2166136261U; /* FNV-1a */

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619U;
	return &a->entries[h % REMEMBERED];
}

/* What entries make of the account's roles. */
static int
add_rights(struct ca_worker *w, struct ca_account *a, struct err *err)
{
	AUTO(ca_picture) picture = NULL;
	const struct ca_permission_entry *entries;
	struct ca_principal principal;
	char key[CA_KEY_MAX];
	size_t n;

	if (ca_principal_key(a->name, key, err) < 0 ||
	    ca_access_take(w, &picture, err) < 0)
		return -1;
	ca_picture_principal(picture, key, key, &principal);
	entries = ca_picture_entries(picture, STORE_SCOPE_CA, &n);
	a->rights = ca_permission_rights(&principal, a->roles, entries, n,
	    !w->ca->config->single_person, &a->mixed);
	return 0;
}

int
ca_account_find(struct ca_worker *w, const char *name, struct ca_account *ret,
    struct err *err)
{
	struct ca_accounts *a = w->ca->accounts;
	AUTO(store_user) user = NULL;
	struct entry *e = place(a, name);
	uint64_t epoch;
	bool known;

	thread_lock(&a->lock);
	epoch = a->epoch;
	known = e->epoch == epoch && str_eq(e->asked, name);
	if (known)
		*ret = e->account;
	thread_unlock(&a->lock);
	if (known)
		return 0;
	if (store_find_user(w->reader, name, &user, err) < 0)
		return -1;
	*ret = (struct ca_account){ .roles = user->roles,
		.disabled = user->disabled };
	if (!str_copy(ret->name, sizeof(ret->name), user->name))
		return err_set(err, ERR_CORRUPT, "an account's name");
	if (add_rights(w, ret, err) < 0)
		return -1;
	/* Kept under the epoch of before the look: what changed meanwhile has
	 * made it worthless already. */
	thread_lock(&a->lock);
	if (str_copy(e->asked, sizeof(e->asked), name)) {
		e->account = *ret;
		e->epoch = epoch;
	}
	thread_unlock(&a->lock);
	return 0;
}

int
ca_account_rights(
    struct ca_worker *w, const char *owner, uint32_t *ret, struct err *err)
{
	AUTO(ca_picture) picture = NULL;
	const struct ca_permission_entry *entries;
	struct ca_principal principal;
	struct ca_account account;
	struct err why = { 0 };
	bool mixed;
	size_t n;

	*ret = 0;
	if (ca_principal_is_local(owner)) {
		if (ca_account_find(
			w, ca_principal_display(owner), &account, &why) == 0) {
			*ret = account.disabled ? 0 : account.rights;
			return 0;
		}
		return why.code == ERR_NOT_FOUND
			   ? 0
			   : err_set(err, why.code, "%s", why.text);
	}
	if (ca_access_take(w, &picture, err) < 0)
		return -1;
	ca_picture_principal(picture, owner, owner, &principal);
	entries = ca_picture_entries(picture, STORE_SCOPE_CA, &n);
	*ret = ca_permission_rights(
	    &principal, 0, entries, n, !w->ca->config->single_person, &mixed);
	return 0;
}

void
ca_account_forget(struct ca *ca)
{
	struct ca_accounts *a = ca->accounts;

	ca_access_forget(ca->access);
	thread_lock(&a->lock);
	a->epoch++;
	thread_unlock(&a->lock);
}

void
ca_account_change_begin(struct ca_accounts *a)
{
	thread_lock(&a->changing);
}

void
ca_account_change_end(struct ca_accounts *a)
{
	thread_unlock(&a->changing);
}
