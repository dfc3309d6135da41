/* config.h - the section `ca` of opencertsrv.yaml, checked, with defaults.
 *
 * Paths come out absolute. Ownership: a struct settings owns every text that
 * its struct ca_config points to.
 */
#pragma once
#include "ca/config.h"

#define SETTINGS_TEXTS_MAX 16

struct settings {
	struct ca_config config;
	char *folder;                    /* of the file */
	char *database_folder;           /* absolute */
	char *compromised_folder;        /* of the list of keys, or NULL */
	void *file;                      /* as libcyaml loaded it */
	char *texts[SETTINGS_TEXTS_MAX]; /* made here */
	size_t text_n;
};

/* ERR_CONFIG with a sentence that names the key. */
MUST_CHECK int settings_load(
    const char *file, struct settings **ret, struct err *err);
void settings_free(struct settings *s); /* NULL is fine */
AUTO_DEFINE(settings);
