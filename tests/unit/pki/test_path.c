/* Paths: made by OpenSSL's own functions, and NIST's PKITS (as Debian packages
 * it) as far as it needs no revocation lists and no policies. */
#include "../unit.h"
#include "make.h"
#include "pki/path.h"
#include "vectors.h"

#include <openssl/x509v3.h>

#define NOW INT64_C(1577836800) /* 2020-01-01 */
#define PKITS                                                       \
	"/usr/lib/python3/dist-packages/cryptography_vectors/x509/" \
	"PKITS_data/certs"

struct spec {
	const char *subject, *issuer;
	enum make_key key, issuer_key;
	const char *basic, *usage;
	const char *md;
	int days; /* from NOW on */
};

static void
add_ext(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *e;
	X509V3_CTX ctx;

	if (!value)
		return;
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(e);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

static void
set_cn(X509_NAME *n, const char *cn)
{
	assert_true(X509_NAME_add_entry_by_txt(
	    n, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0));
}

static void
make_cert(const struct spec *s, struct buf *out)
{
	static long serial = 1;
	X509 *x = X509_new(), *issuer = X509_new();
	unsigned char *der = NULL;
	int n;

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
	set_cn(X509_get_subject_name(x), s->subject);
	set_cn(X509_get_issuer_name(x), s->issuer);
	ASN1_TIME_set(X509_getm_notBefore(x), (time_t)NOW - 86400);
	ASN1_TIME_set(X509_getm_notAfter(x), (time_t)NOW + s->days * 86400);
	X509_set_pubkey(x, make_key(s->key));
	X509_set_pubkey(issuer, make_key(s->issuer_key));
	add_ext(issuer, issuer, NID_subject_key_identifier, "hash");
	add_ext(x, x, NID_subject_key_identifier, "hash");
	add_ext(x, issuer, NID_authority_key_identifier, "keyid:always");
	add_ext(x, x, NID_basic_constraints, s->basic);
	add_ext(x, x, NID_key_usage, s->usage);
	assert_true(X509_sign(x, make_key(s->issuer_key),
			EVP_get_digestbyname(s->md ? s->md : "SHA256")) > 0);
	n = i2d_X509(x, &der);
	assert_true(n > 0);
	buf_reset(out);
	buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
	X509_free(issuer);
	X509_free(x);
}

#define CA_USE "critical,keyCertSign,cRLSign"
#define A_CA   "critical,CA:TRUE"

/* clang-format off */
static const struct spec old_ca = { "CA", "CA", MAKE_P256, MAKE_P256, A_CA,
	CA_USE, NULL, 1000 };
static const struct spec new_ca = { "CA", "CA", MAKE_P384, MAKE_P384, A_CA,
	CA_USE, NULL, 1000 };
static const struct spec sub_ca = { "Sub", "CA", MAKE_P521, MAKE_P384, A_CA,
	CA_USE, NULL, 1000 };
static const struct spec of_old = { "leaf", "CA", MAKE_RSA2048, MAKE_P256,
	NULL, NULL, NULL, 10 };
static const struct spec of_new = { "leaf", "CA", MAKE_RSA2048, MAKE_P384,
	NULL, NULL, NULL, 10 };
static const struct spec of_sub = { "leaf", "Sub", MAKE_RSA2048, MAKE_P521,
	NULL, NULL, NULL, 10 };
/* clang-format on */

struct made {
	struct buf ca[2], sub, leaf;
	struct bytes anchors[2], bag[2];
	struct pki_path_ask ask;
};

static void
made_clear(struct made *m)
{
	buf_clear(&m->ca[0]);
	buf_clear(&m->ca[1]);
	buf_clear(&m->sub);
	buf_clear(&m->leaf);
}
#define AUTO_MADE __attribute__((cleanup(made_clear))) struct made

static void
make_all(struct made *m, const struct spec *sub, const struct spec *leaf)
{
	*m =
	    (struct made){ .ca = { BUF_WITH_LIMIT(8192), BUF_WITH_LIMIT(8192) },
		    .sub = BUF_WITH_LIMIT(8192),
		    .leaf = BUF_WITH_LIMIT(8192) };
	make_cert(&old_ca, &m->ca[0]);
	make_cert(&new_ca, &m->ca[1]);
	make_cert(sub, &m->sub);
	make_cert(leaf, &m->leaf);
	m->anchors[0] = buf_bytes(&m->ca[0]);
	m->anchors[1] = buf_bytes(&m->ca[1]);
	m->bag[0] = buf_bytes(&m->leaf);
	m->bag[1] = buf_bytes(&m->sub);
	m->ask = (struct pki_path_ask){ .leaf = buf_bytes(&m->leaf),
		.bag = m->bag,
		.n_bag = 2,
		.anchors = m->anchors,
		.n_anchors = 2,
		.time = NOW };
}

static void
each_generation_is_found(void **state)
{
	const struct spec *const leaves[] = { &of_old, &of_new };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		AUTO_MADE m;
		struct pki_path path;
		struct err err = { 0 };

		make_all(&m, &sub_ca, leaves[i]);
		if (pki_path_find(&m.ask, &path, &err) < 0)
			fail_msg("%s", err.text);
		assert_int_equal(path.n, 2);
		assert_int_equal(path.anchor, i);
		assert_true(bytes_eq(path.certs[1], m.anchors[i]));
		assert_ptr_equal(path.certs[0].p, m.leaf.p);
	}
}

