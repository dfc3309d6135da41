/* template_reading.h - the inside of template_read.c and of the files
 * below: a template on its way from text to values.
 */
#pragma once
#include "ca/arena.h"
#include "ca/template_word.h"
#include "ca/template_yaml.h"

struct ca_template_reading {
	struct bytes text;
	const struct raw_template *raw;
	struct ca_template *t;
	struct ca_arena *arena;
	struct ca_template_findings *findings;
};

/* A fault in a line; a remark with bad false. The findings are few. */
void ca_template_add(
    struct ca_template_findings *f, bool bad, unsigned line, const char *text);
/* A fault at the key `path`; a remark with bad false. */
void ca_template_say(struct ca_template_reading *r, bool bad, const char *path,
    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* A mask of words; item by item, faults said. */
uint32_t ca_template_mask(struct ca_template_reading *r,
    const struct raw_list *l, const char *path, const struct ca_word *table);
void ca_template_text_list(struct ca_template_reading *r,
    const struct raw_list *l, struct ca_template_texts *ret);

/* template_part.c: the values of the sections. */
void ca_template_part_words(struct ca_template_reading *r);
void ca_template_part_subject(struct ca_template_reading *r);
void ca_template_part_san(struct ca_template_reading *r);
void ca_template_part_keys(struct ca_template_reading *r);
void ca_template_part_purposes(struct ca_template_reading *r);
void ca_template_part_approvals(struct ca_template_reading *r);
/* template_people.c: agents, permissions, overrides. */
void ca_template_part_agents(struct ca_template_reading *r);
void ca_template_part_permissions(struct ca_template_reading *r);
void ca_template_part_overrides(struct ca_template_reading *r);
/* template_fit.c: what must hold between values. */
void ca_template_fit(struct ca_template_reading *r);
/* template_check.c: the known holes. */
void ca_template_check(struct ca_template_reading *r);
bool ca_template_hole_known(const char *name);

/* What a key of a kind can do, as PKI_KU_* bits. */
uint16_t ca_template_key_can(enum pki_key_kind kind);
