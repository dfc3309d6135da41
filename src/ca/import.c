/* import.c - IMPORT_CA and IMPORT_END. */
#include "ca/import_state.h"

#include "base/clock.h"
#include "base/str.h"
#include "ca/audit.h"
#include "ca/handlers.h"
#include "ca/publish.h"
#include "pki/cert.h"
#include "pki/der.h"
#include "pki/ext.h"
#include "pki/key.h"

#include <stdarg.h>
#include <stdio.h>

/* Set from the first certificate of the CA until IMPORT_END. */
#define VALUE_NAME "import-unfinished"

int
ca_import_unfinished(struct store_reader *r, bool *ret, struct err *err)
{
	AUTO_MEM char *text = NULL;

	if (store_value(r, VALUE_NAME, &text, err) < 0)
		return -1;
	*ret = text && str_eq(text, "1");
	return 0;
}

int
ca_import_state(struct ca *ca, struct ca_import **ret, struct err *err)
{
	if (!ca->import)
		ca->import = calloc(1, sizeof(*ca->import));
	if (!ca->import)
		return err_set(err, ERR_NO_MEMORY, "taking over");
	*ret = ca->import;
	return 0;
}

void
ca_import_free(struct ca_import *i)
{
	if (!i)
		return;
	ca_publish_free(i->crl);
	free(i);
}

