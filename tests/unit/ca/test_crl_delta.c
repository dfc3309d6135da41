/* Delta lists: what a base and its delta say together (OpenSSL judges). */
#include "base/clock.h"
#include "crl_tools.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <unistd.h>

static int
with_deltas(void **state)
{
	struct fixture *f;

	if (fixture_setup_stopped(state) < 0)
		return -1;
	f = *state;
	f->config.crl_delta_period = 86400;
	fixture_start(f);
	return 0;
}

static X509_CRL *
delta(struct fixture *f)
{
	X509_CRL *crl;

	while (!(crl = crl_published(f, DELTA_NAME)))
		(void)usleep(10000);
	return crl;
}

static long
integer(X509_CRL *crl, int nid, int critical)
{
	int was = -1;
	ASN1_INTEGER *n = X509_CRL_get_ext_d2i(crl, nid, &was, NULL);
	long v;

	assert_non_null(n);
	assert_int_equal(was, critical);
	v = ASN1_INTEGER_get(n);
	ASN1_INTEGER_free(n);
	return v;
}

/* A client that has both: revoked as the base says, unless the delta knows
 * better. */
static long
together(struct fixture *f, X509 *cert)
{
	long of_delta = crl_listed(delta(f), cert);

	if (of_delta == 8)
		return -1;
	return of_delta >= 0 ? of_delta : crl_listed(crl_first(f), cert);
}

static void
only_delta(struct fixture *f)
{
	long number = crl_number_of(delta(f));

	/* Due by the clock; the base is not. */
	crl_sql(f, "UPDATE crl SET next_publish = 1 WHERE min_base > 0");
	while (crl_number_of(delta(f)) == number)
		(void)usleep(10000);
}

/* RFC 5280 5.2.3, 5.2.4 */
static void
both_are_numbered_alike(void **state)
{
	struct fixture *f = *state;
	X509_CRL *d = delta(f), *b = crl_first(f);
	int days, seconds;

	assert_int_equal(
	    integer(d, NID_crl_number, 0), integer(b, NID_crl_number, 0));
	assert_int_equal(integer(d, NID_delta_crl, 1), 1);
	assert_int_equal(
	    ASN1_TIME_diff(&days, &seconds, X509_CRL_get0_lastUpdate(d),
		X509_CRL_get0_nextUpdate(d)),
	    1);
	/* a day, half a day of overlap, twice the skew */
	assert_int_equal((int64_t)days * 86400 + seconds,
	    86400 + 43200 + 2 * f->config.clock_skew);
	assert_true(X509_CRL_get_ext_by_NID(b, NID_freshest_crl, -1) >= 0);
	assert_true(X509_CRL_get_ext_by_NID(d, NID_freshest_crl, -1) < 0);
	assert_true(X509_CRL_get_ext_by_NID(b, NID_delta_crl, -1) < 0);
	X509_CRL_free(b);
	X509_CRL_free(d);
}

static bool
names(X509 *cert, int nid, const char *url)
{
	STACK_OF(DIST_POINT) *points = X509_get_ext_d2i(cert, nid, NULL, NULL);
	GENERAL_NAME *name;
	bool same;

	assert_int_equal(sk_DIST_POINT_num(points), 1);
	name = sk_GENERAL_NAME_value(
	    sk_DIST_POINT_value(points, 0)->distpoint->name.fullname, 0);
	assert_int_equal(name->type, GEN_URI);
	same =
	    strcmp((const char *)ASN1_STRING_get0_data(name->d.ia5), url) == 0;
	CRL_DIST_POINTS_free(points);
	return same;
}

static void
certificates_name_both(void **state)
{
	struct fixture *f = *state;
	uint64_t id;
	X509 *cert = crl_issue(f, &id);

	assert_true(names(cert, NID_crl_distribution_points,
	    "http://pki.example/certenroll/Test%20CA.crl"));
	assert_true(names(cert, NID_freshest_crl,
	    "http://pki.example/certenroll/Test%20CA%2B.crl"));
	X509_free(cert);
}

static void
what_changed_since_the_base(void **state)
{
	struct fixture *f = *state;
	uint64_t a, b, c;
	X509 *firm = crl_issue(f, &a), *held = crl_issue(f, &b),
	     *good = crl_issue(f, &c);
	long base = crl_number(f);

	crl_revoke_as_officer(f, a, 1);
	crl_revoke_as_officer(f, b, 6);
	only_delta(f);
	assert_int_equal(crl_number(f), base);
	assert_int_equal(together(f, firm), 1);
	assert_int_equal(together(f, held), 6);
	assert_int_equal(together(f, good), -1);

	/* On hold in a base, released in a delta. */
	crl_must_publish(f);
	assert_int_equal(crl_reason_of(f, held), 6);
	crl_revoke_as_officer(f, b, 8);
	only_delta(f);
	assert_int_equal(crl_listed(delta(f), held), 8);
	assert_int_equal(together(f, held), -1);
	assert_int_equal(together(f, firm), 1);

	/* And in a new base it is gone. */
	crl_must_publish(f);
	assert_int_equal(crl_reason_of(f, held), -1);
	assert_int_equal(together(f, held), -1);
	X509_free(firm);
	X509_free(held);
	X509_free(good);
}

