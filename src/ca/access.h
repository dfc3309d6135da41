/* access.h - groups, permissions, restrictions and persons, remembered.
 *
 * All of it is read from the database into one picture, which never changes;
 * a change of any row (after its commit, before it is answered) makes the next
 * caller read a new one. Questions need no query: whoever holds a picture has
 * one consistent state for as long as he holds it.
 *
 * Threads:   the holder locks itself, pictures are immutable.
 * Ownership: ca_access_take() adds a reference, ca_picture_free() gives it
 *            back; everything in a picture lives as long as it does.
 * Limits:    those of store/access.h.
 */
#pragma once
#include "ca/arena.h"
#include "ca/ca.h"
#include "ca/restriction.h"
#include "store/access.h"

#include <stdatomic.h>

struct ca_access;

/* In the order of store_list_...(): groups by key, members by principal,
 * entries by scope, persons by principal. */
struct ca_picture {
	atomic_uint references;
	struct ca_arena arena;
	const char **groups; /* keys */
	size_t group_n;
	const char **members;       /* principals, and at the same index */
	const char **member_groups; /* the group each is in */
	size_t member_n;
	const char **scopes; /* of the entry at the same index */
	struct ca_permission_entry *entries;
	size_t entry_n;
	struct ca_restriction *restrictions;
	uint64_t *restriction_ids;
	size_t restriction_n;
	const char **persons; /* principals, and at the same index */
	uint64_t *person_numbers;
	size_t person_n;
};

MUST_CHECK int ca_access_new(struct ca_access **ret, struct err *err);
void ca_access_free(struct ca_access *a); /* NULL is fine */
MUST_CHECK int ca_access_take(
    struct ca_worker *w, struct ca_picture **ret, struct err *err);
void ca_access_forget(struct ca_access *a);
void ca_picture_free(struct ca_picture *p); /* NULL is fine */
AUTO_DEFINE(ca_picture);

/* Somebody as entries see him. owner and account are borrowed. */
void ca_picture_principal(const struct ca_picture *p, const char *owner,
    const char *account, struct ca_principal *ret);
/* The entries of the CA (STORE_SCOPE_CA) or of a template (lower case). */
const struct ca_permission_entry *ca_picture_entries(
    const struct ca_picture *p, const char *scope, size_t *ret_n);
bool ca_picture_has_group(const struct ca_picture *p, const char *key);
size_t ca_picture_group_size(const struct ca_picture *p, const char *key);
bool ca_picture_is_member(
    const struct ca_picture *p, const char *principal, const char *group);
/* The person an account is linked to; 0: to none. */
uint64_t ca_picture_person(const struct ca_picture *p, const char *principal);
/* Are both accounts one person's? Equal, or linked. */
bool ca_picture_same(
    const struct ca_picture *p, const char *one, const char *other);
