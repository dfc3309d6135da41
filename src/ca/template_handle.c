/* TEMPLATE_LIST, SHOW, CHECK, ENABLE, DISABLE, RELOAD. */
#include "base/str.h"
#include "ca/account.h"
#include "ca/arena.h"
#include "ca/handlers.h"
#include "ca/permission.h"
#include "ca/template_show.h"
#include "conf/conf.h"

#include <stdio.h>

/* The account that a list is about. */
struct about {
	struct ca_picture *picture;
	char owner[CA_KEY_MAX], account[CA_KEY_MAX];
	struct ca_principal principal;
	uint32_t rights;
	bool disabled;
	bool all; /* whoever asks sees all of them */
};

static void
about_clear(struct about *a)
{
	ca_picture_free(a->picture);
}
#define AUTO_ABOUT __attribute__((cleanup(about_clear))) struct about

/* Anybody, by the name that entries have for him. */
static int
about_other(struct ca_worker *w, const struct ca_call *call, const char *name,
    struct about *ret, struct err *err)
{
	struct ca_account account;
	struct err why = { 0 };

	if (!(call->who.rights & CA_RIGHT_READ))
		return err_set(err, ERR_DENIED,
		    "Only officers, administrators and auditors ask about "
		    "other accounts.");
	if (ca_principal_key(name, ret->owner, err) < 0 ||
	    ca_account_rights(w, ret->owner, &ret->rights, err) < 0)
		return -1;
	memcpy(ret->account, ret->owner, sizeof(ret->account));
	if (ca_principal_is_local(ret->owner)) {
		if (ca_account_find(w, ca_principal_display(ret->owner),
			&account, &why) < 0)
			return err_set(err, why.code,
			    why.code == ERR_NOT_FOUND
				? "There is no account %.100s."
				: "Looking up %.100s failed.",
			    name);
		ret->disabled = account.disabled;
	}
	ca_picture_principal(
	    ret->picture, ret->owner, ret->account, &ret->principal);
	return 0;
}

static int
about_whom(struct ca_worker *w, const struct ca_call *call, const char *name,
    struct about *ret, struct err *err)
{
	ret->all = (call->who.rights & CA_RIGHT_READ) != 0;
	if (ca_access_take(w, &ret->picture, err) < 0)
		return -1;
	if (*name)
		return about_other(w, call, name, ret, err);
	ret->rights = call->who.rights;
	ca_permission_principal(
	    ret->picture, &call->who, ret->account, &ret->principal);
	return 0;
}

static bool
may(const struct ca_template_row *row, const struct about *a,
    enum ca_template_right right, char *why)
{
	return ca_template_may(
	    row->t, a->picture, &a->principal, a->rights, right, why);
}

/* May the account ask for a certificate by it? A sentence when not. */
static bool
is_usable(const struct ca_template_row *row, const struct about *a,
    char why[ERR_TEXT_MAX])
{
	if (!row->enabled)
		(void)snprintf(why, ERR_TEXT_MAX,
		    "The template %s is not enabled at this CA.", row->t->name);
	else if (a->disabled)
		(void)snprintf(why, ERR_TEXT_MAX, "The account %s is disabled.",
		    ca_principal_display(a->principal.account));
	else if (!(a->rights & CA_RIGHT_ENROLL))
		(void)snprintf(why, ERR_TEXT_MAX,
		    "The account %s may not request certificates here: it has "
		    "not the role enrollee.",
		    ca_principal_display(a->principal.account));
	else
		return may(row, a, CA_TEMPLATE_ENROLL, why);
	return false;
}

static uint32_t
key_mask(const struct ca_template *t)
{
	uint32_t mask = 0;

	for (uint32_t k = 0; k < PKI_KEY_COUNT; k++)
		if (t->keys[k])
			mask |= UINT32_C(1) << k;
	return mask;
}

