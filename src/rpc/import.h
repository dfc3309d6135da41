/* import.h - the part of ca.h that takes over another CA (IMPORT_*).
 *
 * Only a CA started with --import has these methods, and only for the owner
 * of its folder. In this order, any of them as often as wanted:
 *
 *   IMPORT_CA    the CA's certificates; their keys are with the signer already
 *   IMPORT_ROWS  requests and certificates, RPC_IMPORT_ROWS_MAX at a time
 *   IMPORT_CRL   the newest lists, in parts, a base before its delta. What they
 *                revoke and no row has gets a row of its own, with a number
 *   IMPORT_END   everything is there: the CA may start
 *
 * What is there already is left alone and counted as such, so an import that
 * was interrupted is run again from its beginning.
 *
 * Included by ca.h.
 */
#pragma once

#define RPC_IMPORT_ROWS_MAX 64
#define RPC_IMPORT_PART_MAX 131072

struct rpc_import_ca {
	const struct rpc_generation *generations; /* index, key_index, cert */
	size_t generation_count;
};

/* A request of the other CA. Subject, serial, validity, key and issuer are
 * read from the certificate, never told. */
struct rpc_import_row {
	uint64_t id;          /* its number there; 0: the next free one */
	uint32_t disposition; /* enum disposition */
	struct bytes cert;    /* DER; empty: none was issued, or it is lost */
	/* Of a revoked certificate that is lost: what its list says. */
	struct bytes serial; /* content of the INTEGER */
	uint32_t key_index;
	int64_t not_after;         /* 0: not known */
	struct bytes request;      /* as it was sent, or empty */
	const char *requester;     /* "REALM\name", or "" */
	const char *template_name; /* or "" */
	const char *attributes;    /* Name:Value lines, or "" */
	const char *message;       /* or "" */
	int64_t submitted;         /* all times: 0 not known */
	int64_t resolved;
	int64_t revoked;
	uint32_t reason; /* RFC 5280 5.3.1 */
};

struct rpc_import_rows {
	const struct rpc_import_row *rows;
	size_t row_count;
};

struct rpc_import_crl {
	uint32_t key_index;
	bool delta;
	uint64_t offset; /* 0 begins anew */
	struct bytes part;
	bool last;
};

struct rpc_import_report {
	uint64_t taken;   /* new here */
	uint64_t already; /* was here */
	uint64_t changed; /* was here, and is now revoked (or released) */
	uint64_t refused; /* findings say why */
	const struct rpc_finding *findings;
	size_t finding_count;
};
