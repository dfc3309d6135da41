/* csr.h - a PKCS#10 request (RFC 2986) as a requester makes it.
 *
 * struct cli_csr is what shall stand in it, filled from options, from an INF
 * file (inf.h) or from the certificate that is renewed; cli_csr_build() puts
 * it into DER and has the key sign it. Reading requests is pki/csr.h.
 *
 * Ownership: cli_csr_clear() releases what the adding functions copied;
 * `renewal` borrows.
 */
#pragma once
#include "base/buf.h"
#include "cli/key.h"
#include "pki/attrs.h"
#include "pki/ext.h"
#include "pki/gname.h"

#define CLI_CSR_TEXT_MAX 256
#define CLI_CSR_MAX      65536

struct cli_csr {
	struct buf subject;    /* Name, whole; empty: a subject of nothing */
	struct buf names;      /* GeneralName elements */
	struct buf extensions; /* more whole Extensions */
	struct buf attributes; /* lines "Name:Value" */
	bool names_critical, purposes_critical;
	uint16_t key_usage; /* PKI_KU_..., 0: not asked for */
	struct {
		uint8_t oid[PKI_OID_MAX];
		size_t n;
	} purposes[PKI_EXT_EKU_MAX];
	size_t purpose_count;
	char template[CLI_CSR_TEXT_MAX]; /* also among the attributes */
	bool template_extension;
	bool smime;
	unsigned key_spec; /* 1 exchange, 2 signature, 0 not said */
	char provider[CLI_CSR_TEXT_MAX];
	enum pki_hash hash;   /* PKI_HASH_NONE: the key's own */
	struct bytes renewal; /* the certificate that is renewed, or none */
};

void cli_csr_init(struct cli_csr *r);
void cli_csr_clear(struct cli_csr *r);

/* "CN=www.example.com, O=\"Example, Ltd\"", in the order of the DER. */
MUST_CHECK int cli_csr_subject(
    struct cli_csr *r, const char *text, struct err *err);
MUST_CHECK int cli_csr_name(struct cli_csr *r, enum pki_gname_kind kind,
    const char *text, struct err *err);
/* A dotted OID or one of the words of cli_csr_purpose_words(). */
MUST_CHECK int cli_csr_purpose(
    struct cli_csr *r, const char *text, struct err *err);
/* "digitalSignature" and its kin, X.509 names of the bits. */
MUST_CHECK int cli_csr_usage(
    struct cli_csr *r, const char *word, struct err *err);
MUST_CHECK int cli_csr_attribute(
    struct cli_csr *r, const char *name, const char *value, struct err *err);
MUST_CHECK int cli_csr_template(
    struct cli_csr *r, const char *name, struct err *err);
/* Names and extensions of a certificate that is renewed. */
MUST_CHECK int cli_csr_from_cert(
    struct cli_csr *r, struct bytes cert, struct err *err);

/* Appends DER. */
MUST_CHECK int cli_csr_build(const struct cli_csr *r, struct cli_key *key,
    struct buf *out, struct err *err);
