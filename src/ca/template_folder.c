/* template_folder.c - the files of the templates, from the disk.
 *
 * Whoever can write them decides what this CA issues: they must belong to root
 * or to the CA's own account, and nobody else may write them (ESC4, ESC5). */
#include "ca/template_set.h"

#include "base/str.h"
#include "conf/conf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define FILE_NAME_MAX 128

static void
note(struct ca_template_files *f, bool refused, const char *file, unsigned line,
    const char *text)
{
	struct ca_template_note *x;

	if (refused)
		f->refused++;
	if (f->note_n == ARRAY_LEN(f->notes))
		return;
	x = &f->notes[f->note_n++];
	x->refused = refused;
	x->file = ca_arena_str(&f->arena, file);
	x->text = line ? ca_arena_fmt(&f->arena, "%s:%u: %s", file, line, text)
		       : ca_arena_fmt(&f->arena, "%s: %s", file, text);
}

static bool
is_loose(const struct stat *st, char why[ERR_TEXT_MAX])
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		(void)snprintf(why, ERR_TEXT_MAX,
		    "it belongs to uid %u, but must belong to root or to the "
		    "CA's own account: whoever can write it decides what this "
		    "CA issues.",
		    (unsigned)st->st_uid);
	else if (st->st_mode & (S_IWGRP | S_IWOTH))
		(void)snprintf(why, ERR_TEXT_MAX,
		    "others than its owner can write it (mode %04o), and so "
		    "decide what this CA issues: chmod go-w.",
		    (unsigned)(st->st_mode & 07777));
	else
		return false;
	return true;
}

/* The content of one file; a fault is noted and gives false. */
static bool
read_file(
    struct ca_template_files *f, int folder, const char *name, struct buf *out)
{
	AUTO_FD fd = openat(
	    folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char why[ERR_TEXT_MAX];
	struct stat st;
	bool whole;

	if (fd < 0 || fstat(fd, &st) < 0) {
		(void)snprintf(why, sizeof(why), "it cannot be opened: %s",
		    errno == ELOOP ? "it is a link" : strerrordesc_np(errno));
		note(f, true, name, 0, why);
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		note(f, true, name, 0, "it is no regular file.");
		return false;
	}
	if (is_loose(&st, why)) {
		note(f, true, name, 0, why);
		return false;
	}
	whole = buf_add_fd(out, fd) == 0;
	if (!whole || buf_failed(out))
		note(f, true, name, 0,
		    whole ? "a template has at most 64 KiB."
			  : "it cannot be read.");
	return whole && !buf_failed(out);
}

/* Two templates must not answer to one name or object identifier. */
static bool
is_taken(struct ca_template_files *f, const struct ca_template *t)
{
	char why[ERR_TEXT_MAX];

	for (size_t i = 0; i < f->n; i++) {
		const struct ca_template *o = f->list[i];
		bool name = str_eq_ci(o->name, t->name);

		if (!name && !bytes_eq(bytes_of(o->oid.der, o->oid.n),
				 bytes_of(t->oid.der, t->oid.n)))
			continue;
		(void)snprintf(why, sizeof(why), "its %s is that of %s, too.",
		    name ? "name" : "object identifier", o->file);
		note(f, true, t->file,
		    conf_line(t->text, name ? "name" : "oid"), why);
		return true;
	}
	return false;
}

static int
take_file(struct ca_template_files *f, int folder, const char *name,
    struct ca_template_findings *found, struct err *err)
{
	AUTO_BUF text = BUF_WITH_LIMIT(CA_TEMPLATE_FILE_MAX);
	AUTO(ca_template) t = NULL;

	if (!read_file(f, folder, name, &text))
		return 0;
	if (ca_template_read(buf_bytes(&text), name, &t, found, err) < 0)
		return -1;
	for (size_t i = 0; i < found->n; i++)
		note(f, found->list[i].bad, name, found->list[i].line,
		    found->list[i].text);
	if (t && !is_taken(f, t))
		f->list[f->n++] = TAKE(t);
	return 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int
by_name(const void *a, const void *b)
{
	const struct ca_template *const *x = a, *const *y = b;

	return strcasecmp((*x)->name, (*y)->name);
}

/* The names of the files, in order. */
static int
list_folder(int fd, char (*names)[FILE_NAME_MAX], size_t *ret, struct err *err)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;
	int rc = 0;

