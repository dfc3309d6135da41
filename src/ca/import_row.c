/* import_row.c - IMPORT_ROWS: requests and certificates of the other CA. */
#include "ca/import_row.h"

#include "base/str.h"
#include "ca/audit.h"
#include "ca/handlers.h"
#include "pki/name.h"
#include "pki/pem.h"
#include "store/key.h"

#include <inttypes.h>
#include <stdio.h>

#define REASON_COMPROMISE 1

struct rows {
	struct ca_change change;
	const struct ca_who *who;
	struct ca_import_row *list;
	size_t n;
};

/* --- what is here already --------------------------------------------------
 */

static int
plan_known(
    struct ca_import_row *r, const struct store_request *here, struct err *err)
{
	bool same = bytes_eq(here->cert, r->q.cert);

	r->plan = CA_IMPORT_DO_NONE;
	r->outcome = CA_IMPORT_ALREADY;
	if (!same && here->cert.n == 0) {
		r->plan = CA_IMPORT_DO_COMPLETE;
		r->q.disposition = here->disposition;
	} else if (!same && r->q.cert.n) {
		return err_set(err, ERR_EXISTS,
		    "its serial number belongs to another certificate here "
		    "(request %" PRIu64 ")",
		    here->id);
	} else if (here->disposition == DISPOSITION_ISSUED &&
		   r->q.disposition == DISPOSITION_REVOKED) {
		r->plan = CA_IMPORT_DO_REVOKE;
	}
	r->q.id = here->id;
	return 0;
}

static int
plan_number(struct ca_worker *w, struct ca_import_row *r, struct err *err)
{
	AUTO(store_request) here = NULL;

	r->plan = CA_IMPORT_DO_INSERT;
	if (r->q.id == 0)
		return 0;
	if (store_find_request(w->reader, r->q.id, &here, err) < 0) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		*err = (struct err){ 0 };
		return 0;
	}
	if (r->q.serial.n || here->serial.n ||
	    !bytes_eq(here->raw_request, r->q.raw_request))
		return err_set(err, ERR_EXISTS,
		    "its number belongs to another request here");
	r->plan = CA_IMPORT_DO_NONE;
	r->outcome = CA_IMPORT_ALREADY;
	return 0;
}

static int
plan(struct ca_worker *w, const struct ca_generations *set,
    struct ca_import_row *r, struct err *err)
{
	AUTO(store_request) here = NULL;

	for (size_t i = 0; i < set->n; i++)
		if (r->ask->cert.n &&
		    bytes_eq(set->list[i].der, r->ask->cert)) {
			r->outcome = CA_IMPORT_ALREADY; /* the CA's own */
			return 0;
		}
	if (ca_import_read(w, set, r, err) < 0)
		return -1;
	if (r->q.serial.n == 0)
		return plan_number(w, r, err);
	if (store_find_serial(w->reader, r->q.serial, &here, err) == 0)
		return plan_known(r, here, err);
	if (err->code != ERR_NOT_FOUND)
		return -1;
	*err = (struct err){ 0 };
	return plan_number(w, r, err);
}

/* --- writing ---------------------------------------------------------------
 */

static int
add_audit(
    struct rows *rs, struct ca_import_row *r, struct ca_txn *t, struct err *err)
{
	char detail[2 * PKI_DIGEST_MAX + 32] = "";
	const struct store_request *q = &r->q;
	const char *event =
	    q->disposition == DISPOSITION_ISSUED    ? CA_EVENT_IMPORT
	    : q->disposition == DISPOSITION_REVOKED ? CA_EVENT_IMPORT_REVOKED
						    : CA_EVENT_IMPORT_OTHER;
	size_t n = strlen(CA_EVENT_IMPORT_HASH);

	if (q->cert_hash.n) {
		memcpy(detail, CA_EVENT_IMPORT_HASH, n);
		str_hex(detail + n, q->cert_hash);
	}
	return ca_audit_add(t,
	    &(struct ca_audit_event){ .event = event,
		.actor = "opencertsrv ca import",
		.peer = rs->who->peer,
		.request_id = q->id,
		.detail = detail,
		.serial = q->serial },
	    err);
}

static int
add_keys(struct ca_import_row *r, struct ca_txn *t, struct err *err)
{
	const struct store_request *q = &r->q;
	struct store_writer *w = ca_txn_writer(t);

	if (q->cert.n == 0)
		return 0;
	if (r->plan != CA_IMPORT_DO_REVOKE &&
	    store_add_key(w, q->id, q->key_hash, err) < 0)
		return -1;
	if (q->disposition == DISPOSITION_REVOKED &&
	    q->revoked_reason == REASON_COMPROMISE)
		return store_block_key(w, q->id, q->key_hash, err);
	return 0;
}

