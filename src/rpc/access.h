/* access.h - roles, groups, permissions, restrictions and persons: part of
 * ca.h, whose rules hold here too. All of it is for the command line only.
 *
 * Names of people and groups are written NAME (of this CA), REALM\NAME or a
 * SID. Rights are words: of the CA read, enroll, issue, manage, audit,
 * operate; of a template read, enroll, autoenroll, write.
 */
#pragma once
#include "rpc/ca.h"

#define RPC_PRINCIPAL_MAX    199
#define RPC_TEMPLATE_MAX     64
#define RPC_WAITING_MAX      200
#define RPC_GROUPS_MAX       2000
#define RPC_MEMBERS_MAX      10000
#define RPC_PERMISSIONS_MAX  2000
#define RPC_RESTRICTIONS_MAX 2000
#define RPC_PERSONS_MAX      10000

/* What became of a change: done, or waiting for a second person. */
struct rpc_acted {
	bool waits;
	uint64_t change;      /* its number when it waits, else 0 */
	const char *what;     /* "alice gets the role officer" */
	const char *sentence; /* what happened, what to do next */
};

struct rpc_role_change {
	const char *name;
	uint32_t role; /* one */
	bool grant;    /* false: revoke */
};

struct rpc_waiting_row {
	uint64_t id;
	const char *what;
	const char *asker;
	int64_t asked;
	int64_t expires;
};
struct rpc_waiting_list {
	const struct rpc_waiting_row *rows; /* oldest first */
	size_t row_count;
};

struct rpc_confirm {
	uint64_t id;
	bool cancel;
};

struct rpc_group_ask {
	const char *name; /* with its members; "": all groups */
};
struct rpc_group_row {
	const char *name;
	const char *description;
	uint32_t members;
};
struct rpc_name_row {
	const char *name;
};
struct rpc_group_list {
	const struct rpc_group_row *groups;
	size_t group_count;
	const struct rpc_name_row *members; /* of the one that was named */
	size_t member_count;
};

enum rpc_group_action {
	RPC_GROUP_MAKE = 1,
	RPC_GROUP_DELETE = 2,
	RPC_GROUP_JOIN = 3,
	RPC_GROUP_LEAVE = 4
};
struct rpc_group_change {
	uint32_t action;
	const char *name;
	const char *member;      /* JOIN, LEAVE */
	const char *description; /* MAKE; <= 255 */
};

struct rpc_permission_ask {
	const char *template_name; /* "-": the CA's own; "": all */
};
struct rpc_permission_row {
	const char *template_name; /* "": the CA's own */
	bool deny;
	bool is_group;
	const char *name;
	const char *rights; /* "read, enroll" */
};
struct rpc_permission_list {
	const struct rpc_permission_row *rows;
	size_t row_count;
};

enum rpc_permission_action {
	RPC_PERMISSION_ALLOW = 1,
	RPC_PERMISSION_DENY = 2,
	RPC_PERMISSION_REMOVE = 3 /* neither allowed nor denied any more */
};
struct rpc_permission_change {
	uint32_t action;
	const char *template_name; /* "": the CA's own */
	bool is_group;
	const char *name;
	const char *rights; /* words with commas */
};

enum rpc_target { RPC_TARGET_ANY, RPC_TARGET_USER, RPC_TARGET_GROUP };
struct rpc_restriction {
	uint64_t id;  /* when adding: ignored */
	bool officer; /* false: an enrolment agent */
	bool deny;
	bool actor_is_group;
	const char *actor;
	const char *template_name; /* or "*" */
	uint32_t target_kind;      /* enum rpc_target */
	const char *target;        /* "" for any */
};
struct rpc_restriction_list {
	const struct rpc_restriction *rows;
	size_t row_count;
};
struct rpc_restriction_change {
	uint64_t remove; /* this one; 0: add the row */
	struct rpc_restriction row;
};

/* Accounts with the same number belong to one person. */
struct rpc_person_row {
	const char *name;
	uint64_t number;
};
struct rpc_person_list {
	const struct rpc_person_row *rows;
	size_t row_count;
};
struct rpc_person_change {
	const char *name;
	const char *other; /* "": link name to nobody any more */
};
