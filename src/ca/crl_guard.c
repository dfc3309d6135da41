#include "ca/crl_guard.h"

#include "base/str.h"
#include "ca/crl.h"
#include "ca/crl_sign.h"
#include "ca/generation.h"
#include "ca/publish.h"
#include "pki/cert.h"
#include "pki/crl.h"
#include "pki/ext.h"

#include <inttypes.h>

struct ca_crl_guard {
	struct ca_worker *w;
	const struct ca_generation *gen;
	const struct store_crl *row;
	const struct store_revoked_filter *what;
	struct ca_publish_view *view; /* the published list, or NULL */
	struct pki_crl old;           /* of view */
	struct der left;              /* its entries that were not seen yet */
	bool has_entry;               /* one was taken from there: */
	struct der whole;
	struct pki_crl_entry entry; /* its serial; the rest when it is missed */
};

/* --- the published list --------------------------------------------------- */

/* *ret NULL: none, or none above this number, or not one that this key
 * signed. */
static int
open_published(struct ca_worker *w, const struct ca_generation *gen,
    const char *name, uint64_t above, struct ca_publish_view **ret,
    struct pki_crl *crl, struct err *err)
{
	AUTO(ca_publish_view) view = NULL;
	struct err why = { 0 };

	*ret = NULL;
	if (ca_publish_view_open(w->ca->config, name, &view, &why) < 0) {
		if (why.code == ERR_NOT_FOUND)
			return 0;
		*err = why;
		return -1;
	}
	if (pki_crl_parse(ca_publish_view_bytes(view), crl, NULL) < 0 ||
	    !bytes_eq(crl->issuer, gen->cert.subject) || crl->number < above ||
	    ca_crl_check(w->tools, ca_publish_view_bytes(view), &gen->key, crl,
		NULL, NULL) < 0)
		return 0;
	*ret = TAKE(view);
	return 0;
}

uint64_t
ca_crl_guard_published(struct ca_worker *w, const struct ca_generation *gen,
    const char *name, uint64_t above)
{
	AUTO(ca_publish_view) view = NULL;
	struct pki_crl crl = { 0 };
	struct err err = { 0 };

	if (open_published(w, gen, name, above + 1, &view, &crl, &err) < 0 ||
	    !view)
		return 0;
	return crl.number;
}

/* --- the file's name ------------------------------------------------------ */

/* Does one of the addresses of a CRLDistributionPoints end in /NAME? */
static bool
points_at(struct bytes value, const char *name)
{
	struct der points, point, where, names, uri;
	size_t n = strlen(name);
	uint8_t tag;

	if (der_sole(value, DER_SEQUENCE, &points) < 0)
		return true; /* not ours to judge */
	while (der_next(&points, DER_SEQUENCE, NULL, &point) == 0) {
		if (der_next(&point, DER_CONTEXT(0), NULL, &where) < 0 ||
		    der_next(&where, DER_CONTEXT(0), NULL, &names) < 0)
			continue;
		while (der_any(&names, &tag, NULL, &uri) == 0) {
			struct bytes u = der_bytes(uri);

			if (u.n > n && u.p[u.n - n - 1] == '/' &&
			    memcmp(u.p + u.n - n, name, n) == 0)
				return true;
		}
	}
	return false;
}

static bool
note_id(void *ctx, const struct store_request *r)
{
	*(uint64_t *)ctx = r->id;
	return false;
}

/* The newest certificate names where its CRL is to be found. */
static int
check_newest_certificate(struct ca_crl_guard *g, struct err *err)
{
	const struct store_filter newest = { .certificates_only = true,
		.limit = 1 };
	bool delta = (g->row->flags & STORE_CRL_DELTA) != 0;
	AUTO(store_request) row = NULL;
	char url[CA_URL_MAX];
	struct pki_cert cert;
	struct pki_ext ext;
	uint64_t id = 0;

	if (store_list_requests(g->w->reader, &newest, note_id, &id, err) < 0)
		return -1;
	if (!id)
		return 0;
	if (store_find_request(g->w->reader, id, &row, err) < 0 ||
	    ca_file_url(g->w->ca->config, g->row->file, url, err) < 0)
		return -1;
	if (row->key_index != g->gen->key_index ||
	    pki_cert_parse(row->cert, &cert, NULL) < 0 ||
	    !pki_ext_find(cert.extensions,
		delta ? PKI_OID_FRESHEST_CRL : PKI_OID_CDP, &ext) ||
	    points_at(ext.value, strrchr(url, '/') + 1))
		return 0;
	return err_set(err, ERR_CONFIG,
	    "Certificate %" PRIu64 " looks for its CRL under another name "
	    "than %s. Nothing was published. Put the name of the CA back in "
	    "the configuration",
	    row->id, g->row->file);
}

static int
check_name(struct ca_crl_guard *g, struct err *err)
{
	AUTO(store_crl) last = NULL;
	bool delta = (g->row->flags & STORE_CRL_DELTA) != 0;

	if (store_newest_crl(
		g->w->reader, g->row->key_index, delta, &last, err) < 0) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		*err = (struct err){ 0 };
	} else if (!str_eq(last->file, g->row->file)) {
		return err_set(err, ERR_CONFIG,
		    "CRL %" PRIu64 " was published as %s, and certificates "
		    "name that file; the configuration now says %s. Nothing "
		    "was published. Put the name of the CA back",
		    last->number, last->file, g->row->file);
	}
	return check_newest_certificate(g, err);
}

