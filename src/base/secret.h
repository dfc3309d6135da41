/* secret.h - a secret in memory: locked against swapping, left out of core
 * dumps, wiped when released.
 *
 * Ownership: secret_new() owns its copy. Nothing may keep a pointer into it
 * past secret_free(). Passwords and private keys are never a char *.
 */
#pragma once
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/err.h"

#define SECRET_MAX 65536

struct secret;

/* A secret of n zero bytes, to be filled through secret_mem(). */
MUST_CHECK int secret_new(size_t n, struct secret **ret, struct err *err);
MUST_CHECK int secret_copy(
    struct bytes from, struct secret **ret, struct err *err);
void secret_free(struct secret *s); /* NULL is fine */
AUTO_DEFINE(secret);

uint8_t *secret_mem(struct secret *s); /* followed by a NUL */
struct bytes secret_bytes(const struct secret *s);
/* Wipe memory that held a secret for a moment. */
void secret_wipe(void *p, size_t n);
/* Compare without telling by time where the difference is. */
bool secret_eq(struct bytes a, struct bytes b);
