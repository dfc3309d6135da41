/* import_crl.c - the newest base and delta list of each key. */
#include "cli/import.h"

#include "base/clock.h"
#include "base/str.h"

#include <fcntl.h>
#include <inttypes.h>
#include <openssl/pem.h>
#include <stdio.h>

#define LISTS_MAX 128

AUTO_FOREIGN(BIO, BIO_free_all);
AUTO_FOREIGN(X509_CRL, X509_CRL_free);

struct list {
	uint8_t *memory;
	struct pki_crl crl;
	uint32_t key_index;
};

/* --- reading ---------------------------------------------------------------
 */

/* PEM to DER; takes *p over and gives what is there instead. */
static int
unwrap(uint8_t **p, size_t *n, struct err *err)
{
	AUTO_OF(BIO) bio = NULL;
	AUTO_OF(X509_CRL) crl = NULL;
	unsigned char *der = NULL;
	int size;

	if (*n && (*p)[0] == 0x30)
		return 0;
	bio = BIO_new_mem_buf(*p, (int)*n);
	crl = bio ? PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL) : NULL;
	if (!crl)
		return err_set(err, ERR_BAD_DATA, "It is no revocation list.");
	size = i2d_X509_CRL(crl, &der);
	if (size <= 0)
		return err_set(err, ERR_NO_MEMORY, "There is no memory left.");
	free(*p);
	*p = malloc((size_t)size);
	if (*p)
		memcpy(*p, der, (size_t)size);
	OPENSSL_free(der);
	*n = (size_t)size;
	return *p ? 0 : err_set(err, ERR_NO_MEMORY, "There is no memory left.");
}

static int
find_key(struct cli_import *im, struct list *l, struct err *err)
{
	struct err why = { 0 };

	for (size_t i = im->n; i-- > 0;) {
		const struct cli_import_ca *g = &im->list[i];

		if (!bytes_eq(l->crl.issuer, g->cert.subject))
			continue;
		if (pki_crl_verify(im->tools, &l->crl, &g->key, &why) == 0) {
			l->key_index = g->key_index;
			return 0;
		}
	}
	return err_set(err, ERR_BAD_SIGNATURE,
	    "It is not signed by a key of this CA%s%s.",
	    why.code != ERR_OK ? ": " : "", why.text);
}

static int
read_list(
    struct cli_import *im, const char *path, struct list *l, struct err *err)
{
	size_t n = 0;

	if (cli_import_read_file(
		AT_FDCWD, path, CLI_IMPORT_CRL_MAX, &l->memory, &n, err) < 0)
		return -1;
	if (!l->memory)
		return err_set(err, ERR_NOT_FOUND, "There is no such file.");
	if (unwrap(&l->memory, &n, err) < 0 ||
	    pki_crl_parse(bytes_of(l->memory, n), &l->crl, err) < 0)
		return -1;
	if (l->crl.number == 0)
		return err_set(err, ERR_BAD_DATA,
		    "It has no number, so that none could follow it. Publish "
		    "one with a number before the export.");
	return find_key(im, l, err);
}

/* --- looking ---------------------------------------------------------------
 */

static int
look_at_entries(struct cli_import *im, const struct list *l, uint64_t *ret_n,
    struct err *err)
{
	struct der in = der_of(l->crl.entries);
	struct pki_crl_entry e;
	int rc;

	*ret_n = 0;
	while ((rc = pki_crl_next(&in, &e, err)) > 0) {
		++*ret_n;
		if (e.reason != 8 && !cli_import_has_serial(im, e.serial))
			im->counts.listed_only++;
	}
	return rc;
}

static int
look(struct cli_import *im, const struct list *l, const char *path,
    struct err *err)
{
	uint64_t n;

	if (look_at_entries(im, l, &n, err) < 0)
		return -1;
	(void)json_array_append_new(im->lists,
	    json_pack("{s:i,s:s,s:I,s:I,s:o,s:o,s:s}", "key", (int)l->key_index,
		"type", l->crl.is_delta ? "delta" : "base", "number",
		(json_int_t)l->crl.number, "entries", (json_int_t)n,
		"this_update", cli_output_json_time(l->crl.this_update),
		"next_update", cli_output_json_time(l->crl.next_update), "file",
		str_is_utf8(bytes_str(path)) ? path : "?"));
	if (l->crl.next_update && l->crl.next_update < clock_now())
		cli_import_note(im->missing,
		    "CRL %" PRIu64 " of key %u has expired; what was revoked "
		    "after it is known only if a table says so.",
		    l->crl.number, l->key_index);
	return 0;
}

/* --- handing over ----------------------------------------------------------
 */

static int
hand_over(struct cli_import *im, const struct list *l, struct err *err)
{
	struct bytes left = l->crl.der;
	struct rpc_import_crl ask = { .key_index = l->key_index,
		.delta = l->crl.is_delta };

	while (!ask.last) {
		AUTO(rpc_msg) msg = NULL;
		const struct rpc_import_report *r;
		size_t n =
		    left.n < RPC_IMPORT_PART_MAX ? left.n : RPC_IMPORT_PART_MAX;

		ask.part = bytes_of(left.p, n);
		left = bytes_of(left.p + n, left.n - n);
		ask.last = left.n == 0;
		if (rpc_do_IMPORT_CRL(im->client, &ask, &msg, &r, err) < 0)
			return -1;
		cli_import_told(im, r);
		ask.offset += n;
	}
	return 0;
}

static int
take_lists(struct cli_import *im, struct list *lists, const char **paths,
    size_t n, struct err *err)
{
	/* A delta says what changed since its base. */
	for (int delta = 0; delta <= 1; delta++)
		for (size_t i = 0; i < n; i++) {
			if (lists[i].crl.is_delta != (delta != 0))
				continue;
			if (look(im, &lists[i], paths[i], err) < 0 ||
			    (im->client && hand_over(im, &lists[i], err) < 0))
				return err_wrap(err, "%s", paths[i]);
		}
	return 0;
}

static void
note_missing(struct cli_import *im, const struct list *lists, size_t n)
{
	for (size_t i = 0; i < im->n; i++) {
		uint32_t key = im->list[i].key_index;
		bool there = i > 0 && im->list[i - 1].key_index == key;

		for (size_t k = 0; k < n; k++)
			there = there || (lists[k].key_index == key &&
					     !lists[k].crl.is_delta);
		if (!there)
			cli_import_note(im->missing,
			    "There is no base CRL of key %u: its numbers would "
			    "begin at 1, below what relying parties have, and "
			    "what only it revokes would be valid again.",
			    key);
	}
}

int
cli_import_crls(struct cli_import *im, struct err *err)
{
	AUTO_MEM struct list *lists = calloc(LISTS_MAX, sizeof(*lists));
	const char *paths[LISTS_MAX], *path;
	size_t n = 0, at = 0;
	int rc = 0;

	if (!lists)
		return err_set(err, ERR_NO_MEMORY, "There is no memory left.");
	while (rc == 0 && n < LISTS_MAX &&
	       (path = cli_args_each(&im->c->args, "crl", &at))) {
		paths[n] = path;
		rc = read_list(im, path, &lists[n], err);
		if (rc < 0)
			err_wrap(err, "%s", path);
		n++;
	}
	if (rc == 0)
		note_missing(im, lists, n);
	if (rc == 0)
		rc = take_lists(im, lists, paths, n, err);
	for (size_t i = 0; i < n; i++)
		free(lists[i].memory);
	return rc;
}
