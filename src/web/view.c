#include "web/language.h"
#include "web/view.h"

#include "base/clock.h"
#include "base/str.h"

#include <openssl/sha.h>
#include <strings.h>

/* Certificates on hold that a page shows; officers soon decide about them. */
#define HELD_SHOWN 50
#define BAR_WIDTH  320
#define DAY        86400
#define LOOK_AT    MSG("Look at {0}")

bool
view_req_id(const char *text, uint64_t *ret)
{
	char digits[24];
	size_t n;

	text += strspn(text, " \t\r\n");
	n = strcspn(text, " \t\r\n");
	if (n == 0 || text[n + strspn(text + n, " \t\r\n")] ||
	    !str_from_bytes(digits, sizeof(digits), bytes_of(text, n)))
		return false;
	return str_u64(digits, INT64_MAX, ret) && *ret > 0;
}

bool
view_is_cacert(const char *req_id)
{
	return str_eq_ci(req_id, VIEW_CACERT);
}

bool
view_wants_der(const struct web_ask *ask, bool preset)
{
	const char *enc = web_field(ask, "Enc");

	if (!enc[0])
		enc = web_field(ask, "rbEncoding");
	if (!enc[0])
		return preset;
	return !str_eq_ci(enc, "b64");
}

int64_t
view_renewal(const struct web_ask *ask)
{
	int64_t n;

	if (str_i64(web_field(ask, "Renewal"), &n))
		return n;
	/* The list of certcarc.asp counts from the newest. */
	if (ask->ca && str_i64(web_field(ask, "lbCaInstance"), &n) && n >= 0) {
		n = (int64_t)ask->ca->info.generation_count - 1 - n;
		return n > 0 ? n : 0;
	}
	return -1;
}

const char *
view_token(struct web_ask *ask, const char *path)
{
	char owner[IDENTITY_OWNER_MAX], text[AUTH_TOKEN_MAX];

	identity_owner(&ask->auth.identity, owner);
	auth_token_make(ask->web->tokens, owner, path, clock_now(), text);
	return web_text(ask, "%s", text);
}

const char *
view_sentence(struct web_ask *ask, const char *text)
{
	size_t n;
	char first;

	text = web_said(ask, text);
	n = strlen(text);
	first = text[0];
	if (n == 0)
		return NULL;
	if (first >= 'a' && first <= 'z')
		first = (char)(first - 'a' + 'A');
	return web_text(ask, "%c%s%s", first, text + 1,
	    strchr(".!?", text[n - 1]) ? "" : ".");
}

/* "27 Nov 2026" and "14:50" in the language of the page, from the ISO form. */
static const char *
say_time(struct web_ask *ask, int64_t t, bool hour)
{
	static const char *const months[] = { MSG("Jan"), MSG("Feb"),
		MSG("Mar"), MSG("Apr"), MSG("May"), MSG("Jun"), MSG("Jul"),
		MSG("Aug"), MSG("Sep"), MSG("Oct"), MSG("Nov"), MSG("Dec") };
	char iso[STR_TIME_MAX], year[5], clock[6];
	const char *values[] = { NULL, NULL, year, clock };
	unsigned month, day;

	str_time_iso(iso, t);
	if (strlen(iso) < strlen("2026-11-27T14:50:00Z"))
		return "";
	month = (unsigned)(iso[5] - '0') * 10 + (unsigned)(iso[6] - '0');
	day = (unsigned)(iso[8] - '0') * 10 + (unsigned)(iso[9] - '0');
	if (month < 1 || month > ARRAY_LEN(months))
		return "";
	values[0] = web_num(ask, day);
	values[1] = web_tr(ask, months[month - 1]);
	if (!str_from_bytes(year, sizeof(year), bytes_of(iso, 4)) ||
	    !str_from_bytes(clock, sizeof(clock), bytes_of(iso + 11, 5)))
		return "";
	return web_say(ask,
	    hour ? MSG("{0} {1} {2}, {3} UTC") : MSG("{0} {1} {2}"), values,
	    ARRAY_LEN(values));
}

