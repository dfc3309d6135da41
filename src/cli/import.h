/* import.h - opencertsrv ca import: what is read of the other CA, checked and
 * handed to this one (rpc/import.h).
 *
 *   import.c         the command, and its order
 *   import_key.c     keys and certificates of the CA, by way of the signer
 *   import_chain.c   the CAs above it
 *   import_row.c     one request: counted, looked at, handed over
 *   import_table.c   a table of requests (CSV)
 *   import_index.c   OpenSSL's index.txt and its newcerts
 *   import_folder.c  a folder of certificates
 *   import_crl.c     revocation lists
 *   import_url.c     the addresses that certificates name
 *   import_report.c  what came of it, for people and as JSON
 *
 * With --dry-run everything is read and checked the same way, no program that
 * keeps anything is started, and nothing is written.
 *
 * Trust:     every file is hostile. What a certificate says is read from the
 *            certificate; a table adds numbers, names of accounts, states.
 * Limits:    below. Memory: a few bytes for each certificate (to know which
 *            entries of a list have none) and for each address.
 */
#pragma once
#include "cli/cli.h"
#include "pki/cert.h"
#include "pki/crl.h"
#include "pki/key.h"

#define CLI_IMPORT_ROWS_MAX 10000000
#define CLI_IMPORT_FILE_MAX 262144   /* of one certificate, with text */
#define CLI_IMPORT_CRL_MAX  67108864 /* of one list */
#define CLI_IMPORT_URLS_MAX 1000
#define CLI_IMPORT_NOTES    20 /* sentences of each kind that are shown */

struct cli_import_ca {
	uint32_t index, key_index;
	uint8_t *memory;
	struct pki_cert cert;
	struct pki_key key;
};

/* Beside those: of the CAs above it, of keys that are not there. */
#define CLI_IMPORT_OTHERS 128

/* A set of serial numbers. */
struct cli_import_serials {
	uint64_t *list;
	size_t size, used;
};

struct cli_import_url {
	char *text;
	uint64_t count; /* certificates that name it */
	char why[80];   /* "" it is served */
};

struct cli_import_counts {
	uint64_t seen, issued, revoked, pending, denied, failed;
	uint64_t skipped;     /* rows of kinds that are not taken */
	uint64_t without;     /* issued, but the certificate is not there */
	uint64_t undated;     /* revoked, no date that can be read */
	uint64_t unreadable;  /* refused before they were handed over */
	uint64_t listed_only; /* on a list, but no certificate */
	uint64_t taken, already, changed, refused; /* what the CA says */
};

struct cli_import {
	struct cli *c;
	bool dry_run;
	struct rpc_client *client; /* NULL in a dry run */
	struct pki_tools *tools;
	struct cli_import_ca list[RPC_GENERATIONS_MAX]; /* oldest first */
	size_t n;
	struct cli_import_ca others[CLI_IMPORT_OTHERS];
	size_t other_n;
	struct cli_import_serials serials;
	bool in_folder; /* files of certificates that a table may have, too */
	struct cli_import_url urls[CLI_IMPORT_URLS_MAX];
	size_t url_n;
	uint64_t urls_left_out;
	struct cli_import_counts counts;
	json_t *lists;    /* of revocation lists */
	json_t *missing;  /* sentences */
	json_t *problems; /* sentences about rows that are not taken */
	/* Rows that are not handed over yet. */
	struct rpc_import_row rows[RPC_IMPORT_ROWS_MAX];
	void *memory[RPC_IMPORT_ROWS_MAX];
	size_t row_n, row_bytes;
};

/* The command, for the table of ca.c. Exit status 1 also when all was taken
 * but single rows. */
MUST_CHECK int cli_import(struct cli *c, struct err *err);

/* --- import_key.c ----------------------------------------------------------
 */

struct cli_accounts;
MUST_CHECK int cli_import_keys(struct cli_import *im,
    const struct cli_accounts *accounts, struct err *err);

/* --- import_chain.c --------------------------------------------------------
 */

/* The certificates above this one to the root, one after the other, as far as
 * they are there. false: not to the root. */
bool cli_import_chain(const struct cli_import *im,
    const struct cli_import_ca *g, struct buf *out);
/* Say which keys and which certificates above are missing. */
void cli_import_judge_others(struct cli_import *im);

/* --- import_row.c ----------------------------------------------------------
 */

/* from: what it is in a sentence, "Line 17". What is wrong with a row becomes
 * a problem, no error. Copies what it keeps. */
MUST_CHECK int cli_import_row(struct cli_import *im,
    const struct rpc_import_row *row, const char *from, struct err *err);
/* Hand over what is left. */
MUST_CHECK int cli_import_flush(struct cli_import *im, struct err *err);
void cli_import_note(json_t *list, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* What the CA said of rows or a list. */
void cli_import_told(struct cli_import *im, const struct rpc_import_report *r);
bool cli_import_has_serial(const struct cli_import *im, struct bytes serial);
/* The next certificate in a file that may hold text around PEM, or DER as a
 * whole: 1, 0 when there is no more, -1. *at: what is left of it. */
MUST_CHECK int cli_import_next_cert(
    struct bytes *at, struct buf *out, struct err *err);
/* Read a file of at most max bytes, no link at its end; *ret_n 0: there is
 * none. free(*ret). */
MUST_CHECK int cli_import_read_file(int folder, const char *name, size_t max,
    uint8_t **ret, size_t *ret_n, struct err *err);

/* --- sources ---------------------------------------------------------------
 */

MUST_CHECK int cli_import_table(struct cli_import *im, const char *path,
    const char *columns, struct err *err);
MUST_CHECK int cli_import_index(struct cli_import *im, const char *path,
    const char *folder, struct err *err);
MUST_CHECK int cli_import_folder(
    struct cli_import *im, const char *path, struct err *err);
/* All that --crl names. */
MUST_CHECK int cli_import_crls(struct cli_import *im, struct err *err);

/* --- import_url.c, import_report.c -----------------------------------------
 */

void cli_import_look(struct cli_import *im, const struct pki_cert *cert);
MUST_CHECK int cli_import_report(struct cli_import *im, struct err *err);
