#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void
buf_init(struct buf *b, size_t max)
{
	*b = BUF_WITH_LIMIT(max);
}

void
buf_clear(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
	b->failed = false;
	if (b->p)
		b->p[0] = 0;
}

uint8_t *
buf_room(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 64;
	uint8_t *p;

	if (b->failed || n > b->max || b->n > b->max - n) {
		b->failed = true;
		return NULL;
	}
	if (b->n + n + 1 <= b->cap)
		return b->p + b->n;
	while (cap < b->n + n + 1)
		cap += cap / 2 + 64;
	p = realloc(b->p, cap);
	if (!p) {
		b->failed = true;
		return NULL;
	}
	b->p = p;
	b->cap = cap;
	b->p[b->n] = 0;
	return b->p + b->n;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	uint8_t *room = buf_room(b, n);

	if (!room)
		return;
	if (n)
		memcpy(room, p, n);
	b->n += n;
	b->p[b->n] = 0;
}

void
buf_add_bytes(struct buf *b, struct bytes x)
{
	buf_add(b, x.p, x.n);
}

void
buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	uint8_t *room;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return;
	}
	room = buf_room(b, (size_t)n);
	if (!room)
		return;
	va_start(ap, fmt);
	(void)vsnprintf((char *)room, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

void
buf_add_be32(struct buf *b, uint32_t v)
{
	uint8_t x[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16),
		(uint8_t)(v >> 8), (uint8_t)v };

	buf_add(b, x, sizeof(x));
}

void
buf_add_be64(struct buf *b, uint64_t v)
{
	buf_add_be32(b, (uint32_t)(v >> 32));
	buf_add_be32(b, (uint32_t)v);
}

int
buf_add_fd(struct buf *b, int fd)
{
	uint8_t part[16384];
	ssize_t n = 1;

	while (!b->failed && n > 0) {
		n = read(fd, part, sizeof(part));
		if (n > 0)
			buf_add(b, part, (size_t)n);
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	return n < 0 ? -1 : 0;
}

bool
buf_failed(const struct buf *b)
{
	return b->failed;
}

int
buf_check(const struct buf *b, const char *what, struct err *err)
{
	if (b->failed)
		return err_set(err, ERR_TOO_LARGE,
		    "%s is larger than %zu bytes", what, b->max);
	return 0;
}

struct bytes
buf_bytes(const struct buf *b)
{
	return (struct bytes){ b->p, b->n };
}

const char *
buf_str(const struct buf *b)
{
	return b->p ? (const char *)b->p : "";
}

uint8_t *
buf_take(struct buf *b, size_t *ret_n)
{
	uint8_t *p = b->p;

	if (ret_n)
		*ret_n = b->n;
	buf_init(b, b->max);
	return p;
}
