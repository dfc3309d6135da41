/* make.h - keys, requests and certificates for tests, made by OpenSSL's own
 * functions: the judge must not be the code that is judged. */
#pragma once
#include "base/buf.h"
#include "base/bytes.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

enum make_key {
	MAKE_RSA2048,
	MAKE_P256,
	MAKE_P384,
	MAKE_P521,
	MAKE_ED25519,
	MAKE_KEYS
};

EVP_PKEY *make_key(enum make_key kind); /* made once, shared */
EVP_PKEY *make_key_rsa(unsigned bits);
/* A request as clients make it: C, O, CN; SAN, key usage, EKU. Appends. */
void make_csr(enum make_key kind, const char *cn, struct buf *out);
/* Sign an X509_REQ that the test has filled, and append its DER. */
void make_csr_signed(X509_REQ *req, EVP_PKEY *key, struct buf *out);
X509_REQ *make_csr_open(enum make_key kind, const char *cn);
void make_spki(EVP_PKEY *key, struct buf *out);
struct bytes make_name(const char *cn, struct buf *out); /* one CN */
/* One byte run, TAG LENGTH content, appended. */
void make_tlv(struct buf *out, uint8_t tag, struct bytes content);
