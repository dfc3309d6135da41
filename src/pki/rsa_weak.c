#include "pki/rsa_weak.h"

#include <openssl/bn.h>

AUTO_FOREIGN(BIGNUM, BN_free);
AUTO_FOREIGN(BN_CTX, BN_CTX_free);

/* ---- small factors and ROCA ------------------------------------------- */

/* Products of the odd primes 3..53, 59..101 and 103..149: one long division
 * each gives the remainders modulo all of them. */
static const struct {
	uint64_t product;
	uint8_t primes[16]; /* up to a zero */
} groups[] = {
	{ UINT64_C(16294579238595022365),
	    { 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53 } },
	{ UINT64_C(7145393598349078859),
	    { 59, 61, 67, 71, 73, 79, 83, 89, 97, 101 } },
	{ UINT64_C(6408001374760705163),
	    { 103, 107, 109, 113, 127, 131, 137, 139, 149 } },
};

#define GROUPS_END 149 /* the last of them */
#define ROCA_END   701 /* the last prime of M for 1984 bits and more */

static uint64_t
remainder_of(struct bytes n, uint64_t m)
{
	__extension__ unsigned __int128 r = 0;
	size_t i = 0;

	for (; (n.n - i) % 8 != 0; i++)
		r = (r << 8 | n.p[i]) % m;
	for (; i < n.n; i += 8) {
		uint64_t word;

		memcpy(&word, n.p + i, 8);
		r = (r << 64 | __builtin_bswap64(word)) % m;
	}
	return (uint64_t)r;
}

/* Is r a power of 65537 modulo p? Their number is small for many p (2 for 11,
 * 3 for 37), so most moduli are let off after a few of them. */
static bool
is_power(uint32_t r, uint32_t p)
{
	uint32_t g = 65537 % p, v = 1;

	do {
		if (v == r)
			return true;
		v = v * g % p;
	} while (v != 1);
	return false;
}

static bool
is_prime(uint32_t p)
{
	uint32_t d = 3;

	while (d * d <= p && p % d != 0)
		d += 2;
	return d * d > p;
}

/* The primes beyond the groups; almost nothing but a ROCA modulus comes here.
 */
static bool
is_power_beyond(struct bytes n)
{
	for (uint32_t p = GROUPS_END + 2; p <= ROCA_END; p += 2)
		if (is_prime(p) && !is_power((uint32_t)remainder_of(n, p), p))
			return false;
	return true;
}

const char *
pki_rsa_weak(struct bytes n)
{
	bool powers = true;

	if (n.n == 0 || !(n.p[n.n - 1] & 1))
		return "the modulus of the RSA key has a small factor: this "
		       "is no secure key";
	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		uint64_t all = remainder_of(n, groups[i].product);

		for (const uint8_t *p = groups[i].primes; *p; p++) {
			uint32_t r = (uint32_t)(all % *p);

			if (r == 0)
				return "the modulus of the RSA key has a small "
				       "factor: this is no secure key";
			powers = powers && is_power(r, *p);
		}
	}
	if (powers && is_power_beyond(n))
		return "the RSA key was made by a faulty generator (ROCA, "
		       "CVE-2017-15361): its private key can be computed";
	return NULL;
}

/* ---- close primes ----------------------------------------------------- */

/* Squares leave few remainders modulo each of these: bit i of a set tells
 * whether i is one. 64 is taken from the low bits; the product of the others
 * has 51 bits. */
static const struct {
	uint8_t modulus;
	uint64_t squares;
} sieves[] = {
	{ 63, UINT64_C(0x0402483012450293) },
	{ 61, UINT64_C(0x1713e6940a59f23b) },
	{ 59, UINT64_C(0x022b62183e7b92bb) },
	{ 55, UINT64_C(0x000230148611ca33) },
	{ 53, UINT64_C(0x0012dd703303aed3) },
	{ 47, UINT64_C(0x000004351b2753df) },
	{ 43, UINT64_C(0x0000035883a3ee53) },
	{ 41, UINT64_C(0x000001b382b50737) },
	{ 37, UINT64_C(0x000000165e211e9b) },
};

#define SQUARES_64     UINT64_C(0x0202021202030213)
#define SIEVES_PRODUCT UINT64_C(2026342482245235)

struct fermat {
	BN_CTX *ctx;
	BIGNUM *n, *a, *b2, *t;
};

static uint64_t
root_of_word(uint64_t v)
{
	uint64_t r = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1)
		if ((r | bit) * (r | bit) <= v)
			r |= bit;
	return r;
}

/* How many bits of a root a step of Newton's method is to have, so that the
 * last has them all and each about twice those of the one before. */
#define ROOT_START 32 /* bits of the root of a word */
#define ROOT_SPARE 4  /* lost in each step, so that errors do not grow */

static unsigned
root_plan(int bits, int steps[16])
{
	unsigned n = 0;

	for (; bits > ROOT_START && n < 16; bits = bits / 2 + ROOT_SPARE)
		steps[n++] = bits;
	return n;
}

