#include "store/store_backend.h"

#include "base/str.h"

#include <stdlib.h>

/* Every row that was read is one block of memory (sqlite_row.c). */

void
store_request_free(struct store_request *r)
{
	free(r);
}

void
store_crl_free(struct store_crl *c)
{
	free(c);
}

void
store_user_free(struct store_user *u)
{
	free(u);
}

static const struct store_backend *const backends[] = { &store_sqlite };

int
store_open(const char *url, struct store **ret, struct err *err)
{
	size_t i;

	*ret = NULL;
	for (i = 0; i < ARRAY_LEN(backends); i++)
		if (str_has_prefix(url, backends[i]->scheme))
			return backends[i]->open(
			    url + strlen(backends[i]->scheme), ret, err);
	return err_set(err, ERR_CONFIG,
	    "\"%s\" is not a database this program knows: sqlite:PATH", url);
}

void
store_close(struct store *s)
{
	if (s)
		s->backend->close(s);
}

int
store_writer_open(struct store *s, struct store_writer **ret, struct err *err)
{
	*ret = NULL;
	return s->backend->writer_open(s, ret, err);
}

void
store_writer_close(struct store_writer *w)
{
	if (w)
		w->backend->writer_close(w);
}

int
store_reader_open(struct store *s, struct store_reader **ret, struct err *err)
{
	*ret = NULL;
	return s->backend->reader_open(s, ret, err);
}

void
store_reader_close(struct store_reader *r)
{
	if (r)
		r->backend->reader_close(r);
}

int
store_begin(struct store_writer *w, struct err *err)
{
	return w->backend->begin(w, err);
}

int
store_commit(struct store_writer *w, struct err *err)
{
	return w->backend->commit(w, err);
}

void
store_rollback(struct store_writer *w)
{
	w->backend->rollback(w);
}

int
store_read_begin(struct store_reader *r, struct err *err)
{
	return r->backend->read_begin(r, err);
}

void
store_read_end(struct store_reader *r)
{
	r->backend->read_end(r);
}

int
store_insert_request(struct store_writer *w, const struct store_request *r,
    uint64_t *ret_id, struct err *err)
{
	*ret_id = 0;
	if (!disposition_known(r->disposition))
		return err_set(err, ERR_INVALID, "unknown state of a request");
	return w->backend->insert_request(w, r, 0, ret_id, err);
}

int
store_import_request(struct store_writer *w, const struct store_request *r,
    uint64_t *ret_id, struct err *err)
{
	uint64_t id = r->id; /* which may be where ret_id points */

	*ret_id = 0;
	if (!disposition_known(r->disposition) || id > INT64_MAX)
		return err_set(
		    err, ERR_INVALID, "unknown state or number of a request");
	return w->backend->insert_request(w, r, id, ret_id, err);
}

int
store_decide_request(struct store_writer *w, const struct store_request *r,
    enum disposition from, struct err *err)
{
	if (!disposition_known(r->disposition))
		return err_set(err, ERR_INVALID, "unknown state of a request");
	return w->backend->decide_request(w, r, from, err);
}

int
store_revoke_request(
    struct store_writer *w, const struct store_revocation *v, struct err *err)
{
	return w->backend->revoke_request(w, v, err);
}

int
store_add_attribute(struct store_writer *w, uint64_t id, const char *name,
    const char *value, struct err *err)
{
	return w->backend->add_attribute(w, id, name, value, err);
}

int
store_add_extension(struct store_writer *w, uint64_t id, const char *oid,
    uint32_t flags, struct bytes value, const char *note, struct err *err)
{
	const struct store_extension x = { oid, flags, value, note };

	return w->backend->add_extension(w, id, &x, err);
}

int
store_find_request(struct store_reader *r, uint64_t id,
    struct store_request **ret, struct err *err)
{
	*ret = NULL;
	return r->backend->find_request(r, id, ret, err);
}

int
store_find_serial(struct store_reader *r, struct bytes serial,
    struct store_request **ret, struct err *err)
{
	*ret = NULL;
	return r->backend->find_serial(r, serial, ret, err);
}

