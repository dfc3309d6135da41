#include "web/language.h"
#include "web/view.h"

#include "base/str.h"

#include <openssl/sha.h>
#include <strings.h>

#define BAR_WIDTH 320
#define DAY       86400

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
view_sentence(struct web_ask *ask, const char *text)
{
	size_t n = strlen(text);
	char first = text[0];

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
	const char *year, *month, *clock;
	char iso[STR_TIME_MAX];
	uint64_t m, day;

	str_time_iso(iso, t);
	if (!iso[0] || !str_u64(web_text(ask, "%.2s", iso + 5), 12, &m) ||
	    !str_u64(web_text(ask, "%.2s", iso + 8), 31, &day) || m == 0)
		return "";
	year = web_text(ask, "%.4s", iso);
	month = web_tr(ask, months[m - 1]);
	if (!hour)
		return WEB_SAY(ask, MSG("{0} {1} {2}"), web_num(ask, day),
		    month, year);
	clock = web_text(ask, "%.5s", iso + 11);
	return WEB_SAY(ask, MSG("{0} {1} {2}, {3} UTC"), web_num(ask, day),
	    month, year, clock);
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
	/* the next step: words around the number */
	const char *owner[2], *officer;
} states[] = {
	{ DISPOSITION_PENDING, "◷", "b-warn", { "Check ", "" }, "Decide on" },
	{ DISPOSITION_ISSUED,  "✓", "b-ok",  { "Collect ", "" }, "Look at" },
	{ DISPOSITION_REVOKED, "✕", "b-bad", { "Look at ", "" }, "Look at" },
	{ DISPOSITION_FAILED,  "!", "b-bad", { "Why ", " was not read" }, "Look at" },
	{ DISPOSITION_DENIED,  "✕", "b-bad", { "Why ", " was refused" }, "Look at" },
};
/* clang-format on */

struct view_state
view_state(uint32_t disposition)
{
	struct view_state s = { "Unknown", "?", "b-info" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(states); i++)
		if (states[i].disposition == disposition) {
			s.words = disposition_people(states[i].disposition);
			s.icon = states[i].icon;
			s.css = states[i].css;
		}
	return s;
}

/* "7 years 5 months left", "12 days left", "has ended". */
static const char *
span_words(struct web_ask *ask, int64_t seconds)
{
	int64_t days = seconds / DAY, months = days * 12 / 365;

	if (seconds <= 0)
		return "has ended";
	if (days < 1)
		return "less than a day left";
	if (days <= 90)
		return web_text(ask, "%jd day%s left", (intmax_t)days,
		    days == 1 ? "" : "s");
	if (months < 24)
		return web_text(ask, "%jd months left", (intmax_t)months);
	return web_text(ask, "%jd years %jd months left",
	    (intmax_t)(months / 12), (intmax_t)(months % 12));
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
	b.sentence =
	    web_text(ask, "Valid from %s to %s; %jd percent of its life used.",
		b.from, b.to, (intmax_t)(used * 100 / life));
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
	uintmax_t id = row->id;
	size_t i;

	for (i = 0; i < ARRAY_LEN(states); i++) {
		if (states[i].disposition != row->disposition)
			continue;
		if (whom == VIEW_FOR_OFFICER)
			return web_text(ask, "%s %ju", states[i].officer, id);
		return web_text(
		    ask, "%s%ju%s", states[i].owner[0], id, states[i].owner[1]);
	}
	return web_text(ask, "Look at %ju", id);
}

static void
fill_request(struct web_ask *ask, const struct rpc_row *row, enum view_for whom,
    struct view_request *v)
{
	v->id = row->id;
	v->name = row->common_name[0] ? row->common_name : row->subject;
	if (!v->name[0])
		v->name = "(no name)";
	v->requester = row->requester;
	v->kind = row->template_name[0] ? row->template_name : "Certificate";
	v->sent = view_time(ask, row->submitted);
	v->sent_iso = view_time_iso(ask, row->submitted);
	if (row->not_after)
		v->until = view_date(ask, row->not_after);
	v->serial = row->serial;
	v->can_revoke = row->disposition == DISPOSITION_ISSUED;
	v->state = view_state(row->disposition);
	v->step = next_step(ask, row, whom);
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
	v->label = f->label;
	v->asked = f->asked[0] ? f->asked : NULL;
	v->granted = f->granted[0] ? f->granted : NULL;
	v->note = f->note[0] ? f->note : NULL;
	v->dropped = f->differs && v->asked && !v->granted;
	v->added = f->differs && !v->asked && v->granted;
	v->differs = f->differs && !v->dropped && !v->added;
	return v;
}

const struct view_field *
view_fields(struct web_ask *ask, const struct rpc_request *request)
{
	struct view_field *first = NULL, *v;
	int place;
	size_t i;

	for (place = FIELD_PLACES; place-- > 0;)
		for (i = request->field_count; i-- > 0;) {
			const struct rpc_field *f = &request->fields[i];

			if ((int)field_place(f) != place)
				continue;
			if ((v = view_field(ask, f)) == NULL)
				return NULL;
			v->next = first;
			first = v;
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
		v->what = e->what;
		v->who = e->who[0] ? e->who : NULL;
		v->detail = e->detail[0] ? e->detail : NULL;
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
