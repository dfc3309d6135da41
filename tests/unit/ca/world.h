/* world.h - made-up facts for the pure decision of an enterprise CA: templates
 * from text, a request from tests/vectors/good or from OpenSSL, and alice, who
 * asks. Each test changes what it is about and decides.
 */
#pragma once
#include "../pki/vectors.h"
#include "ca/enterprise.h"

#define WORLD_NOW       1767225600 /* 2026-01-01, within the vectors' times */
#define WORLD_TEMPLATES 8
#define WORLD_GRACE     3600

struct world {
	struct ca_config config;
	struct ca_template *t[WORLD_TEMPLATES]; /* tests may change them */
	struct ca_template_row rows[WORLD_TEMPLATES];
	struct ca_template_set set;
	struct ca_facts facts;
	struct pki_attrs attrs;
	struct buf der;
	struct pki_request request;
	bool decided, standalone;
	struct bytes issuer;
	struct ca_policy_result result; /* of the last decision */
};

/* What every template of these tests has in common. */
#define WORLD_TEMPLATE(name, number, more)                       \
	"name: " name "\noid: 1.2.3." number "\nversion: 2.3\n"  \
	"validity: 1 year\nrenewal_overlap: 6 weeks\n"           \
	"key_usage: [digital-signature]\n"                       \
	"permissions:\n  - allow: group enrollees\n    rights: " \
	"[enroll]\n" more

/* Templates in the order of their names; they must have no fault. */
void world_begin(struct world *w, const char *const *templates, size_t n);
void world_end(struct world *w);
/* A file of tests/vectors/good. */
void world_message(struct world *w, const char *name);
void world_parse(struct world *w); /* what is in w->der, whatever made it */
/* alice asks for a template by the attribute; NULL: by none. */
void world_ask(struct world *w, const char *template);
/* Fills w->result; nothing in it may be unsound. */
void world_decide(struct world *w);
const struct ca_template_row *world_row(struct world *w, const char *name);
