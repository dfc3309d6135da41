/* issuance.h - one request on its way through the CA: the inside of submit.c,
 * site.c and issue.c.
 *
 *   read      bytes to a checked request          worker   issuance.c
 *   decide    policy                              worker   submit.c
 *   sign      to-be-signed bytes, signer          worker   issue.c
 *   commit    row and audit in one transaction    committer settle.c
 *   reply
 *
 * Ownership: owns the call, the stored row if it is one, and everything the
 * row's texts point to. Whoever ends it calls ca_issuance_free().
 */
#pragma once
#include "ca/check.h"
#include "ca/commit.h"
#include "ca/facts.h"
#include "ca/generation.h"
#include "ca/issue.h"
#include "ca/limit.h"
#include "ca/policy.h"
#include "ca/sign.h"

#define CA_SUBJECT_TEXT_MAX 1000

struct ca_issuance {
	struct ca_change change; /* first: the change is the issuance */
	struct ca_sign_job job;
	struct ca_call *call;
	const struct ca_generations *set;
	const struct ca_generation *gen; /* that will sign */
	enum ca_profile profile;
	struct ca_limit_ticket ticket;
	struct ca_key_claim claim; /* of the key, while it is being signed */

	struct store_request *stored; /* a row that waited; NULL: a new one */
	struct store_request row;     /* what is written */

	struct buf der; /* of the request */
	struct pki_request request;
	bool readable; /* request is filled and proven */
	const struct ca_template_set *templates; /* NULL: stand-alone */
	struct ca_facts facts;
	const struct pki_cert_block *block; /* what all of its kind have */
	struct ca_policy_result policy;
	struct buf subject; /* Name, when not the request's own */
	struct buf common_name;
	char subject_text[CA_SUBJECT_TEXT_MAX]; /* asked for */
	char issued_text[CA_SUBJECT_TEXT_MAX];  /* "" the same */
	char message[ERR_TEXT_MAX];
	char sentence[ERR_TEXT_MAX];
	uint8_t key_hash[PKI_DIGEST_MAX];

	int64_t validity; /* wanted, seconds */
	struct pki_cert_fields fields;
	uint8_t digest[PKI_DIGEST_MAX]; /* SHA-256 of the TBS */
	uint8_t cert_hash[PKI_DIGEST_MAX];
	struct bytes tbs;
	uint8_t buffer[PKI_CERT_BUF]; /* last: see ca_issuance_new() */
};

/* ERR_UNAVAILABLE while the CA has no certificate. */
MUST_CHECK int ca_issuance_new(struct ca_worker *w, struct ca_call *call,
    enum ca_profile profile, struct ca_issuance **ret, struct err *err);
void ca_issuance_free(struct ca_issuance *i);

/* Recognise, parse, prove. What is wrong with the request becomes the row's
 * end (FAILED or DENIED) and is no error; ->readable says whether to go on. */
MUST_CHECK int ca_issuance_read(struct ca_worker *w, struct ca_issuance *i,
    struct bytes raw, struct err *err);
/* Issue, pend or deny: the policy, with what an enterprise CA has to know for
 * it. who: the caller, for a row that waited the one who sent it. */
MUST_CHECK int ca_issuance_decide(struct ca_worker *w, struct ca_issuance *i,
    const struct ca_who *who, const struct pki_attrs *attrs, bool decided,
    struct err *err);
/* What will be the subject. */
/* Every signature and the proof of possession; with SHA-1 where a template may
 * take it, which enterprise.c decides. */
MUST_CHECK int ca_issuance_verify(struct pki_tools *t,
    const struct ca_template_set *templates, struct pki_request *r,
    struct err *err);
struct bytes ca_issuance_subject(const struct ca_issuance *i);
/* End the row in this state, with this code and these texts. */
void ca_issuance_end(struct ca_issuance *i, enum disposition d,
    enum err_code code, const char *message, const char *sentence);

/* Build, sign, commit, reply. Takes it over, also when it fails. */
void ca_issue_sign(struct ca_worker *w, struct ca_issuance *i);
/* Commit as it is, reply. Takes it over. */
void ca_settle(struct ca_issuance *i);
/* Answer a request that waited and goes on waiting; nothing is written. Takes
 * it over. */
void ca_settle_reply(struct ca_issuance *i, const struct rpc_result *result);
/* Fail the call; nothing is kept. Takes it over. */
void ca_settle_fail(struct ca_issuance *i, const struct err *err);