static void
the_bag_fills_the_gap(void **state)
{
	AUTO_MADE m;
	struct pki_path path;
	struct err err = { 0 };

	(void)state;
	make_all(&m, &sub_ca, &of_sub);
	assert_int_equal(pki_path_find(&m.ask, &path, &err), 0);
	assert_int_equal(path.n, 3);
	assert_true(bytes_eq(path.certs[1], buf_bytes(&m.sub)));
	assert_int_equal(path.anchor, 1);
	m.ask.n_bag = 1;
	assert_int_equal(pki_path_find(&m.ask, &path, &err), -1);
	assert_int_equal(err.code, ERR_POLICY);
	/* The subordinate itself may be the anchor. */
	m.anchors[0] = buf_bytes(&m.sub);
	m.ask.n_anchors = 1;
	assert_int_equal(pki_path_find(&m.ask, &path, &err), 0);
	assert_int_equal(path.n, 2);
	m.ask.n_anchors = 0;
	assert_int_equal(pki_path_find(&m.ask, &path, &err), -1);
}

static void
refuses(const struct spec *sub, const struct spec *leaf)
{
	AUTO_MADE m;
	struct pki_path path;
	struct err err = { 0 };

	make_all(&m, sub, leaf);
	assert_int_equal(pki_path_find(&m.ask, &path, &err), -1);
	assert_int_equal(err.code, ERR_POLICY);
	assert_true(err.text[0]);
}

static void
what_breaks_the_rules_is_refused(void **state)
{
	struct spec s, l;

	(void)state;
	l = of_new;
	l.days = 0; /* ends at NOW */
	l.issuer_key = MAKE_P521;
	refuses(&sub_ca, &l); /* another key of the same name */
	l = of_new;
	l.md = "SHA1";
	refuses(&sub_ca, &l);
	s = sub_ca;
	s.basic = "critical,CA:FALSE";
	refuses(&s, &of_sub);
	s.basic = NULL;
	s.usage = NULL;
	refuses(&s, &of_sub);
	s = sub_ca;
	s.usage = "critical,digitalSignature";
	refuses(&s, &of_sub);
	s = sub_ca;
	s.days = -1;
	refuses(&s, &of_sub);
	s = sub_ca;
	s.md = "SHA1";
	refuses(&s, &of_sub);
}

