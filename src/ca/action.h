/* action.h - changes of accounts, roles, groups, permissions and persons.
 *
 *   ask ─▶ rules ─▶ done                    one administrator is enough
 *                └▶ waits ─▶ confirmed      by a second administrator or an
 *                         ├▶ cancelled      auditor, another person than the
 *                         └▶ expired        asker and not whom it concerns
 *
 * Waits: granting or taking one of the separated roles; a new password, a
 * return, an end or other names for an account that holds one; an entry about
 * such a right, or a member of a group that has one or waits for one; and who
 * is the same person as whom. Whom a change concerns cancels it only if he
 * asked for it: nobody could take a role from an administrator who watches the
 * list otherwise. `separation: single-person` waits for nobody, nor does the
 * owner of the configuration while he sets the CA up. Rules are asked again
 * when a change is confirmed; an asker who is no administrator any more asked
 * for nothing.
 *
 * Every step is an audit record in the transaction of what it did.
 *
 * Threads:   one action at a time (ca_account_change_begin()).
 * Ownership: ca_action_clear() releases what an action gathered.
 */
#pragma once
#include "ca/access.h"
#include "ca/commit.h"

#define CA_ACTION_DAYS     7 /* until what waits expires */
#define CA_ACTION_TEXT_MAX 512

/* Numbers are the database's and are never reused. */
enum ca_action_kind {
	CA_ACTION_GRANT = 1,
	CA_ACTION_REVOKE = 2,
	CA_ACTION_PASSWORD = 3,
	CA_ACTION_ENABLE = 4,
	CA_ACTION_DISABLE = 5,
	CA_ACTION_ALLOW = 6,
	CA_ACTION_DENY = 7,
	CA_ACTION_UNSET = 8, /* neither allowed nor denied */
	CA_ACTION_GROUP_MAKE = 9,
	CA_ACTION_GROUP_DELETE = 10,
	CA_ACTION_JOIN = 11,
	CA_ACTION_LEAVE = 12,
	CA_ACTION_LINK = 13,
	CA_ACTION_UNLINK = 14,
	CA_ACTION_RESTRICT = 15,
	CA_ACTION_UNRESTRICT = 16,
	CA_ACTION_EDIT = 17, /* rights: RPC_USER_*; hash: the texts, one a line:
			      * mail, display name, user principal name */
	CA_ACTION_KIND_COUNT
};

struct ca_action {
	struct ca_change change;
	struct ca_worker *w;
	const struct ca_call *call;
	/* What to do. By kind: subject is an account, a group or a principal
	 * (keys); object the group, the other account or the scope. */
	struct store_waiting what;
	const struct store_restriction *restriction; /* RESTRICT */
	uint64_t restriction_id;                     /* UNRESTRICT */
	const char *description;                     /* GROUP_MAKE */

	struct ca_picture *picture; /* as it is now */
	struct store_user *user;    /* subject, where it is an account */
	struct ca_arena arena;
	bool waits;   /* it is only written down */
	bool confirm; /* what.id waited and is done now */
	bool cancel;
	uint64_t expired[STORE_WAITING_MAX];
	size_t expired_n;
	char text[CA_ACTION_TEXT_MAX]; /* "alice gets the role officer" */
};

/* Judge, then do it or write it down; a->waits and a->what.id say which. */
MUST_CHECK int ca_action_run(struct ca_worker *w, const struct ca_call *call,
    struct ca_action *a, struct err *err);
/* Confirm or cancel what waits under this number. */
MUST_CHECK int ca_action_end(struct ca_worker *w, const struct ca_call *call,
    uint64_t id, bool cancel, struct ca_action *a, struct err *err);
void ca_action_clear(struct ca_action *a);
/* Reply with struct rpc_acted, or fail the call when rc is -1. */
void ca_action_reply(
    struct ca_call *call, struct ca_action *a, int rc, const struct err *err);
/* Judge, do, reply: what most handlers are. Clears the action. */
void ca_action_handle(
    struct ca_worker *w, struct ca_call *call, struct ca_action *a);
/* The changes that wait and have not expired, oldest first. */
MUST_CHECK int ca_action_list(
    struct ca_worker *w, store_waiting_row *row, void *ctx, struct err *err);

/* --- action_rule.c: one row per kind -------------------------------------- */

struct ca_action_rule {
	const char *event; /* of the audit */
	/* May it be done, as things stand? Fills a->text. */
	int (*judge)(struct ca_action *a, struct err *err);
	bool (*waits)(const struct ca_action *a); /* NULL: never */
	/* On the committer's thread. The statement that may be refused comes
	 * first; what fails after it has spoilt the transaction. */
	int (*apply)(
	    struct ca_action *a, struct store_writer *w, struct err *err);
	bool on_account; /* subject is an account of this CA: a->user */
};
extern const struct ca_action_rule ca_action_rules[CA_ACTION_KIND_COUNT];
/* Roles are separated: an account holds one of the administrative ones, unless
 * the site chose separation: single-person. */
MUST_CHECK int ca_action_check_roles(
    const struct ca_config *config, uint32_t roles, struct err *err);
