/* import_row.c - one request of the other CA: counted, looked at, handed over
 * with others. */
#include "cli/import.h"

#include "base/clock.h"
#include "base/str.h"
#include "pki/pem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/x509.h>
#include <stdarg.h>
#include <sys/stat.h>

/* What fits into one message beside its frame (rpc/ca_convert.h). */
#define BATCH_BYTES 180000

AUTO_FOREIGN(X509, X509_free);

void
cli_import_note(json_t *list, const char *fmt, ...)
{
	char text[RPC_TEXT_MAX];
	va_list ap;

	if (json_array_size(list) >= CLI_IMPORT_NOTES)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* A text that was cut in a character is no UTF-8 for jansson. */
	(void)json_array_append_new(list, str_is_utf8(bytes_str(text))
					      ? json_string(text)
					      : json_string("(not readable)"));
}

/* --- serial numbers --------------------------------------------------------
 */

static uint64_t
key_of(struct bytes serial)
{
	uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < serial.n; i++)
		h = (h ^ serial.p[i]) * UINT64_C(1099511628211);
	return h ? h : 1;
}

static uint64_t *
slot_of(uint64_t *list, size_t size, uint64_t key)
{
	size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20);

	for (;; at++) {
		uint64_t *s = &list[at & (size - 1)];

		if (*s == 0 || *s == key)
			return s;
	}
}

bool
cli_import_has_serial(const struct cli_import *im, struct bytes serial)
{
	const struct cli_import_serials *s = &im->serials;

	return s->size > 0 && *slot_of(s->list, s->size, key_of(serial)) != 0;
}

/* false: it was there already. */
static int
add_serial(
    struct cli_import *im, struct bytes serial, bool *ret_new, struct err *err)
{
	struct cli_import_serials *s = &im->serials;
	uint64_t *slot;

	if (s->used * 2 >= s->size) {
		size_t size = s->size ? s->size * 2 : 4096;
		uint64_t *list = calloc(size, sizeof(*list));

		if (!list)
			return err_set(
			    err, ERR_NO_MEMORY, "There is no memory left.");
		for (size_t i = 0; i < s->size; i++)
			if (s->list[i])
				*slot_of(list, size, s->list[i]) = s->list[i];
		free(s->list);
		s->list = list;
		s->size = size;
	}
	slot = slot_of(s->list, s->size, key_of(serial));
	*ret_new = *slot == 0;
	s->used += *slot == 0;
	*slot = key_of(serial);
	return 0;
}

/* --- files -----------------------------------------------------------------
 */

int
cli_import_read_file(int folder, const char *name, size_t max, uint8_t **ret,
    size_t *ret_n, struct err *err)
{
	AUTO_FD fd = openat(
	    folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	AUTO_MEM uint8_t *p = NULL;
	struct stat st;
	size_t n = 0;
	ssize_t k = 1;

	*ret = NULL;
	*ret_n = 0;
	if (fd < 0 && (errno == ENOENT || errno == ELOOP))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, "%s", name);
	if (!S_ISREG(st.st_mode))
		return 0;
	if (st.st_size <= 0 || (size_t)st.st_size > max)
		return err_set(err, ERR_TOO_LARGE,
		    "%s is empty or larger than %zu bytes.", name, max);
	p = malloc((size_t)st.st_size);
	if (!p)
		return err_set(err, ERR_NO_MEMORY, "There is no memory left.");
	while (n < (size_t)st.st_size && k > 0) {
		k = read(fd, p + n, (size_t)st.st_size - n);
		if (k < 0 && errno == EINTR)
			k = 1;
		else if (k < 0)
			return err_errno(err, "%s", name);
		else
			n += (size_t)k;
	}
	*ret = TAKE(p);
	*ret_n = n;
	return 0;
}