static struct rpc_template_row
row_of(struct ca_arena *arena, const struct ca_template_row *row,
    const struct about *a)
{
	const struct ca_template *t = row->t;
	char why[ERR_TEXT_MAX] = "", oid[PKI_OID_TEXT_MAX];
	bool usable = a && is_usable(row, a, why);

	if (!pki_oid_to_text(bytes_of(t->oid.der, t->oid.n), oid))
		oid[0] = 0;
	return (struct rpc_template_row){ .name = t->name,
		.display_name = t->display_name,
		.description = t->description,
		.oid = ca_arena_str(arena, oid),
		.major = t->major,
		.minor = t->minor,
		.file = t->file,
		.enabled = row->enabled,
		.usable = usable,
		.why = ca_arena_str(arena, why),
		.machine = t->machine,
		.validity = t->validity,
		.renewal_overlap = t->renewal_overlap,
		.subject_from_request = t->subject.from == CA_TEMPLATE_REQUEST,
		.san_from_request = t->san.request != 0,
		.keys = key_mask(t),
		.rsa_min = t->rsa_min,
		.key_usage = t->key_usage,
		.exportable = t->exportable,
		.strong_protection = t->strong_protection,
		.approvals = t->approvals,
		.agent_signatures = t->agent_signatures,
		.on_behalf_of = t->on_behalf_of,
		.sign_in = t->sign_in,
		.renew_same_key = t->renew_same_key };
}

/* What it is called is a secret from those who may neither read nor use it. */
static bool
is_shown(const struct ca_template_row *row, const struct about *a)
{
	return a->all ||
	       (row->enabled && (may(row, a, CA_TEMPLATE_READ, NULL) ||
				    may(row, a, CA_TEMPLATE_ENROLL, NULL)));
}

static int
fill_list(const struct ca_template_set *s, const struct about *a,
    struct ca_arena *arena, struct rpc_template_list *ret, struct err *err)
{
	struct rpc_template_row *rows =
	    ca_arena_alloc(arena, (s->n + 1) * sizeof(*rows));
	struct rpc_template_note *notes =
	    ca_arena_alloc(arena, (s->note_n + 1) * sizeof(*notes));

	if (ca_arena_check(arena, err) < 0)
		return -1;
	for (size_t i = 0; i < s->n; i++)
		if (is_shown(&s->rows[i], a))
			rows[ret->row_count++] = row_of(arena, &s->rows[i], a);
	for (size_t i = 0; a->all && i < s->note_n; i++)
		notes[ret->note_count++] =
		    (struct rpc_template_note){ s->notes[i].refused,
			    s->notes[i].text };
	ret->rows = rows;
	ret->notes = notes;
	return ca_arena_check(arena, err);
}

static void
reply_list(struct ca_worker *w, struct ca_call *call, const char *account)
{
	const struct ca_template_set *s = ca_templates_take(w->ca);
	struct rpc_template_list list = { 0 };
	AUTO_ARENA arena = { 0 };
	AUTO_ABOUT about = { 0 };
	struct err err = { 0 };

	/* A stand-alone CA has none: an empty list. */
	if (about_whom(w, call, account, &about, &err) < 0 ||
	    (s && fill_list(s, &about, &arena, &list, &err) < 0))
		ca_call_fail(call, &err);
	else
		ca_call_reply(call, &list);
	ca_templates_release(w->ca, s);
}

void
ca_template_list_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_template_ask *ask = call->ask;

	reply_list(w, call, ask->for_account);
}

static const struct ca_template_row *
find_row(const struct ca_template_set *s, const char *name, struct err *err)
{
	const struct ca_template_row *row =
	    s ? ca_templates_find(s, name) : NULL;

	if (!row)
		(void)err_set(err, ERR_NOT_FOUND,
		    s ? "There is no template \"%.64s\"."
		      : "This is a stand-alone CA, which has no templates, nor "
			"\"%.64s\".",
		    name);
	return row;
}

