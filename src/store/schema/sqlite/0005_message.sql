-- Messages that enrolment agents signed, by the SHA-256 of their content: none
-- counts twice. Kept as long as the requests they made.
CREATE TABLE used_message (
	digest BLOB PRIMARY KEY,
	time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
