/* dispatch.c - from the socket to the handler of a method. */
#include "ca/commit.h"
#include "ca/handlers.h"
#include "ca/permission.h"
#include "ca/user.h"
#include "ca/work.h"

#include <assert.h>

/* Which asks carry the identity of whoever asks, always as first member. */
enum carries { CARRIES_NOTHING, CARRIES_IDENTITY };

struct row {
	enum rpc_method method;
	enum ca_pool pool;
	enum carries carries;
	ca_handler *handler;
};

/* clang-format off */
static const struct row rows[] = {
	{ RPC_CHECK_PASSWORD, CA_POOL_PASSWORD, CARRIES_NOTHING,
	    ca_user_check_handle },
	{ RPC_CA_INFO, CA_POOL_QUERY, CARRIES_NOTHING, ca_info_handle },
	{ RPC_CRL_GET, CA_POOL_QUERY, CARRIES_NOTHING, ca_crl_get_handle },
	{ RPC_SUBMIT, CA_POOL_CRYPTO, CARRIES_IDENTITY, ca_submit_handle },
	{ RPC_RETRIEVE, CA_POOL_QUERY, CARRIES_IDENTITY, ca_retrieve_handle },
	{ RPC_RESPONSE, CA_POOL_SLOW, CARRIES_IDENTITY, ca_response_handle },
	{ RPC_LIST, CA_POOL_QUERY, CARRIES_IDENTITY, ca_list_handle },
	{ RPC_SHOW, CA_POOL_QUERY, CARRIES_IDENTITY, ca_show_handle },
	{ RPC_DECIDE, CA_POOL_CRYPTO, CARRIES_IDENTITY, ca_decide_handle },
	{ RPC_REVOKE, CA_POOL_QUERY, CARRIES_IDENTITY, ca_revoke_handle },
	{ RPC_REPORT_LOST, CA_POOL_QUERY, CARRIES_IDENTITY,
	    ca_revoke_lost_handle },
	{ RPC_CRL_PUBLISH, CA_POOL_SLOW, CARRIES_NOTHING,
	    ca_crl_publish_handle },
	{ RPC_CRL_LIST, CA_POOL_QUERY, CARRIES_NOTHING, ca_crl_list_handle },
	{ RPC_CRL_DELIVER, CA_POOL_SLOW, CARRIES_NOTHING,
	    ca_crl_deliver_handle },
	{ RPC_CRL_ADD, CA_POOL_SLOW, CARRIES_NOTHING, ca_crl_add_handle },
	{ RPC_CA_RENEW, CA_POOL_SLOW, CARRIES_NOTHING, ca_renew_handle },
	{ RPC_CA_SIGN, CA_POOL_CRYPTO, CARRIES_NOTHING, ca_sub_handle },
	{ RPC_CA_INSTALL, CA_POOL_SLOW, CARRIES_NOTHING, ca_install_handle },
	{ RPC_USER_ADD, CA_POOL_PASSWORD, CARRIES_NOTHING,
	    ca_user_add_handle },
	{ RPC_USER_LIST, CA_POOL_QUERY, CARRIES_NOTHING, ca_user_list_handle },
	{ RPC_USER_PASSWD, CA_POOL_PASSWORD, CARRIES_NOTHING,
	    ca_user_passwd_handle },
	{ RPC_USER_DISABLE, CA_POOL_QUERY, CARRIES_NOTHING,
	    ca_user_disable_handle },
	{ RPC_USER_EDIT, CA_POOL_QUERY, CARRIES_NOTHING, ca_user_edit_handle },
	{ RPC_ROLE_CHANGE, CA_POOL_QUERY, CARRIES_NOTHING,
	    ca_role_change_handle },
	{ RPC_WAITING_LIST, CA_POOL_QUERY, CARRIES_NOTHING,
	    ca_role_waiting_handle },
	{ RPC_CONFIRM, CA_POOL_QUERY, CARRIES_NOTHING,
	    ca_role_confirm_handle },
	{ RPC_GROUP_LIST, CA_POOL_QUERY, CARRIES_NOTHING,
	    ca_group_list_handle },
	{ RPC_GROUP_CHANGE, CA_POOL_QUERY, CARRIES_NOTHING,
	    ca_group_change_handle },
	{ RPC_PERMISSION_LIST, CA_POOL_QUERY, CARRIES_NOTHING,
	    ca_permission_list_handle },
	{ RPC_PERMISSION_CHANGE, CA_POOL_QUERY, CARRIES_NOTHING,
	    ca_permission_change_handle },
	{ RPC_RESTRICTION_LIST, CA_POOL_QUERY, CARRIES_NOTHING,
	    ca_restriction_list_handle },
	{ RPC_RESTRICTION_CHANGE, CA_POOL_QUERY, CARRIES_NOTHING,
	    ca_restriction_change_handle },
	{ RPC_PERSON_LIST, CA_POOL_QUERY, CARRIES_NOTHING,
	    ca_person_list_handle },
	{ RPC_PERSON_CHANGE, CA_POOL_QUERY, CARRIES_NOTHING,
	    ca_person_change_handle },
	{ RPC_AUDIT_LIST, CA_POOL_QUERY, CARRIES_NOTHING,
	    ca_audit_list_handle },
	{ RPC_AUDIT_VERIFY, CA_POOL_SLOW, CARRIES_NOTHING, ca_verify_handle },
	{ RPC_SITE_CERTIFICATE, CA_POOL_CRYPTO, CARRIES_IDENTITY,
	    ca_site_handle },
	{ RPC_STATUS, CA_POOL_QUERY, CARRIES_NOTHING, ca_status_handle },
	{ RPC_TEMPLATE_LIST, CA_POOL_QUERY, CARRIES_IDENTITY,
	    ca_template_list_handle },
	{ RPC_TEMPLATE_SHOW, CA_POOL_QUERY, CARRIES_IDENTITY,
	    ca_template_show_handle },
	{ RPC_TEMPLATE_CHECK, CA_POOL_QUERY, CARRIES_NOTHING,
	    ca_template_check_handle },
	{ RPC_TEMPLATE_ENABLE, CA_POOL_SLOW, CARRIES_IDENTITY,
	    ca_template_enable_handle },
	{ RPC_TEMPLATE_DISABLE, CA_POOL_SLOW, CARRIES_IDENTITY,
	    ca_template_enable_handle },
	{ RPC_TEMPLATE_RELOAD, CA_POOL_SLOW, CARRIES_NOTHING,
	    ca_template_reload_handle },
	{ RPC_IMPORT_CA, CA_POOL_SLOW, CARRIES_NOTHING, ca_import_ca_handle },
	{ RPC_IMPORT_CRL, CA_POOL_SLOW, CARRIES_NOTHING,
	    ca_import_crl_handle },
	{ RPC_IMPORT_ROWS, CA_POOL_SLOW, CARRIES_NOTHING,
	    ca_import_rows_handle },
	{ RPC_IMPORT_END, CA_POOL_SLOW, CARRIES_NOTHING,
	    ca_import_end_handle },
};
/* clang-format on */

