/* Pages that make keys in the browser: basic (certrqbi.asp), advanced
 * (certrqma.asp), the keys that are kept there (keys.asp). The work is done by
 * web/static/page-*.js; what they send arrives at certfnsh.asp like any other
 * request. */
#include "web/language.h"
#include "web/view.h"

#include "base/str.h"

static void
fill_kind(struct web_ask *ask, struct page_basic *p, const char *type)
{
	const struct web_site_kind *kind = view_kind(ask, type);

	p->title = web_tr(ask, kind->name);
	p->purposes = kind->purposes;
	p->kind = kind->key;
	p->exportable = kind->fixed ? "no" : "yes";
	p->mail_needed = kind->mail ? "yes" : NULL;
	p->place = view_place(ask);
}

/* The first kind of key that it takes, RSA of 3072 bits before all. */
static const char *
preferred_kind(struct web_ask *ask, const char *keys)
{
	return strstr(keys, "rsa-3072")
		   ? "rsa-3072"
		   : web_text(ask, "%.*s", (int)strcspn(keys, " "), keys);
}

static const struct view_template *
pick(const struct view_template *t, bool any)
{
	while (t && !(t->simple && (t->chosen || any)))
		t = t->next;
	return t;
}

static void
fill_template(
    struct web_ask *ask, struct page_basic *p, const struct view_template *t)
{
	p->title = t->title;
	p->words = t->words;
	p->template = t->name;
	p->oid = t->oid;
	p->purposes = "";
	p->kind = preferred_kind(ask, t->keys);
	p->major = t->major;
	p->minor = t->minor;
	p->exportable = t->movable ? "yes" : "no";
	p->from_account = true;
}

void
web_page_basic(struct web_ask *ask)
{
	struct page_basic p = { .number = view_number(ask),
		.kind = "rsa-3072",
		.template = "",
		.oid = "",
		.exportable = "yes" };
	const char *name = web_field(ask, "template");
	const struct view_template *t;
	struct err err;

	if (view_templates(ask, name, &t, &err) < 0) {
		web_error(ask, WEB_MODE_SHOW, &err);
		return;
	}
	if (!view_is_enterprise(ask)) {
		fill_kind(ask, &p, web_field(ask, "type"));
	} else if ((t = pick(t, !*name)) != NULL) {
		fill_template(ask, &p, t);
	} else {
		web_notice(ask,
		    &(struct web_notice){ 200, MSG("There is no such template"),
			MSG("You may not use a certificate template of this "
			    "name."),
			MSG("Nothing was sent."),
			MSG("Choose one of those you may use."),
			"/certsrv/certrqus.asp",
			MSG("Request a certificate") });
		return;
	}
	p.key_title = view_key_title(p.kind);
	web_frame(ask, p.title, &p.f);
	p.f.at_request = true;
	WEB_SEND(ask, 200, basic, &p);
}

void
web_page_advanced_choice(struct web_ask *ask)
{
	struct page_advanced_choice p = { .enterprise =
					      view_is_enterprise(ask) };

	web_frame(ask, MSG("Advanced certificate request"), &p.f);
	p.f.at_request = true;
	WEB_SEND(ask, 200, advanced_choice, &p);
}

void
web_page_advanced(struct web_ask *ask)
{
	struct page_advanced p = { .number = view_number(ask),
		.kinds = view_advanced_kinds(ask),
		.place = view_place(ask),
		.at_once = view_at_once(ask) };
	struct err err;

	if (view_templates(
		ask, web_field(ask, "template"), &p.templates, &err) < 0) {
		web_error(ask, WEB_MODE_SHOW, &err);
		return;
	}
	if (view_is_enterprise(ask) && !p.templates) {
		web_page_kinds(ask); /* which says that there is none for him */
		return;
	}
	web_frame(ask, MSG("Advanced certificate request"), &p.f);
	p.f.at_request = true;
	WEB_SEND(ask, 200, advanced, &p);
}

void
web_page_keys(struct web_ask *ask)
{
	struct page_keys p = { 0 };

	web_frame(ask, MSG("Keys in this browser"), &p.f);
	WEB_SEND(ask, 200, keys, &p);
}
