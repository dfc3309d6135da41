#include "ca/renew.h"

#include "base/clock.h"
#include "ca/crl.h"
#include "ca/publish.h"
#include "ca/template.h"

#include <stdio.h>

static int
apply(struct ca_change *self, struct ca_txn *txn, struct err *err)
{
	struct ca_successor *s = (struct ca_successor *)self;
	struct store_writer *w = ca_txn_writer(txn);

	if (store_insert_ca_cert(w, &s->add.cert, err) < 0)
		return -1;
	for (size_t i = 0; i < s->add.link_n; i++)
		if (store_insert_ca_link(w, &s->add.links[i], err) < 0)
			return ca_txn_spoilt(err);
	for (size_t i = 0; i < s->event_n; i++) {
		struct ca_audit_event e = s->events[i];

		e.actor = s->who->display;
		e.peer = s->who->peer;
		if (ca_audit_add(txn, &e, err) < 0)
			return ca_txn_spoilt(err);
	}
	return 0;
}

int
ca_successor_commit(struct ca_worker *w, const struct ca_generations *old,
    struct ca_successor *s, struct err *err)
{
	const struct ca_generations *fresh = NULL;

	s->change.apply = apply;
	s->add.cert.installed = clock_now();
	if (ca_generations_with(w->ca, old, &s->add, &fresh, err) < 0)
		return -1;
	if (ca_templates_begin(w->ca, w->reader, fresh, err) < 0) {
		ca_generations_release(w->ca, fresh);
		return -1;
	}
	if (ca_commit_wait(w->ca->commit, &s->change, err) < 0) {
		ca_templates_end(w->ca, NULL);
		ca_generations_release(w->ca, fresh);
		return -1;
	}
	ca_templates_end(w->ca, fresh);
	return 0;
}

void
ca_successor_publish(struct ca_worker *w, struct ca_successor *s)
{
	struct err err = { 0 };
	bool failed = ca_publish_certificates(w->ca, &err) < 0 ||
		      ca_crl_make_all(w, s->who, true, &err) < 0;

	ca_crl_note(w->ca, failed ? &err : NULL);
	if (failed)
		(void)snprintf(s->warning, sizeof(s->warning),
		    "Publishing failed and will be tried again: %s", err.text);
	s->reply.sentence = s->sentence;
	s->reply.warning = s->warning;
	s->reply.index = s->add.cert.index;
	s->reply.key_index = s->add.cert.key_index;
	s->reply.cert = s->add.cert.cert;
}