/* On hold, then for good, and for another reason: RFC 5280 5.3.1. The date
 * stays that of the beginning. */
static void
reasons_become_firmer(void **state)
{
	struct fixture *f = *state;
	struct rpc_revoke ask = { .reason = 1, .comment = "" };
	const struct rpc_result *r = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };
	uint64_t id;
	X509 *cert = crl_issue(f, &id);

	crl_revoke_as_officer(f, id, 6);
	crl_sql(f, "UPDATE request SET revoked_effective = 1700000000 "
		   "WHERE disposition = 21");
	crl_revoke_as_officer(f, id, 4);
	crl_revoke_as_officer(f, id, 1);
	crl_must_publish(f);
	assert_int_equal(crl_reason_of(f, cert), 1);
	ask.id = id;
	fixture_identity(&ask.identity, "officer");
	/* the same again, back to hold, released */
	for (size_t i = 0; i < 3; i++) {
		ask.reason = (const uint32_t[]){ 1, 6, 8 }[i];
		assert_int_equal(
		    rpc_do_REVOKE(f->client, &ask, &msg, &r, &err), -1);
		assert_int_equal(err.code, ERR_BAD_STATE);
	}
	crl_sql(f, "DELETE FROM request WHERE disposition = 21 "
		   "AND revoked_effective = 1700000000");
	X509_free(cert);
}

/* A base that not everybody has yet is nothing to build upon. */
static void
builds_upon_a_base_that_has_spread(void **state)
{
	struct fixture *f = *state;
	X509_CRL *d;

	crl_must_publish(f);
	crl_must_publish(f);
	assert_int_equal(crl_number(f), 3);
	only_delta(f);
	d = delta(f);
	assert_int_equal(integer(d, NID_delta_crl, 1), 1); /* the oldest */
	X509_CRL_free(d);
	crl_sql(f, "UPDATE crl SET propagated = 1 WHERE number <= 2");
	only_delta(f);
	d = delta(f);
	assert_int_equal(integer(d, NID_delta_crl, 1), 2);
	X509_CRL_free(d);
	/* Nor one that could not be handed on. */
	crl_sql(f, "UPDATE crl SET delivery = 'no route' WHERE number = 2");
	only_delta(f);
	d = delta(f);
	assert_int_equal(integer(d, NID_delta_crl, 1), 1);
	X509_CRL_free(d);
}

/* Switched off: one more, empty, that needs the newest base. */
static void
a_shadow_ends_it(void **state)
{
	struct fixture *f = *state;
	uint64_t id;
	X509 *cert = crl_issue(f, &id);
	X509_CRL *d;
	long number;

	crl_revoke_as_officer(f, id, 1);
	only_delta(f);
	assert_int_equal(crl_listed(delta(f), cert), 1);
	number = crl_number_of(delta(f));
	fixture_stop(f);
	f->config.crl_delta_period = 0;
	fixture_start(f);
	while (crl_number_of(delta(f)) == number)
		(void)usleep(10000);
	d = delta(f);
	assert_int_equal(integer(d, NID_delta_crl, 1), crl_number(f));
	assert_int_equal(integer(d, NID_crl_number, 0), crl_number(f));
	assert_int_equal(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(d)), -1);
	X509_CRL_free(d);
	assert_int_equal(crl_reason_of(f, cert), 1);
	number = crl_number(f);
	fixture_stop(f);
	fixture_start(f);
	crl_must_publish(f); /* the schedule has looked by then */
	assert_int_equal(crl_number(f), number + 1);
	assert_int_equal(crl_number_of(delta(f)), number);
	X509_free(cert);
}

static void
distribution_point_when_configured(void **state)
{
	struct fixture *f = *state;
	X509_CRL *d = delta(f), *b;
	ISSUING_DIST_POINT *one, *two;
	int critical;

	assert_true(
	    X509_CRL_get_ext_by_NID(d, NID_issuing_distribution_point, -1) < 0);
	X509_CRL_free(d);
	fixture_stop(f);
	f->config.crl_idp = true;
	fixture_start(f);
	crl_must_publish(f);
	b = crl_first(f);
	d = delta(f);
	one = X509_CRL_get_ext_d2i(
	    b, NID_issuing_distribution_point, &critical, NULL);
	assert_int_equal(critical, 1);
	two = X509_CRL_get_ext_d2i(
	    d, NID_issuing_distribution_point, &critical, NULL);
	assert_int_equal(critical, 1);
	assert_int_equal(
	    GENERAL_NAME_cmp(
		sk_GENERAL_NAME_value(one->distpoint->name.fullname, 0),
		sk_GENERAL_NAME_value(two->distpoint->name.fullname, 0)),
	    0);
	ISSUING_DIST_POINT_free(one);
	ISSUING_DIST_POINT_free(two);
	X509_CRL_free(b);
	X509_CRL_free(d);
}

#define TEST(t) \
	cmocka_unit_test_setup_teardown(t, with_deltas, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_are_numbered_alike),
		TEST(certificates_name_both),
		TEST(what_changed_since_the_base),
		TEST(reasons_become_firmer),
		TEST(builds_upon_a_base_that_has_spread),
		TEST(a_shadow_ends_it),
		TEST(distribution_point_when_configured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
