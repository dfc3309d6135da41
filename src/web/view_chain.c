/* The chain of a certificate as a picture: the root above, each CA below the
 * one that signed it, the certificate at the bottom. */
#include "web/language.h"
#include "web/view.h"

#include "base/str.h"
#include "pki/cert.h"
#include "pki/der.h"
#include "pki/name.h"

#define LINKS_MAX  8
#define NAME_CHARS 34 /* in a box 320 wide */
#define BOX        48
#define GAP        16

struct builder {
	struct web_ask *ask;
	struct view_link *links[LINKS_MAX]; /* the certificate first */
	const char *sentence;
	unsigned n;
};

static bool
is_middle(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static const char *
cut(struct web_ask *ask, const char *name)
{
	size_t i = 0;

	for (unsigned n = 0; name[i] && (n < NAME_CHARS || is_middle(name[i]));
	     i++)
		n += !is_middle(name[i]);
	return name[i] ? web_text(ask, "%.*s…", (int)i, name) : name;
}

static void
add(struct builder *b, const char *name, int64_t until)
{
	struct view_link *v = web_alloc(b->ask, sizeof(*v));

	if (!v || b->n == LINKS_MAX)
		return;
	*v = (struct view_link){ .name = cut(b->ask, name),
		.until =
		    WEB_SAY(b->ask, MSG("until {0}"), view_date(b->ask, until)),
		.leaf = b->n == 0 };
	b->sentence = b->n == 0 ? name
				: WEB_SAY(b->ask, MSG("{0}, issued by {1}"),
				      b->sentence, name);
	b->links[b->n++] = v;
}

/* The common name of a subject, or all of it. */
static const char *
short_name(struct web_ask *ask, struct bytes subject)
{
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX);

	if (!pki_name_value(subject, PKI_OID_CN, &text)) {
		buf_clear(&text);
		pki_name_text(subject, &text);
	}
	return web_text(ask, "%s", buf_str(&text));
}

static void
add_issuers(struct builder *b, struct bytes issuers)
{
	struct der in = der_of(issuers), one;
	struct pki_cert cert;

	while (!der_done(&in) &&
	       der_next_big(&in, DER_SEQUENCE, &one, NULL) == 0 &&
	       pki_cert_parse(der_bytes(one), &cert, NULL) == 0)
		add(b, short_name(b->ask, cert.subject), cert.not_after);
}

/* The last one, which is the root, on top. */
static const struct view_link *
place(struct builder *b)
{
	const struct view_link *below = NULL;

	for (unsigned i = 0; i < b->n; i++) {
		struct view_link *v = b->links[i];

		v->y = 1 + (b->n - 1 - i) * (BOX + GAP);
		v->y_name = v->y + 20;
		v->y_until = v->y + 39;
		v->joined = i + 1 < b->n;
		v->y_join = v->y - GAP;
		v->next = below;
		below = v;
	}
	return below;
}

struct view_chain
view_chain(struct web_ask *ask, const struct rpc_request *r)
{
	struct builder b = { .ask = ask };
	const struct rpc_ca_info *info = ask->ca ? &ask->ca->info : NULL;
	struct pki_cert cert;

	if (!info || !r->cert.n)
		return (struct view_chain){ .links = NULL };
	add(&b, r->row.common_name[0] ? r->row.common_name : r->row.subject,
	    r->row.not_after);
	for (size_t i = 0; i < info->generation_count; i++) {
		const struct rpc_generation *g = &info->generations[i];

		if (g->index != r->generation)
			continue;
		if (pki_cert_parse(g->cert, &cert, NULL) == 0)
			add(&b, short_name(ask, cert.subject), g->not_after);
		add_issuers(&b, g->issuers);
	}
	return (struct view_chain){ .links = place(&b),
		.height = b.n * (BOX + GAP) - GAP + 2,
		.sentence = b.sentence };
}
