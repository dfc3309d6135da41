#include "ca/approval.h"

#include "base/clock.h"
#include "base/str.h"
#include "ca/access.h"
#include "ca/account.h"
#include "ca/audit.h"
#include "ca/facts.h"

#include <inttypes.h>
#include <stdio.h>

#define FORM      "opencertsrv approval 1"
#define PARTS_MAX 262144

static void
put(struct buf *out, struct bytes field)
{
	buf_add_be32(out, (uint32_t)field.n);
	buf_add_bytes(out, field);
}

int
ca_approval_hash(struct pki_tools *t, const struct ca_approval_parts *parts,
    uint8_t ret[CA_APPROVAL_HASH], struct err *err)
{
	AUTO_BUF b = BUF_WITH_LIMIT(PARTS_MAX);
	size_t n;

	put(&b, BYTES_LIT(FORM));
	buf_add_be32(&b, parts->generation);
	put(&b, bytes_str(parts->template_name));
	put(&b, parts->subject);
	put(&b, parts->spki);
	put(&b, parts->fixed);
	put(&b, parts->extensions);
	buf_add_be64(&b, (uint64_t)parts->validity);
	buf_add_be64(&b, (uint64_t)parts->not_after);
	if (buf_check(&b, "what is approved", err) < 0)
		return -1;
	return pki_tools_hash(t, PKI_HASH_SHA256, buf_bytes(&b), ret, &n, err);
}

/* --- those that were given ------------------------------------------------ */

struct reading {
	struct ca_arena *arena;
	struct ca_approvals *to;
	const uint8_t *hash;
};

static bool
add_approval(void *ctx, const struct store_approval *s)
{
	const struct reading *r = ctx;
	struct ca_approvals *to = r->to;

	to->list[to->n] =
	    (struct rpc_approval){ .who = ca_arena_str(r->arena, s->name),
		    .time = s->time };
	to->givers[to->n] = ca_arena_str(r->arena, s->approver);
	to->other[to->n] =
	    r->hash && !bytes_eq(s->hash, bytes_of(r->hash, CA_APPROVAL_HASH));
	to->n++;
	return to->n < STORE_APPROVALS_MAX;
}

/* Does the k-th count? *ret_picture: persons as they are now. */
static int
judge(struct ca_worker *w, const struct store_request *row,
    const struct ca_picture *p, const struct ca_approvals *a, size_t k,
    bool *ret, struct err *err)
{
	const char *giver = a->givers[k];
	struct ca_principal him;
	bool has_signed = false;
	uint32_t rights;

	*ret = false;
	if (a->other[k] || ca_picture_same(p, giver, row->owner) ||
	    ca_picture_same(p, giver, row->caller_owner))
		return 0;
	for (size_t i = 0; i < k; i++)
		if (!a->list[i].lapsed &&
		    ca_picture_same(p, giver, a->givers[i]))
			return 0;
	ca_picture_principal(p, giver, giver, &him);
	if (ca_facts_signed_by(w, p, &him, row, &has_signed, err) < 0 ||
	    ca_account_rights(w, giver, &rights, err) < 0)
		return -1;
	*ret = !has_signed && rights & CA_RIGHT_ISSUE;
	return 0;
}

int
ca_approval_list(struct ca_worker *w, const struct store_request *row,
    const uint8_t *hash, struct ca_arena *arena, struct ca_approvals *ret,
    struct err *err)
{
	struct reading r = { arena, ret, hash };
	AUTO(ca_picture) picture = NULL;
	bool counts;

	*ret = (struct ca_approvals){ 0 };
	if (store_list_approvals(w->reader, row->id, add_approval, &r, err) <
		0 ||
	    ca_arena_check(arena, err) < 0)
		return -1;
	if (!hash)
		return 0;
	if (ca_access_take(w, &picture, err) < 0)
		return -1;
	for (size_t k = 0; k < ret->n; k++) {
		if (judge(w, row, picture, ret, k, &counts, err) < 0)
			return -1;
		ret->list[k].lapsed = !counts;
		ret->counting += counts;
	}
	return 0;
}

/* --- one more --------------------------------------------------------------
 */

struct approving {
	struct ca_change change;
	const struct ca_issuance *issuance;
	struct ca_approvals before;
	uint64_t person;
	size_t have; /* with this one */
	bool again;  /* it is there already */
	uint8_t hash[CA_APPROVAL_HASH];
};

static int
audit(const struct approving *a, struct ca_txn *t, const char *event,
    const char *detail, struct err *err)
{
	const struct ca_issuance *i = a->issuance;

	return ca_audit_add(t,
	    &(struct ca_audit_event){ .event = event,
		.actor = i->call->who.display,
		.peer = i->call->who.peer,
		.request_id = i->stored->id,
		.detail = detail },
	    err);
}

/* Those that do not count go, and it is said how many. A refusal drops them
 * too, so that some may be gone already. */
