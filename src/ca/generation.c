/* generation.c - the certificates of this CA, loaded and prepared. */
#include "ca/generation.h"

#include "base/str.h"
#include "base/thread.h"
#include "ca/arena.h"
#include "ca/file.h"
#include "pki/ext.h"
#include "pki/name.h"
#include "rpc/ca.h"

#include <assert.h>

struct set {
	struct ca_generations g; /* first: handed out as this */
	size_t refs;             /* under the holder's lock */
	struct ca_generation list[RPC_GENERATIONS_MAX];
	struct ca_cross crosses[CA_CROSSES_MAX];
	struct ca_arena links; /* of crosses and issuers */
};

struct ca_holder {
	pthread_mutex_t lock;
	struct set *set; /* NULL: no certificate yet */
};

static void
generation_clear(struct ca_generation *g)
{
	for (size_t i = 0; i < CA_PROFILE_COUNT; i++)
		pki_cert_block_free(g->block[i]);
	free(g->subject);
	free(g->memory);
}

static void
set_free(struct set *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->g.n; i++)
		generation_clear(&s->list[i]);
	ca_arena_clear(&s->links);
	free(s);
}

int
ca_holder_new(struct ca *ca, struct err *err)
{
	ca->holder = calloc(1, sizeof(*ca->holder));
	if (!ca->holder)
		return err_set(err, ERR_NO_MEMORY, "the CA's certificates");
	pthread_mutex_init(&ca->holder->lock, NULL);
	return 0;
}

void
ca_holder_free(struct ca *ca)
{
	if (!ca->holder)
		return;
	assert(!ca->holder->set || ca->holder->set->refs == 1);
	set_free(ca->holder->set);
	pthread_mutex_destroy(&ca->holder->lock);
	free(ca->holder);
	ca->holder = NULL;
}

const struct ca_generations *
ca_generations_take(struct ca *ca)
{
	struct set *s;

	thread_lock(&ca->holder->lock);
	s = ca->holder->set;
	if (s)
		s->refs++;
	thread_unlock(&ca->holder->lock);
	return s ? &s->g : NULL;
}

void
ca_generations_release(struct ca *ca, const struct ca_generations *g)
{
	bool last;

	if (!g)
		return;
	thread_lock(&ca->holder->lock);
	/* The list of a set is the set's own: no cast of const is needed. */
	last = --g->owner->refs == 0;
	thread_unlock(&ca->holder->lock);
	if (last)
		set_free(g->owner);
}

const struct ca_generation *
ca_generations_current(const struct ca_generations *g)
{
	return &g->list[g->n - 1];
}

/* --- loading ------------------------------------------------------------ */

int
ca_generation_put_links(const struct ca_config *c,
    const struct ca_generation *g, struct buf *out, struct err *err)
{
	char file[CA_FILE_MAX], cdp[CA_URL_MAX], aia[CA_URL_MAX],
	    freshest[CA_URL_MAX];
	const char *cdps[] = { cdp }, *aias[] = { aia },
		   *deltas[] = { freshest };

	ca_file_crl(c, g->key_index, file);
	if (ca_file_url(c, file, cdp, err) < 0)
		return -1;
	ca_file_cert(c, g->index, file);
	if (ca_file_url(c, file, aia, err) < 0)
		return -1;
	pki_ext_put_aki(out, g->key_id);
	if (pki_ext_put_cdp(out, cdps, 1, err) < 0 ||
	    pki_ext_put_aia(out, aias, 1, NULL, 0, err) < 0)
		return -1;
	ca_file_delta(c, g->key_index, file);
	if (c->crl_delta_period > 0 &&
	    (ca_file_url(c, file, freshest, err) < 0 ||
		pki_ext_put_freshest(out, deltas, 1, err) < 0))
		return -1;
	return buf_check(out, "the extensions of every certificate", err);
}

static int
prepare(const struct ca_config *c, struct ca_generation *g, struct err *err)
{
	AUTO_BUF links = BUF_WITH_LIMIT(PKI_EXT_MAX);
	AUTO_BUF run = BUF_WITH_LIMIT(PKI_EXT_MAX);

	/* What no request changes. */
	pki_ext_put_basic(&run, false, -1);
	if (ca_generation_put_links(c, g, &links, err) < 0)
		return -1;
	buf_add_bytes(&run, buf_bytes(&links));
	if (buf_check(&run, "the extensions of every certificate", err) < 0)
		return -1;
	for (size_t i = 0; i < CA_PROFILE_COUNT; i++)
		if (pki_cert_block_new(g->cert.subject, g->alg,
			buf_bytes(i == CA_PROFILE_SUB ? &links : &run),
			&g->block[i], err) < 0 ||
		    pki_cert_block_check(g->block[i], err) < 0)
			return -1;
	return 0;
}

static int
key_id_of(struct ca_generation *g, struct err *err)
{
	struct pki_ext ski;
	struct der in;

	if (!pki_ext_find(g->cert.extensions, PKI_OID_SKI, &ski) ||
	    der_sole(ski.value, DER_OCTET_STRING, &in) < 0 || der_done(&in))
		return err_set(
		    err, ERR_CORRUPT, "it has no subject key identifier");
	g->key_id = der_bytes(in);
	return 0;
}

