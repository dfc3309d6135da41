/* import_key.c - the keys go to the signer, which says what they belong to. */
#include "cli/import.h"

#include "base/secret.h"
#include "base/str.h"
#include "cli/accounts.h"
#include "cli/password.h"
#include "cli/program.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>

#define BUNDLE_MAX SECRET_MAX
#define REPORT_MAX 2097152

AUTO_FOREIGN(BIO, BIO_free_all);
AUTO_FOREIGN(X509, X509_free);

/* --- what the signer gets --------------------------------------------------
 */

struct bundle {
	struct secret *s;
	size_t n;
};

static int
add_part(struct bundle *b, struct bytes part, struct err *err)
{
	uint8_t *at = secret_mem(b->s) + b->n;

	if (part.n + 4 > BUNDLE_MAX - b->n)
		return err_set(err, ERR_TOO_LARGE,
		    "The files with keys have more than %d bytes together. "
		    "Nothing was taken.",
		    BUNDLE_MAX);
	at[0] = 0;
	at[1] = (uint8_t)(part.n >> 16);
	at[2] = (uint8_t)(part.n >> 8);
	at[3] = (uint8_t)part.n;
	if (part.n)
		memcpy(at + 4, part.p, part.n);
	b->n += part.n + 4;
	return 0;
}

static int
add_file(struct bundle *b, const char *path, struct err *err)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	AUTO(secret) file = NULL;
	size_t n = 0;
	ssize_t k;

	if (fd < 0)
		return err_errno(err, "%s", path);
	if (secret_new(BUNDLE_MAX, &file, err) < 0)
		return -1;
	do {
		k = read(fd, secret_mem(file) + n, BUNDLE_MAX - n);
		if (k < 0 && errno != EINTR)
			return err_errno(err, "%s", path);
		n += k > 0 ? (size_t)k : 0;
	} while (k != 0 && n < BUNDLE_MAX);
	return add_part(b, bytes_of(secret_mem(file), n), err);
}

static int
fill_bundle(struct cli *c, struct bundle *b, struct err *err)
{
	const char *file = cli_args_text(&c->args, "ca-password-file"), *path;
	AUTO(secret) password = NULL;
	size_t at = 0;

	if (file && cli_password_from_file(file, &password, err) < 0)
		return -1;
	while ((path = cli_args_each(&c->args, "ca", &at)))
		if (add_part(b, password ? secret_bytes(password) : BYTES_NONE,
			err) < 0 ||
		    add_file(b, path, err) < 0)
			return -1;
	return 0;
}

/* --- what it says ----------------------------------------------------------
 */

static int
bad_report(struct err *err)
{
	return err_set(err, ERR_INTERNAL,
	    "The signer did not say what it took in a way that is "
	    "understood.");
}

static int
fill(struct cli_import_ca *g, X509 *cert, struct err *err)
{
	int n = i2d_X509(cert, NULL);
	unsigned char *at;

	if (n <= 0)
		return bad_report(err);
	g->memory = malloc((size_t)n);
	if (!g->memory)
		return err_set(err, ERR_NO_MEMORY, "There is no memory left.");
	at = g->memory;
	(void)i2d_X509(cert, &at);
	if (pki_cert_parse(bytes_of(g->memory, (size_t)n), &g->cert, err) < 0)
		return -1;
	return pki_key_parse(g->cert.spki, &g->key, err);
}

static int
take_certificate(struct cli_import *im, uint32_t index, uint32_t key,
    X509 *cert, struct err *err)
{
	struct cli_import_ca *g = &im->list[im->n];

	if (im->n == RPC_GENERATIONS_MAX)
		return bad_report(err);
	im->n++;
	g->index = index;
	g->key_index = key;
	return fill(g, cert, err) < 0
		   ? err_wrap(err, "CA certificate %u", index)
		   : 0;
}

/* One that cannot be read helps nobody. */
static void
take_other(struct cli_import *im, X509 *cert)
{
	struct cli_import_ca *o = &im->others[im->other_n];

	if (im->other_n == CLI_IMPORT_OTHERS)
		return;
	if (fill(o, cert, NULL) == 0) {
		im->other_n++;
		return;
	}
	free(o->memory);
	o->memory = NULL;
}

/* "generation 2 1" */
static bool
read_numbers(char *line, uint32_t *ret_index, uint32_t *ret_key)
{
	static const char word[] = "generation ";
	uint64_t index, key;
	char *space;

	line[strcspn(line, "\n")] = '\0';
	space = strrchr(line, ' ');
	if (!str_has_prefix(line, word) || space <= line + strlen(word))
		return false;
	*space = '\0';
	if (!str_u64(line + strlen(word), RPC_GENERATIONS_MAX - 1, &index) ||
	    !str_u64(space + 1, index, &key))
		return false;
	*ret_index = (uint32_t)index;
	*ret_key = (uint32_t)key;
	return true;
}

static int
read_report(struct cli_import *im, const struct buf *said, struct err *err)
{
	AUTO_OF(BIO) bio = BIO_new_mem_buf(said->p, (int)said->n);
	char line[64];

	if (!bio)
		return err_set(err, ERR_NO_MEMORY, "There is no memory left.");
	while (BIO_gets(bio, line, sizeof(line)) > 0) {
		bool other = str_eq(line, "other\n");
		uint32_t index = 0, key = 0;
		AUTO_OF(X509) cert = NULL;

		if (!other && !read_numbers(line, &index, &key))
			return bad_report(err);
		cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		if (!cert)
			return bad_report(err);
		if (other)
			take_other(im, cert);
		else if (take_certificate(im, index, key, cert, err) < 0)
			return -1;
	}
	if (im->n == 0)
		return bad_report(err);
	cli_import_judge_others(im);
	return 0;
}

/* The last line of what a program said when it failed. */
static int
blame(struct buf *said, struct err *err)
{
	char *line, *colon;

	while (said->n && said->p[said->n - 1] == '\n')
		said->p[--said->n] = '\0';
	if (said->n == 0)
		return err_wrap(err, "The signer");
	line = strrchr((char *)said->p, '\n');
	line = line ? line + 1 : (char *)said->p;
	colon = strstr(line, ": ");
	return err_set(err, ERR_BAD_DATA, "%s.", colon ? colon + 2 : line);
}

int
cli_import_keys(
    struct cli_import *im, const struct cli_accounts *accounts, struct err *err)
{
	const char *const options[] = { "--import",
		im->dry_run ? "--dry-run" : NULL, NULL };
	AUTO_BUF said = BUF_WITH_LIMIT(REPORT_MAX);
	AUTO(secret) memory = NULL;
	struct bundle b = { 0 };

	if (secret_new(BUNDLE_MAX, &memory, err) < 0)
		return -1;
	b.s = memory;
	if (fill_bundle(im->c, &b, err) < 0)
		return -1;
	if (cli_program_feed(CLI_PROGRAM_SIGN, &im->c->config, accounts,
		options, bytes_of(secret_mem(b.s), b.n), &said, err) < 0)
		return blame(&said, err);
	return read_report(im, &said, err);
}
