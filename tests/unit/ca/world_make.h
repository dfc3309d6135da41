/* world_make.h - requests for world.h, made by OpenSSL: with a template in each
 * of the places of a PKCS#10, and with names.
 */
#pragma once
#include "../pki/make.h"
#include "world.h"

struct world_parts {
	const char *cn, *organization, *san; /* NULL: none */
	const char *dc[3];                   /* in the order of the name */
	const char *pair, *by_name;          /* template; NULL: none */
	struct bytes by_id;                  /* value of the extension */
};

/* key: NULL for P-256. */
void world_make(struct world *w, const struct world_parts *p, EVP_PKEY *key);
