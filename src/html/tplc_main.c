/* tplc INPUT OUTPUT [--include HEADER] [--depfile FILE] [--catalogue FILE]...
 * tplc --table NAME OUTPUT --include HEADER [--depfile FILE]
 *      [--catalogue FILE]...
 * tplc --messages INPUT...
 *
 * A template to a function; the catalogues to a table; what there is to
 * translate to the standard output (tools/lang reads it). */
#include "html/tplc.h"

#include "base/str.h"

#define FILES_MAX     256
#define LANGUAGES_MAX 8

struct args {
	const char *files[FILES_MAX];
	size_t n_files;
	const char *include;
	const char *depfile;
	const char *table;
	bool messages;
	const char *catalogues[LANGUAGES_MAX];
	struct po languages[LANGUAGES_MAX];
	size_t n_languages;
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

/* "output: input part part catalogue", for make and ninja. */
static int
write_depfile(const struct args *a, const char *output, struct buf *files,
    struct err *err)
{
	AUTO_BUF out = BUF_WITH_LIMIT(TPLC_FILE_MAX);
	size_t i;

	for (i = 0; i < a->n_languages; i++)
		buf_addf(files, "%s\n", a->catalogues[i]);
	buf_addf(&out, "%s:", output);
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
read_catalogues(struct args *a, struct err *err)
{
	size_t i;

	for (i = 0; i < a->n_languages; i++) {
		AUTO_BUF content = BUF_WITH_LIMIT(PO_FILE_MAX);

		if (read_file(NULL, a->catalogues[i], &content, err) < 0 ||
		    po_read(a->catalogues[i], buf_bytes(&content),
			&a->languages[i], err) < 0)
			return -1;
	}
	return 0;
}

static int
compile(const struct args *a, struct err *err)
{
	AUTO_BUF out = BUF_WITH_LIMIT(TPLC_OUTPUT_MAX);
	AUTO_BUF files = BUF_WITH_LIMIT(TPLC_FILE_MAX);
	const struct tplc_options options = { .include = a->include,
		.read = read_file,
		.languages = a->languages,
		.n_languages = a->n_languages };
	const char *output = a->files[a->table ? 0 : 1];
	int r;

	if (a->table)
		r = tplc_table(a->languages, a->n_languages, a->include,
		    a->table, &out, err);
	else
		r = tplc_compile(a->files[0], &options, &out, &files, err);
	if (r < 0)
		return -1;
	if (a->depfile && write_depfile(a, output, &files, err) < 0)
		return -1;
	return write_file(output, &out, err);
}

static int
list_messages(const struct args *a, struct err *err)
{
	AUTO_BUF messages = BUF_WITH_LIMIT(TPLC_OUTPUT_MAX);
	const struct tplc_options options = { .read = read_file,
		.messages = &messages };
	size_t i;

	for (i = 0; i < a->n_files; i++) {
		AUTO_BUF out = BUF_WITH_LIMIT(TPLC_OUTPUT_MAX);
		AUTO_BUF files = BUF_WITH_LIMIT(TPLC_FILE_MAX);

		if (tplc_compile(a->files[i], &options, &out, &files, err) < 0)
			return -1;
	}
	if (buf_check(&messages, "the list of messages", err) < 0)
		return -1;
	(void)fputs(buf_str(&messages), stdout);
	return 0;
}

static bool
read_option(struct args *a, const char *name, const char *value)
{
	if (str_eq(name, "--include"))
		a->include = value;
	else if (str_eq(name, "--depfile"))
		a->depfile = value;
	else if (str_eq(name, "--table"))
		a->table = value;
	else if (str_eq(name, "--catalogue") && a->n_languages < LANGUAGES_MAX)
		a->catalogues[a->n_languages++] = value;
	else
		return false;
	return true;
}

static bool
read_args(int argc, char **argv, struct args *a)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (str_eq(argv[i], "--messages"))
			a->messages = true;
		else if (i + 1 < argc && read_option(a, argv[i], argv[i + 1]))
			i++;
		else if (argv[i][0] != '-' && a->n_files < FILES_MAX)
			a->files[a->n_files++] = argv[i];
		else
			return false;
	}
	if (a->messages)
		return a->n_files > 0;
	return a->table ? a->n_files == 1 && a->include : a->n_files == 2;
}

static int
run(struct args *a, struct err *err)
{
	if (a->messages)
		return list_messages(a, err);
	if (read_catalogues(a, err) < 0)
		return -1;
	return compile(a, err);
}

int
main(int argc, char **argv)
{
	struct args a = { 0 };
	struct err err = { 0 };
	size_t i;
	int r;

	if (!read_args(argc, argv, &a)) {
		(void)fputs("usage: tplc INPUT OUTPUT [--include HEADER] "
			    "[--depfile FILE] [--catalogue FILE]...\n"
			    "       tplc --table NAME OUTPUT --include HEADER "
			    "[--depfile FILE] [--catalogue FILE]...\n"
			    "       tplc --messages INPUT...\n",
		    stderr);
		return 2;
	}
	r = run(&a, &err);
	for (i = 0; i < a.n_languages; i++)
		po_clear(&a.languages[i]);
	if (r < 0)
		(void)fprintf(stderr, "%s\n", err.text);
	return r < 0;
}
