/* CRL_ADD: lists and certificates of other CAs (an offline root above this
 * one), published beside our own; and how they are, for STATUS.
 *
 * A list is taken when a certificate that it names as its issuer's verifies
 * it, and it is newer than the one that is published under the name. Nothing
 * is remembered but the file: what lies in the folder is what is watched,
 * however it came there.
 */
#include "base/clock.h"
#include "base/str.h"
#include "ca/audit.h"
#include "ca/commit.h"
#include "ca/crl.h"
#include "ca/crl_other.h"
#include "ca/file.h"
#include "ca/generation.h"
#include "ca/handlers.h"
#include "ca/publish.h"
#include "pki/crl.h"
#include "pki/ext.h"
#include "pki/name.h"
#include "rpc/ca.h"
#include "rpc/access.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>

#define SKEW_S 600 /* a list may come from a clock that goes ahead */

struct addition {
	struct ca_change change;
	struct ca_worker *w;
	const struct ca_who *who;
	const struct rpc_crl_add *ask;
	char detail[RPC_TEXT_MAX];
};

/* --- names -----------------------------------------------------------------
 */

static bool
is_of_key(
    const struct ca_config *c, const struct ca_generation *g, const char *name)
{
	char file[CA_FILE_MAX];

	ca_crl_file(c, g->key_index, false, file);
	if (str_eq(name, file))
		return true;
	ca_crl_file(c, g->key_index, true, file);
	if (str_eq(name, file))
		return true;
	ca_file_cert(c, g->index, file);
	return str_eq(name, file);
}

static bool
is_ours(struct ca *ca, const char *name)
{
	const struct ca_generations *g = ca_generations_take(ca);
	char file[CA_FILE_MAX];
	bool ours = false;

	for (size_t i = 0; g && i < g->n && !ours; i++)
		ours = is_of_key(ca->config, &g->list[i], name);
	for (size_t i = 0; g && i < g->cross_n && !ours; i++) {
		ca_file_cross(
		    ca->config, g->crosses[i].from, g->crosses[i].to, file);
		ours = str_eq(name, file);
	}
	if (g)
		ca_generations_release(ca, g);
	return ours;
}

static int
check_name(struct ca *ca, const char *name, bool is_list, struct err *err)
{
	const char *end = is_list ? ".crl" : ".crt";

	if (strlen(name) <= strlen(end) || strlen(name) >= CA_FILE_MAX - 8 ||
	    *name == '.' || strchr(name, '/') ||
	    !str_has_suffix_ci(name, end) || !str_is_printable(bytes_str(name)))
		return err_set(err, ERR_INVALID,
		    "The file is to be named as certificates name it, ending "
		    "in %s. Nothing was published.",
		    end);
	if (is_ours(ca, name))
		return err_set(err, ERR_EXISTS,
		    "%s is a file of this CA itself. Nothing was published.",
		    name);
	return 0;
}

/* --- what may be published --------------------------------------------------
 */

static bool
is_named(struct bytes der, struct bytes subject, struct pki_cert *ret)
{
	return pki_cert_parse(der, ret, NULL) == 0 &&
	       bytes_eq(ret->subject, subject);
}

/* The certificate that was given, or one above this CA. */
static bool
find_issuer(const struct ca_generations *g, const struct rpc_crl_add *ask,
    struct bytes name, struct pki_cert *ret)
{
	if (is_named(ask->issuer, name, ret))
		return true;
	for (size_t i = g ? g->n : 0; i-- > 0;)
		for (size_t k = 0; k < g->list[i].issuer_n; k++)
			if (is_named(g->list[i].issuers[k], name, ret))
				return true;
	return false;
}

static int
unknown_issuer(const struct pki_crl *crl, struct err *err)
{
	AUTO_BUF name = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX);

	pki_name_text(crl->issuer, &name);
	return err_set(err, ERR_NOT_FOUND,
	    "The list was made by %.200s, whose certificate is not known here: "
	    "name it with --issuer. Nothing was published.",
	    buf_str(&name));
}

static int
verify(struct addition *a, const struct pki_crl *crl, struct err *err)
{
	const struct ca_generations *g = ca_generations_take(a->w->ca);
	struct pki_cert issuer;
	struct pki_key key;
	int rc;

	if (!find_issuer(g, a->ask, crl->issuer, &issuer))
		rc = unknown_issuer(crl, err);
	else
		rc = pki_key_parse(issuer.spki, &key, err) < 0
			 ? -1
			 : pki_crl_verify(a->w->tools, crl, &key, err);
	if (g)
		ca_generations_release(a->w->ca, g);
	return rc;
}

/* Nothing goes back: the same rule as for our own (crl_guard.h). */
static int
check_newer(struct addition *a, const struct pki_crl *crl, struct err *err)
{
	AUTO(ca_publish_view) view = NULL;
	struct pki_crl old;

	if (ca_publish_view_open(a->w->ca->config, a->ask->name, &view, err) <
	    0) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		*err = (struct err){ 0 };
		return 0;
	}
	if (pki_crl_parse(ca_publish_view_bytes(view), &old, NULL) < 0)
		return 0; /* what cannot be read helps nobody */
	if (!bytes_eq(old.issuer, crl->issuer) || old.is_delta != crl->is_delta)
		return err_set(err, ERR_EXISTS,
		    "Under the name %s there is a list of another CA or "
		    "kind. Nothing was published.",
		    a->ask->name);
	if (crl->number < old.number || crl->this_update <= old.this_update)
		return err_set(err, ERR_POLICY,
		    "The published list has number %" PRIu64
		    " and is not older than this one, number %" PRIu64
		    ". Nothing was published.",
		    old.number, crl->number);
	return 0;
}

