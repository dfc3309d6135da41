/* access.h - who may do what, as rows: groups, permissions, restrictions,
 * persons, changes that wait for a second person, approvals. Part of store.h,
 * whose rules hold here too.
 *
 * It keeps and lists; what the rows mean is the CA's business (ca/access.h,
 * ca/action.h, ca/approval.h). Lists are read whole: each table has a maximum
 * below, which the CA keeps before it adds.
 *
 * Every change but those of waiting changes and approvals raises the version
 * that store_user_version() reads.
 *
 * Each struct begins with the number that the store allots (ignored when the
 * row is added) and with its key, which is enough for store_drop_...().
 */
#pragma once
#include "store/store.h"

#define STORE_GROUPS_MAX       2000
#define STORE_MEMBERS_MAX      10000 /* of all groups together */
#define STORE_PERMISSIONS_MAX  2000  /* of the CA and all templates */
#define STORE_RESTRICTIONS_MAX 2000
#define STORE_PERSONS_MAX      10000 /* accounts that are linked */
#define STORE_WAITING_MAX      200
#define STORE_APPROVALS_MAX    16 /* of one request */

#define STORE_SCOPE_CA "-" /* no template's name */

struct store_group {
	uint64_t id;
	const char *group_key; /* UNIQUE */
	const char *name;
	const char *description;
};

struct store_member {
	uint64_t id;
	const char *group_key;
	const char *principal; /* UNIQUE with the group */
	const char *name;      /* for people */
};

struct store_permission {
	uint64_t id;
	const char *scope;
	bool deny, is_group;
	const char *principal; /* UNIQUE with the three above */
	const char *name;
	uint32_t rights;
};

struct store_restriction {
	uint64_t id; /* the key */
	uint32_t kind;
	bool deny, actor_is_group;
	const char *actor;
	const char *template_name;
	uint32_t target_kind;
	const char *target;
};

struct store_person {
	uint64_t id;
	const char *principal; /* UNIQUE */
	uint64_t number;       /* the same for accounts of one person */
};

/* A change that waits: what ca/action.h needs to do it later. */
struct store_waiting {
	uint64_t id; /* the key */
	uint32_t kind;
	const char *subject; /* account or group that it concerns */
	const char *name;
	bool is_group;
	const char *object; /* group or other account, or "" */
	uint32_t rights;
	const char *hash; /* of a new password, or "" */
	const char *what; /* a sentence's end: "give alice the role officer" */
	const char *asker_owner, *asker;
	int64_t asked;
};

struct store_approval {
	uint64_t id;
	uint64_t request;
	const char *approver; /* owner key; UNIQUE with the request */
	const char *name;
	uint64_t person; /* that he was linked to then; 0: to none */
	int64_t time;
	struct bytes hash; /* of the certificate as it will be, 32 */
};

/* put: ERR_EXISTS for a key that is there; *ret_id may be NULL.
 * drop: by the key; ERR_NOT_FOUND.
 * list: in the order of the key, or of the numbers; a callback that returns
 * false stops. */
#define STORE_ACCESS(name)                                       \
	MUST_CHECK int store_put_##name(struct store_writer *w,  \
	    const struct store_##name *row, uint64_t *ret_id,    \
	    struct err *err);                                    \
	MUST_CHECK int store_drop_##name(struct store_writer *w, \
	    const struct store_##name *key, struct err *err);    \
	typedef bool store_##name##_row(                         \
	    void *ctx, const struct store_##name *row)
STORE_ACCESS(group);
STORE_ACCESS(member);
STORE_ACCESS(permission);
STORE_ACCESS(restriction);
STORE_ACCESS(person);
STORE_ACCESS(waiting);
STORE_ACCESS(approval);
#undef STORE_ACCESS

#define STORE_ACCESS_LIST(name)                                     \
	MUST_CHECK int store_list_##name##s(struct store_reader *r, \
	    store_##name##_row *row, void *ctx, struct err *err)
STORE_ACCESS_LIST(group);
STORE_ACCESS_LIST(member);
STORE_ACCESS_LIST(permission);
STORE_ACCESS_LIST(restriction);
STORE_ACCESS_LIST(person);
STORE_ACCESS_LIST(waiting);
#undef STORE_ACCESS_LIST
/* In the order they were given. */
MUST_CHECK int store_list_approvals(struct store_reader *r, uint64_t request,
    store_approval_row *row, void *ctx, struct err *err);

/* All of them; none is fine. */
MUST_CHECK int store_clear_members(
    struct store_writer *w, const char *group_key, struct err *err);
MUST_CHECK int store_clear_approvals(
    struct store_writer *w, uint64_t request, struct err *err);
