/* REVOKE and REPORT_LOST. The rules for reasons are RFC 5280 5.3.1 and those
 * of the transition table (request.c): only a hold can be released, a hold
 * cannot replace a firm reason. What is decided here stands in the next CRL. */
#include "base/clock.h"
#include "base/str.h"
#include "ca/audit.h"
#include "ca/decide.h"
#include "ca/handlers.h"
#include "ca/issue.h"
#include "ca/keys.h"
#include "ca/text.h"

#include <inttypes.h>
#include <stdio.h>

#define REASON_COMPROMISE 1
#define REASON_RELEASE    8 /* removeFromCRL */

static const struct {
	uint32_t reason;
	enum ca_request_event event;
	const char *word;
} reasons[] = {
	/* clang-format off */
	{ 0,  CA_REQUEST_REVOKE,  "unspecified" },
	{ 1,  CA_REQUEST_REVOKE,  "key compromise" },
	{ 2,  CA_REQUEST_REVOKE,  "CA compromise" },
	{ 3,  CA_REQUEST_REVOKE,  "affiliation changed" },
	{ 4,  CA_REQUEST_REVOKE,  "superseded" },
	{ 5,  CA_REQUEST_REVOKE,  "cessation of operation" },
	{ 6,  CA_REQUEST_HOLD,    "certificate hold" },
	{ 8,  CA_REQUEST_RELEASE, "released from hold" },
	{ 9,  CA_REQUEST_REVOKE,  "privilege withdrawn" },
	{ 10, CA_REQUEST_REVOKE,  "attribute authority compromise" },
	/* clang-format on */
};

struct revocation {
	struct ca_change change;
	struct ca_call *call;
	struct store_request *row;
	struct store_revocation what;
	struct ca_key_block block; /* of a compromised key */
	const char *event;
	char message[IDENTITY_OWNER_MAX + 64];
	char sentence[256];
	char detail[RPC_TEXT_MAX + 64];
};

static int
revocation_apply(struct ca_change *self, struct ca_txn *t, struct err *err)
{
	struct revocation *r = (struct revocation *)(void *)self;
	const struct ca_who *who = &r->call->who;

	if (store_revoke_request(ca_txn_writer(t), &r->what, err) < 0)
		return err->code != ERR_BAD_STATE
			   ? -1
			   : err_set(err, ERR_BAD_STATE,
				 "Somebody else has just changed the "
				 "certificate's "
				 "state. Nothing was changed.");
	if (r->block.hash && store_block_key(ca_txn_writer(t), r->row->id,
				 r->row->key_hash, err) < 0)
		return ca_txn_spoilt(err);
	return ca_audit_add(t,
	    &(struct ca_audit_event){ .event = r->event,
		.actor = who->display,
		.peer = who->peer,
		.request_id = r->row->id,
		.detail = r->detail,
		.serial = r->row->serial },
	    err);
}

static void
revocation_done(struct ca_change *self, const struct err *err)
{
	struct revocation *r = (struct revocation *)(void *)self;
	struct rpc_result result;

	ca_keys_block_end(r->call->ca->keys, &r->block, err ? 0 : r->row->id);
	if (err) {
		ca_call_fail(r->call, err);
	} else {
		ca_result_of(
		    r->row, str_eq(r->call->who.owner, r->row->owner), &result);
		ca_call_reply(r->call, &result);
	}
	store_request_free(r->row);
	free(r);
}

/* What the store is to change, and what the row says afterwards. */
static void
write_revocation(struct revocation *r, enum disposition to, uint32_t reason,
    const char *word, const char *comment)
{
	struct store_request *row = r->row;
	const char *officer = r->call->who.display;
	bool released = reason == REASON_RELEASE;

	(void)snprintf(r->message, sizeof(r->message), "%s by %s",
	    released ? "Released" : "Revoked", officer);
	(void)snprintf(r->detail, sizeof(r->detail), "%s%s%s", word,
	    comment[0] ? ": " : "", comment);
	(void)snprintf(r->sentence, sizeof(r->sentence),
	    released ? "The hold was released; the next CRL no longer lists "
		       "the certificate."
		     : "The certificate was revoked (%s); the next CRL lists "
		       "it.",
	    word);
	r->what = (struct store_revocation){ .id = row->id,
		.from = (enum disposition)row->disposition,
		.to = to,
		.from_reason = row->revoked_reason,
		.reason = released ? 0 : reason,
		.when = clock_now(),
		.officer = officer,
		.message = r->message };
	/* Another reason is no later revocation: the date stays. */
	r->what.effective = row->disposition == DISPOSITION_REVOKED
				? row->revoked_effective
				: r->what.when;
	row->disposition = to;
	row->message = r->message;
	row->sentence = r->sentence;
	row->revoked_reason = r->what.reason;
}