static int
check_list(struct addition *a, struct err *err)
{
	char until[STR_TIME_MAX];
	struct pki_crl crl;
	int64_t now = clock_now();

	if (pki_crl_parse(a->ask->content, &crl, err) < 0 ||
	    check_name(a->w->ca, a->ask->name, true, err) < 0)
		return -1;
	if (crl.next_update <= now || crl.this_update > now + SKEW_S)
		return err_set(err, ERR_POLICY,
		    "The list has expired, or is of a time to come. Nothing "
		    "was published.");
	if (verify(a, &crl, err) < 0 || check_newer(a, &crl, err) < 0)
		return -1;
	str_time_human(until, crl.next_update);
	(void)snprintf(a->detail, sizeof(a->detail),
	    "CRL %" PRIu64 " of another CA, %s, good until %s", crl.number,
	    a->ask->name, until);
	return 0;
}

static int
check_certificate(struct addition *a, struct err *err)
{
	char until[STR_TIME_MAX];
	struct pki_cert cert;
	struct pki_ext ext;
	bool is_ca = false;
	int path;

	if (pki_cert_parse(a->ask->content, &cert, err) < 0 ||
	    check_name(a->w->ca, a->ask->name, false, err) < 0)
		return -1;
	if (!pki_ext_find(cert.extensions, PKI_OID_BASIC_CONSTRAINTS, &ext) ||
	    pki_ext_basic(ext.value, &is_ca, &path, err) < 0 || !is_ca)
		return err_set(err, ERR_POLICY,
		    "This is not the certificate of a CA. Nothing was "
		    "published.");
	str_time_human(until, cert.not_after);
	(void)snprintf(a->detail, sizeof(a->detail),
	    "certificate of another CA, %s, good until %s", a->ask->name,
	    until);
	return 0;
}

/* --- publishing --------------------------------------------------------------
 */

static int
addition_apply(struct ca_change *self, struct ca_txn *t, struct err *err)
{
	struct addition *a = (struct addition *)(void *)self;

	return ca_audit_add(t,
	    &(struct ca_audit_event){ .event = CA_EVENT_CRL,
		.actor = a->who->display,
		.peer = a->who->peer,
		.detail = a->detail },
	    err);
}

static int
publish(struct addition *a, struct err *err)
{
	AUTO(ca_publish) file = NULL;

	if (ca_publish_open(a->w->ca->config, a->ask->name, &file, err) < 0 ||
	    ca_publish_write(file, a->ask->content, err) < 0)
		return -1;
	a->change.apply = addition_apply;
	return ca_commit_wait(a->w->ca->commit, &a->change, err) < 0
		   ? -1
		   : ca_publish_commit(file, err);
}

void
ca_crl_add_handle(struct ca_worker *w, struct ca_call *call)
{
	const struct rpc_crl_add *ask = call->ask;
	struct addition a = { .w = w, .who = &call->who, .ask = ask };
	char sentence[RPC_TEXT_MAX + 16];
	struct err err = { 0 };
	struct pki_cert cert;
	int rc;

	rc = pki_cert_parse(ask->content, &cert, NULL) == 0
		 ? check_certificate(&a, &err)
		 : check_list(&a, &err);
	if (rc < 0 || publish(&a, &err) < 0) {
		ca_call_fail(call, &err);
		return;
	}
	(void)snprintf(sentence, sizeof(sentence), "Published: %s.", a.detail);
	ca_call_reply(call,
	    &(struct rpc_acted){ .what = a.detail, .sentence = sentence });
}

/* --- watching ----------------------------------------------------------------
 */

static void
look(struct ca *ca, const char *name, ca_crl_other_row *row, void *ctx)
{
	AUTO(ca_publish_view) view = NULL;
	struct bytes content;
	struct pki_crl crl;

	if (ca_publish_view_open(ca->config, name, &view, NULL) < 0)
		return;
	content = ca_publish_view_bytes(view);
	row(ctx, name, pki_crl_parse(content, &crl, NULL) < 0 ? NULL : &crl,
	    content);
}

void
ca_crl_others(struct ca *ca, const char *end, ca_crl_other_row *row, void *ctx)
{
	DIR *folder = opendir(ca->config->publish);
	const struct dirent *e;
	unsigned n = 0;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): one stream, one thread */
	while (folder && n < CA_CRL_OTHERS_MAX && (e = readdir(folder)))
		if (e->d_name[0] != '.' && strlen(e->d_name) < CA_FILE_MAX &&
		    str_has_suffix_ci(e->d_name, end) &&
		    !is_ours(ca, e->d_name)) {
			look(ca, e->d_name, row, ctx);
			n++;
		}
	if (folder)
		(void)closedir(folder);
}
