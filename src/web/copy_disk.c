#include "web/copy_disk.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/thread.h"
#include "pki/cert.h"
#include "pki/crl.h"
#include "pki/name.h"

#include <fcntl.h>
#include <sys/stat.h>

#define INFO_MAX      8192
#define FILE_NAME_MAX 32

struct web_disk {
	int dir;
	pthread_mutex_t lock; /* one writer at a time */
};

struct web_stored {
	struct buf info; /* ca.txt, cut into texts */
	struct buf der[RPC_GENERATIONS_MAX];
	struct buf subject[RPC_GENERATIONS_MAX];
	struct buf issuers[RPC_GENERATIONS_MAX];
	struct rpc_generation generations[RPC_GENERATIONS_MAX];
};

int
web_disk_open(const char *dir, struct web_disk **ret, struct err *err)
{
	struct web_disk *d = calloc(1, sizeof(*d));

	if (!d)
		return err_set(err, ERR_NO_MEMORY, "no memory for the copy");
	d->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->dir < 0) {
		free(d);
		return err_errno(err, "the folder %s", dir);
	}
	(void)pthread_mutex_init(&d->lock, NULL);
	*ret = d;
	return 0;
}

void
web_disk_free(struct web_disk *d)
{
	if (!d)
		return;
	close(d->dir);
	(void)pthread_mutex_destroy(&d->lock);
	free(d);
}

void
web_stored_free(struct web_stored *s)
{
	size_t i;

	if (!s)
		return;
	buf_clear(&s->info);
	for (i = 0; i < RPC_GENERATIONS_MAX; i++) {
		buf_clear(&s->der[i]);
		buf_clear(&s->subject[i]);
		buf_clear(&s->issuers[i]);
	}
	free(s);
}

static struct web_stored *
stored_new(void)
{
	struct web_stored *s = calloc(1, sizeof(*s));
	size_t i;

	if (!s)
		return NULL;
	buf_init(&s->info, INFO_MAX);
	for (i = 0; i < RPC_GENERATIONS_MAX; i++) {
		buf_init(&s->der[i], RPC_CRL_MAX);
		buf_init(&s->subject[i], PKI_NAME_TEXT_MAX);
		buf_init(&s->issuers[i], RPC_CHAIN_MAX);
	}
	return s;
}

