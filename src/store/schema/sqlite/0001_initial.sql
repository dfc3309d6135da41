-- The first schema of the SQLite backend.
--
-- Texts and bytes that are empty are NULL: that costs nothing to bind and
-- nothing to keep. Numbers are never NULL. Times are seconds since 1970, UTC.
-- Columns of a request stand in the order of columns.h, the large ones
-- last, so that a list does not read them.

CREATE TABLE request (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	disposition INTEGER NOT NULL,
	hresult INTEGER NOT NULL,
	flags INTEGER NOT NULL,
	submitted INTEGER NOT NULL,
	resolved INTEGER NOT NULL,
	owner TEXT,
	requester TEXT,
	caller_owner TEXT,
	caller TEXT,
	peer TEXT,
	address TEXT,
	officer TEXT,
	submission BLOB,
	kind TEXT,
	message TEXT,
	sentence TEXT,
	request_subject TEXT,
	subject TEXT,
	common_name TEXT,
	template_name TEXT,
	key_kind TEXT,
	key_bits INTEGER NOT NULL,
	key_hash BLOB,
	serial BLOB,
	ski BLOB,
	cert_hash BLOB,
	ca_index INTEGER NOT NULL,
	key_index INTEGER NOT NULL,
	not_before INTEGER NOT NULL,
	not_after INTEGER NOT NULL,
	revoked_when INTEGER NOT NULL,
	revoked_effective INTEGER NOT NULL,
	revoked_reason INTEGER NOT NULL,
	attributes TEXT,
	raw_request BLOB,
	cert BLOB
) STRICT;

-- A serial number is used once (RFC 5280 section 4.1.2.2).
CREATE UNIQUE INDEX request_serial ON request (serial)
	WHERE serial IS NOT NULL;
-- The one-time number of a form: a double click gives one request.
CREATE UNIQUE INDEX request_submission ON request (owner, submission)
	WHERE submission IS NOT NULL;
-- Lists and the daily limit of one owner.
CREATE INDEX request_owner ON request (owner, submitted);
CREATE INDEX request_requester ON request (requester);
-- What waits, of one owner. The state is in this index and in request_revoked
-- because without it SQLite would look at the row to check it again.
CREATE INDEX request_pending ON request (owner, disposition)
	WHERE disposition = 9;
-- Lists by state. Most rows are issued (20) and pay nothing.
CREATE INDEX request_state ON request (disposition) WHERE disposition <> 20;
-- Everything a CRL needs, without reading the rows.
CREATE INDEX request_revoked ON request
	(key_index, serial, revoked_effective, revoked_reason, not_after,
	disposition)
	WHERE disposition = 21;

-- Rows of request in each state, kept by the transactions that change them.
CREATE TABLE request_count (
	disposition INTEGER PRIMARY KEY,
	rows INTEGER NOT NULL
) STRICT;
INSERT INTO request_count VALUES (9, 0), (20, 0), (21, 0), (30, 0), (31, 0);

-- Side tables (MS-CSRA 3.1.1.1.3 and 3.1.1.1.2).
CREATE TABLE request_attribute (
	id INTEGER PRIMARY KEY,
	request INTEGER NOT NULL REFERENCES request (id),
	name TEXT,
	value TEXT
) STRICT;
CREATE INDEX request_attribute_request ON request_attribute (request);
CREATE TABLE request_extension (
	id INTEGER PRIMARY KEY,
	request INTEGER NOT NULL REFERENCES request (id),
	oid TEXT,
	flags INTEGER NOT NULL,
	value BLOB,
	note TEXT
) STRICT;
CREATE INDEX request_extension_request ON request_extension (request);

-- AUTOINCREMENT: a CRL number is never used again (RFC 5280 section 5.2.3).
CREATE TABLE crl (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	key_index INTEGER NOT NULL,
	min_base INTEGER NOT NULL,
	entries INTEGER NOT NULL,
	this_update INTEGER NOT NULL,
	next_publish INTEGER NOT NULL,
	next_update INTEGER NOT NULL,
	file TEXT,
	hash BLOB,
	status TEXT
) STRICT;
CREATE INDEX crl_newest ON crl (key_index)
	WHERE status = 'published' AND min_base = 0;

CREATE TABLE ca_cert (
	cert_index INTEGER PRIMARY KEY,
	key_index INTEGER NOT NULL,
	cert BLOB NOT NULL,
	installed INTEGER NOT NULL
) STRICT;

CREATE TABLE account (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	lower_name TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	hash TEXT,
	roles INTEGER NOT NULL,
	mail TEXT,
	upn TEXT,
	display_name TEXT,
	uid INTEGER NOT NULL,
	disabled INTEGER NOT NULL,
	changed INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_uid ON account (uid) WHERE uid >= 0;

-- One chain for each node of the CA.
CREATE TABLE audit (
	node TEXT NOT NULL,
	sequence INTEGER NOT NULL,
	time INTEGER NOT NULL,
	event TEXT,
	actor TEXT,
	peer TEXT,
	request_id INTEGER NOT NULL,
	detail TEXT,
	serial BLOB,
	digest BLOB,
	prev BLOB,
	hash BLOB,
	PRIMARY KEY (node, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_request ON audit (request_id) WHERE request_id > 0;

CREATE TABLE setting (
	name TEXT PRIMARY KEY,
	value TEXT
) STRICT, WITHOUT ROWID;
-- What store_user_version() reads.
CREATE TABLE account_version (version INTEGER NOT NULL) STRICT;
INSERT INTO account_version VALUES (0);
