#include "sign/log.h"

#include "base/clock.h"
#include "base/thread.h"
#include "sign/log_parts.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#define BATCH_BYTES (SIGN_BATCH_MAX * SIGN_RECORD_MAX)
#define INDEX_STEP  1024

struct sign_log {
	char *path;
	int fd;
	struct pki_tools *tools; /* of the one who appends */
	size_t torn;
	bool doubtful; /* the disk failed: unknown what the file contains */
	pthread_mutex_t lock; /* for the rest */
	off_t size;
	uint64_t sequence;
	uint8_t hash[SIGN_HASH_SIZE];
	uint64_t crl_numbers[SIGN_KEYS_MAX];
	/* Offset of every INDEX_STEP-th record: 1, 1025, 2049, ... */
	off_t *index;
	size_t index_n, index_cap;
	char text[BATCH_BYTES];
};

/* --- the head in memory ------------------------------------------------ */

static int
index_room(struct sign_log *log, uint64_t sequence, struct err *err)
{
	size_t need = (size_t)(sequence / INDEX_STEP) + 1, cap;
	off_t *grown;

	if (need <= log->index_cap)
		return 0;
	cap = need + need / 2 + 16;
	grown = reallocarray(log->index, cap, sizeof(*grown));
	if (!grown)
		return err_set(err, ERR_NO_MEMORY,
		    "memory for the index of the signer's log");
	log->index = grown;
	log->index_cap = cap;
	return 0;
}

/* The record stands at this offset and is the newest now. */
static void
note(struct sign_log *log, const struct sign_record *r, off_t at)
{
	if ((r->sequence - 1) % INDEX_STEP == 0) {
		assert(log->index_n < log->index_cap);
		log->index[log->index_n++] = at;
	}
	log->sequence = r->sequence;
	memcpy(log->hash, r->hash, SIGN_HASH_SIZE);
	if (r->outcome == SIGN_SIGNED && r->what == SIGN_CRL &&
	    r->key_index < SIGN_KEYS_MAX &&
	    r->facts.number > log->crl_numbers[r->key_index])
		log->crl_numbers[r->key_index] = r->facts.number;
}

/* --- appending --------------------------------------------------------- */

/* Write all or leave the file as it was. */
static int
write_text(struct sign_log *log, size_t n, struct err *err)
{
	size_t done = 0;
	int rc = 0, why;

	while (rc == 0 && done < n) {
		ssize_t w = write(log->fd, log->text + done, n - done);

		if (w >= 0)
			done += (size_t)w;
		else if (errno != EINTR)
			rc = -1;
	}
	if (rc == 0)
		rc = fdatasync(log->fd);
	if (rc == 0)
		return 0;
	why = errno;
	(void)err_errno(
	    err, "nothing was signed, the log %s cannot be written", log->path);
	/* After a full disk the old end is known; after anything else (EIO)
	 * the kernel may have dropped pages that it calls clean. */
	log->doubtful = why != ENOSPC && why != EDQUOT;
	if (ftruncate(log->fd, log->size) < 0)
		log->doubtful = true;
	return -1;
}

static int
write_records(struct sign_log *log, struct sign_record *records, size_t n,
    size_t *ret_size, struct err *err)
{
	const uint8_t *prev = log->hash;
	int64_t now = clock_now();
	size_t at = 0, i;

	for (i = 0; i < n; i++) {
		struct sign_record *r = &records[i];
		char *line = log->text + at;
		uint8_t hash[PKI_DIGEST_MAX];
		size_t hashed, hash_n;

		r->sequence = log->sequence + 1 + i;
		r->time = now;
		memcpy(r->prev, prev, SIGN_HASH_SIZE);
		hashed = sign_record_text(r, line);
		if (pki_tools_hash(log->tools, PKI_HASH_SHA256,
			bytes_of(line, hashed), hash, &hash_n, err) < 0)
			return -1;
		memcpy(r->hash, hash, SIGN_HASH_SIZE);
		at += sign_record_end(r, line, hashed);
		prev = r->hash;
	}
	*ret_size = at;
	return write_text(log, at, err);
}

/* Where each line of the text that was written begins follows from its
 * length. */
