#include "rpc/ca_convert.h"

#include "ca.pb-c.h"

/* Every message with fields once: plain struct rpc_X, generated Ca__Y.
 * Identity, the one whose plain struct is not named so, is added by hand. */
/* clang-format off */
#define MESSAGES(M)                   \
	M(password_ask, PasswordAsk)         \
	M(password_result, PasswordResult)   \
	M(generation, Generation)            \
	M(cross, Cross)                      \
	M(ca_renew, CaRenew)                 \
	M(ca_install, CaInstall)             \
	M(ca_sign, CaSign)                   \
	M(ca_renewed, CaRenewed)             \
	M(ca_info, CaInfo)                   \
	M(crl_ask, CrlAsk)                   \
	M(crl, Crl)                          \
	M(submit, Submit)                    \
	M(result, Result)                    \
	M(retrieve, Retrieve)                \
	M(response, Response)                \
	M(row, Row)                          \
	M(list_ask, ListAsk)                 \
	M(list, List)                        \
	M(field, Field)                      \
	M(event, Event)                      \
	M(approval, Approval)                \
	M(request, Request)                  \
	M(decide, Decide)                    \
	M(revoke, Revoke)                    \
	M(crl_row, CrlRow)                   \
	M(crl_delivery, CrlDelivery)         \
	M(crl_add, CrlAdd)                   \
	M(crl_list, CrlList)                 \
	M(user_change, UserChange)           \
	M(user, User)                        \
	M(user_list, UserList)               \
	M(audit_ask, AuditAsk)               \
	M(audit_row, AuditRow)               \
	M(audit_list, AuditList)             \
	M(finding, Finding)                  \
	M(audit_report, AuditReport)         \
	M(status, Status)
/* clang-format on */

#define MESSAGE_NAMES(p, b)               \
	typedef struct rpc_##p plain_##p; \
	typedef Ca__##b pb_##p;           \
	static const struct rpc_convert p##_convert;
MESSAGES(MESSAGE_NAMES)
typedef struct identity plain_identity;
typedef Ca__Identity pb_identity;
static const struct rpc_convert identity_convert;

/* --- values ------------------------------------------------------------ */

static bool
identity_method_known(uint32_t v)
{
	return v < IDENTITY_METHOD_COUNT;
}

static bool
disposition_or_none(uint32_t v)
{
	return v == 0 || disposition_known(v);
}

static bool
crl_type_known(uint32_t v)
{
	return v < RPC_CRL_TYPE_COUNT;
}

static bool
decision_known(uint32_t v)
{
	return v >= RPC_DECISION_ISSUE && v <= RPC_DECISION_RESUBMIT;
}

/* RFC 5280 5.3.1: 7 is not used. */
static bool
reason_known(uint32_t v)
{
	return v <= 10 && v != 7;
}

static bool
limit_known(uint32_t v)
{
	return v <= RPC_LIST_MAX;
}

/* --- tables ------------------------------------------------------------
 * In the order of ca.h; limits are ca.h's. */