const char *
view_time(struct web_ask *ask, int64_t t)
{
	return say_time(ask, t, true);
}

const char *
view_time_iso(struct web_ask *ask, int64_t t)
{
	char text[STR_TIME_MAX];

	str_time_iso(text, t);
	return web_text(ask, "%s", text);
}

const char *
view_date(struct web_ask *ask, int64_t t)
{
	return say_time(ask, t, false);
}

/* clang-format off */
static const struct {
	enum disposition disposition;
	const char *icon, *css;
	const char *owner, *officer; /* the next step */
} states[] = {
	{ DISPOSITION_PENDING, "◷", "b-warn",
	  MSG("Check {0}"), MSG("Decide on {0}") },
	{ DISPOSITION_ISSUED,  "✓", "b-ok",
	  MSG("Collect {0}"), LOOK_AT },
	{ DISPOSITION_REVOKED, "✕", "b-bad",
	  LOOK_AT, LOOK_AT },
	{ DISPOSITION_FAILED,  "!", "b-bad",
	  MSG("Why {0} was not read"), LOOK_AT },
	{ DISPOSITION_DENIED,  "✕", "b-bad",
	  MSG("Why {0} was refused"), LOOK_AT },
};
/* clang-format on */

struct view_state
view_state(const struct web_ask *ask, uint32_t disposition)
{
	struct view_state s = { web_tr(ask, MSG("Unknown")), "?", "b-info" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(states); i++)
		if (states[i].disposition == disposition) {
			s.words = web_tr(
			    ask, disposition_people(states[i].disposition));
			s.icon = states[i].icon;
			s.css = states[i].css;
		}
	return s;
}

bool
view_on_hold(const struct rpc_row *row)
{
	return row->disposition == DISPOSITION_REVOKED &&
	       row->revoked_reason == VIEW_REASON_HOLD;
}

struct view_state
view_row_state(const struct web_ask *ask, const struct rpc_row *row)
{
	if (view_on_hold(row))
		return (struct view_state){ web_tr(ask, MSG("On hold")), "‖",
			"b-warn" };
	return view_state(ask, row->disposition);
}

/* "7 years 5 months left", "12 days left", "has ended". */
static const char *
span_words(struct web_ask *ask, int64_t seconds)
{
	int64_t days = seconds / DAY, months = days * 12 / 365;

	if (seconds <= 0)
		return web_tr(ask, MSG("has ended"));
	if (days < 1)
		return web_tr(ask, MSG("less than a day left"));
	if (days <= 90)
		return web_say_n(ask, (uint64_t)days,
		    MSG_N("{0} day left", "{0} days left"));
	if (months < 24)
		return web_say_n(ask, (uint64_t)months,
		    MSG_N("{0} month left", "{0} months left"));
	return WEB_SAY(ask, MSG("{0}, {1} left"),
	    web_say_n(
		ask, (uint64_t)months / 12, MSG_N("{0} year", "{0} years")),
	    web_say_n(
		ask, (uint64_t)months % 12, MSG_N("{0} month", "{0} months")));
}

struct view_bar
view_bar(struct web_ask *ask, const char *id, int64_t from, int64_t until,
    int64_t now)
{
	struct view_bar b = { .id = id };
	int64_t life = until > from ? until - from : 1;
	int64_t used = now > from ? now - from : 0;

	if (used > life)
		used = life;
	b.now = (uint32_t)(used * BAR_WIDTH / life);
	b.left = BAR_WIDTH - b.now;
	b.from = view_date(ask, from);
	b.to = view_date(ask, until);
	b.middle = span_words(ask, until - now);
	b.sentence = WEB_SAY(ask,
	    MSG("Valid from {0} to {1}; {2} percent of its life used."), b.from,
	    b.to, web_num(ask, (uint64_t)(used * 100 / life)));
	return b;
}

