/* LIST: own rows, or everybody's for those who may read them. */
#include "base/str.h"
#include "ca/handlers.h"
#include "ca/permission.h"
#include "ca/row.h"

#define LIST_DEFAULT 50

void
ca_row_fill(
    struct ca_arena *a, const struct store_request *r, struct rpc_row *ret)
{
	char serial[2 * 20 + 1] = "";

	if (r->serial.n <= 20)
		str_hex(serial, r->serial);
	*ret = (struct rpc_row){ .id = r->id,
		.disposition = r->disposition,
		.submitted = r->submitted,
		.resolved = r->resolved,
		.requester = ca_arena_str(a, r->requester),
		.subject = ca_arena_str(
		    a, r->subject[0] ? r->subject : r->request_subject),
		.common_name = ca_arena_str(a, r->common_name),
		.serial = ca_arena_str(a, serial),
		.not_before = r->not_before,
		.not_after = r->not_after,
		.template_name = ca_arena_str(a, r->template_name),
		.message = ca_arena_str(a, r->message),
		.revoked_reason = r->revoked_reason };
}

struct rows {
	struct ca_arena *arena;
	struct rpc_row *rows;
	size_t n, max;
};

static bool
add_row(void *ctx, const struct store_request *r)
{
	struct rows *l = ctx;

	ca_row_fill(l->arena, r, &l->rows[l->n++]);
	return l->n < l->max;
}

static const char *
text_or_null(const char *s)
{
	return s[0] ? s : NULL;
}

/* All rows of an owner have his display name: to ask the store for both would
 * only make it look at each of them. True when none can match. */
static bool
is_somebody_else(const struct ca_who *who, const struct rpc_list_ask *ask)
{
	return ask->requester[0] && !str_eq(ask->requester, who->display) &&
	       !str_eq(ask->requester, who->owner);
}

static int
read_rows(struct ca_worker *w, const struct rpc_list_ask *ask,
    const struct store_filter *f, struct rows *l, uint64_t *ret_floor,
    struct err *err)
{
	*ret_floor = 0;
	if (ask->on_hold)
		return store_list_held(
		    w->reader, f->before, f->limit, add_row, l, err);
	return store_list_requests(w->reader, f, add_row, l, err) < 0
		   ? -1
		   : store_search_floor(w->reader, f, ret_floor, err);
}

static int
count(struct ca_worker *w, const struct ca_who *who, bool own,
    struct rpc_list *ret, struct err *err)
{
	uint64_t unused;

	if (own)
		return store_count_owner(w->reader, who->owner, INT64_MAX,
		    &ret->pending, &unused, err);
	return store_count_pending(w->reader, &ret->pending, err) < 0
		   ? -1
		   : store_oldest_pending(w->reader, &ret->oldest, err);
}

static int
list(struct ca_worker *w, struct ca_call *call, struct ca_arena *arena,
    struct rpc_list *ret, struct err *err)
{
	const struct rpc_list_ask *ask = call->ask;
	uint32_t limit = ask->limit ? ask->limit : LIST_DEFAULT;
	const struct ca_who *who = &call->who;
	bool reads_all = who->rights & CA_RIGHT_READ;
	bool own = ask->mine_only || !reads_all;
	uint64_t floor = 0;
	struct store_filter f = { .disposition = ask->disposition,
		.certificates_only = ask->certificates_only,
		.owner = own ? who->owner : NULL,
		.requester = own ? NULL : text_or_null(ask->requester),
		.search = text_or_null(ask->search),
		.before = ask->before,
		.limit = limit };
	struct rows l = { arena, NULL, 0, limit };

	if (limit > RPC_LIST_MAX)
		return err_set(err, ERR_INVALID, "A list has at most %d rows.",
		    RPC_LIST_MAX);
	l.rows = ca_arena_alloc(arena, limit * sizeof(*l.rows));
	if (!l.rows)
		return ca_arena_check(arena, err);
	if (ask->on_hold && own)
		return err_set(err, ERR_DENIED,
		    "Only officers and auditors list what is on hold.");
	if (!(own && is_somebody_else(who, ask)) &&
	    read_rows(w, ask, &f, &l, &floor, err) < 0)
		return -1;
	*ret = (struct rpc_list){ .rows = l.rows,
		.row_count = l.n,
		.next = l.n == limit ? l.rows[l.n - 1].id : 0 };
	if (ret->next < floor)
		ret->next = ret->searched = floor;
	return count(w, who, own, ret, err);
}

void
ca_list_handle(struct ca_worker *w, struct ca_call *call)
{
	AUTO_ARENA arena = { 0 };
	struct rpc_list reply = { 0 };
	struct err err = { 0 };

	if (list(w, call, &arena, &reply, &err) < 0 ||
	    ca_arena_check(&arena, &err) < 0)
		ca_call_fail(call, &err);
	else
		ca_call_reply(call, &reply);
}
