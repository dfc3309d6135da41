/* fuzz_fill.h - read a form into a struct and touch all that was stored. */
#pragma once
#include "fcgi/form.h"
#include "fuzz.h"

struct fuzz_ask {
	const char *text;
	uint64_t number;
	int64_t signed_number;
	bool flag;
	struct bytes bytes;
	struct form_file file;
};

/* clang-format off */
static const struct form_field fuzz_fields[] = {
	{ "t", FORM_TEXT,  64, false, offsetof(struct fuzz_ask, text) },
	{ "u", FORM_UINT,  64, false, offsetof(struct fuzz_ask, number) },
	{ "i", FORM_INT,   0,  false, offsetof(struct fuzz_ask, signed_number) },
	{ "b", FORM_BOOL,  0,  false, offsetof(struct fuzz_ask, flag) },
	{ "y", FORM_BYTES, 64, false, offsetof(struct fuzz_ask, bytes) },
	{ "f", FORM_FILE,  64, false, offsetof(struct fuzz_ask, file) },
};
/* clang-format on */

/* Each field alone, so that a bad one does not hide the next. */
static void
fuzz_fill(const struct fcgi_form *f)
{
	struct fuzz_ask a = { 0 };
	struct err err;
	size_t i;

	for (i = 0; i < ARRAY_LEN(fuzz_fields); i++) {
		const struct form_field *field = &fuzz_fields[i];
		const struct fcgi_form_item *item =
		    fcgi_form_find(f, field->name);

		if (item)
			expect(item->value.p[item->value.n] == 0);
		err.text[0] = '\0';
		if (fcgi_form_fill(f, field, 1, &a, &err) < 0)
			expect(strstr(err.text, field->name) != NULL);
	}
	if (a.text)
		expect(strlen(a.text) <= 64);
	expect(a.number <= 64 && a.bytes.n <= 64 && a.file.data.n <= 64);
	if (a.file.name)
		expect(!strpbrk(a.file.name, "/\\"));
}
