/* import.c - which certificate is which generation, and keeping the keys. */
#include "sign/import_state.h"

#include "pki/ext.h"
#include "pki/pem.h"
#include "pki/tools.h"
#include "sign/disk.h"
#include "sign/file.h"
#include "sign/log.h"
#include "sign/policy.h"
#include "sign/tbs.h"

#include <stdio.h>

AUTO_FOREIGN(ASN1_INTEGER, ASN1_INTEGER_free);

static void
close_log(struct sign_log **log)
{
	sign_log_close(*log);
}

/* --- the bundle ------------------------------------------------------------
 */

static int
take_part(struct bytes *in, struct bytes *ret, struct err *err)
{
	size_t n;

	if (in->n < 4)
		return err_set(err, ERR_BAD_DATA, "the bundle ends early");
	n = (size_t)in->p[0] << 24 | (size_t)in->p[1] << 16 |
	    (size_t)in->p[2] << 8 | in->p[3];
	if (n > in->n - 4)
		return err_set(err, ERR_BAD_DATA, "the bundle ends early");
	*ret = bytes_of(in->p + 4, n);
	*in = bytes_of(in->p + 4 + n, in->n - 4 - n);
	return 0;
}

static int
read_files(struct sign_import *im, struct bytes bundle, struct err *err)
{
	struct bytes password, file;
	unsigned number = 0;

	while (bundle.n > 0) {
		number++;
		if (take_part(&bundle, &password, err) < 0 ||
		    take_part(&bundle, &file, err) < 0 ||
		    sign_import_file(im, password, file, err) < 0)
			return err_wrap(err, "file %u", number);
	}
	if (im->key_n == 0)
		return err_set(err, ERR_BAD_DATA,
		    "there is no private key in what was given; name the "
		    "PKCS#12 file, or the PEM file with the key");
	return 0;
}

/* --- generations -----------------------------------------------------------
 */

static EVP_PKEY *
key_of(const struct sign_import *im, X509 *cert)
{
	EVP_PKEY *public = X509_get0_pubkey(cert);
	size_t i;

	for (i = 0; public && i < im->key_n; i++)
		if (EVP_PKEY_eq(im->keys[i], public) == 1)
			return im->keys[i];
	return NULL;
}

/* One key of the CA signed for another (RFC 5280 3.2): no generation. */
static bool
is_cross(X509 *cert)
{
	return X509_NAME_cmp(X509_get_issuer_name(cert),
		   X509_get_subject_name(cert)) == 0 &&
	       X509_verify(cert, X509_get0_pubkey(cert)) != 1;
}

/* key << 16 | certificate, of the extension 1.3.6.1.4.1.311.21.1. */
static bool
version_of(X509 *cert, uint32_t *ret)
{
	const STACK_OF(X509_EXTENSION) *list = X509_get0_extensions(cert);
	struct bytes want = pki_oids[PKI_OID_MS_CA_VERSION].der;

	for (int i = 0; i < sk_X509_EXTENSION_num(list); i++) {
		X509_EXTENSION *x = sk_X509_EXTENSION_value(list, i);
		const ASN1_OBJECT *oid = X509_EXTENSION_get_object(x);
		const ASN1_OCTET_STRING *v = X509_EXTENSION_get_data(x);
		const unsigned char *at = ASN1_STRING_get0_data(v);
		AUTO_OF(ASN1_INTEGER) number = NULL;
		uint64_t n;

		if (!bytes_eq(
			want, bytes_of(OBJ_get0_data(oid), OBJ_length(oid))))
			continue;
		number = d2i_ASN1_INTEGER(NULL, &at, ASN1_STRING_length(v));
		if (!number || !ASN1_INTEGER_get_uint64(&n, number) ||
		    n > UINT32_MAX)
			return false;
		*ret = (uint32_t)n;
		return true;
	}
	return false;
}

static int
compare_start(const void *a, const void *b)
{
	const struct sign_import_generation *x = a, *y = b;

	return ASN1_TIME_compare(
	    X509_get0_notBefore(x->cert), X509_get0_notBefore(y->cert));
}

