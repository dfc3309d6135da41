#include "ca/preview.h"

#include "base/clock.h"
#include "ca/issuance.h"
#include "ca/permission.h"
#include "ca/template.h"

static int
decide(struct ca_worker *w, const struct store_request *row,
    struct ca_preview *p, struct err *err)
{
	struct pki_attrs attrs;
	bool has_attrs =
	    pki_attrs_parse(bytes_str(row->attributes), &attrs, NULL) == 0;
	struct ca_policy_ask ask = {
		.config = w->ca->config,
		.request = &p->request,
		.csr = &p->request.csr,
		.attrs = has_attrs ? &attrs : NULL,
		.issuer = p->gen->cert.subject,
		.now = clock_now(),
		.decided = true,
	};
	struct ca_who sender;

	if (p->templates) {
		if (ca_permission_of_row(w, row, &sender, err) < 0 ||
		    ca_facts_gather(w, &sender, p->set, &p->request,
			p->templates, &p->facts, err) < 0)
			return -1;
		ask.facts = &p->facts;
	}
	return ca_policy_decide(&ask, &p->policy, err);
}

static void
fill(struct ca_preview *p)
{
	p->subject = p->policy.subject.n ? buf_bytes(&p->policy.subject)
					 : p->request.csr.subject;
	p->validity = p->policy.validity;
	if (p->policy.verdict != CA_VERDICT_ISSUE)
		return;
	p->block = p->gen->block[CA_PROFILE_USER];
	if (p->policy.row)
		p->block = ca_template_block(p->templates, p->policy.row,
		    p->gen, p->request.csr.key.kind);
}

int
ca_preview_new(struct ca_worker *w, const struct store_request *row,
    struct ca_preview **ret, struct err *err)
{
	AUTO(ca_preview) p = calloc(1, sizeof(*p));
	struct err ignored = { 0 };

	*ret = NULL;
	if (!p)
		return err_set(err, ERR_NO_MEMORY, "showing a request");
	p->ca = w->ca;
	ca_policy_init(&p->policy);
	/* In this order, see ca_templates_end(). */
	p->set = ca_generations_take(w->ca);
	p->templates = ca_templates_take(w->ca);
	if (!p->set)
		return 0;
	p->gen = ca_generations_current(p->set);
	if (pki_request_parse(row->raw_request, &p->request, &ignored) < 0 ||
	    ca_issuance_verify(w->tools, p->templates, &p->request, &ignored) <
		0)
		return 0;
	if (decide(w, row, p, err) < 0)
		return -1;
	fill(p);
	*ret = TAKE(p);
	return 0;
}

void
ca_preview_free(struct ca_preview *p)
{
	if (!p)
		return;
	ca_facts_clear(&p->facts);
	ca_policy_clear(&p->policy);
	ca_templates_release(p->ca, p->templates);
	ca_generations_release(p->ca, p->set);
	free(p);
}

int
ca_preview_check(struct ca_worker *w, const struct ca_preview *p,
    const struct store_request *row, struct ca_check_result *ret,
    struct err *err)
{
	*ret = (struct ca_check_result){ .code = ERR_OK };
	if (row->key_hash.n != STORE_KEY_HASH)
		return 0;
	return ca_check_preview(w,
	    &(struct ca_check){ .gen = p->gen,
		.csr = &p->request.csr,
		.key = { .hash = row->key_hash.p,
		    .owner = row->owner,
		    .site = row->flags & STORE_REQUEST_SITE,
		    .reuse = p->policy.reuse } },
	    &(struct ca_check_make){ .block = p->block,
		.subject = p->subject,
		.granted = buf_bytes(&p->policy.granted),
		.validity = p->validity },
	    ret, err);
}
