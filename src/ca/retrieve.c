/* retrieve.c - RETRIEVE: how it stands with a request, and the certificate.
 *
 * A request of somebody else is answered exactly as an unknown number.
 */
#include "ca/decide.h"
#include "ca/handlers.h"
#include "ca/issue.h"
#include "ca/permission.h"

void
ca_retrieve_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_retrieve *ask = call->ask;
	AUTO(store_request) row = NULL;
	struct rpc_result result;
	struct err err = { 0 };

	if (ca_decide_find(w, &call->who, ask->id, ask->serial, &row, &err) <
	    0) {
		ca_call_fail(call, &err);
		return;
	}
	ca_result_of(row, ca_permission_owns(&call->who, row), &result);
	ca_call_reply(call, &result);
}