int
store_list_requests(struct store_reader *r, const struct store_filter *f,
    store_request_row *row, void *ctx, struct err *err)
{
	if (f->search && strlen(f->search) > STORE_SEARCH_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "a search text may have at most %d bytes",
		    STORE_SEARCH_MAX);
	return r->backend->list_requests(r, f, row, ctx, err);
}

int
store_list_held(struct store_reader *r, uint64_t before, uint32_t limit,
    store_request_row *row, void *ctx, struct err *err)
{
	return r->backend->list_held(r, before, limit, row, ctx, err);
}

int
store_oldest_pending(struct store_reader *r, int64_t *ret, struct err *err)
{
	return r->backend->oldest_pending(r, ret, err);
}

int
store_search_floor(struct store_reader *r, const struct store_filter *f,
    uint64_t *ret, struct err *err)
{
	uint64_t top;

	*ret = 0;
	if (!f->search || !f->search[0] ||
	    f->disposition == DISPOSITION_PENDING)
		return 0;
	if (r->backend->newest_request(r, &top, err) < 0)
		return -1;
	top++;
	if (f->before && f->before < top)
		top = f->before;
	/* Numbers begin with 1. */
	if (top > STORE_SEARCH_ROWS + 1)
		*ret = top - STORE_SEARCH_ROWS;
	return 0;
}

int
store_list_attributes(struct store_reader *r, uint64_t id,
    store_attribute_row *row, void *ctx, struct err *err)
{
	return r->backend->list_attributes(r, id, row, ctx, err);
}

int
store_list_extensions(struct store_reader *r, uint64_t id,
    store_extension_row *row, void *ctx, struct err *err)
{
	return r->backend->list_extensions(r, id, row, ctx, err);
}

int
store_count_all(
    struct store_reader *r, struct store_counts *ret, struct err *err)
{
	*ret = (struct store_counts){ 0 };
	return r->backend->count_all(r, ret, err);
}

int
store_count_owner(struct store_reader *r, const char *owner, int64_t since,
    uint64_t *ret_pending, uint64_t *ret_since, struct err *err)
{
	*ret_pending = 0;
	*ret_since = 0;
	return r->backend->count_owner(
	    r, owner, since, ret_pending, ret_since, err);
}

int
store_count_pending(struct store_reader *r, uint64_t *ret, struct err *err)
{
	struct store_counts counts;

	*ret = 0;
	if (store_count_all(r, &counts, err) < 0)
		return -1;
	*ret = counts.pending;
	return 0;
}

int
store_list_revoked(struct store_reader *r, uint32_t key_index,
    int64_t expired_before, int64_t now, store_revoked_row *row, void *ctx,
    struct err *err)
{
	const struct store_revoked_filter f = { .key_index = key_index,
		.expired_before = expired_before,
		.now = now };

	return r->backend->list_revoked(r, &f, row, ctx, err);
}

int
store_list_changed(struct store_reader *r, const struct store_revoked_filter *f,
    store_revoked_row *row, void *ctx, struct err *err)
{
	struct store_revoked_filter delta = *f;

	delta.delta = true;
	return r->backend->list_revoked(r, &delta, row, ctx, err);
}

int
store_crl_number(struct store_writer *w, uint64_t *ret_newest, struct err *err)
{
	*ret_newest = 0;
	return w->backend->crl_number(w, ret_newest, err);
}

int
store_insert_crl(struct store_writer *w, const struct store_crl *c,
    uint64_t *ret_id, struct err *err)
{
	*ret_id = 0;
	return w->backend->insert_crl(w, c, ret_id, err);
}

int
store_finish_crl(struct store_writer *w, uint64_t id, uint64_t entries,
    struct bytes hash, const char *status, struct err *err)
{
	return w->backend->finish_crl(w, id, entries, hash, status, err);
}

int
store_deliver_crl(struct store_writer *w, uint64_t id, int64_t when,
    const char *text, struct err *err)
{
	return w->backend->deliver_crl(w, id, when, text, err);
}

int
store_newest_crl(struct store_reader *r, uint32_t key_index, bool delta,
    struct store_crl **ret, struct err *err)
{
	*ret = NULL;
	return r->backend->newest_crl(r, key_index, delta, ret, err);
}