void
ca_template_show_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct ca_template_set *s = ca_templates_take(w->ca);
	const struct rpc_template_ask *ask = call->ask;
	const struct ca_template_row *row;
	struct rpc_template reply = { 0 };
	AUTO_ARENA arena = { 0 };
	AUTO_ABOUT about = { 0 };
	struct err err = { 0 };

	row = find_row(s, ask->name, &err);
	if (row && about_whom(w, call, "", &about, &err) == 0) {
		reply.row = row_of(&arena, row, &about);
		reply.text = row->t->text;
		ca_template_show(
		    &arena, row->t, &reply.fields, &reply.field_count);
	}
	if (err.code != ERR_OK || ca_arena_check(&arena, &err) < 0)
		ca_call_fail(call, &err);
	else
		ca_call_reply(call, &reply);
	ca_templates_release(w->ca, s);
}

/* What other templates of this CA have to say about it. */
static void
check_others(struct ca_worker *w, const struct ca_template *t,
    struct rpc_template_finding *list, size_t *n, struct ca_arena *arena)
{
	const struct ca_template_set *s = ca_templates_take(w->ca);
	const struct ca_template_row *row = NULL;

	if (s)
		row = ca_templates_find_oid(s, bytes_of(t->oid.der, t->oid.n));
	if (row && !str_eq_ci(row->t->name, t->name))
		list[(*n)++] = (struct rpc_template_finding){ .bad = true,
			.line = conf_line(t->text, "oid"),
			.hole = "",
			.text = ca_arena_fmt(arena,
			    "The object identifier is that of %s, too.",
			    row->t->name) };
	ca_templates_release(w->ca, s);
}

void
ca_template_check_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_template_file *ask = call->ask;
	AUTO_MEM struct ca_template_findings *found = calloc(1, sizeof(*found));
	AUTO_MEM struct rpc_template_finding *list =
	    calloc(CA_TEMPLATE_FINDINGS_MAX + 1, sizeof(*list));
	AUTO_ARENA arena = { 0 };
	AUTO(ca_template) t = NULL;
	struct rpc_template_report reply = { .findings = list };
	struct err err = { 0 };

	if (!found || !list) {
		(void)err_set(&err, ERR_NO_MEMORY, "There is no memory left.");
		ca_call_fail(call, &err);
		return;
	}
	if (ca_template_read(ask->text, ask->file, &t, found, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	for (size_t i = 0; i < found->n; i++)
		list[i] = (struct rpc_template_finding){ found->list[i].bad,
			found->list[i].line, found->list[i].hole,
			found->list[i].text };
	reply.finding_count = found->n;
	if (t)
		check_others(w, t, list, &reply.finding_count, &arena);
	reply.good = found->bad == 0 && reply.finding_count == found->n;
	reply.name = t ? t->name : "";
	ca_call_reply(call, &reply);
}

void
ca_template_enable_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_template_ask *ask = call->ask;
	const struct ca_template_set *s = NULL;
	const struct ca_template_row *row;
	struct rpc_template_row reply;
	AUTO_ARENA arena = { 0 };
	struct err err = { 0 };

	if (ca_templates_enable(w->ca, w->reader, &call->who, ask->name,
		call->method->method == RPC_TEMPLATE_ENABLE, &err) == 0) {
		s = ca_templates_take(w->ca);
		row = find_row(s, ask->name, &err);
		if (row)
			reply = row_of(&arena, row, NULL);
	}
	if (err.code != ERR_OK || ca_arena_check(&arena, &err) < 0)
		ca_call_fail(call, &err);
	else
		ca_call_reply(call, &reply);
	ca_templates_release(w->ca, s);
}

void
ca_template_reload_handle(struct ca_worker *w, struct ca_call *call)
{
	struct err err = { 0 };

	if (ca_templates_reload(w->ca, w->reader, &call->who, &err) < 0)
		ca_call_fail(call, &err);
	else
		reply_list(w, call, "");
}