int
cli_import_next_cert(struct bytes *at, struct buf *out, struct err *err)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----",
			  end[] = "-----END CERTIFICATE-----";
	struct bytes part = *at;
	enum pki_pem_kind kind;
	const uint8_t *p, *q;

	buf_reset(out);
	if (at->n == 0)
		return 0;
	p = memmem(at->p, at->n, begin, strlen(begin));
	*at = BYTES_NONE;
	if (p) {
		size_t left = part.n - (size_t)(p - part.p);

		q = memmem(p, left, end, strlen(end));
		if (!q)
			return err_set(
			    err, ERR_BAD_DATA, "a PEM block does not end");
		q += strlen(end);
		*at = bytes_of(q, left - (size_t)(q - p));
		part = bytes_of(p, (size_t)(q - p));
	} else if (part.p[0] != 0x30) {
		return 0; /* the rest of the text, or no certificate at all */
	}
	if (pki_pem_read(part, out, &kind, err) < 0)
		return -1;
	if (kind != PKI_PEM_CERTIFICATE)
		return err_set(err, ERR_BAD_DATA, "it is no certificate");
	return 1;
}

/* --- handing over ----------------------------------------------------------
 */

void
cli_import_told(struct cli_import *im, const struct rpc_import_report *r)
{
	im->counts.taken += r->taken;
	im->counts.already += r->already;
	im->counts.changed += r->changed;
	im->counts.refused += r->refused;
	for (size_t i = 0; i < r->finding_count; i++)
		cli_import_note(im->problems, "%s", r->findings[i].text);
}

static void
forget_rows(struct cli_import *im)
{
	for (size_t i = 0; i < im->row_n; i++)
		free(im->memory[i]);
	im->row_n = im->row_bytes = 0;
}

int
cli_import_flush(struct cli_import *im, struct err *err)
{
	const struct rpc_import_rows ask = { im->rows, im->row_n };
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_import_report *r = NULL;
	int rc = 0;

	if (im->row_n == 0)
		return 0;
	if (im->client)
		rc = rpc_do_IMPORT_ROWS(im->client, &ask, &msg, &r, err);
	if (rc == 0 && r)
		cli_import_told(im, r);
	forget_rows(im);
	return rc;
}

static void
put(uint8_t **at, struct bytes *b)
{
	if (b->n)
		memcpy(*at, b->p, b->n);
	b->p = *at;
	*at += b->n;
}

static void
put_text(uint8_t **at, const char **text)
{
	size_t n = strlen(*text) + 1;

	memcpy(*at, *text, n);
	*text = (const char *)*at;
	*at += n;
}

static int
queue(struct cli_import *im, const struct rpc_import_row *row, struct err *err)
{
	struct rpc_import_row *r = &im->rows[im->row_n];
	const char **texts[] = { &r->requester, &r->template_name,
		&r->attributes, &r->message };
	size_t n = row->cert.n + row->serial.n + row->request.n;
	uint8_t *at;

	if (!im->client)
		return 0;
	*r = *row;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		n += strlen(*texts[i]) + 1;
	if (im->row_bytes + n > BATCH_BYTES) {
		if (cli_import_flush(im, err) < 0)
			return -1;
		return queue(im, row, err);
	}
	at = im->memory[im->row_n] = malloc(n);
	if (!at)
		return err_set(err, ERR_NO_MEMORY, "There is no memory left.");
	put(&at, &r->cert);
	put(&at, &r->serial);
	put(&at, &r->request);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		put_text(&at, texts[i]);
	im->row_bytes += n;
	if (++im->row_n == RPC_IMPORT_ROWS_MAX)
		return cli_import_flush(im, err);
	return 0;
}

/* --- one row ---------------------------------------------------------------
 */

/* The CA looks again; here so that a dry run finds it, and so that a
 * certificate of somebody else takes no serial number away. */
static bool
is_ours(const struct cli_import *im, const struct pki_cert *cert)
{
	for (size_t i = 0; i < im->n; i++) {
		const struct cli_import_ca *g = &im->list[i];
		const unsigned char *at = cert->der.p;
		AUTO_OF(EVP_PKEY) key = NULL;
		AUTO_OF(X509) x = NULL;

		if (!bytes_eq(cert->issuer, g->cert.subject))
			continue;
		x = d2i_X509(NULL, &at, (long)cert->der.n);
		if (x && pki_key_import(im->tools, &g->key, &key, NULL) == 0 &&
		    X509_verify(x, key) == 1)
			return true;
	}
	return false;
}

