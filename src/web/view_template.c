/* Certificate templates, as pages offer them: those of an enterprise CA that
 * whoever asks may use. */
#include "web/language.h"
#include "web/view.h"

#include "base/str.h"

/* What page-advanced.js calls each kind of key; of RSA one for each size. */
/* clang-format off */
static const struct {
	uint32_t kind; /* bit of rpc_template_row.keys: enum pki_key_kind */
	uint32_t bits;
	const char *word, *title;
} kinds[] = {
	{ 0, 2048, "rsa-2048", "RSA 2048" }, { 0, 3072, "rsa-3072", "RSA 3072" },
	{ 0, 4096, "rsa-4096", "RSA 4096" }, { 1, 0, "p-256", "P-256" },
	{ 2, 0, "p-384", "P-384" }, { 3, 0, "p-521", "P-521" },
	{ 4, 0, "ed25519", "Ed25519" },
};
/* clang-format on */

const char *
view_key_title(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(word, kinds[i].word))
			return kinds[i].title;
	return word;
}

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

/* As somebody would say it: "1 year", "6 weeks", "8 hours". */
static const char *
life_words(struct web_ask *ask, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *one, *many;
	} units[] = {
		{ 365 * 86400, "year", "years" },
		{ 7 * 86400, "week", "weeks" },
		{ 86400, "day", "days" },
		{ 3600, "hour", "hours" },
		{ 60, "minute", "minutes" },
	};
	size_t i = 0;

	while (i < ARRAY_LEN(units) - 1 && seconds % units[i].seconds)
		i++;
	seconds /= units[i].seconds;
	return web_text(ask, "%jd %s", (intmax_t)seconds,
	    seconds == 1 ? units[i].one : units[i].many);
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
	/* Who wants a passphrase for the key must be asked for one. */
	v->simple = !names && t->agent_signatures == 0 && !t->strong_protection;
	v->movable = t->exportable;
	v->strong = t->strong_protection;
	v->life = life_words(ask, t->validity);
	v->waits = t->approvals > 0;
	v->same_key = t->renew_same_key;
	v->for_others = t->on_behalf_of;
	v->page = t->agent_signatures ? "certsces"
		  : v->simple         ? "certrqbi"
				      : "certrqma";
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

bool
view_at_once(const struct web_ask *ask)
{
	return ask->ca &&
	       (view_is_enterprise(ask) || ask->ca->info.issue_at_once);
}

/* The rows that may be used, in their order. */
static const struct view_template *
usable(struct web_ask *ask, const struct rpc_template_list *list,
    const char *chosen)
{
	const struct view_template *first = NULL;
	struct view_template *v;

	for (size_t i = list->row_count; i-- > 0;) {
		if (!list->rows[i].usable)
			continue;
		if ((v = web_alloc(ask, sizeof(*v))) == NULL)
			return NULL;
		fill(ask, &list->rows[i], chosen, v);
		v->next = first;
		first = v;
	}
	return first;
}

int
view_templates(struct web_ask *ask, const char *chosen,
    const struct view_template **ret, struct err *err)
{
	const struct rpc_template_ask what = {
		.identity = ask->auth.identity,
		.name = "",
		.for_account = "",
	};
	const struct rpc_template_list *list;
	AUTO(rpc_msg) msg = NULL;

	*ret = NULL;
	if (ask->ca && !view_is_enterprise(ask))
		return 0;
	/* Known or not, whether it answers now is found out by asking. */
	if (!ask->ca)
		return err_set(err, ERR_UNAVAILABLE,
		    MSG("The certification authority is not answering."));
	if (rpc_do_TEMPLATE_LIST(ask->web->ca, &what, &msg, &list, err) < 0)
		return -1;
	*ret = usable(ask, list, chosen);
	web_keep(ask, TAKE(msg));
	return 0;
}