static bool
read_file(const struct web_disk *d, const char *name, struct buf *out)
{
	AUTO_FD fd = openat(d->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd >= 0 && buf_add_fd(out, fd) == 0 && !buf_failed(out) &&
	       out->n > 0;
}

static void
replace_file(const struct web_disk *d, const char *name, struct bytes content)
{
	AUTO_FD fd = -1;
	char temp[FILE_NAME_MAX + 8];
	size_t done = 0;
	ssize_t n = 0;

	(void)snprintf(temp, sizeof(temp), "%s.new", name);
	fd = openat(d->dir, temp,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return;
	while (done < content.n &&
	       (n = write(fd, content.p + done, content.n - done)) > 0)
		done += (size_t)n;
	if (done == content.n)
		(void)renameat(d->dir, temp, d->dir, name);
	else
		(void)unlinkat(d->dir, temp, 0);
}

static void
write_file(struct web_disk *d, const char *name, struct bytes content)
{
	thread_lock(&d->lock);
	replace_file(d, name, content);
	thread_unlock(&d->lock);
}

static const char *const kinds[RPC_CRL_TYPE_COUNT] = {
	[RPC_CRL_BASE] = "crl", [RPC_CRL_DELTA] = "delta"
};

static void
name_of(char dst[FILE_NAME_MAX], const char *fmt, uint32_t n, const char *end)
{
	(void)snprintf(dst, FILE_NAME_MAX, "%s-%u.%s", fmt, n, end);
}

/* --- the CA -------------------------------------------------------------- */

/* The lines of ca.txt become texts within the buffer. */
static void
cut_lines(struct buf *info)
{
	size_t i;

	for (i = 0; i < info->n; i++)
		if (info->p[i] == '\n')
			info->p[i] = '\0';
}

static const char *
text_of(const struct buf *info, const char *key)
{
	const char *line = buf_str(info), *end = line + info->n;
	size_t n = strlen(key);

	for (; line < end; line += strlen(line) + 1)
		if (strncmp(line, key, n) == 0 && line[n] == ' ' &&
		    str_is_printable(bytes_str(line + n + 1)))
			return line + n + 1;
	return "";
}

static bool
number_of(const struct buf *info, const char *key, uint64_t max, uint64_t *ret)
{
	return str_u64(text_of(info, key), max, ret);
}

static bool
load_generation(const struct web_disk *d, uint32_t i, struct web_stored *s)
{
	struct rpc_generation *g = &s->generations[i];
	char name[FILE_NAME_MAX], key[FILE_NAME_MAX];
	struct pki_cert cert;
	uint64_t key_index;
	struct err err;

	name_of(name, "ca", i, "cer");
	(void)snprintf(key, sizeof(key), "key-%u", i);
	if (!read_file(d, name, &s->der[i]) ||
	    !number_of(&s->info, key, RPC_GENERATIONS_MAX - 1, &key_index) ||
	    pki_cert_parse(buf_bytes(&s->der[i]), &cert, &err) < 0)
		return false;
	pki_name_text(cert.subject, &s->subject[i]);
	g->index = i;
	g->key_index = (uint32_t)key_index;
	g->cert = buf_bytes(&s->der[i]);
	g->subject = buf_str(&s->subject[i]);
	g->not_before = cert.not_before;
	g->not_after = cert.not_after;
	/* A root has none. */
	name_of(name, "above", i, "der");
	if (read_file(d, name, &s->issuers[i]))
		g->issuers = buf_bytes(&s->issuers[i]);
	return true;
}

/* A copy from before there were deltas has none. */
static void
load_delta(const struct buf *text, struct rpc_ca_info *info)
{
	uint64_t number, this_update, next_update;

	if (!number_of(text, "delta-number", UINT64_MAX, &number) ||
	    !number_of(text, "delta-this", INT64_MAX, &this_update) ||
	    !number_of(text, "delta-next", INT64_MAX, &next_update))
		return;
	info->delta_number = number;
	info->delta_this_update = (int64_t)this_update;
	info->delta_next_update = (int64_t)next_update;
}

int
web_disk_load_ca(
    struct web_disk *d, struct web_ca *ret, struct web_stored **ret_memory)
{
	AUTO(web_stored) s = stored_new();
	struct rpc_ca_info *info = &ret->info;
	uint64_t count, taken, this_update, next_update, number;
	uint32_t i;

	if (!s || !read_file(d, "ca.txt", &s->info))
		return -1;
	cut_lines(&s->info);
	if (!number_of(&s->info, "count", RPC_GENERATIONS_MAX, &count) ||
	    !number_of(&s->info, "taken", INT64_MAX, &taken) ||
	    !number_of(&s->info, "crl-number", UINT64_MAX, &number) ||
	    !number_of(&s->info, "crl-this", INT64_MAX, &this_update) ||
	    !number_of(&s->info, "crl-next", INT64_MAX, &next_update) ||
	    count == 0)
		return -1;
	for (i = 0; i < count; i++)
		if (!load_generation(d, i, s))
			return -1;
	*ret = (struct web_ca){ .taken = (int64_t)taken };
	info->name = text_of(&s->info, "name");
	info->host = text_of(&s->info, "host");
	info->type = text_of(&s->info, "type");
	info->contact = text_of(&s->info, "contact");
	info->demo = str_eq(text_of(&s->info, "demo"), "1");
	info->single_person = str_eq(text_of(&s->info, "single"), "1");
	info->crl_number = number;
	info->crl_this_update = (int64_t)this_update;
	info->crl_next_update = (int64_t)next_update;
	load_delta(&s->info, info);
	info->generations = s->generations;
	info->generation_count = (size_t)count;
	*ret_memory = TAKE(s);
	return 0;
}

bool
web_disk_same(const struct web_ca *a, const struct web_ca *b)
{
	return a->info.generation_count == b->info.generation_count &&
	       a->info.crl_number == b->info.crl_number &&
	       a->info.delta_number == b->info.delta_number &&
	       a->info.demo == b->info.demo &&
	       a->info.single_person == b->info.single_person &&
	       str_eq(a->info.name, b->info.name) &&
	       str_eq(a->info.host, b->info.host) &&
	       str_eq(a->info.contact, b->info.contact) &&
	       bytes_eq(a->info.generations[a->info.generation_count - 1].cert,
		   b->info.generations[b->info.generation_count - 1].cert) &&
	       /* So that "as of" is never further off than an hour. */
	       b->taken - a->taken < 3600;
}

void
web_disk_save_ca(struct web_disk *d, const struct web_ca *ca)
{
	const struct rpc_ca_info *info = &ca->info;
	AUTO_BUF out = BUF_WITH_LIMIT(INFO_MAX);
	char name[FILE_NAME_MAX];
	uint32_t i;

	buf_addf(&out, "name %s\nhost %s\ntype %s\n", info->name, info->host,
	    info->type);
	if (info->contact[0])
		buf_addf(&out, "contact %s\n", info->contact);
	buf_addf(&out, "demo %d\nsingle %d\ntaken %jd\n", info->demo,
	    info->single_person, (intmax_t)ca->taken);
	buf_addf(&out, "crl-number %ju\ncrl-this %jd\ncrl-next %jd\n",
	    (uintmax_t)info->crl_number, (intmax_t)info->crl_this_update,
	    (intmax_t)info->crl_next_update);
	buf_addf(&out, "delta-number %ju\ndelta-this %jd\ndelta-next %jd\n",
	    (uintmax_t)info->delta_number, (intmax_t)info->delta_this_update,
	    (intmax_t)info->delta_next_update);
	for (i = 0; i < info->generation_count; i++) {
		buf_addf(
		    &out, "key-%u %u\n", i, info->generations[i].key_index);
		name_of(name, "ca", i, "cer");
		write_file(d, name, info->generations[i].cert);
		if (info->generations[i].issuers.n == 0)
			continue;
		name_of(name, "above", i, "der");
		write_file(d, name, info->generations[i].issuers);
	}
	buf_addf(&out, "count %zu\n", info->generation_count);
	if (!buf_failed(&out))
		write_file(d, "ca.txt", buf_bytes(&out));
}

/* --- CRLs ---------------------------------------------------------------- */

int
web_disk_load_crl(struct web_disk *d, enum rpc_crl_type type, uint32_t key,
    struct rpc_crl *ret, struct web_stored **ret_memory)
{
	AUTO(web_stored) s = stored_new();
	char name[FILE_NAME_MAX];
	struct pki_crl crl;
	struct err err;

	name_of(name, kinds[type], key, "crl");
	if (!s || !read_file(d, name, &s->der[0]) ||
	    pki_crl_parse(buf_bytes(&s->der[0]), &crl, &err) < 0)
		return -1;
	ret->der = buf_bytes(&s->der[0]);
	ret->number = crl.number;
	ret->this_update = crl.this_update;
	ret->next_update = crl.next_update;
	*ret_memory = TAKE(s);
	return 0;
}

void
web_disk_save_crl(struct web_disk *d, enum rpc_crl_type type, uint32_t key,
    const struct rpc_crl *crl)
{
	char name[FILE_NAME_MAX];

	name_of(name, kinds[type], key, "crl");
	write_file(d, name, crl->der);
}
