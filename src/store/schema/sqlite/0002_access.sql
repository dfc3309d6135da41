-- Groups, permissions, restrictions, persons, changes that wait for a second
-- person, and approvals (store/access.h).
--
-- Principals are keys: "local\alice", "corp\domain users" in lower case, or a
-- SID. Columns stand in the order of columns.h.

-- How many different persons have to approve a request; at the end, so that a
-- list, which does not need it, does not read past the certificate.
ALTER TABLE request ADD COLUMN approvals INTEGER NOT NULL DEFAULT 1;

CREATE TABLE local_group (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	group_key TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	description TEXT
) STRICT;

CREATE TABLE local_member (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	group_key TEXT NOT NULL,
	principal TEXT NOT NULL,
	name TEXT NOT NULL,
	UNIQUE (principal, group_key)
) STRICT;
CREATE INDEX local_member_group ON local_member (group_key);

-- Scope: "-" for the CA itself, else a template's name in lower case.
CREATE TABLE permission (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	scope TEXT NOT NULL,
	deny INTEGER NOT NULL,
	is_group INTEGER NOT NULL,
	principal TEXT NOT NULL,
	name TEXT NOT NULL,
	rights INTEGER NOT NULL,
	UNIQUE (scope, deny, is_group, principal)
) STRICT;

CREATE TABLE restriction (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	kind INTEGER NOT NULL,
	deny INTEGER NOT NULL,
	actor_is_group INTEGER NOT NULL,
	actor TEXT NOT NULL,
	template_name TEXT NOT NULL,
	target_kind INTEGER NOT NULL,
	target TEXT
) STRICT;

-- Accounts with the same number belong to one person.
CREATE TABLE person (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	principal TEXT NOT NULL UNIQUE,
	number INTEGER NOT NULL
) STRICT;

CREATE TABLE waiting_change (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	kind INTEGER NOT NULL,
	subject TEXT NOT NULL,
	name TEXT NOT NULL,
	is_group INTEGER NOT NULL,
	object TEXT,
	rights INTEGER NOT NULL,
	hash TEXT,
	what TEXT NOT NULL,
	asker_owner TEXT NOT NULL,
	asker TEXT NOT NULL,
	asked INTEGER NOT NULL
) STRICT;

CREATE TABLE approval (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	request INTEGER NOT NULL REFERENCES request (id),
	approver TEXT NOT NULL,
	name TEXT NOT NULL,
	person INTEGER NOT NULL,
	time INTEGER NOT NULL,
	hash BLOB,
	UNIQUE (approver, request)
) STRICT;
CREATE INDEX approval_request ON approval (request);