/* A compromised key is blocked from now on, so that none that is being
 * certified slips through; done() says whether it stays. */
static int
revocation_new(struct ca_call *call, const struct store_request *row,
    uint32_t reason, struct revocation **ret, struct err *err)
{
	struct revocation *r = calloc(1, sizeof(*r));

	if (!r)
		return err_set(err, ERR_NO_MEMORY, "revoking a certificate");
	if (reason == REASON_COMPROMISE && row->key_hash.n == STORE_KEY_HASH &&
	    ca_keys_block(call->ca->keys, &r->block, row->key_hash.p, err) <
		0) {
		free(r);
		return -1;
	}
	r->change.apply = revocation_apply;
	r->change.done = revocation_done;
	r->call = call;
	*ret = r;
	return 0;
}

static void
submit_revocation(struct ca_call *call, struct store_request *take_row,
    enum disposition to, size_t which, const char *event, const char *comment)
{
	struct revocation *r = NULL;
	struct err err = { 0 };

	if (revocation_new(call, take_row, reasons[which].reason, &r, &err) <
	    0) {
		store_request_free(take_row);
		ca_call_fail(call, &err);
		return;
	}
	r->row = take_row;
	r->event = event;
	write_revocation(
	    r, to, reasons[which].reason, reasons[which].word, comment);
	ca_commit_submit(call->ca->commit, &r->change);
}

/* Nothing to do is a refusal, so that nobody counts it as done. */
static int
check_changes(const struct store_request *row, uint32_t reason, struct err *err)
{
	if (row->disposition != DISPOSITION_REVOKED ||
	    row->revoked_reason != reason)
		return 0;
	return err_set(err, ERR_BAD_STATE,
	    "Request %" PRIu64 " is revoked for this reason already. Nothing "
	    "was changed.",
	    row->id);
}

static int
find_reason(uint32_t reason, size_t *ret, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].reason == reason) {
			*ret = i;
			return 0;
		}
	return err_set(err, ERR_INVALID,
	    "%u is not a reason of RFC 5280: use 0 to 6, 9 or 10, or 8 to "
	    "release a hold.",
	    (unsigned)reason);
}

void
ca_revoke_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_revoke *ask = call->ask;
	AUTO(store_request) row = NULL;
	enum disposition to = DISPOSITION_REVOKED;
	struct err err = { 0 };
	size_t which = 0;

	if (find_reason(ask->reason, &which, &err) < 0 ||
	    ca_text_check(ask->comment, "comment", &err) < 0 ||
	    ca_decide_find(w, &call->who, ask->id, ask->serial, &row, &err) <
		0 ||
	    ca_decide_may(w, &call->who, row, reasons[which].event, &to, &err) <
		0 ||
	    check_changes(row, ask->reason, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	submit_revocation(call, TAKE(row), to, which,
	    ask->reason == REASON_RELEASE ? CA_EVENT_RELEASE : CA_EVENT_REVOKE,
	    ask->comment);
}

void
ca_revoke_lost_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_retrieve *ask = call->ask;
	AUTO(store_request) row = NULL;
	enum disposition to = DISPOSITION_REVOKED;
	struct err err = { 0 };
	size_t which = 0;

	if (find_reason(CA_REASON_HOLD, &which, &err) < 0 ||
	    ca_text_check(ask->reason, "comment", &err) < 0 ||
	    ca_decide_find(w, &call->who, ask->id, ask->serial, &row, &err) <
		0 ||
	    ca_decide_may(w, &call->who, row, CA_REQUEST_LOST, &to, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	submit_revocation(
	    call, TAKE(row), to, which, CA_EVENT_LOST, ask->reason);
}
