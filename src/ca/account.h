/* account.h - the rights of an account, remembered.
 *
 * Every call asks for them; a look into the database each time would cost more
 * than the rest of a small call. This program alone writes accounts and what
 * is in access.h, so what is remembered is right until it does:
 * ca_account_forget() after the commit, before the change is answered.
 *
 * Threads: locks itself; changes of accounts have a lock of their own.
 */
#pragma once
#include "ca/ca.h"

struct ca_account {
	char name[IDENTITY_NAME_MAX]; /* as the account spells it */
	uint32_t roles;               /* of the account itself */
	uint32_t rights;              /* with all entries, enum ca_right */
	bool mixed;                   /* several separated roles: none counts */
	bool disabled;
};

MUST_CHECK int ca_accounts_new(struct ca_accounts **ret, struct err *err);
void ca_accounts_free(struct ca_accounts *a); /* NULL is fine */
/* ERR_NOT_FOUND when there is none of this name (any capitalisation). */
MUST_CHECK int ca_account_find(struct ca_worker *w, const char *name,
    struct ca_account *ret, struct err *err);
/* All of them, and the picture of access.h. */
void ca_account_forget(struct ca *ca);
/* The rights of an owner key, whoever he is: of an account that is disabled or
 * unknown none. */
MUST_CHECK int ca_account_rights(
    struct ca_worker *w, const char *owner, uint32_t *ret, struct err *err);
/* Around reading an account, judging a change of it and committing that: one
 * change after the other, so that none is judged by, or written over, what
 * another has just changed. Held across a commit; not for the hot path. The
 * changes of access.h and approvals take it too. */
void ca_account_change_begin(struct ca_accounts *a);
void ca_account_change_end(struct ca_accounts *a);
