/* size_fill.c - a database of any size in minutes: the store makes the schema,
 * its indexes are dropped, rows come from one statement each, and the indexes
 * are made again from what the schema said.
 *
 * What the rows are like is chosen to be hard for lists: one requester has
 * three rows of ten, all issued but a few old ones; the newest three of a
 * hundred hold no certificate; every serial number of one in a hundred begins
 * with the same four bytes.
 */
#include "size.h"

#include "store/store.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDEXES_MAX 64

static void
must(sqlite3 *db, int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW)
		return;
	(void)fprintf(stderr, "bench-size: %s\n", sqlite3_errmsg(db));
	exit(1);
}

static void
run(sqlite3 *db, const char *sql)
{
	must(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

/* ?1: how many rows; ?2: seconds since 1970 of the newest. */
static const char requests[] =
    "WITH RECURSIVE n (i) AS "
    "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1), "
    "who AS (SELECT i, CASE WHEN i % 10 < 3 "
    "AND i <= ?1 / 100 * 97 THEN '" SIZE_ROBOT "' "
    "ELSE 'user' || (i * 7919 % 100000) END AS name, "
    "CASE WHEN i % max(?1 / 5000, 7) = 4 THEN 9 "
    "WHEN i > ?1 / 100 * 97 THEN 30 + i % 2 "
    "WHEN i % 10 < 3 AND i > ?1 / 100 THEN 20 "
    "WHEN i % 50 < 8 AND i % 10 >= 3 THEN 21 "
    "WHEN i % 10 = 3 THEN 31 WHEN i % 100 = 4 THEN 30 "
    "WHEN i % 10 = 0 THEN 31 ELSE 20 END AS state FROM n) "
    "INSERT INTO request (disposition, hresult, flags, submitted, resolved, "
    "owner, requester, caller_owner, caller, peer, address, kind, message, "
    "request_subject, subject, common_name, template_name, key_kind, "
    "key_bits, key_hash, serial, ski, cert_hash, ca_index, key_index, "
    "not_before, not_after, revoked_when, revoked_effective, "
    "revoked_reason, attributes, raw_request, cert) "
    "SELECT state, 0, 0, ?2 - (?1 - i), "
    "CASE state WHEN 9 THEN 0 ELSE ?2 - (?1 - i) END, "
    "'local\\' || name, name, 'local\\' || name, name, 'web uid 998', "
    "'192.0.2.17', 'pkcs10', 'Issued', "
    "'CN=host' || i || '.example, O=Example', "
    "CASE WHEN state IN (20, 21) "
    "THEN 'CN=host' || i || '.example, O=Example' END, "
    "'host' || i || '.example', 'WebServer', 'P-256', 256, randomblob(32), "
    "CASE WHEN state IN (20, 21) THEN CAST(CASE WHEN i % 100 = 99 "
    "THEN x'" SIZE_SERIAL "' || randomblob(15) "
    "ELSE x'4c' || randomblob(18) END AS BLOB) END, "
    "CASE WHEN state IN (20, 21) THEN randomblob(20) END, "
    "CASE WHEN state IN (20, 21) THEN randomblob(32) END, 0, 0, "
    "CASE WHEN state IN (20, 21) THEN ?2 - (?1 - i) ELSE 0 END, "
    "CASE WHEN state IN (20, 21) THEN ?2 + 86400 * 300 ELSE 0 END, "
    "CASE state WHEN 21 THEN ?2 ELSE 0 END, "
    "CASE state WHEN 21 THEN ?2 ELSE 0 END, "
    "CASE state WHEN 21 THEN 4 ELSE 0 END, "
    "'CertificateTemplate:WebServer' || char(10), zeroblob(350), "
    "CASE WHEN state IN (20, 21) THEN zeroblob(620) END FROM who";

/* One record for each, as a chain of this node; its hashes are no chain. */
static const char audits[] =
    "INSERT INTO audit (node, sequence, time, event, actor, peer, "
    "request_id, detail, serial, digest, prev, hash) "
    "SELECT coalesce((SELECT value FROM setting WHERE name = 'node'), 'n'), "
    "(SELECT coalesce(max(sequence), 0) FROM audit) + "
    "row_number() OVER (ORDER BY id), submitted, 'issue', owner, peer, id, "
    "'issued at once: ' || request_subject, serial, cert_hash, key_hash, "
    "key_hash FROM request WHERE id > ?1";

static const char keys[] = "INSERT INTO issued_key (request, prefix) "
			   "SELECT id, substr(key_hash, 1, 8) FROM request "
			   "WHERE id > ?1 AND disposition IN (20, 21)";

static const char counts[] = "UPDATE request_count SET rows = "
			     "(SELECT count(*) FROM request r "
			     "WHERE r.disposition = request_count.disposition)";

static void
run_with(sqlite3 *db, const char *sql, int64_t one, int64_t two)
{
	sqlite3_stmt *st;

	must(db, sqlite3_prepare_v2(db, sql, -1, &st, NULL));
	must(db, sqlite3_bind_int64(st, 1, one));
	if (sqlite3_bind_parameter_count(st) > 1)
		must(db, sqlite3_bind_int64(st, 2, two));
	must(db, sqlite3_step(st));
	must(db, sqlite3_finalize(st));
}

static int64_t
number_of(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st;
	int64_t n;

	must(db, sqlite3_prepare_v2(db, sql, -1, &st, NULL));
	must(db, sqlite3_step(st));
	n = sqlite3_column_int64(st, 0);
	must(db, sqlite3_finalize(st));
	return n;
}

/* Drop every index that a statement made; returns these statements. */
static size_t
drop_indexes(sqlite3 *db, char *made[INDEXES_MAX])
{
	char *drops[INDEXES_MAX];
	sqlite3_stmt *st;
	size_t n = 0;

	must(db, sqlite3_prepare_v2(db,
		     "SELECT sql, 'DROP INDEX ' || name FROM sqlite_schema "
		     "WHERE type = 'index' AND sql IS NOT NULL "
		     "AND tbl_name IN ('request', 'audit')",
		     -1, &st, NULL));
	while (sqlite3_step(st) == SQLITE_ROW && n < INDEXES_MAX) {
		made[n] = strdup((const char *)sqlite3_column_text(st, 0));
		drops[n++] = strdup((const char *)sqlite3_column_text(st, 1));
	}
	must(db, sqlite3_finalize(st));
	for (size_t i = 0; i < n; i++) {
		run(db, drops[i]);
		free(drops[i]);
	}
	return n;
}

void
size_fill(const char *path, uint64_t rows, int64_t now)
{
	char *indexes[INDEXES_MAX];
	int64_t before;
	size_t n;
	sqlite3 *db;

	must(NULL, sqlite3_open(path, &db));
	run(db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF;"
		"PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;");
	before = number_of(db, "SELECT coalesce(max(id), 0) FROM request");
	n = drop_indexes(db, indexes);
	run(db, "BEGIN");
	run_with(db, requests, (int64_t)rows, now);
	run_with(db, keys, before, 0);
	run_with(db, audits, before, 0);
	run(db, "COMMIT");
	for (size_t i = 0; i < n; i++) {
		run(db, indexes[i]);
		free(indexes[i]);
	}
	run(db, counts);
	run(db, "PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint;");
	must(db, sqlite3_close(db));
}