/* The least a with a * a >= n, and a * a - n. Newton's method from above, on
 * as many of the high bits as the root is right in; what the last step is too
 * high by is taken off one by one. n has more than 64 bits. */
static bool
root_above(struct fermat *f, const BIGNUM *n, BIGNUM *a, BIGNUM *rest)
{
	int steps[16], bits = (BN_num_bits(n) + 1) / 2, have = ROOT_START;
	unsigned i = root_plan(bits, steps);

	if (!BN_rshift(f->t, n, 2 * (bits - have)) ||
	    !BN_set_word(a, root_of_word(BN_get_word(f->t)) + 1))
		return false;
	while (i-- > 0) {
		if (!BN_lshift(a, a, steps[i] - have) ||
		    !BN_rshift(f->t, n, 2 * (bits - steps[i])) ||
		    !BN_div(f->t, NULL, f->t, a, f->ctx) ||
		    !BN_add(a, a, f->t) || !BN_rshift1(a, a) ||
		    !BN_add_word(a, 1))
			return false;
		have = steps[i];
	}
	if (!BN_sqr(rest, a, f->ctx) || !BN_sub(rest, rest, n))
		return false;
	for (;;) { /* (a - 1)^2 - n = rest - 2 (a - 1) - 1 */
		if (!BN_sub_word(a, 1) || !BN_lshift1(f->t, a) ||
		    !BN_add_word(f->t, 1))
			return false;
		if (BN_cmp(rest, f->t) < 0)
			return BN_add_word(a, 1);
		if (!BN_sub(rest, rest, f->t))
			return false;
	}
}

static uint64_t
low_word(struct fermat *f, const BIGNUM *x, bool *ok)
{
	*ok = *ok && BN_copy(f->t, x) &&
	      (BN_num_bits(x) <= 64 || BN_mask_bits(f->t, 64));
	return (uint64_t)BN_get_word(f->t);
}

static bool
may_be_square(uint64_t low, uint64_t rest)
{
	if (!(SQUARES_64 >> (low & 63) & 1))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(sieves); i++)
		if (!(sieves[i].squares >> (rest % sieves[i].modulus) & 1))
			return false;
	return true;
}

/* Is (a + steps)^2 - n a square? Asked for few of the steps. 1, 0, or -1. */
static int
is_square(struct fermat *f, unsigned steps)
{
	AUTO_OF(BIGNUM) x = BN_dup(f->a);
	AUTO_OF(BIGNUM) root = BN_new();
	AUTO_OF(BIGNUM) rest = BN_new();

	if (!x || !root || !rest || !BN_add_word(x, steps) ||
	    !BN_sqr(x, x, f->ctx) || !BN_sub(x, x, f->n))
		return -1;
	if (BN_num_bits(x) <= 64) { /* the root's start needs 64 bits */
		uint64_t v = (uint64_t)BN_get_word(x);
		uint64_t r = root_of_word(v);

		return r * r == v;
	}
	if (!root_above(f, x, root, rest))
		return -1;
	return BN_is_zero(rest);
}

/* b2 = (a + i)^2 - n grows by 2 (a + i) + 1 each step; its low bits and a
 * number that is congruent to it are all that is kept of it: 100 steps of 52
 * bits fit a word. 1: a square was met, 0: none, -1: no memory. */
static int
search(struct fermat *f)
{
	bool ok = true;
	uint64_t low = low_word(f, f->b2, &ok), low_a = low_word(f, f->a, &ok);
	uint64_t rest = (uint64_t)BN_mod_word(f->b2, SIEVES_PRODUCT);
	uint64_t rest_a = (uint64_t)BN_mod_word(f->a, SIEVES_PRODUCT);

	if (!ok)
		return -1;
	for (unsigned i = 0; i < PKI_RSA_FERMAT_ROUNDS; i++) {
		int r = may_be_square(low, rest) ? is_square(f, i) : 0;

		if (r != 0)
			return r;
		low += 2 * (low_a + i) + 1;
		rest += 2 * (rest_a + i) + 1;
	}
	return 0;
}

int
pki_rsa_close(struct bytes n, struct err *err)
{
	AUTO_OF(BN_CTX) ctx = BN_CTX_new();
	AUTO_OF(BIGNUM) bn = BN_bin2bn(n.p, (int)n.n, NULL);
	AUTO_OF(BIGNUM) a = BN_new();
	AUTO_OF(BIGNUM) b2 = BN_new();
	AUTO_OF(BIGNUM) t = BN_new();
	struct fermat f = { .ctx = ctx, .n = bn, .a = a, .b2 = b2, .t = t };
	int r = -1;

	if (ctx && bn && a && b2 && t && BN_num_bits(bn) > 64 &&
	    root_above(&f, bn, a, b2))
		r = search(&f);
	if (r < 0)
		return err_set(err, ERR_NO_MEMORY, "looking at an RSA key");
	if (r > 0)
		return err_set(err, ERR_WEAK_KEY,
		    "the two primes of the RSA key are so close to each other "
		    "that its private key can be computed");
	return 0;
}