static int
generation_fill(const struct ca_config *c, const struct store_ca_cert *row,
    struct ca_generation *g, struct err *err)
{
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX);

	*g = (struct ca_generation){ .index = row->index,
		.key_index = row->key_index,
		.memory = malloc(row->cert.n + 1) };
	if (!g->memory)
		return err_set(err, ERR_NO_MEMORY, "its copy");
	memcpy(g->memory, row->cert.p, row->cert.n);
	g->der = bytes_of(g->memory, row->cert.n);
	if (pki_cert_parse(g->der, &g->cert, err) < 0 ||
	    pki_key_parse(g->cert.spki, &g->key, err) < 0 ||
	    key_id_of(g, err) < 0)
		return -1;
	g->alg = pki_sig_default(g->key.kind, g->key.bits);
	pki_name_text(g->cert.subject, &text);
	g->subject = strdup(buf_str(&text));
	if (!g->subject || buf_failed(&text))
		return err_set(err, ERR_NO_MEMORY, "its subject");
	return prepare(c, g, err);
}

struct loading {
	const struct ca_config *config;
	struct set *set;
	struct err *err;
	bool failed;
};

static bool
take_row(void *ctx, const struct store_ca_cert *row)
{
	struct loading *l = ctx;
	struct ca_generations *g = &l->set->g;

	if (g->n == RPC_GENERATIONS_MAX) {
		err_set(l->err, ERR_TOO_LARGE, "more than %d certificates",
		    RPC_GENERATIONS_MAX);
		l->failed = true;
		return false;
	}
	g->n++;
	if (generation_fill(l->config, row, &l->set->list[g->n - 1], l->err) <
	    0) {
		err_wrap(l->err, "certificate %u of the CA", row->index);
		l->failed = true;
	}
	return !l->failed;
}

static struct ca_generation *
find(struct set *s, uint32_t index)
{
	for (size_t i = 0; i < s->g.n; i++)
		if (s->list[i].index == index)
			return &s->list[i];
	return NULL;
}

static bool
add_link(struct set *s, const struct store_ca_link *link)
{
	struct ca_generation *g = find(s, link->a);
	struct bytes der = ca_arena_bytes(&s->links, link->cert);

	if (g && link->kind == STORE_CA_ISSUER && link->b == g->issuer_n &&
	    g->issuer_n < CA_ISSUERS_MAX) {
		g->issuers[g->issuer_n++] = der;
		return true;
	}
	if (!g || link->kind != STORE_CA_CROSS || !find(s, link->b) ||
	    s->g.cross_n == CA_CROSSES_MAX)
		return false;
	s->crosses[s->g.cross_n++] = (struct ca_cross){ link->a, link->b, der };
	return true;
}

static bool
take_link(void *ctx, const struct store_ca_link *link)
{
	struct loading *l = ctx;

	if (!add_link(l->set, link)) {
		err_set(l->err, ERR_CORRUPT,
		    "a certificate beside those of the CA (%u, %u, %u)",
		    link->kind, link->a, link->b);
		l->failed = true;
	}
	return !l->failed;
}

static struct set *
set_new(struct err *err)
{
	struct set *s = calloc(1, sizeof(*s));

	if (!s) {
		err_set(err, ERR_NO_MEMORY, "the CA's certificates");
		return NULL;
	}
	s->refs = 1;
	s->g.list = s->list;
	s->g.crosses = s->crosses;
	s->g.owner = s;
	return s;
}

static int
set_done(struct set *s, const struct loading *l, struct err *err)
{
	if (!l->failed && ca_arena_check(&s->links, err) == 0)
		return 0;
	set_free(s);
	return -1;
}

void
ca_generations_swap(struct ca *ca, const struct ca_generations *fresh)
{
	struct set *old;

	thread_lock(&ca->holder->lock);
	old = ca->holder->set;
	ca->holder->set = fresh->owner;
	if (old && --old->refs > 0)
		old = NULL;
	thread_unlock(&ca->holder->lock);
	set_free(old);
}

int
ca_generations_load(struct ca *ca, struct store_reader *r, struct err *err)
{
	struct set *s = set_new(err);
	struct loading l = { ca->config, s, err, false };

	if (!s)
		return -1;
	if (store_list_ca_certs(r, take_row, &l, err) < 0 ||
	    (!l.failed && store_list_ca_links(r, take_link, &l, err) < 0))
		l.failed = true;
	if (set_done(s, &l, err) < 0)
		return -1;
	if (s->g.n == 0)
		set_free(s);
	else
		ca_generations_swap(ca, &s->g);
	return 0;
}

static void
copy_links(struct loading *l, const struct ca_generations *old)
{
	for (size_t i = 0; i < old->n; i++)
		for (uint32_t k = 0; k < old->list[i].issuer_n; k++)
			(void)take_link(
			    l, &(struct store_ca_link){ STORE_CA_ISSUER,
				   old->list[i].index, k,
				   old->list[i].issuers[k] });
	for (size_t i = 0; i < old->cross_n; i++)
		(void)take_link(l, &(struct store_ca_link){ STORE_CA_CROSS,
				       old->crosses[i].from, old->crosses[i].to,
				       old->crosses[i].der });
}

int
ca_generations_with(struct ca *ca, const struct ca_generations *old,
    const struct ca_addition *add, const struct ca_generations **ret,
    struct err *err)
{
	struct set *s = set_new(err);
	struct loading l = { ca->config, s, err, false };

	if (!s)
		return -1;
	for (size_t i = 0; old && i < old->n; i++)
		if (!take_row(
			&l, &(struct store_ca_cert){ old->list[i].index,
				old->list[i].key_index, old->list[i].der, 0 }))
			break;
	if (!l.failed && take_row(&l, &add->cert) && old)
		copy_links(&l, old);
	for (size_t i = 0; !l.failed && i < add->link_n; i++)
		(void)take_link(&l, &add->links[i]);
	if (set_done(s, &l, err) < 0)
		return -1;
	*ret = &s->g;
	return 0;
}
