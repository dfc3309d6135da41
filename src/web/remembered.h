/* remembered.h - the `Requests` cookie of old clients (certsrv-http 7.1).
 *
 * Groups "[ReqID,TargetStoreFlags,SaveCert,FriendlyType]", percent-encoded.
 * It is a list for the eye of whoever keeps it: read, kept up to date, never
 * believed. The list people see comes from the CA.
 *
 * Limits: REMEMBERED_MAX entries, REMEMBERED_BYTES on the wire; the oldest
 * entries go first.
 */
#pragma once
#include "web/ask.h"

#define REMEMBERED_MAX   10
#define REMEMBERED_BYTES 1024
#define REMEMBERED_LABEL 64

/* Put a request on it (again), or take it off, by Set-Cookie. */
void web_remember(
    struct web_ask *ask, uint64_t id, uint32_t store, const char *label);
void web_forget(struct web_ask *ask, uint64_t id);
/* The label under which it was sent; "" when it is not on the list. */
const char *web_remembered(
    struct web_ask *ask, uint64_t id, uint32_t *ret_store);
