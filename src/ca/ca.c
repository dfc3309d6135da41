/* ca.c - open, start, close: the order of things. */
#include "ca/ca.h"

#include "base/clock.h"
#include "base/str.h"
#include "ca/access.h"
#include "ca/crl_word.h"
#include "ca/account.h"
#include "ca/audit.h"
#include "ca/crl.h"
#include "ca/generation.h"
#include "ca/import.h"
#include "ca/init.h"
#include "ca/keys.h"
#include "ca/limit.h"
#include "ca/sign.h"
#include "ca/template.h"
#include "ca/verify.h"
#include "ca/work.h"

#include <openssl/rand.h>

/* The name of this node in the audit, made with the database. */
static int
load_node(struct ca *ca, struct store_reader *r, struct err *err)
{
	AUTO_MEM char *known = NULL;
	struct store_writer *w = NULL;
	uint8_t random[8];
	int rc = -1;

	if (store_value(r, "node", &known, err) < 0)
		return -1;
	if (known && str_copy(ca->node, sizeof(ca->node), known))
		return 0;
	if (RAND_bytes(random, sizeof(random)) != 1)
		return pki_tools_failed(err, "random bytes");
	str_hex(ca->node, BYTES_OF(random));
	if (store_writer_open(ca->store, &w, err) < 0)
		return -1;
	if (store_begin(w, err) == 0) {
		if (store_set_value(w, "node", ca->node, err) < 0)
			store_rollback(w);
		else
			rc = store_commit(w, err);
	}
	store_writer_close(w);
	return rc;
}

static int
load(struct ca *ca, struct err *err)
{
	struct store_reader *r = NULL;
	int rc;

	if (store_reader_open(ca->store, &r, err) < 0)
		return -1;
	rc = load_node(ca, r, err);
	if (rc == 0)
		rc = ca_generations_load(ca, r, err);
	store_reader_close(r);
	return rc;
}

int
ca_reload(struct ca *ca, struct err *err)
{
	return ca_keys_load_list(ca->keys, ca->config->compromised_keys, err);
}

int
ca_open(const struct ca_config *config, struct ca **ret, struct err *err)
{
	struct ca *ca = calloc(1, sizeof(*ca));

	if (!ca)
		return err_set(err, ERR_NO_MEMORY, "the CA");
	ca->config = config;
	ca->started = clock_now();
	if (ca_config_check(config, err) < 0 ||
	    store_open(config->database, &ca->store, err) < 0 ||
	    ca_holder_new(ca, err) < 0 || ca_keys_new(&ca->keys, err) < 0 ||
	    load(ca, err) < 0 || ca_reload(ca, err) < 0 ||
	    ca_accounts_new(&ca->accounts, err) < 0 ||
	    ca_access_new(&ca->access, err) < 0 ||
	    ca_crl_words_new(&ca->words, err) < 0 ||
	    ca_limit_new(config, &ca->limit, err) < 0 ||
	    ca_templates_open(ca, err) < 0 ||
	    rpc_sign_client_new(config->sign_socket, &ca->signer, err) < 0 ||
	    ca_sign_new(ca, &ca->sign, err) < 0) {
		ca_close(ca);
		return -1;
	}
	*ret = ca;
	return 0;
}

void
ca_report_to(struct ca *ca, void (*report)(const char *text))
{
	ca->report = report;
}

static int
start_apply(struct ca_change *self, struct ca_txn *txn, struct err *err)
{
	const struct ca_config *c = ca_txn_ca(txn)->config;
	const struct ca_template_set *templates =
	    ca_templates_take(ca_txn_ca(txn));
	AUTO_BUF holes = BUF_WITH_LIMIT(ERR_TEXT_MAX);
	char detail[ERR_TEXT_MAX] = "";

	(void)self;
	if (templates)
		ca_templates_overrides(templates, &holes);
	ca_templates_release(ca_txn_ca(txn), templates);
	if (c->issue_at_once && *c->issue_override)
		snprintf(detail, sizeof(detail),
		    "requests are issued at once without the lists that limit "
		    "them; %s answers for it",
		    c->issue_override);
	else if (c->issue_at_once)
		snprintf(detail, sizeof(detail),
		    "requests within the lists are issued at once");
	else if (holes.n > 0)
		snprintf(detail, sizeof(detail),
		    "templates with an open hole: %s", buf_str(&holes));
	return ca_audit_add(txn,
	    &(struct ca_audit_event){ .event = CA_EVENT_START,
		.actor = "opencertsrv-ca",
		.detail = detail },
	    err);
}

/* Signatures whose commit a crash prevented get their audit record now. */
static int
reconcile(struct ca *ca, struct err *err)
{
	struct ca_worker w = { .ca = ca };
	int rc = -1;

	if (store_reader_open(ca->store, &w.reader, err) < 0)
		return -1;
	if (pki_tools_new(&w.tools, err) == 0)
		rc = ca_verify_reconcile(&w, true, err);
	pki_tools_free(w.tools);
	store_reader_close(w.reader);
	return rc;
}

static int
prepare_templates(struct ca *ca, struct err *err)
{
	struct store_reader *r = NULL;
	int rc;

	if (store_reader_open(ca->store, &r, err) < 0)
		return -1;
	rc = ca_templates_prepare(ca, r, err);
	store_reader_close(r);
	return rc;
}

/* A CA that lacks revocations of the other one must not serve. */
static int
check_import(struct ca *ca, struct err *err)
{
	struct store_reader *r = NULL;
	bool open = false;
	int rc;

	if (store_reader_open(ca->store, &r, err) < 0)
		return -1;
	rc = ca_import_unfinished(r, &open, err);
	store_reader_close(r);
	if (rc < 0 || !open || ca->config->import)
		return rc;
	return err_set(err, ERR_CONFIG,
	    "Taking over the other CA was not finished. Run the same "
	    "opencertsrv ca import again.");
}

int
ca_start(struct ca *ca, struct err *err)
{
	struct ca_change started = { NULL, start_apply, NULL };

	if (check_import(ca, err) < 0 || ca_keys_load_begin(ca, err) < 0 ||
	    ca_commit_start(ca, &ca->commit, err) < 0)
		return -1;
	if (ca_init(ca, err) < 0)
		return err_wrap(err, "making the CA");
	if (prepare_templates(ca, err) < 0 || reconcile(ca, err) < 0 ||
	    ca_commit_wait(ca->commit, &started, err) < 0 ||
	    ca_work_start(ca, &ca->pools, err) < 0)
		return -1;
	/* What is being taken over is not known well enough for a list. */
	return ca->config->import ? 0 : ca_crl_start(ca, err);
}

void
ca_close(struct ca *ca)
{
	if (!ca)
		return;
	ca_crl_stop(ca);
	ca_work_stop(ca->pools);
	/* Waits for frames on their way: their callbacks need the rest. */
	rpc_sign_client_free(ca->signer);
	ca_commit_stop(ca->commit);
	ca_sign_free(ca->sign);
	ca_templates_close(ca);
	ca_import_free(ca->import);
	ca_limit_free(ca->limit);
	ca_keys_free(ca->keys);
	ca_accounts_free(ca->accounts);
	ca_access_free(ca->access);
	ca_crl_words_free(ca->words);
	ca_holder_free(ca);
	store_close(ca->store);
	free(ca);
}
