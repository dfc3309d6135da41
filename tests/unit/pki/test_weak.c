/* RSA moduli made by tests/vectors/make-moduli.py: each weak one is found for
 * what it is, the good ones and those that OpenSSL makes pass. */
#include "../unit.h"
#include "base/str.h"
#include "make.h"
#include "pki/key.h"
#include "pki/rsa_weak.h"

#include <openssl/core_names.h>
#include <stdio.h>

static const struct {
	const char *verdict;
	const char *cheap; /* part of what pki_rsa_weak() says, or NULL */
	bool close;
} verdicts[] = {
	{ "good", NULL, false },
	{ "factor", "small factor", false },
	{ "roca", "ROCA", false },
	{ "close", NULL, true },
};

static void
judge(const char *verdict, const char *name, struct bytes n)
{
	struct err err = { 0 };
	const char *weak = pki_rsa_weak(n);
	size_t i = 0;

	while (!str_eq(verdicts[i].verdict, verdict))
		assert_true(++i < ARRAY_LEN(verdicts));
	if (!weak != !verdicts[i].cheap ||
	    (weak && !strstr(weak, verdicts[i].cheap)))
		fail_msg("%s: \"%s\"", name, weak ? weak : "nothing found");
	if (verdicts[i].cheap)
		return;
	if ((pki_rsa_close(n, &err) < 0) != verdicts[i].close)
		fail_msg("%s: close: \"%s\"", name, err.text);
	if (verdicts[i].close)
		assert_int_equal(err.code, ERR_WEAK_KEY);
}

static void
vectors_are_told_apart(void **state)
{
	static char line[4096], verdict[32], name[64], hex[2100];
	FILE *f = fopen(VECTORS "/rsa-moduli.txt", "r");
	uint8_t n[1024];
	size_t size, count = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		assert_int_equal(
		    sscanf(line, "%31s %63s %2099s", verdict, name, hex), 3);
		assert_true(str_unhex(n, sizeof(n), hex, &size));
		judge(verdict, name, bytes_of(n, size));
		count++;
	}
	fclose(f);
	assert_int_equal(count, 24);
}

/* n = a^2 - d^2 is found within 100 steps when d^2 / 2a is below 100, and not
 * when it is far above: for numbers of every size, whether prime or not. */
static bool
is_close(int bits, int bits_d)
{
	BIGNUM *a = BN_new(), *d = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	struct err err = { 0 };
	uint8_t n[1024];
	bool close;

	assert_true(BN_rand(a, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY));
	if (bits_d > 0)
		assert_true(
		    BN_rand(d, bits_d, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY));
	assert_true(BN_sqr(a, a, ctx) && BN_sqr(d, d, ctx));
	assert_true(BN_sub(a, a, d) && BN_num_bytes(a) <= (int)sizeof(n));
	close = pki_rsa_close(bytes_of(n, (size_t)BN_bn2bin(a, n)), &err) < 0;
	BN_free(a);
	BN_free(d);
	BN_CTX_free(ctx);
	return close;
}

static void
close_factors_of_every_size_are_met(void **state)
{
	(void)state;
	for (int bits = 40; bits <= 4096; bits += bits < 1100 ? 7 : 211) {
		int reach = (bits + 6) / 2; /* d^2 < 2^6 2a */

		for (int i = 0; i < 4; i++)
			if (!is_close(bits, reach * i / 3))
				fail_msg("%d bits, d of %d bits: not met", bits,
				    reach * i / 3);
		if (bits > 200 && is_close(bits, reach + 30))
			fail_msg("%d bits: met what is not close", bits);
	}
}

static void
generated_keys_pass(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		EVP_PKEY *key = make_key_rsa(2048);
		BIGNUM *bn = NULL;
		uint8_t n[256];

		assert_int_equal(
		    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &bn), 1);
		BN_bn2bin(bn, n);
		judge("good", "generated", BYTES_OF(n));
		BN_free(bn);
		EVP_PKEY_free(key);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_are_told_apart),
		cmocka_unit_test(close_factors_of_every_size_are_met),
		cmocka_unit_test(generated_keys_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