/* --- what the new list must not lack -------------------------------------- */

/* Is there a reason, in the database, why an entry of the published list is
 * not in the new one? It expired, or was released after it was listed. For a
 * delta also: it is revoked, so it is in the new delta or in its base. */
static bool
is_accounted_for(const struct ca_crl_guard *g, const struct store_request *row)
{
	if (row->not_after < g->what->expired_before)
		return true;
	if (row->key_index != g->gen->key_index)
		return false;
	if (row->disposition == DISPOSITION_REVOKED)
		return row->revoked_effective <= g->what->now;
	return row->disposition == DISPOSITION_ISSUED &&
	       row->revoked_when >= g->entry.revoked_at;
}

static int
check_missing(struct ca_crl_guard *g, struct err *err)
{
	AUTO(store_request) row = NULL;
	struct der whole = g->whole;
	char serial[2 * PKI_CRL_SERIAL_MAX + 1];

	if (pki_crl_next(&whole, &g->entry, err) < 0)
		return -1;
	if (store_find_serial(g->w->reader, g->entry.serial, &row, err) < 0) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		*err = (struct err){ 0 };
	} else if (is_accounted_for(g, row)) {
		return 0;
	}
	/* What a delta released needs no row to be left out. */
	if (g->old.is_delta && g->entry.reason == 8)
		return 0;
	str_hex(serial, g->entry.serial);
	return err_set(err, ERR_BAD_STATE,
	    "The published CRL %" PRIu64 " lists the certificate %s, the new "
	    "one would not, and no release is recorded: the database is older "
	    "than the published list. Nothing was published. Put the newest "
	    "database back, or revoke the certificate again",
	    g->old.number, serial);
}

/* The next entry of the published list, if there is one. This key signed it:
 * its serial is enough for as long as the new list has it too. */
static int
advance(struct ca_crl_guard *g, struct err *err)
{
	struct der in, serial;

	g->has_entry = !der_done(&g->left);
	if (!g->has_entry)
		return 0;
	if (der_next(&g->left, DER_SEQUENCE, &g->whole, &in) < 0 ||
	    der_next(&in, DER_INTEGER, NULL, &serial) < 0 ||
	    der_bytes(serial).n > PKI_CRL_SERIAL_MAX)
		return err_set(err, ERR_BAD_DATA,
		    "the published list has a malformed entry");
	g->entry.serial = der_bytes(serial);
	ca_publish_view_read_up_to(g->view, g->whole.p);
	return 0;
}

/* The order of the index that rows are read from. */
static int
compare(struct bytes a, struct bytes b)
{
	int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return c ? c : a.n < b.n ? -1 : a.n > b.n;
}

int
ca_crl_guard_listed(
    struct ca_crl_guard *g, struct bytes serial, struct err *err)
{
	while (g->has_entry && !g->old.is_delta) {
		int c = compare(g->entry.serial, serial);

		if (c > 0)
			break;
		if ((c < 0 && check_missing(g, err) < 0) || advance(g, err) < 0)
			return -1;
	}
	return 0;
}

int
ca_crl_guard_complete(struct ca_crl_guard *g, struct err *err)
{
	while (g->has_entry)
		if (check_missing(g, err) < 0 || advance(g, err) < 0)
			return -1;
	return 0;
}

int
ca_crl_guard_number(
    struct ca_crl_guard *g, const struct pki_crl *crl, struct err *err)
{
	uint64_t known = g->view ? g->old.number : 0;

	if (!g->view || ca_publish_view_changed(g->view))
		known = ca_crl_guard_published(g->w, g->gen, g->row->file, 0);
	if (crl->number > known)
		return 0;
	return err_set(err, ERR_BAD_STATE,
	    "The published CRL already has number %" PRIu64 ", and the new "
	    "one %" PRIu64 ". Nothing was published",
	    known, crl->number);
}

/* --- life ----------------------------------------------------------------- */

int
ca_crl_guard_new(struct ca_worker *w, const struct ca_generation *gen,
    const struct store_crl *row, const struct store_revoked_filter *what,
    struct ca_crl_guard **ret, struct err *err)
{
	AUTO(ca_crl_guard) g = calloc(1, sizeof(*g));

	if (!g)
		return err_set(err, ERR_NO_MEMORY, "looking at the last CRL");
	g->w = w;
	g->gen = gen;
	g->row = row;
	g->what = what;
	if (check_name(g, err) < 0 ||
	    open_published(w, gen, row->file, 0, &g->view, &g->old, err) < 0)
		return -1;
	if (g->view) {
		g->left = der_of(g->old.entries);
		if (advance(g, err) < 0)
			return -1;
	}
	*ret = TAKE(g);
	return 0;
}

void
ca_crl_guard_free(struct ca_crl_guard *g)
{
	if (!g)
		return;
	ca_publish_view_free(g->view);
	free(g);
}
