#include "pki/path.h"
#include "base/buf.h"
#include "pki/cert.h"
#include "pki/name.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

AUTO_FOREIGN(X509, X509_free);
AUTO_FOREIGN(X509_STORE, X509_STORE_free);
AUTO_FOREIGN(X509_STORE_CTX, X509_STORE_CTX_free);

#define STACK STACK_OF(X509)

static inline void
stack_free(STACK **s)
{
	sk_X509_pop_free(*s, X509_free);
}
#define AUTO_STACK __attribute__((cleanup(stack_free))) STACK *

/* Only what cert.h reads too: one opinion about what a certificate says. */
static X509 *
read_cert(struct bytes der)
{
	const unsigned char *p = der.p;
	struct pki_cert c;
	X509 *x;

	if (pki_cert_parse(der, &c, NULL) < 0)
		return NULL;
	x = d2i_X509(NULL, &p, (long)der.n);
	ERR_clear_error();
	if (x && p != der.p + der.n) {
		X509_free(x);
		return NULL;
	}
	return x;
}

static int
no_memory(struct err *err)
{
	ERR_clear_error();
	return err_set(err, ERR_NO_MEMORY, "out of memory");
}

/* The leaf too: a bag that repeats it must not confuse. */
static int
read_bag(const struct pki_path_ask *ask, STACK *bag, struct err *err)
{
	size_t i;

	for (i = 0; i < ask->n_bag; i++) {
		X509 *x = read_cert(ask->bag[i]);

		if (x && sk_X509_push(bag, x) <= 0) {
			X509_free(x);
			return no_memory(err);
		}
	}
	return 0;
}

/* The bytes that an object of OpenSSL was read from. */
static bool
find_bytes(
    X509 *x, const struct bytes *list, size_t n, struct bytes *ret, size_t *at)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);
	size_t i;

	for (i = 0; len > 0 && i < n; i++)
		if (bytes_eq(list[i], bytes_of(der, (size_t)len)))
			break;
	OPENSSL_free(der);
	if (len <= 0 || i == n)
		return false;
	*ret = list[i];
	if (at)
		*at = i;
	return true;
}

static int
take_path(const struct pki_path_ask *ask, X509_STORE_CTX *ctx,
    struct pki_path *ret, struct err *err)
{
	STACK *chain = X509_STORE_CTX_get0_chain(ctx);
	int n = sk_X509_num(chain), i;
	struct pki_path path = { 0 };

	if (n < 1 || n > PKI_PATH_MAX)
		return err_set(err, ERR_POLICY,
		    "the certificate's path is longer than %d certificates",
		    PKI_PATH_MAX);
	for (i = 0; i < n; i++) {
		X509 *x = sk_X509_value(chain, i);
		struct bytes *to = &path.certs[path.n++];

		if (i == n - 1 ? !find_bytes(x, ask->anchors, ask->n_anchors,
				     to, &path.anchor)
		    : i == 0   ? (*to = ask->leaf, false)
			       : !find_bytes(x, ask->bag, ask->n_bag, to, NULL))
			return err_set(err, ERR_INTERNAL,
			    "a certificate of the path came from nowhere");
	}
	*ret = path;
	return 0;
}

static int
refuse(X509_STORE_CTX *ctx, struct err *err)
{
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX);
	X509 *x = X509_STORE_CTX_get_current_cert(ctx);
	int why = X509_STORE_CTX_get_error(ctx);
	unsigned char *der = NULL;
	int n = x ? i2d_X509_NAME(X509_get_subject_name(x), &der) : 0;

	if (n > 0)
		pki_name_text(bytes_of(der, (size_t)n), &name);
	OPENSSL_free(der);
	ERR_clear_error();
	return err_set(err, ERR_POLICY,
	    "the certificate is not valid here: %s%s%s",
	    X509_verify_cert_error_string(why), name.n ? ", at " : "",
	    name.n ? buf_str(&name) : "");
}

static int
set_rules(X509_STORE_CTX *ctx, int64_t time)
{
	X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(ctx);

	X509_VERIFY_PARAM_set_time(p, (time_t)time);
	X509_VERIFY_PARAM_set_depth(p, PKI_PATH_MAX - 2);
	X509_VERIFY_PARAM_set_auth_level(p, 2); /* 112 bits */
	return X509_VERIFY_PARAM_set_flags(
	    p, X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN |
		   X509_V_FLAG_NO_ALT_CHAINS | X509_V_FLAG_TRUSTED_FIRST);
}

/* With one anchor, so that generations of the same name are not confused. */
static int
try_anchor(const struct pki_path_ask *ask, X509 *leaf, STACK *bag,
    struct bytes anchor, struct pki_path *ret, struct err *err)
{
	AUTO_OF(X509_STORE) store = X509_STORE_new();
	AUTO_OF(X509_STORE_CTX) ctx = X509_STORE_CTX_new();
	AUTO_OF(X509) x = read_cert(anchor);

	if (!x)
		return err_set(err, ERR_BAD_DATA,
		    "a CA certificate of our own cannot be read");
	if (!store || !ctx || !X509_STORE_add_cert(store, x) ||
	    !X509_STORE_CTX_init(ctx, store, leaf, bag) ||
	    !set_rules(ctx, ask->time))
		return no_memory(err);
	if (X509_verify_cert(ctx) != 1)
		return refuse(ctx, err);
	return take_path(ask, ctx, ret, err);
}

int
pki_path_find(
    const struct pki_path_ask *ask, struct pki_path *ret, struct err *err)
{
	AUTO_OF(X509) leaf = read_cert(ask->leaf);
	AUTO_STACK bag = sk_X509_new_null();
	struct err why = { 0 };
	size_t i;

	if (!leaf)
		return err_set(
		    err, ERR_BAD_DATA, "the certificate cannot be read");
	if (!bag)
		return no_memory(err);
	if (ask->n_bag > PKI_PATH_BAG_MAX ||
	    ask->n_anchors > PKI_PATH_ANCHORS_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "there are too many certificates to find a path");
	if (read_bag(ask, bag, err) < 0)
		return -1;
	if (ask->n_anchors == 0)
		return err_set(err, ERR_POLICY,
		    "this CA has no certificate that could be trusted");
	for (i = 0; i < ask->n_anchors; i++)
		if (try_anchor(ask, leaf, bag, ask->anchors[i], ret, &why) == 0)
			return 0;
	if (err)
		*err = why; /* of the last, which is the newest generation */
	return -1;
}
