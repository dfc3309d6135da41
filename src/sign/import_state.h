/* import_state.h - what the files of the import share.
 *
 * Private to import*.c.
 */
#pragma once
#include "sign/import.h"
#include "sign/item.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

struct sign_import_generation {
	X509 *cert;    /* of certs */
	EVP_PKEY *key; /* of keys */
	uint32_t index, key_index;
};

struct sign_import {
	EVP_PKEY *keys[SIGN_KEYS_MAX];
	size_t key_n;
	X509 *certs[SIGN_IMPORT_CERTS]; /* each once */
	size_t cert_n;
	struct sign_import_generation list[SIGN_KEYS_MAX]; /* oldest first */
	size_t n;
};

/* import_read.c: add what a file holds. */
MUST_CHECK int sign_import_file(struct sign_import *i, struct bytes password,
    struct bytes file, struct err *err);
