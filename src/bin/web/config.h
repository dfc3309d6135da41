/* config.h - the section `web` of opencertsrv.yaml, checked, with defaults.
 *
 * Paths come out absolute. Ownership: a struct settings owns every text.
 */
#pragma once
#include "base/cleanup.h"
#include "base/err.h"
#include "site.h"
#include "web/web.h"

#define SETTINGS_TEXTS_MAX   8
#define SETTINGS_THREADS_MIN 2
#define SETTINGS_THREADS_MAX 256

struct settings {
	const char *fcgi_socket;
	const char *ca_socket;
	unsigned threads;
	/* Without the connection to the CA, which is made later. */
	struct web_options web;
	struct site site;
	char *folder; /* of the file */
	void *file;   /* as libcyaml loaded it */
	char *texts[SETTINGS_TEXTS_MAX];
	size_t text_n;
};

/* ERR_CONFIG with a sentence that names the key. */
MUST_CHECK int settings_load(
    const char *file, struct settings **ret, struct err *err);
void settings_free(struct settings *s); /* NULL is fine */
AUTO_DEFINE(settings);
