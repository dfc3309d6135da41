/* crl_run.c - one run of publishing: the lists of all keys under one number.
 *
 * The number is above every one that is known: by the database, by the
 * signer's log and by the published files. So a database that was put back
 * from an old copy goes on where the lists are, not where it was.
 */
#include "base/clock.h"
#include "ca/crl.h"
#include "ca/crl_guard.h"
#include "ca/generation.h"
#include "ca/publish.h"

#include <stdio.h>

static int
signer_floor(struct ca *ca, uint64_t *ret, struct err *err)
{
	AUTO(rpc_sign_msg) msg = NULL;
	const struct rpc_sign_status *s;

	*ret = 0;
	if (rpc_sign_status(ca->signer, &msg, &s, err) < 0)
		return err_wrap(err, "asking for the last CRL's number");
	for (size_t i = 0; i < s->key_count; i++)
		if (s->keys[i].crl_number > *ret)
			*ret = s->keys[i].crl_number;
	return 0;
}

static int
find_floor(struct ca_worker *w, const struct ca_generations *g, uint64_t *ret,
    struct err *err)
{
	char name[CA_FILE_MAX];

	if (signer_floor(w->ca, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < g->n; i++)
		for (int delta = 0; delta <= 1; delta++) {
			uint64_t n;

			ca_crl_file(w->ca->config, g->list[i].key_index,
			    delta != 0, name);
			n = ca_crl_guard_published(w, &g->list[i], name, *ret);
			if (n > *ret)
				*ret = n;
		}
	return 0;
}

/* --- what is due ---------------------------------------------------------- */

struct due {
	bool base, delta, shadow;
};

static bool
is_due(struct ca_worker *w, const struct ca_generation *g, bool delta)
{
	AUTO(store_crl) crl = NULL;
	char name[CA_FILE_MAX];

	ca_crl_file(w->ca->config, g->key_index, delta, name);
	return store_newest_crl(w->reader, g->key_index, delta, &crl, NULL) <
		   0 ||
	       crl->next_publish <= clock_now() ||
	       !ca_publish_exists(w->ca->config, name);
}

/* Deltas were switched off: one more, empty, sends everybody to the base. */
static bool
needs_shadow(struct ca_worker *w, const struct ca_generation *g)
{
	AUTO(store_crl) crl = NULL;

	return store_newest_crl(w->reader, g->key_index, true, &crl, NULL) ==
		   0 &&
	       !(crl->flags & STORE_CRL_SHADOW);
}

static struct due
find_due(struct ca_worker *w, const struct ca_generation *g, bool only_due)
{
	struct due d = { .base = !only_due || is_due(w, g, false) };

	if (ca_crl_has_delta(w->ca->config)) {
		d.delta = d.base || is_due(w, g, true);
	} else if (needs_shadow(w, g)) {
		d.shadow = d.delta = true;
		d.base = true;
	}
	return d;
}

/* The newest certificate of each key signs for it, until that has ended: by
 * then everything under the key has. */
static bool
signs(const struct ca_generations *g, size_t i)
{
	if (i + 1 == g->n)
		return true;
	return g->list[i + 1].key_index != g->list[i].key_index &&
	       g->list[i].cert.not_after >= clock_now();
}

/* --- the run -------------------------------------------------------------- */

/* A delta is not worth making when its base just failed. */
static int
make(struct ca_worker *w, struct ca_crl_order *o, struct due d, struct err *err)
{
	o->delta = o->shadow = false;
	if (d.base && ca_crl_make(w, o, err) < 0)
		return -1;
	o->delta = true;
	o->shadow = d.shadow;
	return d.delta ? ca_crl_make(w, o, err) : 0;
}

static int
run(struct ca_worker *w, const struct ca_generations *g,
    const struct ca_who *who, bool only_due, struct err *err)
{
	struct ca_crl_order order = { .who = who };
	bool has_floor = false;
	struct err failed;
	int rc = 0;

	for (size_t i = 0; i < g->n; i++) {
		struct due d = { false, false, false };

		if (signs(g, i))
			d = find_due(w, &g->list[i], only_due);
		if (!d.base && !d.delta)
			continue;
		if (!has_floor && find_floor(w, g, &order.floor, err) < 0)
			return -1;
		has_floor = true;
		order.gen = &g->list[i];
		failed = (struct err){ 0 };
		if (make(w, &order, d, &failed) == 0)
			continue;
		if (rc == 0)
			*err = failed;
		rc = -1;
	}
	return rc;
}

int
ca_crl_make_all(struct ca_worker *w, const struct ca_who *who, bool only_due,
    struct err *err)
{
	const struct ca_generations *g = ca_generations_take(w->ca);
	int rc;

	if (!g)
		return 0;
	rc = run(w, g, who, only_due, err);
	ca_generations_release(w->ca, g);
	return rc;
}
