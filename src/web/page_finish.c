/* certfnsh.asp: send a request in, or ask what became of one. */
#include "web/language.h"
#include "web/view.h"

#include "base/str.h"
#include "pki/attrs.h"
#include "pki/pem.h"
#include "web/remembered.h"

#include <openssl/rand.h>

#define SUBMISSION_SIZE 16
#define AGENT_MAX       256
#define LABEL_PRESET    "Saved-Request Certificate"
#define TEMPLATE        "CertificateTemplate"

/* --- the form ------------------------------------------------------------ */

/* Without a number a double click is two requests, no more. */
static const char *
form_number(struct web_ask *ask, enum view_form form)
{
	const char *sent = web_field(ask, "Submission");
	uint8_t number[SUBMISSION_SIZE];
	char hex[2 * SUBMISSION_SIZE + 1] = "";
	size_t n;

	if (form == VIEW_FORM_AGAIN &&
	    str_unhex(number, sizeof(number), sent, &n) && n == sizeof(number))
		return sent;
	if (RAND_bytes(number, sizeof(number)) == 1)
		str_hex(hex, BYTES_OF(number));
	return web_text(ask, "%s", hex);
}

const char *
view_number(struct web_ask *ask)
{
	return form_number(ask, VIEW_FORM_NEW);
}

/* NULL when there is nothing to show. */
static const char *
typed(const struct web_ask *ask, const char *name)
{
	const char *text = web_field(ask, name);

	return text[0] && !pki_pem_is_private(bytes_str(text)) ? text : NULL;
}

/* The template that was chosen in the form of certrqxt.asp: the second field of
 * lbCertTemplate; "" for none. */
static const char *
chosen_template(struct web_ask *ask)
{
	const char *value = web_field(ask, "lbCertTemplate");
	const char *name = strchr(value, ';');

	if (!name)
		return "";
	name++;
	return web_text(ask, "%.*s", (int)strcspn(name, ";\r\n"), name);
}

/* What the answer to an error offers is what was chosen before it. */
static void
offer_templates(struct web_ask *ask, enum view_form form, struct view_submit *v)
{
	const char *chosen = form == VIEW_FORM_NEW ? web_field(ask, "template")
						   : chosen_template(ask);
	struct err err;

	v->silent = view_templates(ask, chosen, &v->templates, &err) < 0;
	if (form == VIEW_FORM_NEW)
		return;
	v->own_template = !chosen[0] && ask->form &&
			  fcgi_form_find(ask->form, "lbCertTemplate");
	if (v->silent && ask->form)
		v->earlier = web_field(ask, "lbCertTemplate");
}

void
view_submit(struct web_ask *ask, enum view_form form, struct view_submit *v)
{
	*v = (struct view_submit){ .number = form_number(ask, form) };
	offer_templates(ask, form, v);
	if (form == VIEW_FORM_NEW)
		return;
	v->request = typed(ask, "RequestFile");
	if (!v->request)
		v->request = typed(ask, "CertRequest");
	v->attributes = typed(ask, "CertAttrib");
}

void
web_page_submit(struct web_ask *ask)
{
	struct page_submit p = { 0 };

	view_submit(ask, VIEW_FORM_NEW, &p.form);
	p.at_once = view_at_once(ask);
	web_frame(ask, MSG("Submit a request"), &p.f);
	p.f.at_request = true;
	WEB_SEND(ask, 200, submit, &p);
}

void
web_page_finish_form(struct web_ask *ask)
{
	struct page_finish p = { 0 };

	web_frame(ask, MSG("Nothing was sent"), &p.f);
	p.f.at_request = true;
	WEB_SEND(ask, 200, finish, &p);
}

/* --- the three answers --------------------------------------------------- */

/* TargetStoreFlags: 0 for a person's store, else for the computer's; as sent,
 * or as remembered. */
static uint32_t
store_flags(struct web_ask *ask, uint64_t id, const char **ret_label)
{
	uint32_t remembered;
	uint64_t sent;

	*ret_label = web_remembered(ask, id, &remembered);
	if (str_u64(web_field(ask, "TargetStoreFlags"), UINT32_MAX, &sent) &&
	    sent > 0)
		return (uint32_t)sent;
	return remembered;
}

