#include "sign/policy.h"

#include "pki/name.h"
#include "sign/tbs.h"

#include <openssl/sha.h>

#define REFUSE(err, ...) err_set(err, ERR_POLICY, __VA_ARGS__)

/* --- the key's CA ------------------------------------------------------ */

int
sign_ca_set(struct sign_ca *ca, const struct sign_key *key, struct bytes tbs,
    struct err *err)
{
	struct sign_ca fresh = { 0 };
	struct sign_tbs_cert c;

	fresh.tbs = malloc(tbs.n ? tbs.n : 1);
	if (!fresh.tbs)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	if (tbs.n)
		memcpy(fresh.tbs, tbs.p, tbs.n);
	if (sign_tbs_cert(bytes_of(fresh.tbs, tbs.n), &c, err) < 0) {
		sign_ca_clear(&fresh);
		return -1;
	}
	if (!c.is_ca || !bytes_eq(c.spki, key->spki)) {
		sign_ca_clear(&fresh);
		return err_set(err, ERR_BAD_DATA,
		    "it is not the CA certificate of this key");
	}
	fresh.subject = c.subject;
	fresh.root = bytes_eq(c.issuer, c.subject);
	fresh.path = c.path;
	fresh.not_before = c.not_before;
	fresh.not_after = c.not_after;
	if (ca->tbs && ca->not_before < fresh.not_before)
		fresh.not_before = ca->not_before;
	if (ca->tbs && ca->not_after > fresh.not_after)
		fresh.not_after = ca->not_after;
	sign_ca_clear(ca);
	*ca = fresh;
	return 0;
}

void
sign_ca_clear(struct sign_ca *ca)
{
	free(ca->tbs);
	*ca = (struct sign_ca){ 0 };
}

/* --- rules shared by several kinds ------------------------------------- */

static int
need_init(const struct sign_policy *p, struct err *err)
{
	if (!p->init)
		return REFUSE(
		    err, "only a signer started with --init signs this");
	return 0;
}

static int
need_ca(const struct sign_policy *p, struct err *err)
{
	if (!p->ca->tbs)
		return REFUSE(err, "this key has no CA certificate yet");
	return 0;
}

static int
need_issuer(const struct sign_policy *p, struct bytes issuer, struct err *err)
{
	if (!bytes_eq(issuer, p->ca->subject))
		return REFUSE(err, "its issuer is not the CA of this key");
	return 0;
}

static int
need_alg(const struct sign_policy *p, struct bytes alg, struct err *err)
{
	if (!bytes_eq(alg, p->key->alg->der))
		return REFUSE(err,
		    "its signature algorithm is not the one of this key (%s)",
		    p->key->alg->name);
	return 0;
}

static int
need_inside(
    const struct sign_policy *p, const struct sign_tbs_cert *c, struct err *err)
{
	if (c->not_after > p->ca->not_after)
		return REFUSE(
		    err, "it would be valid longer than the CA certificate");
	if (c->not_before < p->ca->not_before)
		return REFUSE(
		    err, "it would be valid earlier than the CA certificate");
	return 0;
}

static int
read_cert(const struct sign_item *item, struct sign_tbs_cert *c,
    struct sign_facts *facts, struct err *err)
{
	if (sign_tbs_cert(item->tbs, c, err) < 0)
		return -1;
	memcpy(facts->serial, c->serial.p, c->serial.n);
	facts->serial_n = c->serial.n;
	return 0;
}

/* --- one rule per kind ------------------------------------------------- */

typedef int policy_rule(const struct sign_policy *p,
    const struct sign_item *item, struct sign_facts *facts, bool *ret_own,
    struct err *err);

static int
check_certificate(const struct sign_policy *p, const struct sign_item *item,
    struct sign_facts *facts, bool *ret_own, struct err *err)
{
	struct sign_tbs_cert c;

	(void)ret_own;
	if (read_cert(item, &c, facts, err) < 0 || need_ca(p, err) < 0 ||
	    need_alg(p, c.alg, err) < 0 || need_issuer(p, c.issuer, err) < 0)
		return -1;
	if (c.is_ca)
		return REFUSE(err, "it would be a CA certificate");
	if (c.may_sign_certs)
		return REFUSE(err, "its key could sign certificates");
	if (bytes_eq(c.spki, p->key->spki))
		return REFUSE(err, "its public key is the CA's");
	return need_inside(p, &c, err);
}

