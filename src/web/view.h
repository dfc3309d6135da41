/* view.h - what the CA says, put the way pages show it. */
#pragma once
#include "web/ask.h"

/* ReqID as programs send it: a positive decimal number below 2^63, blanks
 * around it allowed. False for anything else. */
MUST_CHECK bool view_req_id(const char *text, uint64_t *ret);
#define VIEW_CACERT "CACert"
bool view_is_cacert(const char *req_id);
/* Enc= or rbEncoding= says DER; preset for neither. */
bool view_wants_der(const struct web_ask *ask, bool preset);
/* Renewal=, or lbCaInstance= counted backwards; -1 is the newest. */
int64_t view_renewal(const struct web_ask *ask);

/* The form of certrqxt.asp. TYPED: with what this very request sent, to be put
 * right; AGAIN: that, to be sent a second time, so that both are one request.
 * What is a private key, or no text, is never shown. */
enum view_form { VIEW_FORM_NEW, VIEW_FORM_TYPED, VIEW_FORM_AGAIN };
void view_submit(
    struct web_ask *ask, enum view_form form, struct view_submit *v);

/* Does this CA decide by templates? */
bool view_is_enterprise(const struct web_ask *ask);
/* May a request be answered at once? Of an enterprise CA its template says. */
bool view_at_once(const struct web_ask *ask);
/* Those that whoever asks may use; NULL for none, and on a stand-alone CA.
 * Fails when the CA does not answer, or nobody knows yet what kind of CA it is.
 */
MUST_CHECK int view_templates(struct web_ask *ask, const char *chosen,
    const struct view_template **ret, struct err *err);
/* "rsa-3072", one word of view_template.keys, for people: "RSA 3072". */
const char *view_key_title(const char *word);
/* The one-time number of a form that sends a request. */
const char *view_number(struct web_ask *ask);

/* Of a form that is sent to this address, by whom it was shown. */
const char *view_token(struct web_ask *ask, const char *path);

/* What another program said, as a sentence; NULL for "". */
const char *view_sentence(struct web_ask *ask, const char *text);
const char *view_time(struct web_ask *ask, int64_t t); /* for people */
const char *view_time_iso(struct web_ask *ask, int64_t t);
const char *view_date(struct web_ask *ask, int64_t t); /* without the hour */
struct view_state view_state(const struct web_ask *ask, uint32_t disposition);
/* Of a row, whose certificate may be on hold. */
struct view_state view_row_state(
    const struct web_ask *ask, const struct rpc_row *row);
bool view_on_hold(const struct rpc_row *row);
#define VIEW_REASON_HOLD    6 /* RFC 5280 5.3.1: certificateHold */
#define VIEW_REASON_RELEASE 8 /* removeFromCRL */
struct view_bar view_bar(struct web_ask *ask, const char *id, int64_t from,
    int64_t until, int64_t now);
/* "AB:" "CD:" ... "EF": a line may break between bytes. */
const struct view_piece *view_sha256(struct web_ask *ask, struct bytes der);

/* For owners and for officers the next step differs. */
enum view_for { VIEW_FOR_OWNER, VIEW_FOR_OFFICER };
/* The request that the field ReqID names; NULL when the refusal is written. It
 * lives as long as the page. */
const struct rpc_request *view_asked(struct web_ask *ask);
/* For officers: what is on hold, newest number first, and how much waits. *list
 * lives in *msg. */
struct rpc_msg;
MUST_CHECK int view_held(struct web_ask *ask, struct rpc_msg **msg,
    const struct rpc_list **ret, struct err *err);
const struct view_request *view_requests(
    struct web_ask *ask, const struct rpc_list *list, enum view_for whom);
/* Kinds of request of a stand-alone CA, for the basic and the advanced form;
 * and the one of a number, the first when there is none. */
const struct view_kind *view_kinds(struct web_ask *ask);
const struct view_kind *view_advanced_kinds(struct web_ask *ask);
const struct web_site_kind *view_kind(
    const struct web_ask *ask, const char *type);
struct view_place view_place(const struct web_ask *ask);
/* For officers, those of each requester together. */
const struct view_request *view_queue(
    struct web_ask *ask, const struct rpc_list *list, bool picked);
const struct view_field *view_fields(
    struct web_ask *ask, const struct rpc_request *request);
struct view_chain view_chain(
    struct web_ask *ask, const struct rpc_request *request);
enum view_step_kind { VIEW_STEP_DONE, VIEW_STEP_COMING, VIEW_STEP_BAD };
struct view_timeline view_timeline(
    struct web_ask *ask, const struct rpc_request *request);
const struct view_event *view_events(
    struct web_ask *ask, const struct rpc_request *request);
struct view_compat view_compat(const struct web_ask *ask, uint64_t id);

/* The words programs read behind "The disposition message is": one line,
 * "Denied by Policy Module  0x80094800, The request was ..." and the like. */
const char *view_message(struct web_ask *ask, const struct rpc_result *result);
/* "The operation completed successfully. 0x0 (WIN32: 0)", or
 * "<text>. 0x80094004 (-2146877436 CERTSRV_E_PROPERTY_EMPTY)". */
const char *view_hresult(struct web_ask *ask, uint32_t hresult);
