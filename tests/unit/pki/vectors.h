/* vectors.h - the files of tests/vectors and the tables beside them. */
#pragma once
#include "base/buf.h"
#include "base/str.h"

#include <stdio.h>

#define VECTORS_WORDS 6

/* The whole file tests/vectors/FOLDER/NAME, replacing what is in *out. */
static inline void
vectors_read(const char *folder, const char *name, struct buf *out)
{
	char path[512];
	FILE *f;
	int c;

	(void)snprintf(path, sizeof(path), "%s/%s/%s", VECTORS, folder, name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s cannot be read", path);
	buf_reset(out);
	while ((c = fgetc(f)) != EOF)
		buf_add_char(out, (char)c);
	(void)fclose(f);
	assert_false(buf_failed(out));
}

/* Cut the next line of a table into words, in place. */
static inline bool
vectors_row(char **table, const char *words[VECTORS_WORDS])
{
	char *line = strsep(table, "\n");
	unsigned i;

	if (!line || !*line)
		return false;
	for (i = 0; i < VECTORS_WORDS; i++)
		words[i] = line ? strsep(&line, " ") : "";
	return true;
}
