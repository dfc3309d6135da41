#include "sign/log_scan.h"

#include <errno.h>

/* Keep what is not used yet and read behind it. */
static int
refill(struct sign_log_scan *s, struct err *err)
{
	size_t rest = s->have - s->used, want;
	off_t left = s->end - s->at;
	ssize_t n = 1;

	memmove(s->block, s->block + s->used, rest);
	s->have = rest;
	s->used = 0;
	want = (off_t)sizeof(s->block) < left ? sizeof(s->block) : (size_t)left;
	while (s->have < want && n != 0) {
		n = pread(s->fd, s->block + s->have, want - s->have,
		    s->at + (off_t)s->have);
		if (n < 0 && errno != EINTR)
			return err_errno(err, "reading the signer's log");
		if (n > 0)
			s->have += (size_t)n;
	}
	if (s->have < want)
		return err_set(err, ERR_SYSTEM,
		    "the signer's log became shorter while it was read");
	return 0;
}

/* The next line without its newline, or nothing at all. */
static int
next_line(struct sign_log_scan *s, struct bytes *ret, struct err *err)
{
	const uint8_t *end = NULL;

	if (s->have > s->used)
		end = memchr(s->block + s->used, '\n', s->have - s->used);
	if (!end) {
		if (refill(s, err) < 0)
			return -1;
		if (s->have > 0)
			end = memchr(s->block, '\n', s->have);
	}
	*ret = BYTES_NONE;
	if (!end)
		return 0;
	ret->p = s->block + s->used;
	ret->n = (size_t)(end - ret->p);
	return 0;
}

static int
broken(const struct sign_log_scan *s, const char *how, struct err *err)
{
	return err_set(err, ERR_CORRUPT, "record %ju, at byte %jd, %s",
	    (uintmax_t)s->sequence + 1, (intmax_t)s->at, how);
}

static int
check(struct sign_log_scan *s, const struct sign_record *r, struct bytes hashed,
    struct err *err)
{
	uint8_t hash[PKI_DIGEST_MAX];
	size_t n;

	if (pki_tools_hash(s->tools, PKI_HASH_SHA256, hashed, hash, &n, err) <
	    0)
		return -1;
	if (memcmp(hash, r->hash, SIGN_HASH_SIZE) != 0)
		return broken(s, "was changed: its hash is another", err);
	if (memcmp(r->prev, s->hash, SIGN_HASH_SIZE) != 0)
		return broken(s, "does not follow the one before it", err);
	return 0;
}

int
sign_log_scan_next(
    struct sign_log_scan *s, struct sign_record *ret, struct err *err)
{
	struct bytes line, hashed;

	if (next_line(s, &line, err) < 0)
		return -1;
	if (!line.p)
		return 0;
	if (line.n >= SIGN_RECORD_MAX || !sign_record_parse(line, ret, &hashed))
		return broken(s, "is not a record", err);
	if (ret->sequence != s->sequence + 1)
		return broken(s, "has another number", err);
	if (s->tools && check(s, ret, hashed, err) < 0)
		return -1;
	s->used += line.n + 1;
	s->at += (off_t)line.n + 1;
	s->sequence = ret->sequence;
	memcpy(s->hash, ret->hash, SIGN_HASH_SIZE);
	return 1;
}
