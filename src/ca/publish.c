#include "ca/publish.h"

#include "base/str.h"
#include "ca/generation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define PATH_ROOM 4096
#define BUFFER    65536

struct ca_publish {
	char dir[PATH_ROOM / 2];
	char path[PATH_ROOM];
	char temp[PATH_ROOM];
	int fd;
	uint8_t *buffer;
	size_t used;
	uint64_t size; /* written to the file */
	uint8_t *map;
	size_t mapped;
};

static int
path_of(const struct ca_config *c, const char *prefix, const char *name,
    char dst[PATH_ROOM], struct err *err)
{
	int n = snprintf(dst, PATH_ROOM, "%s/%s%s", c->publish, prefix, name);

	if (strchr(name, '/') || n < 0 || n >= PATH_ROOM)
		return err_set(err, ERR_INVALID, "file name %s", name);
	return 0;
}

int
ca_publish_open(const struct ca_config *c, const char *name,
    struct ca_publish **ret, struct err *err)
{
	AUTO(ca_publish) p = calloc(1, sizeof(*p));

	if (!p)
		return err_set(err, ERR_NO_MEMORY, "publishing %s", name);
	p->fd = -1;
	p->buffer = malloc(BUFFER);
	if (!p->buffer)
		return err_set(err, ERR_NO_MEMORY, "publishing %s", name);
	/* A hidden name: nginx does not list, and nobody asks for it. */
	if (!str_copy(p->dir, sizeof(p->dir), c->publish) ||
	    path_of(c, "", name, p->path, err) < 0 ||
	    path_of(c, ".", name, p->temp, err) < 0)
		return -1;
	p->fd = open(
	    p->temp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (p->fd < 0)
		return err_errno(err, "making %s", p->temp);
	*ret = TAKE(p);
	return 0;
}

int
ca_publish_scratch(const struct ca_config *c, const char *name,
    struct ca_publish **ret, struct err *err)
{
	AUTO(ca_publish) p = NULL;
	char rows[CA_FILE_MAX + 8];

	(void)snprintf(rows, sizeof(rows), "%s.rows", name);
	if (ca_publish_open(c, rows, &p, err) < 0)
		return -1;
	if (unlink(p->temp) < 0)
		return err_errno(err, "removing %s", p->temp);
	p->temp[0] = 0;
	*ret = TAKE(p);
	return 0;
}

static int
write_all(int fd, const uint8_t *at, size_t n, uint64_t offset, struct err *err)
{
	while (n > 0) {
		ssize_t k = pwrite(fd, at, n, (off_t)offset);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return err_errno(err, "writing a published file");
		at += k;
		n -= (size_t)k;
		offset += (uint64_t)k;
	}
	return 0;
}

static int
flush(struct ca_publish *p, struct err *err)
{
	if (write_all(p->fd, p->buffer, p->used, p->size, err) < 0)
		return -1;
	p->size += p->used;
	p->used = 0;
	return 0;
}

int
ca_publish_write(struct ca_publish *p, struct bytes part, struct err *err)
{
	while (part.n > 0) {
		size_t k = BUFFER - p->used;

		if (k > part.n)
			k = part.n;
		memcpy(p->buffer + p->used, part.p, k);
		p->used += k;
		part = bytes_of(part.p + k, part.n - k);
		if (p->used == BUFFER && flush(p, err) < 0)
			return -1;
	}
	return 0;
}

int
ca_publish_patch(
    struct ca_publish *p, uint64_t offset, struct bytes part, struct err *err)
{
	if (flush(p, err) < 0)
		return -1;
	return write_all(p->fd, part.p, part.n, offset, err);
}

static void
unmap(struct ca_publish *p)
{
	if (p->map)
		(void)munmap(p->map, p->mapped);
	p->map = NULL;
}

int
ca_publish_map(struct ca_publish *p, struct bytes *ret, struct err *err)
{
	void *map;

	unmap(p);
	*ret = BYTES_NONE;
	if (flush(p, err) < 0)
		return -1;
	if (p->size == 0)
		return 0;
	map = mmap(NULL, p->size, PROT_READ, MAP_SHARED, p->fd, 0);
	if (map == MAP_FAILED)
		return err_errno(err, "reading back %s", p->temp);
	p->map = map;
	p->mapped = p->size;
	*ret = bytes_of(p->map, p->mapped);
	return 0;
}

int
ca_publish_read_at(struct ca_publish *p, uint64_t offset, uint8_t *dst,
    size_t n, struct err *err)
{
	if (p->used > 0 && flush(p, err) < 0)
		return -1;
	while (n > 0) {
		ssize_t k = pread(p->fd, dst, n, (off_t)offset);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return err_errno(err, "reading back %s", p->temp);
		dst += k;
		n -= (size_t)k;
		offset += (uint64_t)k;
	}
	return 0;
}

void
ca_publish_forget(const uint8_t *p, size_t n)
{
	/* The mapping is of a file and read only: the pages come back. */
	union {
		const uint8_t *from;
		void *to;
	} page = { .from = p };

	(void)madvise(page.to, n, MADV_DONTNEED);
}

int
ca_publish_commit(struct ca_publish *p, struct err *err)
{
	AUTO_FD dir = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (flush(p, err) < 0)
		return -1;
	if (fdatasync(p->fd) < 0)
		return err_errno(err, "writing %s", p->temp);
	if (rename(p->temp, p->path) < 0)
		return err_errno(err, "publishing %s", p->path);
	p->temp[0] = 0;
	if (dir < 0 || fsync(dir) < 0)
		return err_errno(err, "folder %s", p->dir);
	return 0;
}

void
ca_publish_free(struct ca_publish *p)
{
	if (!p)
		return;
	unmap(p);
	if (p->fd >= 0) {
		close(p->fd);
		if (p->temp[0])
			(void)unlink(p->temp);
	}
	free(p->buffer);
	free(p);
}

int
ca_publish_read(const struct ca_config *c, const char *name, size_t max,
    uint8_t **ret, size_t *ret_n, struct err *err)
{
	char path[PATH_ROOM];
	AUTO_FD fd = -1;
	AUTO_MEM uint8_t *p = NULL;
	struct stat st;
	ssize_t n;

	if (path_of(c, "", name, path, err) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return err_set(err, ERR_NOT_FOUND, "%s is not there", name);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, "reading %s", path);
	if (st.st_size <= 0 || (uint64_t)st.st_size > max)
		return err_set(err, ERR_TOO_LARGE,
		    "%s has %lld bytes; fetch it from its published address",
		    name, (long long)st.st_size);
	p = malloc((size_t)st.st_size);
	if (!p)
		return err_set(err, ERR_NO_MEMORY, "reading %s", name);
	n = pread(fd, p, (size_t)st.st_size, 0);
	if (n != st.st_size)
		return err_errno(err, "reading %s", path);
	*ret_n = (size_t)n;
	*ret = TAKE(p);
	return 0;
}

/* --- a view of a published file ------------------------------------------ */

#define WINDOW (UINT64_C(1) << 20)

struct ca_publish_view {
	char path[PATH_ROOM];
	struct stat st;
	uint8_t *map;
	uint64_t given_back;
};

int
ca_publish_view_open(const struct ca_config *c, const char *name,
    struct ca_publish_view **ret, struct err *err)
{
	AUTO(ca_publish_view) v = calloc(1, sizeof(*v));
	AUTO_FD fd = -1;
	void *map;