static void
time_is_what_the_caller_says(void **state)
{
	AUTO_MADE m;
	struct pki_path path;
	struct err err = { 0 };

	(void)state;
	make_all(&m, &sub_ca, &of_new);
	m.ask.time = NOW - 2 * 86400;
	assert_int_equal(pki_path_find(&m.ask, &path, &err), -1);
	m.ask.time = NOW + 9 * 86400;
	assert_int_equal(pki_path_find(&m.ask, &path, &err), 0);
	m.ask.time = NOW + 11 * 86400;
	assert_int_equal(pki_path_find(&m.ask, &path, &err), -1);
	assert_non_null(strstr(err.text, "expired"));
	assert_non_null(strstr(err.text, "CN=leaf"));
}

static void
unreadable_leaves_and_large_bags_are_errors(void **state)
{
	AUTO_MADE m;
	struct pki_path path;
	struct err err = { 0 };

	(void)state;
	make_all(&m, &sub_ca, &of_new);
	m.ask.leaf.n--;
	assert_int_equal(pki_path_find(&m.ask, &path, &err), -1);
	assert_int_equal(err.code, ERR_BAD_DATA);
	m.ask.leaf.n++;
	m.bag[1].n--; /* passed over */
	assert_int_equal(pki_path_find(&m.ask, &path, &err), 0);
	m.ask.n_bag = PKI_PATH_BAG_MAX + 1;
	assert_int_equal(pki_path_find(&m.ask, &path, &err), -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);
}

/* ---- PKITS ------------------------------------------------------------ */

static void
read_pkits(const char *name, struct buf *out)
{
	char path[512];
	FILE *f;
	int c;

	(void)snprintf(path, sizeof(path), "%s/%s.crt", PKITS, name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s cannot be read", path);
	buf_init(out, 65536);
	while ((c = fgetc(f)) != EOF)
		buf_add_char(out, (char)c);
	(void)fclose(f);
}

static int
pkits_row(const char *words[VECTORS_WORDS], struct err *err)
{
	struct buf files[VECTORS_WORDS] = { { 0 } };
	struct bytes bag[VECTORS_WORDS], anchor;
	struct pki_path_ask ask = {
		.bag = bag, .anchors = &anchor, .n_anchors = 1, .time = NOW
	};
	struct pki_path path;
	size_t i;
	int r;

	read_pkits("TrustAnchorRootCertificate", &files[0]);
	anchor = buf_bytes(&files[0]);
	read_pkits(words[0], &files[1]);
	ask.leaf = buf_bytes(&files[1]);
	for (i = 2; i < VECTORS_WORDS && words[i] && *words[i]; i++) {
		read_pkits(words[i], &files[i]);
		bag[ask.n_bag++] = buf_bytes(&files[i]);
	}
	r = pki_path_find(&ask, &path, err);
	for (i = 0; i < VECTORS_WORDS; i++)
		buf_clear(&files[i]);
	return r;
}

static void
pkits(void **state)
{
	AUTO_BUF table = BUF_WITH_LIMIT(1 << 20);
	const char *w[VECTORS_WORDS];
	unsigned count = 0, wrong = 0;
	char *at;

	(void)state;
	if (access(PKITS, R_OK) < 0)
		skip();
	vectors_read(".", "pkits.txt", &table);
	for (at = (char *)table.p; vectors_row(&at, w); count++) {
		struct err err = { 0 };
		bool ok = pkits_row(w, &err) == 0;

		/* strict: valid in 2011, refused by cert.h or path.h */
		if (ok != (strcmp(w[1], "valid") == 0)) {
			print_error("%s: %s\n", w[0], err.text);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(count, 89);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_generation_is_found),
		cmocka_unit_test(the_bag_fills_the_gap),
		cmocka_unit_test(what_breaks_the_rules_is_refused),
		cmocka_unit_test(time_is_what_the_caller_says),
		cmocka_unit_test(unreadable_leaves_and_large_bags_are_errors),
		cmocka_unit_test(pkits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
