/* permission_entry.h - rights, who they are given to, and what follows: pure.
 *
 * The same evaluation serves the CA (enum ca_right; the bits of roles are the
 * bits of base/role.h, so that what an entry gives is what a role gives) and
 * a template (enum ca_template_right). Deny comes first: a right that any
 * entry denies is gone, whoever allows it, a role included.
 *
 * Not here: where entries are kept (access.h, templates) and which right a
 * call needs (permission.h).
 *
 * Trust:     no I/O, no clock, no globals; total for any input.
 * Ownership: everything is borrowed.
 */
#pragma once
#include "base/err.h"
#include "base/identity.h"
#include "base/role.h"

enum ca_right {
	CA_RIGHT_ENROLL = ROLE_ENROLLEE,
	CA_RIGHT_ISSUE = ROLE_OFFICER, /* "Issue and Manage Certificates" */
	CA_RIGHT_MANAGE = ROLE_ADMIN,  /* "Manage CA" */
	CA_RIGHT_AUDIT = ROLE_AUDITOR,
	CA_RIGHT_OPERATE = ROLE_OPERATOR,
	CA_RIGHT_READ = 0x100 /* everybody's requests */
};
/* What a second person confirms (action.h), and what is separated. */
#define CA_RIGHTS_OF_ROLES \
	(CA_RIGHT_ISSUE | CA_RIGHT_MANAGE | CA_RIGHT_AUDIT | CA_RIGHT_OPERATE)
#define CA_RIGHTS_ALL (CA_RIGHTS_OF_ROLES | CA_RIGHT_ENROLL | CA_RIGHT_READ)

enum ca_template_right {
	CA_TEMPLATE_READ = 0x1,
	CA_TEMPLATE_ENROLL = 0x2,
	CA_TEMPLATE_AUTOENROLL = 0x4,
	CA_TEMPLATE_WRITE = 0x8
};
#define CA_TEMPLATE_RIGHTS_ALL 0xfU

/* The group that everybody who is signed in belongs to, from outside too. */
#define CA_GROUP_EVERYONE "everyone"
/* A group that no administrator fills: "everyone", and those of roles
 * ("officers"), which entries of templates may name. */
bool ca_group_is_reserved(const char *key);
/* The groups of roles that somebody with these roles is in. */
#define CA_ROLE_GROUPS_MAX 8
size_t ca_role_groups(uint32_t roles, const char *keys[CA_ROLE_GROUPS_MAX]);

/* Keys of accounts and groups: "local\alice", "corp\domain users" in lower
 * case, or a SID (identity_owner()). */
struct ca_permission_entry {
	bool deny;
	bool is_group;
	const char *principal; /* key */
	uint32_t rights;
};

struct ca_group_list {
	const char *const *keys;
	size_t n;
};

/* Somebody, as entries see him: by SID and by name, with his groups. */
struct ca_principal {
	const char *owner;   /* identity_owner() */
	const char *account; /* realm\name in lower case; may be the same */
	/* Local groups by owner, by account; those asserted by the peer; roles
	 * as groups (ca_template_may() fills them in). */
	struct ca_group_list groups[4];
};

#define CA_KEY_MAX IDENTITY_OWNER_MAX
/* The key of what an administrator writes: NAME (local), REALM\NAME, or a SID.
 * ERR_INVALID with a sentence. */
MUST_CHECK int ca_principal_key(
    const char *text, char dst[CA_KEY_MAX], struct err *err);
/* The same for people: "alice", "corp\bob"; borrowed from key. */
const char *ca_principal_display(const char *key);
bool ca_principal_is_local(const char *key);
bool ca_principal_is(
    const struct ca_principal *p, bool is_group, const char *key);

/* Add what the entries that name him allow and deny. */
void ca_permission_collect(const struct ca_principal *p,
    const struct ca_permission_entry *list, size_t n, uint32_t *allowed,
    uint32_t *denied);
/* (base and all that is allowed) without all that is denied. */
uint32_t ca_permission_evaluate(const struct ca_principal *p, uint32_t base,
    const struct ca_permission_entry *list, size_t n);
/* The rights of somebody with these roles at the CA. Issue, manage and audit
 * include read. Separated: holding more than one of the rights of roles is
 * holding none of them (MS-CSRA, role separation); *ret_mixed then says so. */
uint32_t ca_permission_rights(const struct ca_principal *p, uint32_t roles,
    const struct ca_permission_entry *list, size_t n, bool separated,
    bool *ret_mixed);
/* May he do this with a template? Entries of the template only; the CA's own
 * Enroll is asked elsewhere. All bits of `rights` are needed. */
bool ca_permission_template(const struct ca_principal *p,
    const struct ca_permission_entry *list, size_t n, uint32_t rights);

/* "read", "enroll", "issue", "manage", "audit", "operate"; of a template
 * "read", "enroll", "autoenroll", "write". */
bool ca_right_from_word(const char *word, bool of_template, uint32_t *ret);
#define CA_RIGHTS_TEXT_MAX 64
void ca_rights_list(
    uint32_t rights, bool of_template, char dst[CA_RIGHTS_TEXT_MAX]);