static bool
is_own(const struct cli_import *im, struct bytes der)
{
	for (size_t i = 0; i < im->n; i++)
		if (bytes_eq(im->list[i].cert.der, der))
			return true;
	return false;
}

static void
count_state(struct cli_import *im, const struct rpc_import_row *row)
{
	struct cli_import_counts *c = &im->counts;
	uint64_t *const states[] = { [DISPOSITION_PENDING] = &c->pending,
		[DISPOSITION_ISSUED] = &c->issued,
		[DISPOSITION_REVOKED] = &c->revoked,
		[DISPOSITION_FAILED] = &c->failed,
		[DISPOSITION_DENIED] = &c->denied };

	if (row->disposition < ARRAY_LEN(states) && states[row->disposition])
		++*states[row->disposition];
	if (row->disposition == DISPOSITION_REVOKED && !row->revoked)
		c->undated++;
}

/* *ret_take: hand it over. */
static int
look_at_cert(struct cli_import *im, const struct rpc_import_row *row,
    const char *from, bool *ret_take, struct err *err)
{
	struct pki_cert cert = { 0 };
	struct err why = { 0 };
	bool fresh;

	*ret_take = false;
	if (is_own(im, row->cert))
		return 0;
	if (row->cert.n > RPC_CERT_MAX)
		(void)err_set(&why, ERR_TOO_LARGE,
		    "the certificate has more than %d bytes", RPC_CERT_MAX);
	else if (pki_cert_parse(row->cert, &cert, &why) == 0 &&
		 !is_ours(im, &cert))
		(void)err_set(&why, ERR_BAD_SIGNATURE,
		    "the certificate was not issued by this CA");
	if (why.code != ERR_OK) {
		im->counts.unreadable++;
		cli_import_note(im->problems, "%s: %s.", from, why.text);
		return 0;
	}
	if (add_serial(im, cert.serial, &fresh, err) < 0)
		return -1;
	*ret_take = fresh;
	if (!fresh && !im->in_folder) {
		im->counts.unreadable++;
		cli_import_note(
		    im->problems, "%s: its serial number came before.", from);
	}
	if (!fresh)
		return 0;
	count_state(im, row);
	if (cert.not_after >= clock_now())
		cli_import_look(im, &cert);
	return 0;
}

/* On a terminal only; what is told to it is not part of the output. */
static void
draw(const struct cli_import *im)
{
	if (im->counts.seen % 1000 == 0 && isatty(STDERR_FILENO))
		(void)fprintf(
		    stderr, "\r%" PRIu64 " requests", im->counts.seen);
}

int
cli_import_row(struct cli_import *im, const struct rpc_import_row *row,
    const char *from, struct err *err)
{
	bool take = true, fresh;

	if (++im->counts.seen > CLI_IMPORT_ROWS_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "There are more than %d requests.", CLI_IMPORT_ROWS_MAX);
	draw(im);
	if (row->request.n > RPC_REQUEST_MAX ||
	    strlen(row->attributes) > RPC_ATTRIBUTES_MAX ||
	    strlen(row->requester) > RPC_TEXT_MAX ||
	    strlen(row->template_name) > RPC_TEXT_MAX) {
		im->counts.unreadable++;
		cli_import_note(im->problems,
		    "%s: a field is larger than this CA keeps.", from);
		return 0;
	}
	if (row->cert.n) {
		if (look_at_cert(im, row, from, &take, err) < 0)
			return -1;
	} else {
		count_state(im, row);
		if (row->serial.n &&
		    add_serial(im, row->serial, &fresh, err) < 0)
			return -1;
	}
	return take ? queue(im, row, err) : 0;
}