static void
issued(struct web_ask *ask, const struct rpc_result *r)
{
	const char *label;
	struct page_issued p = {
		.id = r->id,
		.generation = r->generation,
		.compat = view_compat(ask, r->id),
		.machine = store_flags(ask, r->id, &label) != 0,
		.station = web_field(ask, "Station")[0] != '\0',
	};

	web_forget(ask, r->id);
	web_frame(ask, MSG("Certificate Issued"), &p.f);
	p.f.at_mine = true;
	WEB_SEND(ask, 200, issued, &p);
}

static void
pending(struct web_ask *ask, const struct rpc_result *r, bool still)
{
	const char *label = web_field(ask, "FriendlyType"), *before;
	uint32_t store = store_flags(ask, r->id, &before);
	struct page_pending p = {
		.id = r->id,
		.still = still,
		.compat = view_compat(ask, r->id),
		.days = ask->ca && ask->ca->info.pending_days
			    ? ask->ca->info.pending_days
			    : 10,
	};

	if (still && !label[0])
		label = before;
	web_remember(ask, r->id, store, label[0] ? label : LABEL_PRESET);
	web_frame(ask, MSG("Certificate Pending"), &p.f);
	p.f.at_mine = true;
	p.f.waits = true;
	WEB_SEND(ask, 200, pending, &p);
}

/* Another choice of template may be all that it needs. */
static bool
other_template(const struct rpc_result *r)
{
	return r->hresult == err_hresult(ERR_TEMPLATE_CONFLICT) ||
	       r->hresult == err_hresult(ERR_UNSUPPORTED_TEMPLATE);
}

static void
denied(struct web_ask *ask, enum web_mode mode, const struct rpc_result *r)
{
	struct page_denied p = {
		.id = r->id,
		.compat = view_compat(ask, r->id),
		.sentence = view_sentence(ask, r->sentence),
		.message = view_message(ask, r),
		.unreadable = r->disposition == DISPOSITION_FAILED,
	};

	/* Programs need no form, and would have to read around it. */
	p.again = (p.unreadable || other_template(r)) && p.compat.script &&
		  mode == WEB_MODE_SUBMIT;
	if (p.again) {
		view_submit(ask, VIEW_FORM_TYPED, &p.form);
		p.form.own_template |=
		    r->hresult == err_hresult(ERR_TEMPLATE_CONFLICT);
	}
	web_forget(ask, r->id);
	web_frame(ask, MSG("Certificate Request Denied"), &p.f);
	p.f.at_mine = true;
	WEB_SEND(ask, 200, denied, &p);
}

static void
answer(struct web_ask *ask, enum web_mode mode, const struct rpc_result *r)
{
	switch (r->disposition) {
	case DISPOSITION_ISSUED:
		issued(ask, r);
		return;
	case DISPOSITION_PENDING:
		pending(ask, r, mode == WEB_MODE_CHECK);
		return;
	case DISPOSITION_DENIED:
	case DISPOSITION_FAILED:
		denied(ask, mode, r);
		return;
	default:
		web_error_result(ask, mode, r);
	}
}

/* --- sending in ---------------------------------------------------------- */

struct submission {
	struct bytes pasted;
	struct form_file file;
	const char *attributes;
	const char *number;
};

/* clang-format off */
static const struct form_field fields[] = {
	{ "CertRequest", FORM_BYTES, RPC_RAW_MAX,        false, offsetof(struct submission, pasted) },
	{ "RequestFile", FORM_FILE,  RPC_RAW_MAX,        false, offsetof(struct submission, file) },
	{ "CertAttrib",  FORM_TEXT,  RPC_ATTRIBUTES_MAX, false, offsetof(struct submission, attributes) },
	{ "Submission",  FORM_TEXT,  2 * SUBMISSION_SIZE, false, offsetof(struct submission, number) },
};
/* clang-format on */

static bool
is_blank(struct bytes x)
{
	size_t i;

	for (i = 0; i < x.n; i++)
		if (!memchr(" \t\r\n", x.p[i], 4))
			return false;
	return true;
}

