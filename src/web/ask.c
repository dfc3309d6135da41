#include "web/language.h"
#include "web/preference.h"
#include "web/view.h"

#include "base/clock.h"
#include "base/str.h"

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>

#define BLOCK_SIZE 16384
#define PERSONAL   "private, no-store"

struct web_block {
	struct web_block *next;
	size_t used, size;
	/* Aligned for any struct of a page. */
	_Alignas(max_align_t) uint8_t mem[];
};

static struct web_block *
new_block(struct web_ask *ask, size_t n)
{
	size_t size = n > BLOCK_SIZE ? n : BLOCK_SIZE;
	struct web_block *b = NULL;

	if (ask->used + size <= WEB_MEMORY_MAX)
		b = calloc(1, sizeof(*b) + size);
	if (!b) {
		ask->out_of_memory = true;
		return NULL;
	}
	ask->used += size;
	b->size = size;
	b->next = ask->blocks;
	ask->blocks = b;
	return b;
}

void *
web_alloc(struct web_ask *ask, size_t n)
{
	struct web_block *b = ask->blocks;
	void *p;

	n = (n + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (!b || b->size - b->used < n)
		b = new_block(ask, n);
	if (!b)
		return NULL;
	p = b->mem + b->used;
	b->used += n;
	return p;
}

const char *
web_text_of(struct web_ask *ask, struct bytes x)
{
	char *p = web_alloc(ask, x.n + 1);

	if (!p)
		return "";
	if (x.n)
		memcpy(p, x.p, x.n);
	return p;
}

const char *
web_text(struct web_ask *ask, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = n < 0 ? NULL : web_alloc(ask, (size_t)n + 1);
	if (!p)
		return "";
	va_start(ap, fmt);
	(void)vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

void
web_keep(struct web_ask *ask, struct rpc_msg *take_msg)
{
	assert(ask->n_kept < WEB_KEEP_MAX);
	ask->kept[ask->n_kept++] = take_msg;
}

void
web_ask_clear(struct web_ask *ask)
{
	struct web_block *b;

	while ((b = ask->blocks) != NULL) {
		ask->blocks = b->next;
		free(b);
	}
	while (ask->n_kept)
		rpc_msg_free(ask->kept[--ask->n_kept]);
	fcgi_form_free(ask->form);
	ask->form = NULL;
	web_ca_free(ask->ca);
	ask->ca = NULL;
}

const char *
web_field(const struct web_ask *ask, const char *name)
{
	const struct fcgi_form_item *item =
	    ask->form ? fcgi_form_find(ask->form, name) : NULL;

	if (!item || memchr(item->value.p, '\0', item->value.n) ||
	    !str_is_utf8(item->value))
		return "";
	return (const char *)item->value.p;
}

/* Only for browsers: programs have no use for more forms on a page. */
static const struct view_language *
languages(struct web_ask *ask)
{
	struct view_language *first = NULL, *v;
	size_t i;

	if (!ask->request->user_agent ||
	    !strstr(ask->request->user_agent, "Mozilla"))
		return NULL;
	for (i = web_catalogue.n_languages; i-- > 0;) {
		if ((v = web_alloc(ask, sizeof(*v))) == NULL)
			return NULL;
		v->tag = web_catalogue.languages[i].tag;
		v->name = web_catalogue.languages[i].name;
		v->current = i == ask->language;
		v->next = first;
		first = v;
	}
	return first;
}

static void
fill_language(struct web_ask *ask, struct web_frame *f)
{
	const struct fcgi_request *r = ask->request;

	f->language = web_catalogue.languages[ask->language].tag;
	f->translated = ask->language != 0;
	f->languages = languages(ask);
	f->here = r->method == HTTP_GET && r->uri ? r->uri : "";
}

const char *
web_site_text(const struct web_ask *ask)
{
	static const char base[] = "/certsrv/";
	const struct web_site *site = ask->web->site;
	const char *page = ask->request->route;

	if (!str_has_prefix(page, base))
		return NULL;
	page += strlen(base);
	if (str_eq(page, "default.asp"))
		page = "";
	for (size_t i = 0; i < site->text_n; i++)
		if (str_eq(site->texts[i].page, page))
			return site->texts[i].text;
	return NULL;
}

void
web_frame(struct web_ask *ask, const char *title, struct web_frame *f)
{
	const struct rpc_ca_info *info = ask->ca ? &ask->ca->info : NULL;
	const struct web_site *site = ask->web->site;
	const struct web_look look = web_look(ask);
	char name[IDENTITY_OWNER_MAX];

	f->title = web_tr(ask, title);
	fill_language(ask, f);
	f->ca_name = site->name ? site->name
		     : info     ? info->name
				: web_tr(ask, MSG("Certification authority"));
	f->logo = site->logo.n > 0;
	f->style = site->style.n > 0;
	f->text = web_site_text(ask);
	f->light = look.light;
	f->dark = look.dark;
	f->by_system = !look.light && !look.dark;
	f->target =
	    info ? web_text(ask, "%s\\%s", info->host, info->name)
		 : web_tr(ask, MSG("a certification authority that is not "
				   "answering"));
	if (site->contact)
		f->contact = site->contact;
	else if (info && info->contact[0])
		f->contact = info->contact;
	if (f->contact)
		f->contact_url = web_text(ask, "mailto:%s", f->contact);
	f->demo = info && info->demo;
	f->single_person = info && info->single_person;
	if (ask->signed_in) {
		identity_display(&ask->auth.identity, name);
		f->user = web_text(ask, "%s", name);
		f->officer = (ask->auth.roles & ROLE_OFFICER) != 0;
	}
	if (!ask->ca_answers)
		f->copy_time = ask->ca ? view_time(ask, ask->ca->taken) : "";
}

/* browser-and-pages 10; nginx sends the same with what it serves itself, and
 * Strict-Transport-Security with everything. */
static const char *const page_headers[][2] = {
	{ "Content-Security-Policy",
	    "default-src 'none'; script-src 'self'; style-src 'self'; "
	    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
	    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
	    "object-src 'none'; require-trusted-types-for 'script'; "
	    "trusted-types 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
};

static void
add_headers(struct fcgi_reply *reply, const char *cache)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(page_headers); i++)
		fcgi_reply_header(
		    reply, page_headers[i][0], page_headers[i][1]);
	fcgi_reply_header(reply, "Cache-Control", cache);
}

static void
add_crlf(struct buf *out, struct bytes page)
{
	const uint8_t *p = page.p, *end = page.p + page.n, *lf;

	while (p < end && (lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		buf_add(out, p, (size_t)(lf - p));
		buf_add(out, "\r\n", 2);
		p = lf + 1;
	}
	buf_add(out, p, (size_t)(end - p));
}

void
web_send_page(struct web_ask *ask, int status, const struct html *page)
{
	struct fcgi_reply *reply = ask->reply;
	struct err err;

	if (ask->out_of_memory || html_check(page, &err) < 0) {
		fcgi_reply_reset(reply);
		reply->status = 503;
		fcgi_reply_type(reply, "text/plain; charset=utf-8");
		buf_add_str(&reply->body,
		    "This page is larger than the server allows. Nothing was "
		    "changed by showing it.\n");
		return;
	}
	reply->status = status;
	fcgi_reply_type(reply, "text/html; charset=utf-8");
	add_headers(reply, PERSONAL);
	fcgi_reply_header(reply, "Content-Language",
	    web_catalogue.languages[ask->language].tag);
	fcgi_reply_header(reply, "Vary", "Accept-Language, Cookie");
	add_crlf(&reply->body, buf_bytes(&page->out));
}

void
web_send_nothing(struct web_ask *ask)
{
	ask->reply->status = 204;
	add_headers(ask->reply, PERSONAL);
}

void
web_send_file(struct web_ask *ask, const char *type, const char *name,
    struct bytes content)
{
	struct fcgi_reply *reply = ask->reply;

	fcgi_reply_type(reply, type);
	add_headers(reply, ask->signed_in ? PERSONAL : "no-cache");
	fcgi_reply_header(reply, "Content-Disposition",
	    web_text(ask, "attachment; filename=\"%s\"", name));
	buf_add_bytes(&reply->body, content);
}

void
web_send_asset(struct web_ask *ask, const char *type, struct bytes content)
{
	fcgi_reply_type(ask->reply, type);
	add_headers(ask->reply, "public, max-age=600");
	buf_add_bytes(&ask->reply->body, content);
}

void
web_mark_copy(struct web_ask *ask)
{
	char when[STR_TIME_MAX];
	int64_t age;

	if (ask->ca_answers || !ask->ca)
		return;
	age = clock_now() - ask->ca->taken;
	str_time_iso(when, ask->ca->taken);
	fcgi_reply_header(ask->reply, "Age",
	    web_text(ask, "%jd", (intmax_t)(age > 0 ? age : 0)));
	fcgi_reply_header(ask->reply, "OpenCertSrv-Copy-Of", when);
}
