/* site.h - `web: site:` of opencertsrv.yaml: checked, and its files read. */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "web/site.h"

#include <cyaml/cyaml.h>

/* As it stands in the file; optional keys are pointers. */
struct yaml_kind {
	char *name, *description, *key;
	char **purposes;
	unsigned purposes_count;
	bool *email, *exportable;
};

struct yaml_text {
	char *page, *text;
};

struct yaml_defaults {
	char *company, *department, *city, *state, *country;
};

struct yaml_site {
	char *name, *contact, *logo, *style;
	uint64_t *remember_days;
	struct yaml_defaults *defaults;
	struct yaml_kind *request_types, *advanced_types;
	unsigned request_types_count, advanced_types_count;
	struct yaml_text *texts;
	unsigned texts_count;
};

extern const cyaml_schema_field_t site_fields[];

/* What struct web_site points to, where the file has it in another form. */
struct site {
	struct web_site web;
	struct web_site_kind kinds[WEB_SITE_KINDS_MAX];
	struct web_site_kind advanced[WEB_SITE_KINDS_MAX];
	struct web_site_text texts[WEB_SITE_TEXTS_MAX];
	struct buf purposes[2 * WEB_SITE_KINDS_MAX];
	size_t purpose_n;
	struct buf logo, style;
};

/* folder: of the configuration. Texts are borrowed from y. ERR_CONFIG with a
 * sentence that names the key. */
MUST_CHECK int site_read(struct site *s, const struct yaml_site *y,
    const char *folder, struct err *err);
void site_clear(struct site *s);
