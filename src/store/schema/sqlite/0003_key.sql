-- Keys that are in certificates (store/key.h): read once, at the start, and
-- only ever appended to, so that a certificate pays for no page of an index.

-- The first certificate that an account has with a key, and the first 8 bytes
-- of the key's hash; the row of the request has the rest.
CREATE TABLE issued_key (
	request INTEGER PRIMARY KEY REFERENCES request (id),
	prefix BLOB NOT NULL
) STRICT;
INSERT INTO issued_key
	SELECT min(id), substr(key_hash, 1, 8) FROM request
	WHERE disposition IN (20, 21) AND key_hash IS NOT NULL
	GROUP BY key_hash, owner;

-- Keys of certificates revoked because the key was compromised.
CREATE TABLE blocked_key (
	request INTEGER PRIMARY KEY REFERENCES request (id),
	hash BLOB NOT NULL
) STRICT;
INSERT INTO blocked_key
	SELECT id, key_hash FROM request
	WHERE disposition = 21 AND revoked_reason = 1
	AND key_hash IS NOT NULL;
