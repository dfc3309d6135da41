#include "sign/log_parts.h"

#include "base/thread.h"

#include <stdlib.h>
#include <unistd.h>

struct kept {
	struct sign_record record;
	off_t at;
};

struct part {
	struct sign_log_scan *scan;
	sign_log_wanted *wanted;
	uint64_t before; /* what its first record follows */
	uint8_t before_hash[SIGN_HASH_SIZE];
	struct kept *kept;
	size_t n, cap;
	bool started, good;
	pthread_t thread;
};

struct sign_log_parts {
	size_t count;
	struct part list[SIGN_LOG_PARTS_MAX];
};

void
sign_log_parts_free(struct sign_log_parts *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->count; i++) {
		struct part *part = &p->list[i];

		if (part->started)
			thread_join(part->thread);
		if (part->scan)
			pki_tools_free(part->scan->tools);
		free(part->scan);
		free(part->kept);
	}
	free(p);
}

/* --- one part ----------------------------------------------------------- */

static bool
keep(struct part *p, const struct sign_record *r, off_t at)
{
	if (p->n == p->cap) {
		size_t cap = p->cap * 2 + 64;
		struct kept *grown = reallocarray(p->kept, cap, sizeof(*grown));

		if (!grown)
			return false;
		p->kept = grown;
		p->cap = cap;
	}
	p->kept[p->n++] = (struct kept){ *r, at };
	return true;
}

static void
read_part(void *arg)
{
	struct part *p = arg;
	struct sign_record r;
	off_t at = p->scan->at, last = -1;
	bool is_kept = true;
	int rc;

	while ((rc = sign_log_scan_next(p->scan, &r, NULL)) > 0) {
		is_kept = p->wanted(&r);
		if (is_kept && !keep(p, &r, at))
			return;
		last = at;
		at = p->scan->at;
	}
	if (rc == 0 && !is_kept && !keep(p, &r, last))
		return;
	p->good = rc == 0;
}

/* --- cutting ------------------------------------------------------------ */

/* A line and what is behind it, at this offset; false: there is no end. */
static bool
line_at(int fd, off_t at, uint8_t dst[SIGN_RECORD_MAX], size_t *ret_n)
{
	ssize_t n = pread(fd, dst, SIGN_RECORD_MAX, at);
	const uint8_t *end = n > 0 ? memchr(dst, '\n', (size_t)n) : NULL;

	if (!end)
		return false;
	*ret_n = (size_t)(end - dst);
	return true;
}

/* The begin of the first line behind `at`. */
static bool
cut(int fd, off_t at, off_t *ret)
{
	uint8_t line[SIGN_RECORD_MAX];
	size_t n;

	if (!line_at(fd, at, line, &n))
		return false;
	*ret = at + (off_t)n + 1;
	return true;
}

/* What the first record of a part says that it follows. */
static bool
read_before(struct part *p, int fd, off_t from)
{
	uint8_t line[SIGN_RECORD_MAX];
	struct sign_record r;
	struct bytes hashed;
	size_t n;

	if (from == 0)
		return true;
	if (!line_at(fd, from, line, &n) ||
	    !sign_record_parse(bytes_of(line, n), &r, &hashed))
		return false;
	p->before = r.sequence - 1;
	memcpy(p->before_hash, r.prev, SIGN_HASH_SIZE);
	return true;
}

static bool
start_part(struct part *p, int fd, off_t from, off_t to)
{
	struct sign_log_scan *s = p->scan = calloc(1, sizeof(*s));

	if (!s || pki_tools_new(&s->tools, NULL) < 0 ||
	    !read_before(p, fd, from))
		return false;
	s->fd = fd;
	s->at = from;
	s->end = to;
	s->sequence = p->before;
	memcpy(s->hash, p->before_hash, SIGN_HASH_SIZE);
	p->started = thread_start(&p->thread, "log", read_part, p, NULL) == 0;
	return p->started;
}

static bool
start_all(struct sign_log_parts *p, int fd, off_t size, sign_log_wanted *wanted)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	off_t from = 0, to;

	if (cores < 2)
		return false;
	if (cores > SIGN_LOG_PARTS_MAX)
		cores = SIGN_LOG_PARTS_MAX;
	for (long i = 1; i <= cores; i++) {
		to = size;
		if (i < cores && !cut(fd, size / cores * i, &to))
			return false;
		p->list[p->count].wanted = wanted;
		if (!start_part(&p->list[p->count++], fd, from, to))
			return false;
		from = to;
	}
	return true;
}

/* --- together ------------------------------------------------------------ */

static bool
fits(const struct part *p, const struct part *next)
{
	return p->scan->at == p->scan->end &&
	       p->scan->sequence == next->before &&
	       memcmp(p->scan->hash, next->before_hash, SIGN_HASH_SIZE) == 0;
}

static bool
join_all(struct sign_log_parts *p)
{
	bool good = true;

	for (size_t i = 0; i < p->count; i++) {
		thread_join(p->list[i].thread);
		p->list[i].started = false;
		good = good && p->list[i].good;
	}
	for (size_t i = 1; good && i < p->count; i++)
		good = fits(&p->list[i - 1], &p->list[i]);
	return good;
}

bool
sign_log_parts_verify(
    int fd, off_t size, sign_log_wanted *wanted, struct sign_log_parts **ret)
{
	AUTO(sign_log_parts) p = NULL;

	if (size < SIGN_LOG_PARTS_MIN)
		return false;
	p = calloc(1, sizeof(*p));
	if (!p || !start_all(p, fd, size, wanted) || !join_all(p))
		return false;
	*ret = TAKE(p);
	return true;
}

const struct sign_log_scan *
sign_log_parts_end(const struct sign_log_parts *p)
{
	return p->list[p->count - 1].scan;
}

void
sign_log_parts_see(
    const struct sign_log_parts *p, sign_log_seen *seen, void *ctx)
{
	for (size_t i = 0; i < p->count; i++)
		for (size_t k = 0; k < p->list[i].n; k++)
			seen(ctx, &p->list[i].kept[k].record,
			    p->list[i].kept[k].at);
}
