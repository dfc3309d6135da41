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