const struct view_piece *
view_sha256(struct web_ask *ask, struct bytes der)
{
	uint8_t hash[SHA256_DIGEST_LENGTH];
	struct view_piece *first = NULL, *p;
	size_t i;

	(void)SHA256(der.p, der.n, hash);
	for (i = sizeof(hash); i-- > 0;) {
		if ((p = web_alloc(ask, sizeof(*p))) == NULL)
			return NULL;
		p->text = web_text(
		    ask, "%02X%s", hash[i], i + 1 < sizeof(hash) ? ":" : "");
		p->next = first;
		first = p;
	}
	return first;
}

static const char *
next_step(struct web_ask *ask, const struct rpc_row *row, enum view_for whom)
{
	const char *number = web_num(ask, row->id);
	size_t i;

	for (i = 0; i < ARRAY_LEN(states); i++) {
		if (states[i].disposition != row->disposition)
			continue;
		return WEB_SAY(ask,
		    whom == VIEW_FOR_OFFICER ? states[i].officer
					     : states[i].owner,
		    number);
	}
	return WEB_SAY(ask, LOOK_AT, number);
}

static void
fill_request(struct web_ask *ask, const struct rpc_row *row, enum view_for whom,
    struct view_request *v)
{
	v->id = row->id;
	v->name = row->common_name[0] ? row->common_name : row->subject;
	if (!v->name[0])
		v->name = web_tr(ask, MSG("(no name)"));
	v->requester = row->requester;
	v->kind = row->template_name[0] ? row->template_name
					: web_tr(ask, MSG("Certificate"));
	v->sent = view_time(ask, row->submitted);
	v->sent_iso = view_time_iso(ask, row->submitted);
	if (row->not_after)
		v->until = view_date(ask, row->not_after);
	v->serial = row->serial;
	v->can_revoke = row->disposition == DISPOSITION_ISSUED;
	v->state = view_row_state(ask, row);
	v->step = next_step(ask, row, whom);
}

const struct rpc_request *
view_asked(struct web_ask *ask)
{
	struct rpc_retrieve what = {
		.identity = ask->auth.identity,
		.reason = "",
	};
	const struct rpc_request *r;
	AUTO(rpc_msg) msg = NULL;
	struct err err;

	if (!view_req_id(web_field(ask, "ReqID"), &what.id)) {
		web_error_unknown(ask, WEB_MODE_SHOW);
		return NULL;
	}
	if (rpc_do_SHOW(ask->web->ca, &what, &msg, &r, &err) < 0) {
		web_error(ask, WEB_MODE_SHOW, &err);
		return NULL;
	}
	web_keep(ask, TAKE(msg));
	return r;
}

int
view_held(struct web_ask *ask, struct rpc_msg **msg,
    const struct rpc_list **ret, struct err *err)
{
	const struct rpc_list_ask what = {
		.identity = ask->auth.identity,
		.requester = "",
		.search = "",
		.on_hold = true,
		.limit = HELD_SHOWN,
	};

	return rpc_do_LIST(ask->web->ca, &what, msg, ret, err);
}

const struct view_request *
view_requests(
    struct web_ask *ask, const struct rpc_list *list, enum view_for whom)
{
	struct view_request *first = NULL, *v;
	size_t i;

	for (i = list->row_count; i-- > 0;) {
		if ((v = web_alloc(ask, sizeof(*v))) == NULL)
			return NULL;
		fill_request(ask, &list->rows[i], whom, v);
		v->next = first;
		first = v;
	}
	return first;
}

const struct view_request *
view_queue(struct web_ask *ask, const struct rpc_list *list, bool picked)
{
	size_t n = list->row_count, i, j;
	struct view_request *all = web_alloc(ask, (n + 1) * sizeof(*all));
	bool *done = web_alloc(ask, n + 1);
	struct view_request *to = all, *first;

	if (!all || !done || n == 0)
		return NULL;
	for (i = 0; i < n; i++) {
		if (done[i])
			continue;
		first = to;
		for (j = i; j < n; j++) {
			const struct rpc_row *row = &list->rows[j];

			if (done[j] ||
			    !str_eq(row->requester, list->rows[i].requester))
				continue;
			done[j] = true;
			fill_request(ask, row, VIEW_FOR_OFFICER, to);
			to->picked = picked;
			to->next = to + 1;
			to++;
		}
		first->group_size = (uint64_t)(to - first);
		first->leads = first->group_size > 1;
	}
	to[-1].next = NULL;
	return all;
}