/* clang-format off */
#define ROW(p, m, kind, max, known) \
	RPC_ROW(plain_##p, pb_##p, m, kind, max, known)
#define TEXT(p, m, max)    ROW(p, m, TEXT, max, NULL)
#define PEOPLE(p, m, max)  ROW(p, m, PEOPLE, max, NULL)
#define ARRAY(p, m, max)   ROW(p, m, ARRAY, max, NULL)
#define BYTES(p, m, max)   ROW(p, m, BYTES, max, NULL)
#define BOOL(p, m)         ROW(p, m, BOOL, 0, NULL)
#define U32(p, m)          ROW(p, m, U32, 0, NULL)
#define KNOWN(p, m, known) ROW(p, m, U32, 0, known)
#define U64(p, m)          ROW(p, m, U64, 0, NULL)
#define I64(p, m)          ROW(p, m, I64, 0, NULL)
#define MESSAGE(p, m, sub) \
	RPC_ROW_MESSAGE(plain_##p, pb_##p, m, &sub##_convert)
#define LIST(p, m, count, sub, max) \
	RPC_ROW_LIST(plain_##p, pb_##p, m, count, &sub##_convert, max)

static const struct rpc_convert_field identity_fields[] = {
	ARRAY(identity, realm, IDENTITY_REALM_MAX - 1),
	ARRAY(identity, name, IDENTITY_NAME_MAX - 1),
	ARRAY(identity, sid, IDENTITY_SID_MAX - 1),
	KNOWN(identity, method, identity_method_known),
	BOOL(identity, channel_bound),
	I64(identity, time),
};

static const struct rpc_convert_field password_ask_fields[] = {
	TEXT(password_ask, name, IDENTITY_NAME_MAX - 1),
	BYTES(password_ask, password, 1024),
	TEXT(password_ask, address, 64),
};

static const struct rpc_convert_field password_result_fields[] = {
	TEXT(password_result, name, IDENTITY_NAME_MAX - 1),
	KNOWN(password_result, roles, role_mask_known),
	U64(password_result, user_version),
};

static const struct rpc_convert_field generation_fields[] = {
	U32(generation, index),
	U32(generation, key_index),
	BYTES(generation, cert, RPC_CERT_MAX),
	PEOPLE(generation, subject, RPC_TEXT_MAX),
	I64(generation, not_before),
	I64(generation, not_after),
	BYTES(generation, issuers, RPC_CHAIN_MAX),
};

static const struct rpc_convert_field cross_fields[] = {
	U32(cross, from),
	U32(cross, to),
	BYTES(cross, cert, RPC_CERT_MAX),
};

static const struct rpc_convert_field ca_renew_fields[] = {
	BOOL(ca_renew, new_key),
	TEXT(ca_renew, kind, 16),
};

static const struct rpc_convert_field ca_install_fields[] = {
	BYTES(ca_install, certs, RPC_CHAIN_MAX),
};

static const struct rpc_convert_field ca_sign_fields[] = {
	BYTES(ca_sign, request, RPC_REQUEST_MAX),
	U32(ca_sign, days),
	U32(ca_sign, path_length),
};

static const struct rpc_convert_field ca_renewed_fields[] = {
	U32(ca_renewed, index),
	U32(ca_renewed, key_index),
	BYTES(ca_renewed, cert, RPC_CERT_MAX),
	BYTES(ca_renewed, request, RPC_REQUEST_MAX),
	PEOPLE(ca_renewed, sentence, RPC_TEXT_MAX),
	PEOPLE(ca_renewed, warning, RPC_TEXT_MAX),
};

static const struct rpc_convert_field ca_info_fields[] = {
	TEXT(ca_info, name, RPC_TEXT_MAX),
	TEXT(ca_info, host, RPC_TEXT_MAX),
	TEXT(ca_info, type, 64),
	TEXT(ca_info, contact, RPC_TEXT_MAX),
	BOOL(ca_info, issue_at_once),
	BOOL(ca_info, demo),
	BOOL(ca_info, single_person),
	U64(ca_info, user_version),
	U32(ca_info, pending_days),
	LIST(ca_info, generations, generation_count, generation, RPC_GENERATIONS_MAX),
	U64(ca_info, crl_number),
	I64(ca_info, crl_this_update),
	I64(ca_info, crl_next_update),
	U64(ca_info, delta_number),
	I64(ca_info, delta_this_update),
	I64(ca_info, delta_next_update),
	LIST(ca_info, crosses, cross_count, cross, RPC_CROSSES_MAX),
};

static const struct rpc_convert_field crl_ask_fields[] = {
	KNOWN(crl_ask, type, crl_type_known),
	U32(crl_ask, generation),
};

static const struct rpc_convert_field crl_fields[] = {
	BYTES(crl, der, RPC_CRL_MAX),
	U64(crl, number),
	I64(crl, this_update),
	I64(crl, next_update),
};

static const struct rpc_convert_field submit_fields[] = {
	MESSAGE(submit, identity, identity),
	TEXT(submit, target_ca, RPC_TEXT_MAX),
	BYTES(submit, request, RPC_RAW_MAX),
	TEXT(submit, attributes, RPC_ATTRIBUTES_MAX),
	BYTES(submit, submission, 32),
	TEXT(submit, address, 64),
	TEXT(submit, agent, 256),
};

static const struct rpc_convert_field result_fields[] = {
	U64(result, id),
	KNOWN(result, disposition, disposition_or_none),
	U32(result, hresult),
	PEOPLE(result, message, RPC_TEXT_MAX),
	PEOPLE(result, sentence, RPC_TEXT_MAX),
	BYTES(result, cert, RPC_CERT_MAX),
	U32(result, generation),
	PEOPLE(result, requester, RPC_TEXT_MAX),
	BOOL(result, mine),
};

static const struct rpc_convert_field response_fields[] = {
	BYTES(response, der, RPC_RESPONSE_MAX),
};

static const struct rpc_convert_field retrieve_fields[] = {
	MESSAGE(retrieve, identity, identity),
	U64(retrieve, id),
	BYTES(retrieve, serial, RPC_SERIAL_MAX),
	TEXT(retrieve, reason, RPC_TEXT_MAX),
};

static const struct rpc_convert_field row_fields[] = {
	U64(row, id),
	KNOWN(row, disposition, disposition_known),
	I64(row, submitted),
	I64(row, resolved),
	PEOPLE(row, requester, RPC_TEXT_MAX),
	PEOPLE(row, subject, RPC_TEXT_MAX),
	PEOPLE(row, common_name, RPC_TEXT_MAX),
	TEXT(row, serial, 2 * RPC_SERIAL_MAX),
	I64(row, not_before),
	I64(row, not_after),
	PEOPLE(row, template_name, RPC_TEXT_MAX),
	PEOPLE(row, message, RPC_TEXT_MAX),
	U32(row, revoked_reason),
};

static const struct rpc_convert_field list_ask_fields[] = {
	MESSAGE(list_ask, identity, identity),
	KNOWN(list_ask, disposition, disposition_or_none),
	TEXT(list_ask, requester, RPC_TEXT_MAX),
	TEXT(list_ask, search, RPC_TEXT_MAX),
	BOOL(list_ask, mine_only),
	BOOL(list_ask, certificates_only),
	U64(list_ask, before),
	KNOWN(list_ask, limit, limit_known),
	BOOL(list_ask, on_hold),
};

static const struct rpc_convert_field list_fields[] = {
	LIST(list, rows, row_count, row, RPC_LIST_MAX),
	U64(list, next),
	U64(list, pending),
	U64(list, searched),
	I64(list, oldest),
};

static const struct rpc_convert_field field_fields[] = {
	PEOPLE(field, label, RPC_TEXT_MAX),
	PEOPLE(field, asked, RPC_FIELD_MAX),
	PEOPLE(field, granted, RPC_FIELD_MAX),
	PEOPLE(field, note, RPC_TEXT_MAX),
	BOOL(field, differs),
};

static const struct rpc_convert_field event_fields[] = {
	I64(event, time),
	PEOPLE(event, what, RPC_TEXT_MAX),
	PEOPLE(event, who, RPC_TEXT_MAX),
	PEOPLE(event, detail, RPC_TEXT_MAX),
};

static const struct rpc_convert_field approval_fields[] = {
	PEOPLE(approval, who, RPC_TEXT_MAX),
	I64(approval, time),
	BOOL(approval, lapsed),
};

static const struct rpc_convert_field request_fields[] = {
	MESSAGE(request, row, row),
	U32(request, hresult),
	PEOPLE(request, sentence, RPC_TEXT_MAX),
	PEOPLE(request, caller, RPC_TEXT_MAX),
	PEOPLE(request, officer, RPC_TEXT_MAX),
	PEOPLE(request, attributes, RPC_ATTRIBUTES_MAX),
	PEOPLE(request, key, RPC_TEXT_MAX),
	PEOPLE(request, kind, RPC_TEXT_MAX),
	BYTES(request, request, RPC_RAW_MAX),
	BYTES(request, cert, RPC_CERT_MAX),
	U32(request, generation),
	I64(request, revoked_at),
	KNOWN(request, revoked_reason, reason_known),
	BOOL(request, mine),
	BOOL(request, may_decide),
	PEOPLE(request, may_not, RPC_TEXT_MAX),
	LIST(request, fields, field_count, field, RPC_FIELDS_MAX),
	LIST(request, events, event_count, event, RPC_EVENTS_MAX),
	U32(request, approvals_needed),
	LIST(request, approvals, approval_count, approval, RPC_APPROVALS_MAX),
	I64(request, until),
	PEOPLE(request, until_note, RPC_TEXT_MAX),
};

static const struct rpc_convert_field decide_fields[] = {
	MESSAGE(decide, identity, identity),
	U64(decide, id),
	KNOWN(decide, decision, decision_known),
	TEXT(decide, reason, RPC_TEXT_MAX),
};

static const struct rpc_convert_field revoke_fields[] = {
	MESSAGE(revoke, identity, identity),
	U64(revoke, id),
	BYTES(revoke, serial, RPC_SERIAL_MAX),
	KNOWN(revoke, reason, reason_known),
	TEXT(revoke, comment, RPC_TEXT_MAX),
};

static const struct rpc_convert_field crl_row_fields[] = {
	U32(crl_row, key_index),
	U64(crl_row, number),
	U64(crl_row, entries),
	I64(crl_row, this_update),
	I64(crl_row, next_publish),
	I64(crl_row, next_update),
	TEXT(crl_row, file, RPC_TEXT_MAX),
	PEOPLE(crl_row, status, RPC_TEXT_MAX),
	U64(crl_row, min_base),
	U64(crl_row, id),
	BYTES(crl_row, hash, 32),
	I64(crl_row, delivered),
	PEOPLE(crl_row, delivery, RPC_TEXT_MAX),
};

static const struct rpc_convert_field crl_delivery_fields[] = {
	U64(crl_delivery, id),
	BOOL(crl_delivery, done),
	TEXT(crl_delivery, text, RPC_TEXT_MAX),
	TEXT(crl_delivery, file, RPC_TEXT_MAX),
	BYTES(crl_delivery, hash, 32),
};

static const struct rpc_convert_field crl_add_fields[] = {
	TEXT(crl_add, name, 255),
	BYTES(crl_add, content, RPC_CRL_OTHER_MAX),
	BYTES(crl_add, issuer, 16384),
};

static const struct rpc_convert_field crl_list_fields[] = {
	LIST(crl_list, rows, row_count, crl_row, RPC_LIST_MAX),
};

static const struct rpc_convert_field user_change_fields[] = {
	TEXT(user_change, name, IDENTITY_NAME_MAX - 1),
	BYTES(user_change, password, 1024),
	KNOWN(user_change, roles, role_mask_known),
	TEXT(user_change, mail, 256),
	TEXT(user_change, display_name, 256),
	TEXT(user_change, upn, 256),
	I64(user_change, uid),
	BOOL(user_change, enable),
	U32(user_change, fields),
};

static const struct rpc_convert_field user_fields[] = {
	TEXT(user, name, IDENTITY_NAME_MAX - 1),
	KNOWN(user, roles, role_mask_known),
	TEXT(user, mail, 256),
	TEXT(user, display_name, 256),
	I64(user, uid),
	BOOL(user, disabled),
	BOOL(user, has_password),
	I64(user, changed),
	U64(user, waiting),
};

static const struct rpc_convert_field user_list_fields[] = {
	LIST(user_list, users, user_count, user, RPC_USERS_MAX),
};

static const struct rpc_convert_field audit_ask_fields[] = {
	U64(audit_ask, after),
	U64(audit_ask, request_id),
	KNOWN(audit_ask, limit, limit_known),
};

static const struct rpc_convert_field audit_row_fields[] = {
	TEXT(audit_row, node, 64),
	U64(audit_row, sequence),
	I64(audit_row, time),
	TEXT(audit_row, event, 64),
	PEOPLE(audit_row, actor, RPC_TEXT_MAX),
	PEOPLE(audit_row, peer, RPC_TEXT_MAX),
	U64(audit_row, request_id),
	PEOPLE(audit_row, detail, RPC_DETAIL_MAX),
	BYTES(audit_row, hash, 32),
};

static const struct rpc_convert_field audit_list_fields[] = {
	LIST(audit_list, rows, row_count, audit_row, RPC_LIST_MAX),
	U64(audit_list, next),
};

static const struct rpc_convert_field finding_fields[] = {
	BOOL(finding, bad),
	PEOPLE(finding, text, RPC_TEXT_MAX),
};

static const struct rpc_convert_field audit_report_fields[] = {
	BOOL(audit_report, good),
	U64(audit_report, records),
	U64(audit_report, signatures),
	U64(audit_report, checkpoint),
	U64(audit_report, uncovered),
	LIST(audit_report, findings, finding_count, finding, RPC_FINDINGS_MAX),
};

static const struct rpc_convert_field status_fields[] = {
	TEXT(status, version, 64),
	TEXT(status, name, RPC_TEXT_MAX),
	BOOL(status, demo),
	BOOL(status, single_person),
	BOOL(status, signer_up),
	PEOPLE(status, signer_error, RPC_TEXT_MAX),
	BOOL(status, writable),
	PEOPLE(status, store_error, RPC_TEXT_MAX),
	U64(status, pending),
	U64(status, issued),
	U64(status, revoked),
	U64(status, denied),
	U64(status, failed),
	U64(status, crl_number),
	I64(status, crl_next_update),
	I64(status, ca_not_after),
	I64(status, started),
	I64(status, crl_next_publish),
	LIST(status, health, health_count, finding, RPC_FINDINGS_MAX),
};
/* clang-format on */

#include "rpc/access_convert.h"
#include "rpc/import_convert.h"
#include "rpc/template_convert.h"

/* --- messages and methods ---------------------------------------------- */

/* clang-format off */
#define MESSAGE_CONVERT(p, b)                                       \
	static const struct rpc_convert p##_convert = {             \
		#p, &ca__##p##__descriptor, sizeof(plain_##p),      \
		p##_fields, ARRAY_LEN(p##_fields)                   \
	};
MESSAGES(MESSAGE_CONVERT)
ACCESS_MESSAGES(MESSAGE_CONVERT)
IMPORT_MESSAGES(MESSAGE_CONVERT)
TEMPLATE_MESSAGES(MESSAGE_CONVERT)
MESSAGE_CONVERT(identity, Identity)
static const struct rpc_convert nothing_convert = {
	"nothing", &ca__nothing__descriptor, sizeof(struct rpc_nothing), NULL, 0
};

static const struct rpc_ca_convert methods[] = {
#define METHOD(sym, number, ask, reply, right, channels) \
	[number] = { &ask##_convert, &reply##_convert },
#include "rpc/methods.def"
#undef METHOD
};
/* clang-format on */

const struct rpc_ca_convert *
rpc_ca_convert_find(uint32_t method)
{
	return method < ARRAY_LEN(methods) && methods[method].ask
		   ? &methods[method]
		   : NULL;
}
