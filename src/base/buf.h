/* buf.h - a growing buffer with a declared maximum.
 *
 * Every use declares its limit in buf_init(). The first write beyond it (or a
 * failed allocation) marks the buffer failed; further writes are ignored, so
 * a run of writes is checked once, with buf_check() or buf_failed(). The
 * content is always followed by a NUL that does not count.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

struct buf {
	uint8_t *p;
	size_t n;
	size_t cap;
	size_t max;
	bool failed;
};

#define BUF_WITH_LIMIT(limit) ((struct buf){ NULL, 0, 0, (limit), false })

void buf_init(struct buf *b, size_t max);
void buf_clear(struct buf *b); /* releases; the limit stays */
void buf_reset(struct buf *b); /* empties, keeps the memory */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_add_bytes(struct buf *b, struct bytes x);
void buf_add_str(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_add_be32(struct buf *b, uint32_t v);
void buf_add_be64(struct buf *b, uint64_t v);
/* Room for n more bytes, or NULL (then failed); commit with b->n += used. */
uint8_t *buf_room(struct buf *b, size_t n);
/* All that is left to read of fd, to its end or past the limit (then failed,
 * and the rest is not read). -1 with errno when it cannot be read. */
MUST_CHECK int buf_add_fd(struct buf *b, int fd);
bool buf_failed(const struct buf *b);
/* 0, or -1 with ERR_TOO_LARGE naming what. */
MUST_CHECK int buf_check(
    const struct buf *b, const char *what, struct err *err);
struct bytes buf_bytes(const struct buf *b);
const char *buf_str(const struct buf *b); /* "" when empty; NUL-terminated */
/* Hand the memory over (may be NULL when empty); the buffer is then empty. */
uint8_t *buf_take(struct buf *b, size_t *ret_n);

static inline void
buf_autoclear(struct buf *b)
{
	buf_clear(b);
}
#define AUTO_BUF __attribute__((cleanup(buf_autoclear))) struct buf
