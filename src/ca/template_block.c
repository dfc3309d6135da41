/* template_block.c - what certificates by a template have in common, encoded
 * once for each kind of key (reference: issuance speed). */
#include "ca/template_reading.h"
#include "ca/template_set.h"

/* DESIGN: the template decides; the request adds names alone. */
static void
put_purposes(const struct ca_template *t, struct buf *out)
{
	struct bytes oids[CA_EKUS_MAX];

	for (size_t i = 0; i < t->eku.n; i++)
		oids[i] = bytes_of(t->eku.list[i].der, t->eku.list[i].n);
	if (t->eku.n > 0)
		pki_ext_put_eku(out, false, oids, t->eku.n);
	for (size_t i = 0; i < t->application_policies.n; i++)
		oids[i] = bytes_of(t->application_policies.list[i].der,
		    t->application_policies.list[i].n);
	if (t->application_policies.n > 0)
		pki_ext_put_app_policies(out, oids, t->application_policies.n);
}

static void
put_policies(const struct ca_template *t, struct buf *out)
{
	struct pki_ext_policy list[CA_TEMPLATE_LIST_MAX];

	for (size_t i = 0; i < t->policy_n; i++) {
		const struct ca_template_policy *p = &t->policies[i];

		list[i] =
		    (struct pki_ext_policy){ bytes_of(p->oid.der, p->oid.n),
			    p->cps };
	}
	if (t->policy_n > 0)
		pki_ext_put_policies(out, list, t->policy_n);
}

int
ca_template_block_make(const struct ca_config *c, const struct ca_template *t,
    const struct ca_generation *g, enum pki_key_kind kind,
    struct pki_cert_block **ret, struct err *err)
{
	AUTO_BUF run = BUF_WITH_LIMIT(PKI_EXT_MAX);

	pki_ext_put_basic(&run, t->ca, t->path_length);
	pki_ext_put_key_usage(&run, t->key_usage & ca_template_key_can(kind));
	put_purposes(t, &run);
	put_policies(t, &run);
	pki_ext_put_template(
	    &run, bytes_of(t->oid.der, t->oid.n), t->major, t->minor);
	if (ca_generation_put_links(c, g, &run, err) < 0 ||
	    pki_cert_block_new(
		g->cert.subject, g->alg, buf_bytes(&run), ret, err) < 0)
		return -1;
	return pki_cert_block_check(*ret, err);
}

static int
make_blocks_of(const struct ca_config *c, struct ca_template_owner *o,
    const struct ca_generation *g, struct err *err)
{
	size_t at = o->prepared++;
	int rc = 0;

	o->generations[at] = g->index;
	for (size_t i = 0; rc == 0 && i < o->s.n; i++)
		for (uint32_t k = 0; rc == 0 && k < PKI_KEY_COUNT; k++)
			if (o->rows[i].t->keys[k])
				rc = ca_template_block_make(c, o->rows[i].t, g,
				    (enum pki_key_kind)k, &o->blocks[at][i][k],
				    err);
	return rc;
}

int
ca_template_blocks_make(const struct ca_config *c, struct ca_template_owner *o,
    const struct ca_generations *all, struct err *err)
{
	for (size_t i = 0; all && i < CA_TEMPLATE_GENERATIONS && i < all->n;
	     i++)
		if (make_blocks_of(c, o, &all->list[all->n - 1 - i], err) < 0)
			return -1;
	return 0;
}

const struct pki_cert_block *
ca_template_block(const struct ca_template_set *s,
    const struct ca_template_row *row, const struct ca_generation *g,
    enum pki_key_kind kind)
{
	const struct ca_template_owner *o = s->owner;

	for (size_t i = 0; i < o->prepared; i++)
		if (o->generations[i] == g->index)
			return o->blocks[i][row - s->rows][kind];
	return NULL;
}
