/* columns.h - the columns of the tables whose rows are structs of store.h.
 *
 * X(member, kind): the column has the name of the member; its kind says how
 * it is bound and read: U32 U64 I64 BOOL TEXT BYTES. Statements and bindings
 * are made from these lists; a test compares them with the schema.
 *
 * Columns of a request have two more: who writes it after the insert
 * (SUBMITTED: nobody, DECIDED: a decision, REVOKED: a revocation, STATE: both)
 * and whether it is in lists (LISTED, LARGE). The key of a table (id, node,
 * lower name) is not in its list: statements and code name it.
 */
#pragma once

/* clang-format off */
#define STORE_REQUEST_COLUMNS(X) \
	X(disposition, U32, STATE, LISTED) \
	X(hresult, U32, DECIDED, LISTED) \
	X(flags, U32, SUBMITTED, LISTED) \
	X(submitted, I64, SUBMITTED, LISTED) \
	X(resolved, I64, DECIDED, LISTED) \
	X(owner, TEXT, SUBMITTED, LISTED) \
	X(requester, TEXT, SUBMITTED, LISTED) \
	X(caller_owner, TEXT, SUBMITTED, LISTED) \
	X(caller, TEXT, SUBMITTED, LISTED) \
	X(peer, TEXT, SUBMITTED, LISTED) \
	X(address, TEXT, SUBMITTED, LISTED) \
	X(officer, TEXT, DECIDED, LISTED) \
	X(submission, BYTES, SUBMITTED, LISTED) \
	X(kind, TEXT, SUBMITTED, LISTED) \
	X(message, TEXT, DECIDED, LISTED) \
	X(sentence, TEXT, DECIDED, LISTED) \
	X(request_subject, TEXT, SUBMITTED, LISTED) \
	X(subject, TEXT, DECIDED, LISTED) \
	X(common_name, TEXT, SUBMITTED, LISTED) \
	X(template_name, TEXT, SUBMITTED, LISTED) \
	X(key_kind, TEXT, SUBMITTED, LISTED) \
	X(key_bits, U32, SUBMITTED, LISTED) \
	X(key_hash, BYTES, SUBMITTED, LISTED) \
	X(serial, BYTES, DECIDED, LISTED) \
	X(ski, BYTES, DECIDED, LISTED) \
	X(cert_hash, BYTES, DECIDED, LISTED) \
	X(ca_index, U32, DECIDED, LISTED) \
	X(key_index, U32, DECIDED, LISTED) \
	X(not_before, I64, DECIDED, LISTED) \
	X(not_after, I64, DECIDED, LISTED) \
	X(revoked_when, I64, REVOKED, LISTED) \
	X(revoked_effective, I64, REVOKED, LISTED) \
	X(revoked_reason, U32, REVOKED, LISTED) \
	X(attributes, TEXT, SUBMITTED, LARGE) \
	X(raw_request, BYTES, SUBMITTED, LARGE) \
	X(cert, BYTES, DECIDED, LARGE) \
	X(approvals, U32, SUBMITTED, LARGE)

#define STORE_CRL_COLUMNS(X) \
	X(number, U64) \
	X(key_index, U32) \
	X(flags, U32) \
	X(min_base, U64) \
	X(entries, U64) \
	X(this_update, I64) \
	X(next_publish, I64) \
	X(next_update, I64) \
	X(propagated, I64) \
	X(delivered, I64) \
	X(file, TEXT) \
	X(hash, BYTES) \
	X(status, TEXT) \
	X(delivery, TEXT)

#define STORE_USER_COLUMNS(X) \
	X(name, TEXT) \
	X(hash, TEXT) \
	X(roles, U32) \
	X(mail, TEXT) \
	X(upn, TEXT) \
	X(display_name, TEXT) \
	X(uid, I64) \
	X(disabled, BOOL) \
	X(changed, I64)

#define STORE_AUDIT_COLUMNS(X) \
	X(sequence, U64) \
	X(time, I64) \
	X(event, TEXT) \
	X(actor, TEXT) \
	X(peer, TEXT) \
	X(request_id, U64) \
	X(detail, TEXT) \
	X(serial, BYTES) \
	X(digest, BYTES) \
	X(prev, BYTES) \
	X(hash, BYTES)

/* The tables of access.h: KEY or VALUE. Their number is not in the list. */
#define STORE_GROUP_COLUMNS(X) \
	X(group_key, TEXT, KEY) \
	X(name, TEXT, VALUE) \
	X(description, TEXT, VALUE)

#define STORE_MEMBER_COLUMNS(X) \
	X(group_key, TEXT, KEY) \
	X(principal, TEXT, KEY) \
	X(name, TEXT, VALUE)

#define STORE_PERMISSION_COLUMNS(X) \
	X(scope, TEXT, KEY) \
	X(deny, BOOL, KEY) \
	X(is_group, BOOL, KEY) \
	X(principal, TEXT, KEY) \
	X(name, TEXT, VALUE) \
	X(rights, U32, VALUE)

#define STORE_RESTRICTION_COLUMNS(X) \
	X(kind, U32, VALUE) \
	X(deny, BOOL, VALUE) \
	X(actor_is_group, BOOL, VALUE) \
	X(actor, TEXT, VALUE) \
	X(template_name, TEXT, VALUE) \
	X(target_kind, U32, VALUE) \
	X(target, TEXT, VALUE)

#define STORE_PERSON_COLUMNS(X) \
	X(principal, TEXT, KEY) \
	X(number, U64, VALUE)

#define STORE_WAITING_COLUMNS(X) \
	X(kind, U32, VALUE) \
	X(subject, TEXT, VALUE) \
	X(name, TEXT, VALUE) \
	X(is_group, BOOL, VALUE) \
	X(object, TEXT, VALUE) \
	X(rights, U32, VALUE) \
	X(hash, TEXT, VALUE) \
	X(what, TEXT, VALUE) \
	X(asker_owner, TEXT, VALUE) \
	X(asker, TEXT, VALUE) \
	X(asked, I64, VALUE)

#define STORE_APPROVAL_COLUMNS(X) \
	X(request, U64, KEY) \
	X(approver, TEXT, KEY) \
	X(name, TEXT, VALUE) \
	X(person, U64, VALUE) \
	X(time, I64, VALUE) \
	X(hash, BYTES, VALUE)
/* clang-format on */