static int
write_row(struct ca_import_row *r, struct ca_txn *t, struct err *err)
{
	struct store_request *q = &r->q;
	struct store_writer *w = ca_txn_writer(t);
	const struct store_revocation v = { .id = q->id,
		.from = DISPOSITION_ISSUED,
		.to = DISPOSITION_REVOKED,
		.reason = q->revoked_reason,
		.when = q->revoked_when,
		.effective = q->revoked_effective,
		.officer = "",
		.message = q->message };

	if (r->plan == CA_IMPORT_DO_INSERT) {
		q->id = r->ask->id;
		r->outcome = CA_IMPORT_TAKEN;
		return store_import_request(w, q, &q->id, err);
	}
	if (r->plan == CA_IMPORT_DO_COMPLETE) {
		r->outcome = CA_IMPORT_TAKEN;
		return store_decide_request(
		    w, q, (enum disposition)q->disposition, err);
	}
	r->outcome = CA_IMPORT_CHANGED;
	return store_revoke_request(w, &v, err);
}

static int
rows_apply(struct ca_change *self, struct ca_txn *t, struct err *err)
{
	struct rows *rs = (struct rows *)(void *)self;

	for (size_t i = 0; i < rs->n; i++) {
		struct ca_import_row *r = &rs->list[i];
		struct err why = { 0 };

		if (r->plan == CA_IMPORT_DO_NONE)
			continue;
		if (write_row(r, t, &why) < 0) {
			/* Twice in one call: the second one. */
			if (why.code != ERR_EXISTS) {
				*err = why;
				return ca_txn_spoilt(err);
			}
			r->outcome = CA_IMPORT_REFUSED;
			(void)snprintf(r->why, sizeof(r->why),
			    "its number, or its serial number, came before");
			continue;
		}
		if (add_keys(r, t, err) < 0 || add_audit(rs, r, t, err) < 0)
			return ca_txn_spoilt(err);
	}
	return 0;
}

/* --- the call --------------------------------------------------------------
 */

static void
tell(struct rows *rs, struct ca_import_result *res)
{
	uint64_t *const counts[CA_IMPORT_OUTCOMES] = {
		[CA_IMPORT_REFUSED] = &res->report.refused,
		[CA_IMPORT_ALREADY] = &res->report.already,
		[CA_IMPORT_TAKEN] = &res->report.taken,
		[CA_IMPORT_CHANGED] = &res->report.changed,
	};

	for (size_t i = 0; i < rs->n; i++) {
		const struct ca_import_row *r = &rs->list[i];
		char serial[2 * RPC_SERIAL_MAX + 3] = "";

		++*counts[r->outcome];
		if (r->outcome != CA_IMPORT_REFUSED)
			continue;
		if (r->q.serial.n <= RPC_SERIAL_MAX + 1)
			str_hex(serial, r->q.serial);
		ca_import_find(res, "Request %" PRIu64 "%s%s: %s.", r->ask->id,
		    *serial ? ", serial " : "", serial, r->why);
	}
}

static int
take_rows(struct ca_worker *w, struct rows *rs, struct err *err)
{
	const struct ca_generations *set = ca_generations_take(w->ca);
	bool any = false;
	int rc = 0;

	if (!set)
		return err_set(err, ERR_BAD_STATE,
		    "The certificates of the CA come first.");
	for (size_t i = 0; rc == 0 && i < rs->n; i++) {
		struct ca_import_row *r = &rs->list[i];
		struct err why = { 0 };

		if (plan(w, set, r, &why) == 0) {
			any = any || r->plan != CA_IMPORT_DO_NONE;
			continue;
		}
		r->plan = CA_IMPORT_DO_NONE;
		r->outcome = CA_IMPORT_REFUSED;
		(void)snprintf(r->why, sizeof(r->why), "%s", why.text);
		if (why.code == ERR_NO_MEMORY || why.code == ERR_SYSTEM ||
		    why.code == ERR_CORRUPT) {
			*err = why;
			rc = -1;
		}
	}
	if (rc == 0 && any)
		rc = ca_commit_wait(w->ca->commit, &rs->change, err);
	ca_generations_release(w->ca, set);
	return rc;
}

void
ca_import_rows_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_import_rows *ask = call->ask;
	struct ca_import_result res = { 0 };
	struct rows rs = { .change.apply = rows_apply,
		.who = &call->who,
		.list = calloc(ask->row_count + 1, sizeof(*rs.list)),
		.n = ask->row_count };
	struct err err = { 0 };
	int rc;

	if (!rs.list)
		rc = err_set(&err, ERR_NO_MEMORY, "taking over requests");
	else
		rc = 0;
	for (size_t i = 0; rc == 0 && i < rs.n; i++) {
		rs.list[i].ask = &ask->rows[i];
		buf_init(&rs.list[i].common_name, PKI_NAME_TEXT_MAX);
		buf_init(&rs.list[i].request, PKI_PEM_TEXT_MAX);
	}
	if (rc == 0)
		rc = take_rows(w, &rs, &err);
	if (rc == 0)
		tell(&rs, &res);
	for (size_t i = 0; rs.list && i < rs.n; i++) {
		buf_clear(&rs.list[i].common_name);
		buf_clear(&rs.list[i].request);
	}
	free(rs.list);
	ca_import_answer(call, &res, rc, &err);
}