void
ca_import_find(struct ca_import_result *r, const char *fmt, ...)
{
	char text[RPC_TEXT_MAX];
	va_list ap;

	if (r->report.finding_count == RPC_FINDINGS_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->findings[r->report.finding_count++] =
	    (struct rpc_finding){ true, ca_arena_str(&r->arena, text) };
}

void
ca_import_answer(struct ca_call *call, struct ca_import_result *r, int rc,
    const struct err *err)
{
	struct err own = { 0 };

	r->report.findings = r->findings;
	if (rc == 0 && ca_arena_check(&r->arena, &own) < 0) {
		rc = -1;
		err = &own;
	}
	if (rc < 0)
		ca_call_fail(call, err);
	else
		ca_call_reply(call, &r->report);
	ca_arena_clear(&r->arena);
}

/* --- certificates of the CA ------------------------------------------------
 */

struct taking {
	struct ca_change change;
	const struct ca_who *who;
	const struct rpc_import_ca *ask;
	const struct ca_generations *here; /* or NULL */
	bool known[RPC_GENERATIONS_MAX];
};

/* The signer has the key of this certificate under this number. */
static int
check_signer(struct ca *ca, const struct rpc_generation *g,
    const struct pki_cert *cert, struct err *err)
{
	AUTO(rpc_sign_msg) msg = NULL;
	const struct rpc_sign_status *s;

	if (rpc_sign_status(ca->signer, &msg, &s, err) < 0)
		return -1;
	for (size_t i = 0; i < s->key_count; i++)
		if (s->keys[i].index == g->key_index &&
		    bytes_eq(s->keys[i].spki, cert->spki))
			return 0;
	return err_set(err, ERR_NOT_FOUND,
	    "the signer does not have its key (number %u)", g->key_index);
}

/* Each signed the one before, the last one itself. */
static int
check_chain(struct ca_worker *w, const struct pki_cert *cert,
    struct bytes issuers, struct err *err)
{
	struct der list = der_of(issuers), one;
	struct pki_cert below = *cert, above;
	struct pki_key key;

	for (size_t n = 0; !der_done(&list); n++, below = above)
		if (n == CA_ISSUERS_MAX ||
		    der_next(&list, DER_SEQUENCE, &one, NULL) < 0 ||
		    pki_cert_parse(der_bytes(one), &above, err) < 0 ||
		    pki_key_parse(above.spki, &key, err) < 0 ||
		    !bytes_eq(below.issuer, above.subject) ||
		    pki_cert_verify(w->tools, &below, &key, err) < 0)
			return err_set(err, ERR_BAD_DATA,
			    "the certificates above it are not its own");
	return 0;
}

static int
check_certificate(struct ca_worker *w, const struct rpc_generation *g,
    struct bytes *ret_subject, struct err *err)
{
	struct pki_cert cert;
	struct pki_ext ext;
	struct pki_key key;

	if (g->index >= RPC_GENERATIONS_MAX || g->key_index > g->index)
		return err_set(err, ERR_INVALID, "its number");
	if (pki_cert_parse(g->cert, &cert, err) < 0 ||
	    pki_key_parse(cert.spki, &key, err) < 0)
		return -1;
	if (!pki_ext_find(cert.extensions, PKI_OID_SKI, &ext))
		return err_set(err, ERR_BAD_DATA,
		    "it has no subject key identifier, which certificates and "
		    "lists have to name. Renew the CA certificate first");
	if (ret_subject->n && !bytes_eq(*ret_subject, cert.subject))
		return err_set(err, ERR_BAD_DATA, "it is of another CA");
	*ret_subject = cert.subject;
	if (check_chain(w, &cert, g->issuers, err) < 0)
		return -1;
	return check_signer(w->ca, g, &cert, err);
}

/* Is it here, or something else in its place? */
static int
compare(const struct taking *t, const struct rpc_generation *g,
    struct bytes subject, bool *ret_known, struct err *err)
{
	*ret_known = false;
	for (size_t i = 0; t->here && i < t->here->n; i++) {
		const struct ca_generation *own = &t->here->list[i];

		if (!bytes_eq(own->cert.subject, subject))
			return err_set(err, ERR_EXISTS,
			    "this folder holds another CA already. Nothing "
			    "was changed; import into a new folder");
		if (own->index != g->index)
			continue;
		if (!bytes_eq(own->der, g->cert))
			return err_set(err, ERR_EXISTS,
			    "this folder has another certificate under its "
			    "number. Nothing was changed");
		*ret_known = true;
	}
	return 0;
}

static int
write_chain(
    struct store_writer *w, const struct rpc_generation *g, struct err *err)
{
	struct der list = der_of(g->issuers), one;
	struct store_ca_link link = { STORE_CA_ISSUER, g->index, 0,
		BYTES_NONE };

	for (; der_next(&list, DER_SEQUENCE, &one, NULL) == 0; link.b++) {
		link.cert = der_bytes(one);
		if (store_insert_ca_link(w, &link, err) < 0)
			return -1;
	}
	return 0;
}

static int
taking_apply(struct ca_change *self, struct ca_txn *txn, struct err *err)
{
	struct taking *t = (struct taking *)(void *)self;
	char detail[64];

	for (size_t i = 0; i < t->ask->generation_count; i++) {
		const struct rpc_generation *g = &t->ask->generations[i];
		const struct store_ca_cert row = { g->index, g->key_index,
			g->cert, clock_now() };

		if (t->known[i])
			continue;
		(void)snprintf(detail, sizeof(detail),
		    "CA certificate %u with key %u", g->index, g->key_index);
		if (store_insert_ca_cert(ca_txn_writer(txn), &row, err) < 0 ||
		    write_chain(ca_txn_writer(txn), g, err) < 0 ||
		    ca_audit_add(txn,
			&(struct ca_audit_event){
			    .event = CA_EVENT_IMPORT_OTHER,
			    .actor = "opencertsrv ca import",
			    .peer = t->who->peer,
			    .detail = detail },
			err) < 0)
			return ca_txn_spoilt(err);
	}
	if (t->here)
		return 0;
	return store_set_value(ca_txn_writer(txn), VALUE_NAME, "1", err);
}

static int
take_certificates(struct ca_worker *w, struct taking *t,
    struct ca_import_result *r, struct err *err)
{
	struct bytes subject = BYTES_NONE;

	for (size_t i = 0; i < t->ask->generation_count; i++) {
		const struct rpc_generation *g = &t->ask->generations[i];

		if (check_certificate(w, g, &subject, err) < 0 ||
		    compare(t, g, subject, &t->known[i], err) < 0)
			return err_wrap(err, "CA certificate %u", g->index);
		if (t->known[i])
			r->report.already++;
		else
			r->report.taken++;
	}
	if (r->report.taken == 0)
		return 0;
	if (ca_commit_wait(w->ca->commit, &t->change, err) < 0)
		return -1;
	return ca_generations_load(w->ca, w->reader, err);
}

void
ca_import_ca_handle(struct ca_worker *w, struct ca_call *call)
{
	struct ca_import_result r = { 0 };
	struct taking t = { .change.apply = taking_apply,
		.who = &call->who,
		.ask = call->ask,
		.here = ca_generations_take(w->ca) };
	struct err err = { 0 };
	int rc = take_certificates(w, &t, &r, &err);

	ca_generations_release(w->ca, t.here);
	ca_import_answer(call, &r, rc, &err);
}

/* --- the end ---------------------------------------------------------------
 */

static int
end_apply(struct ca_change *self, struct ca_txn *txn, struct err *err)
{
	(void)self;
	if (store_set_value(ca_txn_writer(txn), VALUE_NAME, "0", err) < 0)
		return -1;
	return ca_audit_add(txn,
	    &(struct ca_audit_event){ .event = CA_EVENT_IMPORT_OTHER,
		.actor = "opencertsrv ca import",
		.detail = "all was taken over" },
	    err);
}

void
ca_import_end_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct ca_generations *g = ca_generations_take(w->ca);
	struct ca_change end = { NULL, end_apply, NULL };
	struct ca_import_result r = { 0 };
	struct err err = { 0 };
	bool open = false;
	int rc;

	ca_generations_release(w->ca, g);
	if (!g)
		rc = err_set(&err, ERR_BAD_STATE, "No CA was taken over.");
	else
		rc = ca_import_unfinished(w->reader, &open, &err);
	if (rc == 0)
		rc = ca_publish_certificates(w->ca, &err);
	if (rc == 0 && open)
		rc = ca_commit_wait(w->ca->commit, &end, &err);
	ca_import_answer(call, &r, rc, &err);
}