	if (!d) {
		if (copy >= 0)
			(void)close(copy);
		return err_errno(err, "the folder of the templates");
	}
	while (rc == 0 && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' ||
		    !str_has_suffix_ci(e->d_name, ".yaml"))
			continue;
		if (*ret == CA_TEMPLATES_MAX)
			rc = err_set(err, ERR_CONFIG,
			    "There are more than %d templates.",
			    CA_TEMPLATES_MAX);
		else if (!str_copy(names[*ret], FILE_NAME_MAX, e->d_name))
			rc = err_set(err, ERR_CONFIG,
			    "The name of the file %.60s... is too long.",
			    e->d_name);
		else
			(*ret)++;
	}
	(void)closedir(d);
	qsort(names, *ret, FILE_NAME_MAX, by_text);
	return rc;
}

static size_t
index_of(const struct ca_template_files *f, const char *name)
{
	size_t i = 0;

	while (i < f->n && !str_eq_ci(f->list[i]->name, name))
		i++;
	return i;
}

/* Does a chain of supersedes lead from one template to the other? */
static bool
leads_to(const struct ca_template_files *f, size_t from, size_t to, bool *seen)
{
	const struct ca_template_texts *s = &f->list[from]->supersedes;

	for (size_t i = 0; i < s->n; i++) {
		size_t next = index_of(f, s->list[i]);

		if (next == to)
			return true;
		if (next == f->n || seen[next])
			continue;
		seen[next] = true;
		if (leads_to(f, next, to, seen))
			return true;
	}
	return false;
}

/* Which of two replaces the other must be clear. */
static void
drop_circles(struct ca_template_files *f)
{
	bool circle[CA_TEMPLATES_MAX] = { false };
	size_t kept = 0;

	for (size_t i = 0; i < f->n; i++) {
		bool seen[CA_TEMPLATES_MAX] = { false };

		circle[i] = leads_to(f, i, i, seen);
	}
	for (size_t i = 0; i < f->n; i++) {
		struct ca_template *t = f->list[i];

		if (!circle[i]) {
			f->list[kept++] = t;
			continue;
		}
		note(f, true, t->file, conf_line(t->text, "supersedes"),
		    "it supersedes itself through others.");
		ca_template_free(t);
	}
	f->n = kept;
}

static void
say_unknown(struct ca_template_files *f)
{
	char why[ERR_TEXT_MAX];

	for (size_t i = 0; i < f->n; i++) {
		const struct ca_template *t = f->list[i];

		for (size_t k = 0; k < t->supersedes.n; k++) {
			if (index_of(f, t->supersedes.list[k]) < f->n)
				continue;
			(void)snprintf(why, sizeof(why),
			    "it supersedes %.60s, which is not here.",
			    t->supersedes.list[k]);
			note(f, false, t->file,
			    conf_line(t->text, "supersedes"), why);
		}
	}
}

static int
take_all(struct ca_template_files *f, int fd, struct err *err)
{
	AUTO_MEM char(*names)[FILE_NAME_MAX] =
	    calloc(CA_TEMPLATES_MAX, sizeof(*names));
	AUTO_MEM struct ca_template_findings *found = calloc(1, sizeof(*found));
	size_t n = 0;

	if (!names || !found)
		return err_set(err, ERR_NO_MEMORY, "the templates");
	if (list_folder(fd, names, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (take_file(f, fd, names[i], found, err) < 0)
			return -1;
	qsort(f->list, f->n, sizeof(struct ca_template *), by_name);
	drop_circles(f);
	say_unknown(f);
	return ca_arena_check(&f->arena, err);
}

int
ca_template_files_read(
    const char *folder, struct ca_template_files **ret, struct err *err)
{
	AUTO(ca_template_files) f = calloc(1, sizeof(*f));
	AUTO_FD fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char why[ERR_TEXT_MAX];
	struct stat st;

	if (!f)
		return err_set(err, ERR_NO_MEMORY, "the templates");
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(
		    err, "the folder of the templates, %s", folder);
	if (is_loose(&st, why))
		return err_set(err, ERR_CONFIG,
		    "the folder of the templates, %s: %s", folder, why);
	if (take_all(f, fd, err) < 0)
		return -1;
	*ret = TAKE(f);
	return 0;
}

void
ca_template_files_free(struct ca_template_files *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		ca_template_free(f->list[i]);
	ca_arena_clear(&f->arena);
	free(f);
}
