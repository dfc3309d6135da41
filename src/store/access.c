/* access.c - the typed face of the tables of access.h. */
#include "store/store_backend.h"

/* clang-format off */
#define TYPED(name, KIND)                                                     \
	int store_put_##name(struct store_writer *w,                          \
	    const struct store_##name *row, uint64_t *ret_id,                 \
	    struct err *err)                                                  \
	{                                                                     \
		uint64_t id = 0;                                              \
		int rc = w->backend->put_access(                              \
		    w, STORE_ACCESS_##KIND, row, &id, err);                   \
									      \
		if (ret_id)                                                   \
			*ret_id = id;                                         \
		return rc;                                                    \
	}                                                                     \
	int store_drop_##name(struct store_writer *w,                         \
	    const struct store_##name *key, struct err *err)                  \
	{                                                                     \
		return w->backend->drop_access(                               \
		    w, STORE_ACCESS_##KIND, key, err);                        \
	}                                                                     \
	struct name##_caller {                                                \
		store_##name##_row *row;                                      \
		void *ctx;                                                    \
	};                                                                    \
	static bool name##_call(void *ctx, const void *row)                   \
	{                                                                     \
		const struct name##_caller *c = ctx;                          \
									      \
		return c->row(c->ctx, row);                                   \
	}
#define TYPED_LIST(name, KIND)                                                \
	int store_list_##name##s(struct store_reader *r,                      \
	    store_##name##_row *row, void *ctx, struct err *err)              \
	{                                                                     \
		struct name##_caller c = { row, ctx };                        \
									      \
		return r->backend->list_access(                               \
		    r, STORE_ACCESS_##KIND, 0, name##_call, &c, err);         \
	}
/* clang-format on */

TYPED(group, GROUP)
TYPED(member, MEMBER)
TYPED(permission, PERMISSION)
TYPED(restriction, RESTRICTION)
TYPED(person, PERSON)
TYPED(waiting, WAITING)
TYPED(approval, APPROVAL)
TYPED_LIST(group, GROUP)
TYPED_LIST(member, MEMBER)
TYPED_LIST(permission, PERMISSION)
TYPED_LIST(restriction, RESTRICTION)
TYPED_LIST(person, PERSON)
TYPED_LIST(waiting, WAITING)

int
store_list_approvals(struct store_reader *r, uint64_t request,
    store_approval_row *row, void *ctx, struct err *err)
{
	struct approval_caller c = { row, ctx };

	return r->backend->list_access(
	    r, STORE_ACCESS_APPROVAL, request, approval_call, &c, err);
}

int
store_clear_members(
    struct store_writer *w, const char *group_key, struct err *err)
{
	return w->backend->clear_members(w, group_key, err);
}

int
store_clear_approvals(struct store_writer *w, uint64_t request, struct err *err)
{
	return w->backend->clear_approvals(w, request, err);
}