static void
note_all(struct sign_log *log, const struct sign_record *records, size_t n,
    size_t size)
{
	const char *line = log->text;
	size_t i;

	thread_lock(&log->lock);
	for (i = 0; i < n; i++) {
		note(log, &records[i], log->size + (line - log->text));
		line = (const char *)memchr(line, '\n', SIGN_RECORD_MAX) + 1;
	}
	log->size += (off_t)size;
	thread_unlock(&log->lock);
}

int
sign_log_append(struct sign_log *log, struct sign_record *records, size_t n,
    struct err *err)
{
	size_t size = 0;
	int rc;

	assert(n <= SIGN_BATCH_MAX);
	if (n == 0)
		return 0;
	if (log->doubtful)
		return err_set(err, ERR_UNAVAILABLE,
		    "the disk of the signer's log failed; start the signer "
		    "again once the cause is gone");
	thread_lock(&log->lock);
	rc = index_room(log, log->sequence + n, err);
	thread_unlock(&log->lock);
	if (rc < 0 || write_records(log, records, n, &size, err) < 0)
		return -1;
	note_all(log, records, n, size);
	return 0;
}

/* --- opening ----------------------------------------------------------- */

static int
open_file(struct sign_log *log, bool create, struct err *err)
{
	struct stat st;

	log->fd = open(log->path,
	    O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0),
	    0600);
	if (log->fd < 0 || fstat(log->fd, &st) < 0)
		return err_errno(err, "the signer's log %s", log->path);
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077) != 0)
		return err_set(err, ERR_DENIED,
		    "the signer's log %s must be a file of the signer's "
		    "account with mode 0600",
		    log->path);
	if (flock(log->fd, LOCK_EX | LOCK_NB) < 0)
		return err_errno(
		    err, "%s: is another signer running?", log->path);
	log->size = st.st_size;
	return 0;
}

