/* identity.h - who somebody is, as a sign-in provider found out.
 *
 * Not what he may do: the CA decides that again for every call. An identity
 * is asserted by the peer it came from (audit stores both); local groups and
 * roles are never in it, the CA looks them up itself.
 *
 * Ownership: a plain value. Its texts are printable UTF-8 without NUL.
 */
#pragma once
#include "base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

#define IDENTITY_REALM_MAX 64
#define IDENTITY_NAME_MAX  104
#define IDENTITY_SID_MAX   184
/* "realm\name" in lower case, or the SID. */
#define IDENTITY_OWNER_MAX   200
#define IDENTITY_REALM_LOCAL "local"

enum identity_method {
	IDENTITY_NONE,
	IDENTITY_BASIC,   /* name and password over HTTPS */
	IDENTITY_SESSION, /* a cookie that followed one of the others */
	IDENTITY_NEGOTIATE,
	IDENTITY_CERTIFICATE,
	IDENTITY_UID, /* the kernel's word about a local socket's peer */
	IDENTITY_METHOD_COUNT
};

struct identity {
	char realm[IDENTITY_REALM_MAX];
	char name[IDENTITY_NAME_MAX];
	char sid[IDENTITY_SID_MAX]; /* "" when there is none */
	enum identity_method method;
	bool channel_bound;
	int64_t time; /* when it was proved */
};

/* Fill; false when a text is too long, empty or not printable. */
MUST_CHECK bool identity_set(struct identity *id, const char *realm,
    const char *name, enum identity_method method, int64_t time);
/* The owner key of rows: the SID if there is one, else realm\name in lower
 * case. */
void identity_owner(const struct identity *id, char dst[IDENTITY_OWNER_MAX]);
/* "alice" for local accounts, "REALM\name" for others. */
void identity_display(const struct identity *id, char dst[IDENTITY_OWNER_MAX]);
const char *identity_method_word(enum identity_method m);