int
sign_policy_check_crl(const struct sign_policy *p, const struct sign_tbs_crl *c,
    struct sign_facts *facts, struct err *err)
{
	facts->number = c->number;
	facts->is_delta = c->is_delta;
	if (need_alg(p, c->alg, err) < 0 || need_ca(p, err) < 0 ||
	    need_issuer(p, c->issuer, err) < 0)
		return -1;
	/* A delta may have the number of the base made with it (RFC 5280
	 * 5.2.3). */
	if (c->is_delta
		? c->number < p->crl_number || c->number <= p->delta_number
		: c->number <= p->crl_number)
		return REFUSE(err,
		    "its number %ju is not above %ju, the last one",
		    (uintmax_t)c->number, (uintmax_t)p->crl_number);
	return 0;
}

static int
check_crl(const struct sign_policy *p, const struct sign_item *item,
    struct sign_facts *facts, bool *ret_own, struct err *err)
{
	AUTO(sign_crl_stream) s = NULL;
	struct bytes left = item->tbs;
	struct sign_tbs_crl c;

	(void)ret_own;
	if (sign_crl_stream_new(NULL, PKI_HASH_NONE, &s, err) < 0)
		return -1;
	while (left.n > 0) {
		size_t n =
		    left.n < SIGN_CRL_PART_MAX ? left.n : SIGN_CRL_PART_MAX;

		if (sign_crl_stream_add(s, bytes_of(left.p, n), err) < 0)
			return -1;
		left = bytes_of(left.p + n, left.n - n);
	}
	if (sign_crl_stream_end(s, &c, err) < 0)
		return -1;
	if (item->crl_number && item->crl_number != c.number)
		return REFUSE(err, "its number is not the stated one");
	return sign_policy_check_crl(p, &c, facts, err);
}

static int
check_response(const struct sign_policy *p, const struct sign_item *item,
    struct sign_facts *facts, bool *ret_own, struct err *err)
{
	(void)facts;
	(void)ret_own;
	if (sign_tbs_response(item->tbs, err) < 0)
		return -1;
	return need_ca(p, err);
}

static int
check_ca_request(const struct sign_policy *p, const struct sign_item *item,
    struct sign_facts *facts, bool *ret_own, struct err *err)
{
	struct sign_tbs_request r;

	(void)facts;
	(void)ret_own;
	if (sign_tbs_request(item->tbs, &r, err) < 0)
		return -1;
	if (!bytes_eq(r.spki, p->key->spki))
		return REFUSE(err, "it asks for another key than this one");
	if (!p->family || p->family->root)
		return need_init(p, err);
	/* A subordinate renews. */
	if (!bytes_eq(r.subject, p->family->subject))
		return REFUSE(err, "it is for a CA of another name");
	return 0;
}

static const struct sign_key *
held_key(const struct sign_policy *p, struct bytes spki)
{
	for (size_t i = 0; i < p->held_n; i++)
		if (bytes_eq(p->held[i]->spki, spki))
			return p->held[i];
	return NULL;
}

static int
need_ca_certificate(const struct sign_tbs_cert *c, struct err *err)
{
	if (!c->is_ca || !c->may_sign_certs)
		return REFUSE(err, "it is not a CA certificate");
	if (pki_name_is_empty(c->subject))
		return REFUSE(err, "a CA needs a name");
	return 0;
}

/* The keys of a signer belong to one CA, which keeps its name, or the
 * certificates that are out could not be matched with the new one. */
static int
need_family(
    const struct sign_policy *p, const struct sign_tbs_cert *c, struct err *err)
{
	if (p->family && !bytes_eq(c->subject, p->family->subject))
		return REFUSE(err, "this key belongs to a CA of another name");
	if (p->ca->tbs && c->not_after < p->ca->not_after &&
	    bytes_eq(c->spki, p->key->spki))
		return REFUSE(err, "it would end before the one it follows");
	return 0;
}

/* RFC 5280 4.2.1.9: what is longer would be good for nothing, or for verifiers
 * that do not count. */
static int
need_path(
    const struct sign_policy *p, const struct sign_tbs_cert *c, struct err *err)
{
	if (p->ca->path < 0 || (c->path >= 0 && c->path < p->ca->path))
		return 0;
	if (p->ca->path == 0)
		return REFUSE(err, "this CA may have no CA below it (path "
				   "length 0)");
	return REFUSE(err,
	    "its path length must be at most %d, one less than this CA's",
	    p->ca->path - 1);
}