static bool
names_template(const char *attributes)
{
	struct pki_attrs list;
	struct bytes name;
	struct err ignored = { 0 };

	return pki_attrs_parse(bytes_str(attributes), &list, &ignored) == 0 &&
	       pki_attrs_find(&list, TEMPLATE, &name);
}

/* The template that was chosen, where the attributes name none. */
static const char *
with_template(struct web_ask *ask, const char *attributes)
{
	const char *name = chosen_template(ask);

	if (!name[0] || names_template(attributes))
		return attributes;
	return web_text(ask, TEMPLATE ":%s\r\n%s", name, attributes);
}

/* A file that was chosen counts before what was pasted. */
static int
read_submission(struct web_ask *ask, struct rpc_submit *s,
    uint8_t number[SUBMISSION_SIZE], struct err *err)
{
	struct submission in = { .attributes = "", .number = "" };

	if (fcgi_form_fill(ask->form, fields, ARRAY_LEN(fields), &in, err) < 0)
		return -1;
	s->request = in.file.data.n ? in.file.data : in.pasted;
	s->attributes = with_template(ask, in.attributes);
	if (is_blank(s->request))
		return err_set(err, ERR_INVALID,
		    MSG("There is no request in what you sent: the text field "
			"was empty and no file was chosen."));
	s->submission.p = number;
	if (!str_unhex(number, SUBMISSION_SIZE, in.number, &s->submission.n))
		s->submission = BYTES_NONE;
	return 0;
}

static void
new_request(struct web_ask *ask)
{
	const char *agent = ask->request->user_agent;
	struct rpc_submit s = {
		.identity = ask->auth.identity,
		.target_ca = "",
		.address =
		    ask->request->remote_addr ? ask->request->remote_addr : "",
	};
	uint8_t number[SUBMISSION_SIZE];
	const struct rpc_result *r;
	AUTO(rpc_msg) msg = NULL;
	struct err err;

	s.agent = agent && str_is_printable(bytes_str(agent))
		      ? web_text(ask, "%.*s", AGENT_MAX, agent)
		      : "";
	if (!str_is_utf8(bytes_str(s.agent)))
		s.agent = ""; /* the cut fell into a character */
	if (read_submission(ask, &s, number, &err) < 0 ||
	    rpc_do_SUBMIT(ask->web->ca, &s, &msg, &r, &err) < 0)
		web_error(ask, WEB_MODE_SUBMIT, &err);
	else
		answer(ask, WEB_MODE_SUBMIT, r);
}

/* --- asking -------------------------------------------------------------- */

static void
check_pending(struct web_ask *ask)
{
	struct rpc_retrieve ask_for = {
		.identity = ask->auth.identity,
		.reason = "",
	};
	const struct rpc_result *r;
	AUTO(rpc_msg) msg = NULL;
	struct err err;

	if (!view_req_id(web_field(ask, "ReqID"), &ask_for.id))
		web_error_unknown(ask, WEB_MODE_CHECK);
	else if (rpc_do_RETRIEVE(ask->web->ca, &ask_for, &msg, &r, &err) < 0)
		web_error(ask, WEB_MODE_CHECK, &err);
	else
		answer(ask, WEB_MODE_CHECK, r);
}

void
web_page_finish(struct web_ask *ask)
{
	const struct fcgi_form_item *sent =
	    ask->form ? fcgi_form_find(ask->form, "Mode") : NULL;
	const char *mode = web_field(ask, "Mode");
	struct err err;

	/* It may be left out, but not be what nobody can read. */
	if (!sent || sent->value.n == 0)
		mode = web_field(ask, "ReqID")[0] ? "chkpnd" : "newreq";
	if (str_eq_ci(mode, "newreq")) {
		new_request(ask);
	} else if (str_eq_ci(mode, "chkpnd")) {
		check_pending(ask);
	} else {
		(void)err_set(&err, ERR_INVALID,
		    "The field Mode says \"%.32s\". This page knows newreq "
		    "(send a request) and chkpnd (ask about one).",
		    mode);
		web_error(ask, WEB_MODE_OTHER, &err);
	}
}