	if (!v)
		return err_set(err, ERR_NO_MEMORY, "reading %s", name);
	if (path_of(c, "", name, v->path, err) < 0)
		return -1;
	fd = open(v->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return err_set(err, ERR_NOT_FOUND, "%s is not there", name);
	if (fd < 0 || fstat(fd, &v->st) < 0)
		return err_errno(err, "reading %s", v->path);
	/* Something else in its place is no file of ours. */
	if (!S_ISREG(v->st.st_mode) || v->st.st_size <= 0)
		return err_set(err, ERR_NOT_FOUND, "%s is no file", name);
	map = mmap(NULL, (size_t)v->st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return err_errno(err, "reading %s", v->path);
	v->map = map;
	*ret = TAKE(v);
	return 0;
}

void
ca_publish_view_free(struct ca_publish_view *v)
{
	if (!v)
		return;
	if (v->map)
		(void)munmap(v->map, (size_t)v->st.st_size);
	free(v);
}

struct bytes
ca_publish_view_bytes(const struct ca_publish_view *v)
{
	return bytes_of(v->map, (size_t)v->st.st_size);
}

void
ca_publish_view_read_up_to(struct ca_publish_view *v, const uint8_t *p)
{
	uint64_t upto = (uint64_t)(p - v->map) / WINDOW * WINDOW;

	if (upto <= v->given_back)
		return;
	ca_publish_forget(
	    v->map + v->given_back, (size_t)(upto - v->given_back));
	v->given_back = upto;
}

bool
ca_publish_view_changed(const struct ca_publish_view *v)
{
	struct stat now;

	return lstat(v->path, &now) < 0 || now.st_dev != v->st.st_dev ||
	       now.st_ino != v->st.st_ino || now.st_size != v->st.st_size ||
	       now.st_mtim.tv_sec != v->st.st_mtim.tv_sec ||
	       now.st_mtim.tv_nsec != v->st.st_mtim.tv_nsec;
}

bool
ca_publish_exists(const struct ca_config *c, const char *name)
{
	char path[PATH_ROOM];
	struct stat st;

	return path_of(c, "", name, path, NULL) == 0 && lstat(path, &st) == 0 &&
	       S_ISREG(st.st_mode);
}

static int
publish_file(const struct ca_config *c, const char *name, struct bytes der,
    struct err *err)
{
	AUTO(ca_publish) p = NULL;

	if (ca_publish_exists(c, name))
		return 0;
	if (ca_publish_open(c, name, &p, err) < 0 ||
	    ca_publish_write(p, der, err) < 0)
		return -1;
	return ca_publish_commit(p, err);
}

int
ca_publish_certificates(struct ca *ca, struct err *err)
{
	const struct ca_generations *g = ca_generations_take(ca);
	char name[CA_FILE_MAX];
	int rc = 0;

	for (size_t i = 0; g && rc == 0 && i < g->n; i++) {
		ca_file_cert(ca->config, g->list[i].index, name);
		rc = publish_file(ca->config, name, g->list[i].der, err);
	}
	for (size_t i = 0; g && rc == 0 && i < g->cross_n; i++) {
		const struct ca_cross *c = &g->crosses[i];

		ca_file_cross(ca->config, c->from, c->to, name);
		rc = publish_file(ca->config, name, c->der, err);
	}
	ca_generations_release(ca, g);
	return rc;
}
