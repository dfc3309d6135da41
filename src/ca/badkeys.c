#include "ca/badkeys.h"

#include "base/str.h"

#include <errno.h>
#include <stdio.h>

/* Enough of a hash: no two keys were ever found, or will be by chance, that
 * share as much. */
#define KEPT     16
#define LINE_MAX 1024

struct ca_badkeys {
	size_t n, room;
	uint8_t (*keys)[KEPT];
};

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, KEPT);
}

void
ca_badkeys_free(struct ca_badkeys *b)
{
	if (!b)
		return;
	free(b->keys);
	free(b);
}

static int
add(struct ca_badkeys *b, const uint8_t hash[32], struct err *err)
{
	if (b->n == CA_BADKEYS_MAX)
		return err_set(
		    err, ERR_CONFIG, "more than %u keys", CA_BADKEYS_MAX);
	if (b->n == b->room) {
		size_t room = b->room ? b->room * 2 : 1024;
		void *more = realloc(b->keys, room * sizeof(*b->keys));

		if (!more)
			return err_set(err, ERR_NO_MEMORY, "the list");
		b->keys = more;
		b->room = room;
	}
	memcpy(b->keys[b->n++], hash, KEPT);
	return 0;
}

static int
read_line(struct ca_badkeys *b, char *line, struct err *err)
{
	size_t word = strcspn(line, " \t\r\n"), n;
	uint8_t hash[32];

	if (line[0] == '#' || (word == 0 && line[strspn(line, " \t\r\n")] == 0))
		return 0;
	line[word] = '\0';
	if (word != 64 || !str_unhex(hash, sizeof(hash), line, &n))
		return err_set(err, ERR_CONFIG,
		    "not the SHA-256 of a public key in 64 hexadecimal digits");
	return add(b, hash, err);
}

static int
read_lines(struct ca_badkeys *b, FILE *f, struct err *err)
{
	char line[LINE_MAX];
	size_t number = 0;

	while (fgets(line, sizeof(line), f)) {
		number++;
		if (strlen(line) == sizeof(line) - 1)
			err_set(
			    err, ERR_CONFIG, "longer than %d bytes", LINE_MAX);
		else if (read_line(b, line, err) == 0)
			continue;
		return err_wrap(err, "line %zu", number);
	}
	return ferror(f) ? err_errno(err, "reading") : 0;
}

static bool
is_sorted(const struct ca_badkeys *b)
{
	for (size_t i = 1; i < b->n; i++)
		if (memcmp(b->keys[i - 1], b->keys[i], KEPT) > 0)
			return false;
	return true;
}

int
ca_badkeys_load(const char *path, struct ca_badkeys **ret, struct err *err)
{
	AUTO(ca_badkeys) b = calloc(1, sizeof(*b));
	FILE *f;
	int rc;

	if (!b)
		return err_set(err, ERR_NO_MEMORY, "the compromised keys");
	f = fopen(path, "re");
	if (!f)
		return err_errno(err, "the compromised keys: %s", path);
	rc = read_lines(b, f, err);
	(void)fclose(f);
	if (rc < 0)
		return err_wrap(err, "the compromised keys: %s", path);
	if (!is_sorted(b))
		qsort(b->keys, b->n, KEPT, by_bytes);
	*ret = TAKE(b);
	return 0;
}

size_t
ca_badkeys_count(const struct ca_badkeys *b)
{
	return b ? b->n : 0;
}

bool
ca_badkeys_has(const struct ca_badkeys *b, const uint8_t *hash)
{
	return b && b->n > 0 &&
	       bsearch(hash, b->keys, b->n, KEPT, by_bytes) != NULL;
}