int
store_list_bases(struct store_reader *r, uint32_t key_index, int64_t now,
    store_crl_row *row, void *ctx, struct err *err)
{
	return r->backend->list_bases(r, key_index, now, row, ctx, err);
}

int
store_list_crls(struct store_reader *r, uint32_t limit, store_crl_row *row,
    void *ctx, struct err *err)
{
	return r->backend->list_crls(r, limit, row, ctx, err);
}

int
store_insert_ca_cert(
    struct store_writer *w, const struct store_ca_cert *c, struct err *err)
{
	return w->backend->insert_ca_cert(w, c, err);
}

int
store_list_ca_certs(
    struct store_reader *r, store_ca_cert_row *row, void *ctx, struct err *err)
{
	return r->backend->list_ca_certs(r, row, ctx, err);
}

int
store_insert_ca_link(
    struct store_writer *w, const struct store_ca_link *l, struct err *err)
{
	return w->backend->insert_ca_link(w, l, err);
}

int
store_list_ca_links(
    struct store_reader *r, store_ca_link_row *row, void *ctx, struct err *err)
{
	return r->backend->list_ca_links(r, row, ctx, err);
}

static int
lower_name(char dst[STORE_USER_NAME_MAX], const char *name, struct err *err)
{
	if (!name[0] || !str_lower(dst, STORE_USER_NAME_MAX, name))
		return err_set(err, ERR_INVALID,
		    "the name of an account has 1 to %d bytes",
		    STORE_USER_NAME_MAX - 1);
	return 0;
}

int
store_insert_user(
    struct store_writer *w, const struct store_user *u, struct err *err)
{
	char lower[STORE_USER_NAME_MAX];

	if (lower_name(lower, u->name, err) < 0)
		return -1;
	return w->backend->insert_user(w, u, lower, err);
}

int
store_update_user(
    struct store_writer *w, const struct store_user *u, struct err *err)
{
	char lower[STORE_USER_NAME_MAX];

	if (lower_name(lower, u->name, err) < 0)
		return -1;
	return w->backend->update_user(w, u, lower, err);
}

int
store_find_user(struct store_reader *r, const char *name,
    struct store_user **ret, struct err *err)
{
	char lower[STORE_USER_NAME_MAX];

	*ret = NULL;
	if (!str_lower(lower, sizeof(lower), name))
		return err_set(err, ERR_NOT_FOUND, "no such account");
	return r->backend->find_user(r, lower, ret, err);
}

int
store_find_user_uid(struct store_reader *r, int64_t uid,
    struct store_user **ret, struct err *err)
{
	*ret = NULL;
	if (uid < 0)
		return err_set(err, ERR_NOT_FOUND, "no such account");
	return r->backend->find_user_uid(r, uid, ret, err);
}

int
store_list_users(
    struct store_reader *r, store_user_row *row, void *ctx, struct err *err)
{
	return r->backend->list_users(r, row, ctx, err);
}

int
store_user_version(struct store_reader *r, uint64_t *ret, struct err *err)
{
	*ret = 0;
	return r->backend->user_version(r, ret, err);
}

int
store_append_audit(
    struct store_writer *w, const struct store_audit *a, struct err *err)
{
	return w->backend->append_audit(w, a, err);
}

int
store_list_audit(struct store_reader *r, const struct store_audit_filter *f,
    store_audit_row *row, void *ctx, struct err *err)
{
	return r->backend->list_audit(r, f, row, ctx, err);
}

int
store_audit_head(struct store_reader *r, const char *node,
    uint64_t *ret_sequence, uint8_t ret_hash[32], struct err *err)
{
	*ret_sequence = 0;
	memset(ret_hash, 0, 32);
	return r->backend->audit_head(r, node, ret_sequence, ret_hash, err);
}

int
store_set_value(struct store_writer *w, const char *name, const char *value,
    struct err *err)
{
	return w->backend->set_value(w, name, value, err);
}

int
store_value(
    struct store_reader *r, const char *name, char **ret, struct err *err)
{
	*ret = NULL;
	return r->backend->value(r, name, ret, err);
}
