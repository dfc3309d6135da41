/* template_set.h - the inside of template_folder.c, template_set.c and
 * template_block.c.
 */
#pragma once
#include "ca/arena.h"
#include "ca/template.h"

/* What was read of the folder; shared by the sets made from it. */
struct ca_template_files {
	size_t refs; /* under the lock of the holder */
	struct ca_template *list[CA_TEMPLATES_MAX]; /* by name */
	size_t n;
	struct ca_template_note notes[2 * CA_TEMPLATES_MAX];
	size_t note_n;
	unsigned refused;
	struct ca_arena arena; /* of the notes */
};

#define CA_TEMPLATE_GENERATIONS 2

/* A set and what is held for it. */
struct ca_template_owner {
	struct ca_template_set s; /* first: handed out as this */
	size_t refs;              /* under the lock */
	struct ca_template_files *files;
	struct ca_template_row rows[CA_TEMPLATES_MAX];
	const struct ca_template **supersedes; /* of all rows */
	/* With blocks of the newest generation, and of the one before it: what
	 * was begun under that one is not lost. */
	size_t prepared;
	uint32_t generations[CA_TEMPLATE_GENERATIONS];
	struct pki_cert_block
	    *blocks[CA_TEMPLATE_GENERATIONS][CA_TEMPLATES_MAX][PKI_KEY_COUNT];
};

/* template_folder.c. Faulty files are left out, with a note; -1 when the
 * folder itself cannot be used. */
MUST_CHECK int ca_template_files_read(
    const char *folder, struct ca_template_files **ret, struct err *err);
void ca_template_files_free(struct ca_template_files *f);
AUTO_DEFINE(ca_template_files);

/* template_block.c */
MUST_CHECK int ca_template_block_make(const struct ca_config *c,
    const struct ca_template *t, const struct ca_generation *g,
    enum pki_key_kind kind, struct pki_cert_block **ret, struct err *err);
/* Blocks of the newest of these generations (NULL: there are none yet). */
MUST_CHECK int ca_template_blocks_make(const struct ca_config *c,
    struct ca_template_owner *o, const struct ca_generations *all,
    struct err *err);
