/* rsa_weak.h - RSA moduli that a sound key generator does not make.
 *
 * pki_rsa_weak() finds, in less than a microsecond, an even modulus, a factor
 * up to 149, and primes of the form k M + (65537^a mod M), M a product of
 * small primes ("ROCA", CVE-2017-15361): modulo each prime of M such a modulus
 * is a power of 65537, which a random one is for all of them with probability
 * 2^-154. pki_rsa_close() finds primes so close to each other that Fermat's
 * method meets them within 100 steps; it takes a few microseconds.
 *
 * Trust: input is hostile, at most PKI_RSA_MAX_BITS; no globals.
 */
#pragma once
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/err.h"

#define PKI_RSA_FERMAT_ROUNDS 100

/* n without leading zeros. What is wrong with it, or NULL. */
const char *pki_rsa_weak(struct bytes n);
/* ERR_WEAK_KEY when its primes are close; ERR_NO_MEMORY. */
MUST_CHECK int pki_rsa_close(struct bytes n, struct err *err);