/* What people look for comes first, what only programs need last. Between
 * them the order is the CA's: what is granted before what was dropped. */
enum field_place { FIELD_NAMES, FIELD_OTHERS, FIELD_MACHINERY, FIELD_PLACES };

static enum field_place
field_place(const struct rpc_field *f)
{
	static const struct {
		const char *label;
		enum field_place place;
	} places[] = {
		{ "Subject", FIELD_NAMES },
		{ "Subject alternative name", FIELD_NAMES },
		{ "Subject key identifier", FIELD_MACHINERY },
		{ "Authority key identifier", FIELD_MACHINERY },
		{ "CRL distribution points", FIELD_MACHINERY },
		{ "Freshest CRL", FIELD_MACHINERY },
		{ "Authority information access", FIELD_MACHINERY },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(places); i++)
		if (str_eq_ci(places[i].label, f->label))
			return places[i].place;
	return FIELD_OTHERS;
}

static struct view_field *
view_field(struct web_ask *ask, const struct rpc_field *f)
{
	struct view_field *v = web_alloc(ask, sizeof(*v));

	if (!v)
		return NULL;
	v->label = web_said(ask, f->label);
	v->asked = f->asked[0] ? web_said_words(ask, f->asked) : NULL;
	v->granted = f->granted[0] ? web_said_words(ask, f->granted) : NULL;
	v->note = f->note[0] ? web_said(ask, f->note) : NULL;
	v->dropped = f->differs && v->asked && !v->granted;
	v->added = f->differs && !v->asked && v->granted;
	v->differs = f->differs && !v->dropped && !v->added;
	return v;
}

/* The day it would end comes after the names. */
static struct view_field *
view_end(struct web_ask *ask, const struct rpc_request *request,
    struct view_field *next)
{
	struct view_field *v;

	if (!request->until || !(v = web_alloc(ask, sizeof(*v))))
		return next;
	*v = (struct view_field){ .next = next,
		.label = web_tr(ask, MSG("Valid until")),
		.granted = view_date(ask, request->until),
		.note = web_said(ask, request->until_note),
		.added = true };
	return v;
}

const struct view_field *
view_fields(struct web_ask *ask, const struct rpc_request *request)
{
	struct view_field *first = NULL, *v;
	int place;
	size_t i;

	for (place = FIELD_PLACES; place-- > 0;) {
		if (place == FIELD_NAMES)
			first = view_end(ask, request, first);
		for (i = request->field_count; i-- > 0;) {
			const struct rpc_field *f = &request->fields[i];

			if ((int)field_place(f) != place)
				continue;
			if ((v = view_field(ask, f)) == NULL)
				return NULL;
			v->next = first;
			first = v;
		}
	}
	return first;
}

const struct view_event *
view_events(struct web_ask *ask, const struct rpc_request *request)
{
	struct view_event *first = NULL, *v;
	const struct rpc_event *e;
	size_t i;

	for (i = request->event_count; i-- > 0;) {
		e = &request->events[i];
		if ((v = web_alloc(ask, sizeof(*v))) == NULL)
			return NULL;
		v->when = view_time(ask, e->time);
		v->when_iso = view_time_iso(ask, e->time);
		v->what = web_said(ask, e->what);
		v->who = e->who[0] ? e->who : NULL;
		v->detail = e->detail[0] ? web_said(ask, e->detail) : NULL;
		v->next = first;
		first = v;
	}
	return first;
}

struct view_compat
view_compat(const struct web_ask *ask, uint64_t id)
{
	const char *agent = ask->request->user_agent;

	return (struct view_compat){
		.script = agent && strstr(agent, "Mozilla") != NULL,
		.id = id,
	};
}