_Static_assert(offsetof(struct rpc_submit, identity) == 0, "first member");
_Static_assert(offsetof(struct rpc_retrieve, identity) == 0, "first member");
_Static_assert(offsetof(struct rpc_list_ask, identity) == 0, "first member");
_Static_assert(offsetof(struct rpc_decide, identity) == 0, "first member");
_Static_assert(offsetof(struct rpc_revoke, identity) == 0, "first member");
_Static_assert(
    offsetof(struct rpc_template_ask, identity) == 0, "first member");

struct task {
	struct ca_job job; /* first: the job is the task */
	struct ca_call call;
	const struct row *row;
};

static const struct row *
row_of(enum rpc_method method)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].method == method)
			return &rows[i];
	return NULL;
}

static struct task *
task_of(struct ca_call *c)
{
	return (struct task *)(void *)((char *)c - offsetof(struct task, call));
}

static void
task_end(struct ca_call *c)
{
	struct task *t = task_of(c);

	if (t->row->pool == CA_POOL_CRYPTO)
		ca_commit_expect(c->ca->commit, -1);
	free(t);
}

void
ca_call_reply(struct ca_call *c, const void *reply)
{
	rpc_reply(c->rpc, reply);
	task_end(c);
}

void
ca_call_reply_committed(struct ca_call *c, const void *reply)
{
	rpc_reply_into(c->rpc, reply, ca_commit_outbox(c->ca->commit));
	task_end(c);
}

void
ca_call_fail(struct ca_call *c, const struct err *err)
{
	rpc_fail(c->rpc, err);
	task_end(c);
}

static void
task_run(struct ca_worker *w, struct ca_job *job)
{
	struct task *t = (struct task *)job;
	struct ca_call *c = &t->call;
	const struct identity *id =
	    t->row->carries == CARRIES_IDENTITY ? c->ask : NULL;
	struct err err = { 0 };

	if (ca_permission_check(
		w, c->method, rpc_call_peer(c->rpc), id, &c->who, &err) < 0)
		ca_call_fail(c, &err);
	else
		t->row->handler(w, c);
}

static void
on_call(void *ctx, struct rpc_call *rpc)
{
	struct ca *ca = ctx;
	const struct rpc_method_row *method = rpc_call_method(rpc);
	const struct row *row = row_of(method->method);
	struct task *t = row ? calloc(1, sizeof(*t)) : NULL;
	struct err err = { 0 };

	if (!t) {
		err_set(&err, row ? ERR_NO_MEMORY : ERR_INTERNAL,
		    row ? "The CA has no memory left."
			: "This CA does not know the method %s.",
		    method->name);
		rpc_fail(rpc, &err);
		return;
	}
	t->job.run = task_run;
	t->row = row;
	t->call = (struct ca_call){
		.ca = ca, .rpc = rpc, .method = method, .ask = rpc_call_ask(rpc)
	};
	if (row->pool == CA_POOL_CRYPTO)
		ca_commit_expect(ca->commit, 1);
	if (ca_work_add(ca->pools, row->pool, &t->job, &err) < 0)
		ca_call_fail(&t->call, &err);
}

static int
on_hello(void *ctx, struct rpc_peer *peer, const struct rpc_hello *hello,
    struct err *err)
{
	/* Only the command line acts as an account of its own; through the
	 * other sockets every call says for whom it speaks. */
	if (peer->channel != RPC_CHANNEL_ADMIN)
		return 0;
	return ca_user_hello(ctx, peer, hello, err);
}

const struct rpc_server_ops ca_rpc_ops = { on_hello, on_call };