/* A certificate that this CA gives to a key which is not here. */
static int
check_foreign(
    const struct sign_policy *p, const struct sign_tbs_cert *c, struct err *err)
{
	uint8_t hash[SHA256_DIGEST_LENGTH];

	(void)SHA256(c->spki.p, c->spki.n, hash);
	if (!p->subordinates && !bytes_eq(p->guest, BYTES_OF(hash)))
		return REFUSE(err, "its key is none of this signer's, and not "
				   "the one it was started for (nor has its "
				   "configuration subordinates: true)");
	if (need_ca(p, err) < 0 || need_issuer(p, c->issuer, err) < 0 ||
	    need_path(p, c, err) < 0)
		return -1;
	if (!c->may_sign_lists)
		return REFUSE(err, "a CA needs the key usage crl-signing");
	if (bytes_eq(c->subject, p->ca->subject))
		return REFUSE(err, "another CA needs another name");
	return need_inside(p, c, err);
}

/* The key's own certificate (self-signed), a cross certificate for another
 * key of this signer, or one that this CA gives to another CA. */
static int
check_ca_certificate(const struct sign_policy *p, const struct sign_item *item,
    struct sign_facts *facts, bool *ret_own, struct err *err)
{
	const struct sign_key *subject;
	struct sign_tbs_cert c;

	if (read_cert(item, &c, facts, err) < 0 ||
	    need_alg(p, c.alg, err) < 0 || need_ca_certificate(&c, err) < 0)
		return -1;
	subject = held_key(p, c.spki);
	if (!subject)
		return check_foreign(p, &c, err);
	if (!bytes_eq(c.issuer, c.subject))
		return REFUSE(
		    err, "issuer and subject of a root must be equal");
	if (!p->family && need_init(p, err) < 0)
		return -1;
	if (p->family && !p->family->root)
		return REFUSE(err, "this CA is a subordinate: another CA signs "
				   "its certificate");
	if (need_family(p, &c, err) < 0)
		return -1;
	if (subject != p->key)
		return need_ca(p, err) < 0 ? -1 : need_inside(p, &c, err);
	*ret_own = true;
	return 0;
}

int
sign_policy_check_installed(const struct sign_policy *p, struct bytes tbs,
    struct sign_facts *facts, struct err *err)
{
	const struct sign_item item = { .tbs = tbs };
	struct sign_tbs_cert c;

	if (read_cert(&item, &c, facts, err) < 0 ||
	    need_ca_certificate(&c, err) < 0)
		return -1;
	if (!bytes_eq(c.spki, p->key->spki))
		return REFUSE(err, "it is not for this key");
	if (bytes_eq(c.issuer, c.subject))
		return REFUSE(err, "it is a root's, which the signer makes "
				   "itself");
	if (!p->family && need_init(p, err) < 0)
		return -1;
	if (p->family && p->family->root)
		return REFUSE(err, "this CA is a root");
	return need_family(p, &c, err);
}

/* clang-format off */
static const struct {
	const char *noun;
	policy_rule *rule;
} rules[] = {
	[SIGN_CERTIFICATE] = { "certificate", check_certificate },
	[SIGN_CRL] = { "CRL", check_crl },
	[SIGN_CMC_RESPONSE] = { "CMC response", check_response },
	[SIGN_CA_REQUEST] = { "CA request", check_ca_request },
	[SIGN_CA_CERTIFICATE] = { "CA certificate", check_ca_certificate },
};
/* clang-format on */

int
sign_policy_check(const struct sign_policy *p, const struct sign_item *item,
    struct sign_facts *facts, bool *ret_own, struct err *err)
{
	size_t max = item->what == SIGN_CRL ? SIGN_CRL_MAX : SIGN_TBS_MAX;

	*ret_own = false;
	if (item->what >= ARRAY_LEN(rules) || !rules[item->what].rule)
		return REFUSE(
		    err, "the signer signs nothing of kind %u", item->what);
	if (item->tbs.n > max)
		return REFUSE(err, "the %s is larger than %zu bytes",
		    rules[item->what].noun, max);
	/* A digest could be anything's: a CA certificate's as well. */
	if (item->digest.n)
		return REFUSE(err,
		    "a %s is signed from its bytes, not from a "
		    "digest",
		    rules[item->what].noun);
	if (rules[item->what].rule(p, item, facts, ret_own, err) < 0)
		return err_wrap(
		    err, "the signer refused the %s", rules[item->what].noun);
	return 0;
}
