-- Base and delta CRL of one run share a number (RFC 5280 section 5.2.3), so
-- it is no longer the key of a row. A run gives every key the same number.

CREATE TABLE crl_new (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	number INTEGER NOT NULL,
	key_index INTEGER NOT NULL,
	flags INTEGER NOT NULL,
	min_base INTEGER NOT NULL,
	entries INTEGER NOT NULL,
	this_update INTEGER NOT NULL,
	next_publish INTEGER NOT NULL,
	next_update INTEGER NOT NULL,
	propagated INTEGER NOT NULL,
	delivered INTEGER NOT NULL,
	file TEXT,
	hash BLOB,
	status TEXT,
	delivery TEXT
) STRICT;
INSERT INTO crl_new SELECT number, number, key_index, 1, min_base, entries,
	this_update, next_publish, next_update, this_update, 0, file, hash,
	status, NULL FROM crl ORDER BY number;
DROP TABLE crl;
ALTER TABLE crl_new RENAME TO crl;
CREATE UNIQUE INDEX crl_number ON crl
	(number DESC, key_index DESC, min_base > 0);
CREATE INDEX crl_newest ON crl (key_index, number) WHERE status = 'published';

-- What a delta CRL needs: revoked, or released (disposition 20), since a time.
-- Only revocations pay for it.
CREATE INDEX request_changed ON request
	(key_index, revoked_when, serial, revoked_effective, revoked_reason,
	not_after, disposition)
	WHERE revoked_when > 0;
