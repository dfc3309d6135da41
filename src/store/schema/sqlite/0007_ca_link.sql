-- Certificates that belong to the CA's own without being one of them.
-- kind 1: a cross certificate, the key of generation a signed for b.
-- kind 2: of the chain above generation a of a subordinate, the b-th.
CREATE TABLE ca_link (
	kind INTEGER NOT NULL,
	a INTEGER NOT NULL,
	b INTEGER NOT NULL,
	cert BLOB NOT NULL,
	PRIMARY KEY (kind, a, b)
) STRICT, WITHOUT ROWID;