static int
compare_index(const void *a, const void *b)
{
	const struct sign_import_generation *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

/* Number them as they became valid. */
static void
number_by_time(struct sign_import *im)
{
	qsort(im->list, im->n, sizeof(im->list[0]), compare_start);
	for (size_t i = 0; i < im->n; i++) {
		struct sign_import_generation *g = &im->list[i];

		g->index = g->key_index = (uint32_t)i;
		for (size_t k = 0; k < i; k++)
			if (im->list[k].key == g->key) {
				g->key_index = im->list[k].key_index;
				break;
			}
	}
}

/* Do the extensions say one consistent thing? Its numbers are then in the
 * names of files that relying parties fetch, so they are kept. */
static bool
number_by_version(struct sign_import *im)
{
	for (size_t i = 0; i < im->n; i++) {
		struct sign_import_generation *g = &im->list[i];
		uint32_t version;

		if (!version_of(g->cert, &version))
			return false;
		g->index = version & 0xffff;
		g->key_index = version >> 16;
		if (g->index >= SIGN_KEYS_MAX || g->key_index > g->index)
			return false;
		for (size_t k = 0; k < i; k++)
			if (im->list[k].index == g->index ||
			    (im->list[k].key == g->key) !=
				(im->list[k].key_index == g->key_index))
				return false;
	}
	qsort(im->list, im->n, sizeof(im->list[0]), compare_index);
	return true;
}

static int
find_generations(struct sign_import *im, struct err *err)
{
	for (size_t i = 0; i < im->cert_n; i++) {
		EVP_PKEY *key = key_of(im, im->certs[i]);

		if (!key || is_cross(im->certs[i]))
			continue;
		if (im->n == SIGN_KEYS_MAX)
			return err_set(err, ERR_TOO_LARGE,
			    "the CA has more than %d certificates",
			    SIGN_KEYS_MAX);
		im->list[im->n++] =
		    (struct sign_import_generation){ .cert = im->certs[i],
			    .key = key };
		if (X509_NAME_cmp(X509_get_subject_name(im->certs[i]),
			X509_get_subject_name(im->list[0].cert)) != 0)
			return err_set(err, ERR_BAD_DATA,
			    "the keys belong to CAs of different names; take "
			    "one CA at a time");
	}
	if (im->n == 0)
		return err_set(err, ERR_BAD_DATA,
		    "there is no certificate for the key; name the file with "
		    "the CA certificate too");
	if (!number_by_version(im))
		number_by_time(im);
	return 0;
}

int
sign_import_read(struct bytes bundle, struct sign_import **ret, struct err *err)
{
	AUTO(sign_import) im = calloc(1, sizeof(*im));

	if (!im)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	if (read_files(im, bundle, err) < 0 || find_generations(im, err) < 0)
		return -1;
	for (size_t i = 0; i < im->key_n; i++) {
		bool used = false;

		for (size_t k = 0; k < im->n; k++)
			used = used || im->list[k].key == im->keys[i];
		if (!used)
			return err_set(err, ERR_BAD_DATA,
			    "key %zu of %zu has no certificate; name the file "
			    "with the CA certificate too",
			    i + 1, im->key_n);
	}
	*ret = TAKE(im);
	return 0;
}

void
sign_import_free(struct sign_import *im)
{
	size_t i;

	if (!im)
		return;
	for (i = 0; i < im->key_n; i++)
		EVP_PKEY_free(im->keys[i]);
	for (i = 0; i < im->cert_n; i++)
		X509_free(im->certs[i]);
	free(im);
}

/* --- keeping ----------------------------------------------------------------
 */

struct keeper {
	struct sign_signer *signer;
	struct sign_log *log;
	int folder;
};

/* The to-be-signed part of a certificate: what policy.h believes. */
static int
tbs_of(X509 *cert, uint8_t **ret, size_t *ret_n, struct err *err)
{
	int n = i2d_re_X509_tbs(cert, NULL);
	unsigned char *at;

	*ret = n > 0 ? malloc((size_t)n) : NULL;
	if (!*ret)
		return err_set(err, ERR_NO_MEMORY, "a CA certificate");
	at = *ret;
	*ret_n = (size_t)i2d_re_X509_tbs(cert, &at);
	return 0;
}

static int
keep_certificate(struct keeper *k, const struct sign_import_generation *g,
    const struct sign_key *key, struct err *err)
{
	AUTO_MEM uint8_t *tbs = NULL;
	AUTO(secret) old = NULL;
	struct sign_ca ca = { 0 };
	char name[32];
	size_t n = 0;

	(void)snprintf(name, sizeof(name), "%u.tbs", g->key_index);
	if (tbs_of(g->cert, &tbs, &n, err) < 0 ||
	    sign_ca_set(&ca, key, bytes_of(tbs, n), err) < 0)
		return err_wrap(err, "CA certificate %u", g->index);
	sign_ca_clear(&ca);
	if (sign_disk_read(k->folder, name, SIGN_TBS_MAX, &old, err) < 0)
		return -1;
	if (old && bytes_eq(secret_bytes(old), bytes_of(tbs, n)))
		return 0;
	return sign_disk_write(k->folder, name, bytes_of(tbs, n), err);
}

static int
keep_key(struct keeper *k, const struct sign_import_generation *g,
    struct sign_key **ret, struct err *err)
{
	struct sign_record r = { .outcome = SIGN_REMARK,
		.what = SIGN_WHAT_KEY,
		.key_index = g->key_index };
	AUTO(sign_key) there = NULL;

	if (k->signer->ops->load(k->signer, g->key_index, &there, err) < 0)
		return -1;
	if (there) {
		unsigned char *at = NULL;
		int n = i2d_PUBKEY(g->key, &at);
		bool same =
		    n > 0 && bytes_eq(there->spki, bytes_of(at, (size_t)n));

		OPENSSL_free(at);
		if (!same)
			return err_set(err, ERR_EXISTS,
			    "there is another key %u already. Nothing was "
			    "changed; import into a folder without keys",
			    g->key_index);
		*ret = TAKE(there);
		return 0;
	}
	if (sign_log_append(k->log, &r, 1, err) < 0)
		return -1;
	return sign_file_keep(k->signer, g->key_index, g->key, ret, err);
}

/* The newest certificate of its key. */
static bool
is_newest(const struct sign_import *im, size_t at)
{
	for (size_t i = at + 1; i < im->n; i++)
		if (im->list[i].key_index == im->list[at].key_index)
			return false;
	return true;
}

static int
check_subject(
    struct keeper *k, uint32_t index, struct bytes subject, struct err *err)
{
	AUTO(secret) here = NULL;
	struct sign_tbs_cert cert;
	char name[32];

	(void)snprintf(name, sizeof(name), "%u.tbs", index);
	if (sign_disk_read(k->folder, name, SIGN_TBS_MAX, &here, err) < 0)
		return -1;
	if (!here)
		return 0;
	if (sign_tbs_cert(secret_bytes(here), &cert, err) < 0)
		return err_wrap(err, "%s", name);
	if (bytes_eq(cert.subject, subject))
		return 0;
	return err_set(err, ERR_EXISTS,
	    "the folder holds the keys of another CA already. Nothing was "
	    "changed; import into a folder without keys");
}

/* Before anything is written: a key that is kept stays. */
static int
check_family(struct keeper *k, const struct sign_import *im, struct err *err)
{
	AUTO_MEM uint8_t *tbs = NULL;
	struct sign_tbs_cert cert;
	size_t n = 0;

	if (tbs_of(im->list[0].cert, &tbs, &n, err) < 0 ||
	    sign_tbs_cert(bytes_of(tbs, n), &cert, err) < 0)
		return err_wrap(err, "the CA certificate");
	for (uint32_t i = 0; i < SIGN_KEYS_MAX; i++)
		if (check_subject(k, i, cert.subject, err) < 0)
			return -1;
	return 0;
}

static int
keep_all(struct keeper *k, const struct sign_import *im, struct err *err)
{
	for (size_t i = 0; i < im->n; i++) {
		AUTO(sign_key) key = NULL;

		if (!is_newest(im, i))
			continue;
		if (keep_key(k, &im->list[i], &key, err) < 0 ||
		    keep_certificate(k, &im->list[i], key, err) < 0)
			return -1;
	}
	return 0;
}

int
sign_import_keep(const struct sign_import *im, const char *keys,
    const char *log, struct err *err)
{
	AUTO_FD folder = -1;
	AUTO(sign_signer) signer = NULL;
	__attribute__((cleanup(close_log))) struct sign_log *open_log = NULL;
	struct keeper k;

	if (sign_disk_folder(keys, &folder, err) < 0 ||
	    sign_file_open(keys, &signer, err) < 0 ||
	    sign_log_open(log, true, &open_log, err) < 0)
		return -1;
	k = (struct keeper){ signer, open_log, folder };
	return check_family(&k, im, err) < 0 ? -1 : keep_all(&k, im, err);
}

/* --- saying what it is -----------------------------------------------------
 */

static int
put_cert(struct buf *out, X509 *cert, struct err *err)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);

	if (n <= 0)
		return pki_tools_failed(err, "encoding a certificate");
	pki_pem_write(out, "CERTIFICATE", bytes_of(der, (size_t)n), PKI_PEM_LF);
	OPENSSL_free(der);
	return 0;
}

static bool
is_generation(const struct sign_import *im, const X509 *cert)
{
	for (size_t i = 0; i < im->n; i++)
		if (im->list[i].cert == cert)
			return true;
	return false;
}

int
sign_import_report(
    const struct sign_import *im, struct buf *out, struct err *err)
{
	for (size_t i = 0; i < im->n; i++) {
		buf_addf(out, "generation %u %u\n", im->list[i].index,
		    im->list[i].key_index);
		if (put_cert(out, im->list[i].cert, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < im->cert_n; i++) {
		if (is_generation(im, im->certs[i]))
			continue;
		buf_add_str(out, "other\n");
		if (put_cert(out, im->certs[i], err) < 0)
			return -1;
	}
	return buf_check(out, "the certificates of the CA", err);
}
