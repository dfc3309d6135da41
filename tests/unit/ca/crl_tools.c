#include "crl_tools.h"

#include "../pki/make.h"
#include "base/str.h"

#include <openssl/x509v3.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

void
crl_sql(struct fixture *f, const char *text)
{
	char *why = NULL;
	sqlite3 *db = NULL;

	assert_int_equal(
	    sqlite3_open(f->database + strlen("sqlite:"), &db), SQLITE_OK);
	(void)sqlite3_busy_timeout(db, 10000);
	if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", text, why);
	assert_true(sqlite3_total_changes(db) > 0);
	sqlite3_close(db);
}

int
crl_publish(struct fixture *f, struct err *err)
{
	const struct rpc_client_options o = { .path = f->admin, .as = "admin" };
	const struct rpc_crl_list *list = NULL;
	const struct rpc_nothing nothing = { 0 };
	struct rpc_client *c = NULL;
	struct rpc_msg *msg = NULL;
	int rc;

	assert_int_equal(rpc_client_new(&o, &c, err), 0);
	rc = rpc_do_CRL_PUBLISH(c, &nothing, &msg, &list, err);
	if (rc == 0) {
		assert_true(list->row_count > 0);
		assert_string_equal(list->rows[0].status, "published");
	}
	rpc_msg_free(msg);
	rpc_client_free(c);
	return rc;
}

void
crl_must_publish(struct fixture *f)
{
	struct err err = { 0 };

	if (crl_publish(f, &err) < 0)
		fail_msg("%s", err.text);
}

void
crl_must_fail(struct fixture *f, const char *why)
{
	struct err err = { 0 };

	assert_int_equal(crl_publish(f, &err), -1);
	if (!strstr(err.text, why))
		fail_msg("\"%s\" is not in: %s", why, err.text);
}

void
crl_path_of(struct fixture *f, const char *name, char dst[256])
{
	snprintf(dst, 256, "%s/%s", f->publish, name);
}

X509_CRL *
crl_published(struct fixture *f, const char *name)
{
	X509 *root = fixture_root(f);
	char path[256];
	X509_CRL *crl;
	FILE *file;

	crl_path_of(f, name, path);
	file = fopen(path, "r");
	if (!file) {
		X509_free(root);
		return NULL;
	}
	crl = d2i_X509_CRL_fp(file, NULL);
	fclose(file);
	assert_non_null(crl);
	assert_int_equal(X509_CRL_verify(crl, X509_get0_pubkey(root)), 1);
	X509_free(root);
	return crl;
}

X509_CRL *
crl_first(struct fixture *f)
{
	X509_CRL *crl;

	while (!(crl = crl_published(f, CRL_NAME)))
		(void)usleep(10000);
	return crl;
}

long
crl_number_of(X509_CRL *take)
{
	ASN1_INTEGER *n =
	    X509_CRL_get_ext_d2i(take, NID_crl_number, NULL, NULL);
	long number;

	assert_non_null(n);
	number = ASN1_INTEGER_get(n);
	ASN1_INTEGER_free(n);
	X509_CRL_free(take);
	return number;
}

long
crl_number(struct fixture *f)
{
	return crl_number_of(crl_first(f));
}

X509 *
crl_issue(struct fixture *f, uint64_t *ret_id)
{
	AUTO_BUF csr = BUF_WITH_LIMIT(65536);
	struct fixture_result r, issued;

	make_csr(MAKE_P256, "www.example.com", &csr);
	assert_int_equal(
	    fixture_submit(f, "alice", buf_bytes(&csr), "", &r), 0);
	assert_int_equal(
	    fixture_decide(f, "officer", r.id, RPC_DECISION_ISSUE, &issued), 0);
	*ret_id = r.id;
	return issued.cert;
}

void
crl_revoke_as_officer(struct fixture *f, uint64_t id, uint32_t reason)
{
	struct rpc_revoke ask = { .id = id, .reason = reason, .comment = "" };
	const struct rpc_result *r = NULL;
	struct rpc_msg *msg = NULL;
	struct err err = { 0 };

	fixture_identity(&ask.identity, "officer");
	if (rpc_do_REVOKE(f->client, &ask, &msg, &r, &err) < 0)
		fail_msg("%s", err.text);
	rpc_msg_free(msg);
}

long
crl_listed(X509_CRL *take, X509 *cert)
{
	X509_REVOKED *entry = NULL;
	ASN1_ENUMERATED *e;
	long reason = -1;

	/* Finds entries of reason 8 as well. */
	if (X509_CRL_get0_by_serial(take, &entry, X509_get_serialNumber(cert)) >
	    0) {
		e = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
		reason = e ? ASN1_ENUMERATED_get(e) : 0;
		ASN1_ENUMERATED_free(e);
	}
	X509_CRL_free(take);
	return reason;
}

long
crl_reason_of(struct fixture *f, X509 *cert)
{
	return crl_listed(crl_first(f), cert);
}
