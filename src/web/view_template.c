/* Certificate templates, as pages offer them: those of an enterprise CA that
 * whoever asks may use. */
#include "web/view.h"

#include "base/str.h"

/* What page-advanced.js calls each kind of key; of RSA one for each size. */
/* clang-format off */
static const struct {
	uint32_t kind; /* bit of rpc_template_row.keys: enum pki_key_kind */
	uint32_t bits;
	const char *word;
} kinds[] = {
	{ 0, 2048, "rsa-2048" }, { 0, 3072, "rsa-3072" },
	{ 0, 4096, "rsa-4096" }, { 1, 0, "p-256" }, { 2, 0, "p-384" },
	{ 3, 0, "p-521" }, { 4, 0, "ed25519" },
};
/* clang-format on */

static const char *
key_words(struct web_ask *ask, const struct rpc_template_row *t)
{
	const char *list = "";

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (t->keys >> kinds[i].kind & 1 &&
		    (kinds[i].bits == 0 || kinds[i].bits >= t->rsa_min))
			list = web_text(ask, "%s%s%s", list, *list ? " " : "",
			    kinds[i].word);
	return list;
}

static void
fill(struct web_ask *ask, const struct rpc_template_row *t, const char *chosen,
    struct view_template *v)
{
	bool names = t->subject_from_request || t->san_from_request;

	v->name = t->name;
	v->title = t->display_name[0] ? t->display_name : t->name;
	v->words = t->description;
	v->oid = t->oid;
	v->major = t->major;
	v->minor = t->minor;
	v->subject = names ? "request" : "account";
	v->keys = key_words(ask, t);
	v->chosen = str_eq_ci(chosen, t->name);
	v->simple = !names && t->agent_signatures == 0;
	v->movable = t->exportable;
	/* The fields that old clients take apart; the flags say no more than
	 * that the key may be moved. */
	v->value = web_text(ask, "%s;%s;1;%u;0;0;0;%u;;%s;%u;0;%u;%s",
	    names ? "O" : "E", t->name, t->exportable ? 1U : 0U,
	    t->agent_signatures, t->oid, t->major, t->minor, v->title);
}

bool
view_is_enterprise(const struct web_ask *ask)
{
	return ask->ca && str_eq(ask->ca->info.type, "enterprise");
}

const struct view_template *
view_templates(struct web_ask *ask, const char *chosen)
{
	const struct rpc_template_ask what = {
		.identity = ask->auth.identity,
		.name = "",
		.for_account = "",
	};
	struct view_template *last = NULL;
	const struct view_template *first = NULL;
	const struct rpc_template_list *list;
	AUTO(rpc_msg) msg = NULL;
	struct err err;

	if (!view_is_enterprise(ask) || !ask->ca_answers ||
	    rpc_do_TEMPLATE_LIST(ask->web->ca, &what, &msg, &list, &err) < 0)
		return NULL;
	for (size_t i = 0; i < list->row_count; i++) {
		struct view_template *v;

		if (!list->rows[i].usable)
			continue;
		v = web_alloc(ask, sizeof(*v));
		if (!v)
			break;
		fill(ask, &list->rows[i], chosen, v);
		if (last)
			last->next = v;
		else
			first = v;
		last = v;
	}
	web_keep(ask, TAKE(msg));
	return first;
}
