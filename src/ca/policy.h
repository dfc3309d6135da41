/* policy.h - what this CA grants: a pure decision.
 *
 * From the configuration, a parsed request and its attributes to issue, pend
 * or deny, with the extensions that are granted and those that were dropped,
 * each with the reason. No I/O, no clock but the time of the question: the same
 * question has the same answer, so the review page asks again and shows what
 * would be issued.
 *
 * The allow-list is narrower than that of MS-WCCE note 87: see policy.c.
 */
#pragma once
#include "base/buf.h"
#include "ca/attribute.h"
#include "ca/config.h"
#include "pki/attrs.h"
#include "pki/ext.h"
#include "pki/request.h"

struct ca_facts;
struct ca_template_row;

enum ca_verdict { CA_VERDICT_ISSUE, CA_VERDICT_PEND, CA_VERDICT_DENY };

struct ca_policy_ask {
	const struct ca_config *config;
	const struct pki_request *request;
	const struct pki_csr *csr;     /* = &request->csr */
	const struct pki_attrs *attrs; /* NULL: none */
	const struct ca_facts *facts;  /* NULL: a stand-alone CA */
	struct bytes issuer;           /* the CA's own Name, never a subject */
	int64_t now;
	/* An officer has decided: the pend-first step is skipped. */
	bool decided;
};

#define CA_POLICY_NOTE_MAX    200
#define CA_POLICY_IGNORED_MAX 800
#define CA_DROPPED_MAX        256

struct ca_dropped {
	struct bytes oid; /* borrowed from the request or the result */
	bool critical;
	struct bytes value;
	char note[CA_POLICY_NOTE_MAX]; /* why, a sentence */
};

struct ca_policy_result {
	enum ca_verdict verdict;
	enum err_code code;         /* ERR_OK unless denied */
	char message[ERR_TEXT_MAX]; /* disposition message */
	char sentence[ERR_TEXT_MAX];
	struct buf granted;         /* whole Extensions, one after the other */
	struct ca_dropped *dropped; /* few requests have any */
	size_t dropped_n;
	/* What attributes asked for and was taken; dropped may point to it. */
	struct ca_attributes taken;
	/* Attributes that were ignored, parts of the subject that were left
	 * out: sentences, or "". */
	char ignored[CA_POLICY_IGNORED_MAX];
	int64_t validity;  /* seconds */
	int64_t not_after; /* not later than this; 0: as validity says */
	/* Of an enterprise CA; else NULL, 1. */
	const struct ca_template_row *row;
	unsigned approvals; /* officers who must agree */
	enum ca_key_reuse reuse;
	struct buf subject; /* Name; empty: the request's own */
};

void ca_policy_init(struct ca_policy_result *r);
void ca_policy_clear(struct ca_policy_result *r);
/* Denied; the first reason counts. */
void ca_policy_deny(struct ca_policy_result *r, enum err_code code,
    const char *fmt, ...) PRINTF_LIKE(3, 4);
void ca_policy_drop(
    struct ca_policy_result *r, const struct pki_ext *ext, const char *note);
/* One more sentence about what is passed over. */
void ca_policy_ignore(struct ca_policy_result *r, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

/* -1 only for lack of memory and the like; a denial is a result. */
MUST_CHECK int ca_policy_decide(const struct ca_policy_ask *ask,
    struct ca_policy_result *ret, struct err *err);
