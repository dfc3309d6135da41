/* Every rule of lint.h fires on its vectors (tests/vectors/make-lint.py), by
 * its own name, and on no good one. */
#include "../unit.h"
#include "base/str.h"
#include "make.h"
#include "with_tools.h"
#include "pki/lint.h"

#include <stdio.h>

#define HEX_MAX 8192

static struct pki_lint_ask ask;
static uint8_t issuer[512], algorithm[64], key_id[64];
static unsigned fired[64];

static struct bytes
unhex(const char *hex, uint8_t *dst, size_t size)
{
	size_t n = 0;

	assert_true(str_unhex(dst, size, hex, &n));
	return bytes_of(dst, n);
}

/* What the certificates must agree with; false for another line. */
static bool
is_setting(const char *word, const char *value)
{
	if (str_eq(word, "issuer"))
		ask.issuer = unhex(value, issuer, sizeof(issuer));
	else if (str_eq(word, "algorithm"))
		ask.alg = unhex(value, algorithm, sizeof(algorithm));
	else if (str_eq(word, "key-id"))
		ask.issuer_key_id = unhex(value, key_id, sizeof(key_id));
	else if (str_eq(word, "not-before"))
		assert_true(str_i64(value, &ask.not_before));
	else if (str_eq(word, "not-after"))
		assert_true(str_i64(value, &ask.not_after));
	else
		return false;
	return true;
}

static void
judge(const char *rule, const char *name, struct bytes tbs)
{
	struct pki_lint_fault fault;
	struct err err = { 0 };

	ask.tbs = tbs;
	assert_int_equal(pki_lint(tools, &ask, &fault, &err), 0);
	if (!str_eq(fault.rule, str_eq(rule, "good") ? NULL : rule))
		fail_msg("%s %s: %s: \"%s\"", rule, name,
		    fault.rule ? fault.rule : "nothing", fault.text);
	assert_true(!fault.rule == !fault.text[0]);
	for (size_t i = 0; pki_lint_rule(i); i++)
		fired[i] += str_eq(fault.rule, pki_lint_rule(i));
}

static void
each_rule_fires_and_no_other(void **state)
{
	static char line[HEX_MAX], rule[64], name[HEX_MAX], hex[HEX_MAX];
	static uint8_t tbs[HEX_MAX / 2];
	FILE *f = fopen(VECTORS "/lint.txt", "r");

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		int n = sscanf(line, "%63s %8191s %8191s", rule, name, hex);

		if (n == 2 && is_setting(rule, name))
			continue;
		assert_int_equal(n, 3);
		judge(rule, name, unhex(hex, tbs, sizeof(tbs)));
	}
	fclose(f);
	for (size_t i = 0; pki_lint_rule(i); i++)
		if (fired[i] == 0)
			fail_msg("no vector for %s", pki_lint_rule(i));
}

/* Underscores, and certificates of CAs, are right where they are asked for. */
static void
what_is_asked_for_decides(void **state)
{
	static char line[HEX_MAX], rule[64], name[HEX_MAX], hex[HEX_MAX];
	static uint8_t tbs[HEX_MAX / 2];
	FILE *f = fopen(VECTORS "/lint.txt", "r");
	unsigned seen = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %8191s %8191s", rule, name, hex) != 3)
			continue;
		ask.underscore = str_eq(name, "underscore");
		ask.ca =
		    str_eq(rule, "basic-constraints") && str_eq(name, "ca");
		if (!ask.underscore && !ask.ca)
			continue;
		seen++;
		judge("good", name, unhex(hex, tbs, sizeof(tbs)));
	}
	fclose(f);
	ask.underscore = ask.ca = false;
	assert_int_equal(seen, 2);
}

/* No byte of a certificate, changed or cut, leads outside of it. */
static void
any_bytes_are_survived(void **state)
{
	static char line[HEX_MAX], rule[64], name[HEX_MAX], hex[HEX_MAX];
	static uint8_t tbs[HEX_MAX / 2];
	FILE *f = fopen(VECTORS "/lint.txt", "r");
	struct pki_lint_fault fault;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		struct bytes all;

		if (sscanf(line, "%63s %8191s %8191s", rule, name, hex) != 3 ||
		    !str_eq(rule, "good"))
			continue;
		all = unhex(hex, tbs, sizeof(tbs));
		for (size_t i = 0; i < all.n; i++) {
			AUTO_MEM uint8_t *cut = malloc(i + 1);

			tbs[i] ^= (uint8_t)(1 + i % 255);
			ask.tbs = all;
			assert_int_equal(
			    pki_lint(tools, &ask, &fault, NULL), 0);
			tbs[i] ^= (uint8_t)(1 + i % 255);
			memcpy(cut, tbs, i);
			ask.tbs = bytes_of(cut, i);
			assert_int_equal(
			    pki_lint(tools, &ask, &fault, NULL), 0);
			assert_string_equal(fault.rule, "structure");
		}
	}
	fclose(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_fires_and_no_other),
		cmocka_unit_test(what_is_asked_for_decides),
		cmocka_unit_test(any_bytes_are_survived),
	};

	return cmocka_run_group_tests(tests, with_tools, without_tools);
}