static int
sync_folder(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	AUTO_MEM char *folder =
	    slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	AUTO_FD fd = -1;

	if (!folder)
		return err_set(err, ERR_NO_MEMORY, "%s", path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return err_errno(err, "%s", folder);
	return 0;
}

static bool
is_noted(const struct sign_record *r)
{
	return (r->sequence - 1) % INDEX_STEP == 0 || r->what == SIGN_CRL;
}

static void
note_seen(void *log, const struct sign_record *r, off_t at)
{
	note(log, r, at);
}

/* A long one in parts at the same time. False: read it from the beginning. */
static bool
scan_parts(struct sign_log *log, struct sign_log_scan *s)
{
	AUTO(sign_log_parts) parts = NULL;
	const struct sign_log_scan *end;

	if (!sign_log_parts_verify(log->fd, log->size, is_noted, &parts))
		return false;
	end = sign_log_parts_end(parts);
	if (index_room(log, end->sequence, NULL) < 0)
		return false;
	sign_log_parts_see(parts, note_seen, log);
	*s = *end;
	s->tools = NULL; /* the part's */
	return true;
}

static int
scan_all(struct sign_log *log, struct sign_log_scan *s, struct err *err)
{
	struct sign_record r;
	off_t at = 0;
	int rc;

	s->fd = log->fd;
	s->end = log->size;
	s->tools = log->tools;
	while ((rc = sign_log_scan_next(s, &r, err)) > 0) {
		if (index_room(log, r.sequence, err) < 0)
			return -1;
		note(log, &r, at);
		at = s->at;
	}
	return rc;
}

/* What stands after the last newline (see the theory). */
static int
repair(struct sign_log *log, off_t whole, const uint8_t *p, struct err *err)
{
	struct sign_record r = { .outcome = SIGN_REMARK,
		.what = SIGN_WHAT_TORN };
	size_t n = (size_t)(log->size - whole);

	if (n == 0)
		return 0;
	if (n > BATCH_BYTES)
		return err_set(err, ERR_CORRUPT,
		    "%zu bytes after record %ju are no records", n,
		    (uintmax_t)log->sequence);
	if (pki_tools_hash(log->tools, PKI_HASH_SHA256, bytes_of(p, n),
		r.facts.digest, &r.facts.digest_n, err) < 0)
		return -1;
	r.facts.number = n;
	if (ftruncate(log->fd, whole) < 0)
		return err_errno(err, "cutting off a torn record");
	log->size = whole;
	log->torn = n;
	return sign_log_append(log, &r, 1, err);
}

static int
verify(struct sign_log *log, struct err *err)
{
	AUTO_MEM struct sign_log_scan *s = calloc(1, sizeof(*s));
	struct err why = { 0 };

	if (!s)
		return err_set(err, ERR_NO_MEMORY, "verifying the log");
	_Static_assert(BATCH_BYTES <= SIGN_LOG_BLOCK, "torn bytes fit");
	if ((scan_parts(log, s) || scan_all(log, s, &why) == 0) &&
	    repair(log, s->at, s->block + s->used, &why) == 0)
		return 0;
	if (why.code != ERR_CORRUPT)
		return err_set(err, why.code, "the signer's log %s: %s",
		    log->path, why.text);
	return err_set(err, ERR_CORRUPT,
	    "the signer's log %s is damaged: %s. Nothing will be signed. Keep "
	    "the file as evidence, compare it with the CA's audit and put a "
	    "whole copy from a backup in its place",
	    log->path, why.text);
}

int
sign_log_open(
    const char *path, bool create, struct sign_log **ret, struct err *err)
{
	struct sign_log *log = calloc(1, sizeof(*log));

	if (!log)
		return err_set(err, ERR_NO_MEMORY, "the signer's log");
	log->fd = -1;
	(void)pthread_mutex_init(&log->lock, NULL);
	log->path = strdup(path);
	if (!log->path) {
		(void)err_set(err, ERR_NO_MEMORY, "the signer's log");
		goto failed;
	}
	if (pki_tools_new(&log->tools, err) < 0 ||
	    open_file(log, create, err) < 0 || verify(log, err) < 0 ||
	    (create && sync_folder(path, err) < 0))
		goto failed;
	*ret = log;
	return 0;
failed:
	sign_log_close(log);
	return -1;
}

void
sign_log_close(struct sign_log *log)
{
	if (!log)
		return;
	if (log->fd >= 0)
		(void)close(log->fd);
	pki_tools_free(log->tools);
	(void)pthread_mutex_destroy(&log->lock);
	free(log->index);
	free(log->path);
	free(log);
}

/* --- reading ----------------------------------------------------------- */

uint64_t
sign_log_head(struct sign_log *log, uint8_t ret_hash[SIGN_HASH_SIZE])
{
	uint64_t sequence;

	thread_lock(&log->lock);
	sequence = log->sequence;
	memcpy(ret_hash, log->hash, SIGN_HASH_SIZE);
	thread_unlock(&log->lock);
	return sequence;
}

uint64_t
sign_log_crl_number(struct sign_log *log, uint32_t key_index)
{
	uint64_t number;

	assert(key_index < SIGN_KEYS_MAX);
	thread_lock(&log->lock);
	number = log->crl_numbers[key_index];
	thread_unlock(&log->lock);
	return number;
}

size_t
sign_log_torn(const struct sign_log *log)
{
	return log->torn;
}

/* Start at the indexed record at or before the wanted one; false: there are
 * no newer ones. What is durable is never written again, so that reading
 * needs no lock. */
static bool
seek(struct sign_log *log, uint64_t after, struct sign_log_scan *s)
{
	bool found;

	thread_lock(&log->lock);
	found = after < log->sequence;
	if (found) {
		size_t i = (size_t)(after / INDEX_STEP);

		s->at = log->index[i];
		s->sequence = (uint64_t)i * INDEX_STEP;
		s->end = log->size;
	}
	thread_unlock(&log->lock);
	return found;
}

int
sign_log_read(struct sign_log *log, uint64_t after, struct sign_record *ret,
    size_t max, size_t *ret_n, struct err *err)
{
	AUTO_MEM struct sign_log_scan *s = calloc(1, sizeof(*s));
	int rc = 1;

	*ret_n = 0;
	if (!s)
		return err_set(err, ERR_NO_MEMORY, "reading the log");
	if (!seek(log, after, s))
		return 0;
	s->fd = log->fd;
	while (
	    *ret_n < max && (rc = sign_log_scan_next(s, &ret[*ret_n], err)) > 0)
		if (ret[*ret_n].sequence > after)
			++*ret_n;
	return rc < 0 ? err_wrap(err, "the signer's log %s", log->path) : 0;
}
