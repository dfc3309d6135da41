/* tplc INPUT OUTPUT [--include HEADER] [--depfile FILE] */
#include "html/tplc.h"

#include "base/str.h"

#include <errno.h>

struct args {
	const char *input;
	const char *output;
	const char *include;
	const char *depfile;
};

static int
read_file(void *ctx, const char *path, struct buf *out, struct err *err)
{
	FILE *f = fopen(path, "re");
	char block[4096];
	size_t n;
	int bad;

	(void)ctx;
	if (!f)
		return err_errno(err, "%s cannot be opened", path);
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		buf_add(out, block, n);
	bad = ferror(f);
	(void)fclose(f);
	if (bad)
		return err_errno(err, "%s cannot be read", path);
	return buf_check(out, path, err);
}

static int
write_file(const char *path, const struct buf *b, struct err *err)
{
	FILE *f = fopen(path, "we");
	bool good;

	if (!f)
		return err_errno(err, "%s cannot be opened", path);
	good = fwrite(buf_str(b), 1, b->n, f) == b->n;
	if (fclose(f) != 0 || !good)
		return err_errno(err, "%s cannot be written", path);
	return 0;
}

/* "output: input part part", for make and ninja. */
static int
write_depfile(const struct args *a, struct buf *files, struct err *err)
{
	AUTO_BUF out = BUF_WITH_LIMIT(TPLC_FILE_MAX);
	size_t i;

	buf_addf(&out, "%s:", a->output);
	buf_add_char(&out, ' ');
	for (i = 0; i < files->n; i++)
		if (files->p[i] == '\n')
			files->p[i] = ' ';
	buf_add_bytes(&out, buf_bytes(files));
	buf_add_char(&out, '\n');
	if (buf_check(&out, a->depfile, err) < 0)
		return -1;
	return write_file(a->depfile, &out, err);
}

static int
run(const struct args *a, struct err *err)
{
	AUTO_BUF out = BUF_WITH_LIMIT(TPLC_OUTPUT_MAX);
	AUTO_BUF files = BUF_WITH_LIMIT(TPLC_FILE_MAX);
	const struct tplc_options options = { .include = a->include,
		.read = read_file };

	if (tplc_compile(a->input, &options, &out, &files, err) < 0)
		return -1;
	if (a->depfile && write_depfile(a, &files, err) < 0)
		return -1;
	return write_file(a->output, &out, err);
}

static bool
read_args(int argc, char **argv, struct args *a)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (str_eq(argv[i], "--include") && i + 1 < argc)
			a->include = argv[++i];
		else if (str_eq(argv[i], "--depfile") && i + 1 < argc)
			a->depfile = argv[++i];
		else if (!a->input)
			a->input = argv[i];
		else if (!a->output)
			a->output = argv[i];
		else
			return false;
	}
	return a->input && a->output;
}

int
main(int argc, char **argv)
{
	struct args a = { 0 };
	struct err err = { 0 };

	if (!read_args(argc, argv, &a)) {
		(void)fputs("usage: tplc INPUT OUTPUT [--include HEADER] "
			    "[--depfile FILE]\n",
		    stderr);
		return 2;
	}
	if (run(&a, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	return 0;
}
