/* store_backend.h - what a database must be able to do.
 *
 * Private to src/store. store.c checks what does not depend on the database
 * and calls through this table; the contract of each method is that of the
 * function of the same name in store.h. The structs below are the first
 * member of the backend's own.
 */
#pragma once
#include "store/access.h"
#include "store/key.h"
#include "store/store.h"

struct store {
	const struct store_backend *backend;
};

struct store_writer {
	const struct store_backend *backend;
};

struct store_reader {
	const struct store_backend *backend;
};

#define WRITE_METHOD(name, ...) \
	int (*name)(struct store_writer * w, __VA_ARGS__, struct err * err)
#define READ_METHOD(name, ...) \
	int (*name)(struct store_reader * r, __VA_ARGS__, struct err * err)

/* The tables of access.h. */
enum store_access {
	STORE_ACCESS_GROUP,
	STORE_ACCESS_MEMBER,
	STORE_ACCESS_PERMISSION,
	STORE_ACCESS_RESTRICTION,
	STORE_ACCESS_PERSON,
	STORE_ACCESS_WAITING,
	STORE_ACCESS_APPROVAL,
	STORE_ACCESS_COUNT
};
/* row: the struct of the table. */
typedef bool store_access_row(void *ctx, const void *row);

/* The lists of key.h. */
enum store_key_list { STORE_KEY_ISSUED, STORE_KEY_BLOCKED };

struct store_backend {
	const char *scheme; /* of the URL, with its colon */
	int (*open)(const char *rest, struct store **ret, struct err *err);
	void (*close)(struct store *s);
	int (*writer_open)(
	    struct store *s, struct store_writer **ret, struct err *err);
	void (*writer_close)(struct store_writer *w);
	int (*reader_open)(
	    struct store *s, struct store_reader **ret, struct err *err);
	void (*reader_close)(struct store_reader *r);
	int (*begin)(struct store_writer *w, struct err *err);
	int (*commit)(struct store_writer *w, struct err *err);
	void (*rollback)(struct store_writer *w);
	int (*read_begin)(struct store_reader *r, struct err *err);
	void (*read_end)(struct store_reader *r);

	/* id 0: the next one. */
	WRITE_METHOD(insert_request, const struct store_request *q, uint64_t id,
	    uint64_t *ret_id);
	WRITE_METHOD(decide_request, const struct store_request *q,
	    enum disposition from);
	WRITE_METHOD(revoke_request, const struct store_revocation *v);
	WRITE_METHOD(
	    add_attribute, uint64_t id, const char *name, const char *value);
	WRITE_METHOD(
	    add_extension, uint64_t id, const struct store_extension *x);
	READ_METHOD(find_request, uint64_t id, struct store_request **ret);
	READ_METHOD(
	    find_serial, struct bytes serial, struct store_request **ret);
	READ_METHOD(list_requests, const struct store_filter *f,
	    store_request_row *row, void *ctx);
	READ_METHOD(list_held, uint64_t before, uint32_t limit,
	    store_request_row *row, void *ctx);
	READ_METHOD(oldest_pending, int64_t *ret);
	/* The highest number; 0: there is none. */
	READ_METHOD(newest_request, uint64_t *ret);
	READ_METHOD(
	    list_attributes, uint64_t id, store_attribute_row *row, void *ctx);
	READ_METHOD(
	    list_extensions, uint64_t id, store_extension_row *row, void *ctx);
	READ_METHOD(count_all, struct store_counts *ret);
	READ_METHOD(count_owner, const char *owner, int64_t since,
	    uint64_t *ret_pending, uint64_t *ret_since);

	READ_METHOD(list_revoked, const struct store_revoked_filter *f,
	    store_revoked_row *row, void *ctx);
	WRITE_METHOD(crl_number, uint64_t *ret_newest);
	WRITE_METHOD(insert_crl, const struct store_crl *c, uint64_t *ret_id);
	WRITE_METHOD(finish_crl, uint64_t id, uint64_t entries,
	    struct bytes hash, const char *status);
	WRITE_METHOD(deliver_crl, uint64_t id, int64_t when, const char *text);
	READ_METHOD(
	    newest_crl, uint32_t key_index, bool delta, struct store_crl **ret);
	READ_METHOD(list_bases, uint32_t key_index, int64_t now,
	    store_crl_row *row, void *ctx);
	READ_METHOD(list_crls, uint32_t limit, store_crl_row *row, void *ctx);
	WRITE_METHOD(insert_ca_cert, const struct store_ca_cert *c);
	READ_METHOD(list_ca_certs, store_ca_cert_row *row, void *ctx);
	WRITE_METHOD(insert_ca_link, const struct store_ca_link *l);
	READ_METHOD(list_ca_links, store_ca_link_row *row, void *ctx);

	WRITE_METHOD(
	    insert_user, const struct store_user *u, const char *lower_name);
	WRITE_METHOD(
	    update_user, const struct store_user *u, const char *lower_name);
	READ_METHOD(find_user, const char *lower_name, struct store_user **ret);
	READ_METHOD(find_user_uid, int64_t uid, struct store_user **ret);
	READ_METHOD(list_users, store_user_row *row, void *ctx);
	READ_METHOD(user_version, uint64_t *ret);

	WRITE_METHOD(put_access, enum store_access what, const void *row,
	    uint64_t *ret_id);
	WRITE_METHOD(drop_access, enum store_access what, const void *key);
	/* of: the request, for approvals. */
	READ_METHOD(list_access, enum store_access what, uint64_t of,
	    store_access_row *row, void *ctx);
	WRITE_METHOD(clear_members, const char *group_key);
	WRITE_METHOD(clear_approvals, uint64_t request);

	WRITE_METHOD(add_key, enum store_key_list list, uint64_t request,
	    struct bytes hash);
	READ_METHOD(
	    list_keys, enum store_key_list list, store_key_row *row, void *ctx);
	READ_METHOD(find_key, uint64_t request, struct store_key *ret);

	WRITE_METHOD(add_message, struct bytes digest, int64_t time);
	READ_METHOD(find_message, struct bytes digest, bool *ret_used);

	WRITE_METHOD(append_audit, const struct store_audit *a);
	READ_METHOD(list_audit, const struct store_audit_filter *f,
	    store_audit_row *row, void *ctx);
	READ_METHOD(audit_head, const char *node, uint64_t *ret_sequence,
	    uint8_t ret_hash[32]);
	WRITE_METHOD(set_value, const char *name, const char *value);
	READ_METHOD(value, const char *name, char **ret);
};

#undef WRITE_METHOD
#undef READ_METHOD

extern const struct store_backend store_sqlite;