static int
drop_lapsed(const struct approving *a, struct ca_txn *t, struct err *err)
{
	bool another = false;
	char detail[96];
	size_t n = 0;

	for (size_t k = 0; k < a->before.n; k++) {
		const struct store_approval old = { .request =
							a->issuance->stored->id,
			.approver = a->before.givers[k] };

		if (!a->before.list[k].lapsed)
			continue;
		another |= a->before.other[k];
		if (store_drop_approval(ca_txn_writer(t), &old, err) == 0)
			n++;
		else if (err->code != ERR_NOT_FOUND)
			return -1;
	}
	if (n == 0)
		return 0;
	(void)snprintf(detail, sizeof(detail), "approvals that lapsed: %zu%s",
	    n, another ? "; the certificate would be another one" : "");
	return audit(a, t, CA_EVENT_LAPSE, detail, err);
}

static int
approving_apply(struct ca_change *self, struct ca_txn *t, struct err *err)
{
	struct approving *a = (struct approving *)(void *)self;
	const struct ca_issuance *i = a->issuance;
	const struct store_approval row = { .request = i->stored->id,
		.approver = i->call->who.owner,
		.name = i->call->who.display,
		.person = a->person,
		.time = clock_now(),
		.hash = BYTES_OF(a->hash) };
	char detail[128], hex[2 * CA_APPROVAL_HASH + 1];

	if (drop_lapsed(a, t, err) < 0)
		return ca_txn_spoilt(err);
	if (a->again)
		return 0;
	if (store_put_approval(ca_txn_writer(t), &row, NULL, err) < 0)
		return ca_txn_spoilt(err);
	str_hex(hex, BYTES_OF(a->hash));
	(void)snprintf(detail, sizeof(detail), "%zu of %" PRIu32 ", %s",
	    a->have, i->stored->approvals, hex);
	return audit(a, t, CA_EVENT_APPROVE, detail, err);
}

static int
hash_of(struct ca_worker *w, const struct ca_issuance *i,
    uint8_t ret[CA_APPROVAL_HASH], struct err *err)
{
	return ca_approval_hash(w->tools,
	    &(struct ca_approval_parts){ .generation = i->gen->index,
		.template_name = i->stored->template_name,
		.subject = ca_issuance_subject(i),
		.spki = i->request.csr.spki,
		.fixed = pki_cert_block_extensions(i->block),
		.extensions = buf_bytes(&i->policy.granted),
		.validity = i->validity,
		.not_after = i->policy.not_after },
	    ret, err);
}

/* How many persons agree with the caller, and is he one of them already? */
static int
count(struct ca_worker *w, struct approving *a, struct err *err)
{
	const char *me = a->issuance->call->who.owner;
	AUTO(ca_picture) picture = NULL;

	if (ca_access_take(w, &picture, err) < 0)
		return -1;
	a->person = ca_picture_person(picture, me);
	a->have = a->before.counting + 1;
	for (size_t k = 0; k < a->before.n; k++) {
		if (a->before.list[k].lapsed)
			continue;
		if (str_eq(a->before.givers[k], me))
			a->again = true;
		if (ca_picture_same(picture, me, a->before.givers[k]))
			a->have = a->before.counting;
	}
	if (a->have >= a->issuance->stored->approvals ||
	    a->have > a->before.counting)
		return 0;
	return err_set(err, ERR_BAD_STATE,
	    "You approved request %" PRIu64
	    " already; another person must do so too: %zu of %" PRIu32
	    " approvals. Nothing was changed.",
	    a->issuance->stored->id, a->have, a->issuance->stored->approvals);
}

static int
approve(struct ca_worker *w, struct approving *a, struct ca_arena *arena,
    struct err *err)
{
	if (hash_of(w, a->issuance, a->hash, err) < 0 ||
	    ca_approval_list(
		w, a->issuance->stored, a->hash, arena, &a->before, err) < 0 ||
	    count(w, a, err) < 0)
		return -1;
	return ca_commit_wait(w->ca->commit, &a->change, err);
}

static void
reply_more(struct ca_issuance *i, const struct approving *a)
{
	struct rpc_result result;
	char sentence[256];

	(void)snprintf(sentence, sizeof(sentence),
	    "%zu of %" PRIu32 " approvals: the certificate is issued when "
	    "as many different persons have approved it.",
	    a->have, i->stored->approvals);
	ca_result_of(i->stored, false, &result);
	result.sentence = sentence;
	ca_settle_reply(i, &result);
}

bool
ca_approval_waits(struct ca_worker *w, struct ca_issuance *i)
{
	struct approving a = { .change = { .apply = approving_apply },
		.issuance = i };
	AUTO_ARENA arena = { 0 };
	struct err err = { 0 };
	int rc;

	if (i->stored->approvals <= 1)
		return false;
	/* One after the other: two who press at the same moment count both. */
	ca_account_change_begin(w->ca->accounts);
	rc = approve(w, &a, &arena, &err);
	ca_account_change_end(w->ca->accounts);
	if (rc < 0) {
		ca_settle_fail(i, &err);
		return true;
	}
	if (a.have >= i->stored->approvals)
		return false;
	reply_more(i, &a);
	return true;
}
