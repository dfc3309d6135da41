/* template_read.c - from the text of a file to a struct ca_template. */
#include "ca/template_reading.h"

#include "base/str.h"

#include <stdio.h>

/* What ca_template_read() hands out. */
struct owned {
	struct ca_template t; /* first */
	struct ca_arena arena;
};

/* --- what stands at the top ----------------------------------------------- */

static void
read_name(struct ca_template_reading *r)
{
	static const char fine[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-";
	const struct raw_template *raw = r->raw;
	struct ca_template *t = r->t;

	t->name = ca_arena_str(r->arena, raw->name);
	t->display_name = ca_arena_str(
	    r->arena, raw->display_name ? raw->display_name : raw->name);
	t->description = ca_arena_str(r->arena, raw->description);
	if (!*t->name || strlen(t->name) > CA_TEMPLATE_NAME_MAX ||
	    t->name[strspn(t->name, fine)])
		ca_template_say(r, true, "name",
		    "name must be of 1 to %d letters, digits, hyphens or "
		    "underscores.",
		    CA_TEMPLATE_NAME_MAX);
	if (!str_is_printable(bytes_str(t->display_name)) ||
	    strlen(t->display_name) > 128)
		ca_template_say(r, true, "display_name",
		    "display_name must be of at most 128 bytes that can be "
		    "printed.");
}

static void
read_oid(struct ca_template_reading *r)
{
	const char *text = r->raw->oid ? r->raw->oid : "";

	if (pki_oid_from_text(text, r->t->oid.der, &r->t->oid.n))
		return;
	ca_template_say(r, true, "oid",
	    "oid must be an object identifier in digits and dots, different "
	    "for every template.");
}

/* "100.4": both parts go into the certificate. */
static void
read_version(struct ca_template_reading *r)
{
	const char *text = r->raw->version ? r->raw->version : "";
	const char *dot = strchr(text, '.');
	uint64_t major = 0, minor = 0;
	char first[16];

	if (!dot ||
	    !str_from_bytes(
		first, sizeof(first), bytes_of(text, (size_t)(dot - text))) ||
	    !str_u64(first, UINT32_MAX, &major) ||
	    !str_u64(dot + 1, UINT32_MAX, &minor))
		ca_template_say(r, true, "version",
		    "version must be two numbers with a dot, \"1.0\"; the "
		    "first goes up when certificates by older versions are to "
		    "be renewed.");
	r->t->major = (uint32_t)major;
	r->t->minor = (uint32_t)minor;
}

static void
read_times(struct ca_template_reading *r)
{
	const struct {
		const char *key, *text;
		int64_t *ret;
	} rows[] = { { "validity", r->raw->validity, &r->t->validity },
		{ "renewal_overlap", r->raw->renewal_overlap,
		    &r->t->renewal_overlap } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (!rows[i].text ||
		    !ca_word_seconds(rows[i].text, rows[i].ret) ||
		    *rows[i].ret > 36500 * INT64_C(86400))
			ca_template_say(r, true, rows[i].key,
			    "%s must be a number and a unit: \"1 year\", \"6 "
			    "weeks\", \"12 hours\"; at most 100 years.",
			    rows[i].key);
}

static void
read_parts(struct ca_template_reading *r)
{
	read_name(r);
	read_oid(r);
	read_version(r);
	read_times(r);
	ca_template_part_words(r);
	ca_template_part_subject(r);
	ca_template_part_san(r);
	ca_template_part_keys(r);
	ca_template_part_purposes(r);
	ca_template_part_approvals(r);
	ca_template_part_agents(r);
	ca_template_part_permissions(r);
	ca_template_part_overrides(r);
	/* What follows looks at values, which must be read for that. */
	if (r->findings->bad > 0)
		return;
	ca_template_fit(r);
	ca_template_check(r);
}

int
ca_template_read(struct bytes text, const char *file, struct ca_template **ret,
    struct ca_template_findings *findings, struct err *err)
{
	struct ca_template_reading r = { .text = text, .findings = findings };
	struct owned *o;
	struct err why = { 0 };
	unsigned line;
	void *raw;
	int rc;

	*ret = NULL;
	*findings = (struct ca_template_findings){ .n = 0 };
	if (text.n > CA_TEMPLATE_FILE_MAX) {
		ca_template_add(
		    findings, true, 0, "A template has at most 64 KiB.");
		return 0;
	}
	if (conf_load(text, "", &ca_template_schema, &raw, &line, &why) < 0) {
		const char *what = strstr(why.text, ": ");

		ca_template_add(
		    findings, true, line, what ? what + 2 : why.text);
		return 0;
	}
	o = calloc(1, sizeof(*o));
	if (!o) {
		conf_free(&ca_template_schema, raw);
		return err_set(err, ERR_NO_MEMORY, "a template");
	}
	r.raw = raw;
	r.t = &o->t;
	r.arena = &o->arena;
	o->t.file = ca_arena_str(&o->arena, file);
	o->t.text = ca_arena_bytes(&o->arena, text);
	read_parts(&r);
	conf_free(&ca_template_schema, raw);
	rc = ca_arena_check(&o->arena, err);
	if (rc < 0 || findings->bad > 0)
		ca_template_free(&o->t);
	else
		*ret = &o->t;
	return rc;
}

void
ca_template_free(struct ca_template *t)
{
	struct owned *o = (struct owned *)t;

	if (!o)
		return;
	ca_arena_clear(&o->arena);
	free(o);
}
