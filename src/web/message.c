#include "web/view.h"

#include "base/str.h"

#include <ctype.h>

#define ADMIN_DENIED_REQUEST 0x80094014u

/* Names that programs print beside the number (MS-WCCE 2.2.4). */
/* clang-format off */
static const struct {
	uint32_t hresult;
	const char *name;
} names[] = {
	{ 0x80094001, "CERTSRV_E_BAD_REQUESTSUBJECT" },
	{ 0x80094003, "CERTSRV_E_BAD_REQUESTSTATUS" },
	{ 0x80094004, "CERTSRV_E_PROPERTY_EMPTY" },
	{ 0x80094009, "CERTSRV_E_RESTRICTEDOFFICER" },
	{ 0x8009400E, "CERTSRV_E_BAD_RENEWAL_CERT_ATTRIBUTE" },
	{ 0x80094010, "CERTSRV_E_NO_POLICY_SERVER" },
	{ 0x80094011, "CERTSRV_E_ENROLL_DENIED" },
	{ 0x80094012, "CERTSRV_E_TEMPLATE_DENIED" },
	{ 0x80094014, "CERTSRV_E_ADMIN_DENIED_REQUEST" },
	{ 0x80094800, "CERTSRV_E_UNSUPPORTED_CERT_TYPE" },
	{ 0x80094802, "CERTSRV_E_TEMPLATE_CONFLICT" },
	{ 0x80094807, "CERTSRV_E_BAD_TEMPLATE_VERSION" },
	{ 0x80094809, "CERTSRV_E_SIGNATURE_POLICY_REQUIRED" },
	{ 0x8009480A, "CERTSRV_E_SIGNATURE_COUNT" },
	{ 0x8009480B, "CERTSRV_E_SIGNATURE_REJECTED" },
	{ 0x8009480C, "CERTSRV_E_SUBJECT_EMAIL_REQUIRED" },
	{ 0x8009480D, "CERTSRV_E_SUBJECT_UPN_REQUIRED" },
	{ 0x8009480F, "CERTSRV_E_SUBJECT_DNS_REQUIRED" },
	{ 0x80094811, "CERTSRV_E_KEY_LENGTH" },
	{ 0x80094816, "CERTSRV_E_RENEWAL_BAD_PUBLIC_KEY" },
	{ 0x8009200E, "CRYPT_E_NO_SIGNER" },
	{ 0x80091004, "CRYPT_E_INVALID_MSG_TYPE" },
	{ 0x80090003, "NTE_BAD_KEY" },
	{ 0x80090006, "NTE_BAD_SIGNATURE" },
	{ 0x8009000F, "NTE_EXISTS" },
	{ 0x8000FFFF, "E_UNEXPECTED" },
	{ 0x80004005, "E_FAIL" },
	{ 0x8007000E, "E_OUTOFMEMORY" },
	{ 0x8007000D, "ERROR_INVALID_DATA" },
	{ 0x80070005, "E_ACCESSDENIED" },
	{ 0x80070057, "E_INVALIDARG" },
	{ 0x80070013, "ERROR_WRITE_PROTECT" },
	{ 0x8007006F, "ERROR_BUFFER_OVERFLOW" },
	{ 0x80070070, "ERROR_DISK_FULL" },
	{ 0x800700AA, "ERROR_BUSY" },
	{ 0x800700B7, "ERROR_ALREADY_EXISTS" },
	{ 0x8007052E, "ERROR_LOGON_FAILURE" },
	{ 0x80070570, "ERROR_FILE_CORRUPT" },
	{ 0x800705AD, "ERROR_WORKING_SET_QUOTA" },
	{ 0x800705B4, "ERROR_TIMEOUT" },
	{ 0x800706BA, "RPC_S_SERVER_UNAVAILABLE" },
	{ 0x800706BE, "RPC_S_CALL_FAILED" },
};
/* clang-format on */

static const char *
hresult_name(uint32_t hresult)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].hresult == hresult)
			return names[i].name;
	return "E_FAIL";
}

static const char *
hresult_text(uint32_t hresult)
{
	uint32_t i;

	for (i = 0; i < ERR_COUNT; i++)
		if (err_hresult((enum err_code)i) == hresult)
			return err_text((enum err_code)i);
	return "the request was not carried out";
}

/* One line: what follows a line end would not be read. */
static const char *
one_line(struct web_ask *ask, const char *text, bool capital)
{
	char *copy = web_alloc(ask, strlen(text) + 1);
	size_t i;

	if (!copy)
		return "";
	for (i = 0; text[i]; i++)
		copy[i] = text[i] == '\n' || text[i] == '\r' || text[i] == '\t'
			      ? ' '
			      : text[i];
	if (capital && copy[0] >= 'a' && copy[0] <= 'z')
		copy[0] = (char)toupper((unsigned char)copy[0]);
	return copy;
}

const char *
view_hresult(struct web_ask *ask, uint32_t hresult)
{
	if (hresult == 0)
		return "The operation completed successfully. 0x0 (WIN32: 0)";
	return web_text(ask, "%s. 0x%08x (%jd %s)",
	    one_line(ask, hresult_text(hresult), true), hresult,
	    (intmax_t)hresult - (INTMAX_C(1) << 32), hresult_name(hresult));
}

/* What policy refused carries number and reason behind the fixed words; what
 * an officer refused carries his name, as the CA says it. */
static const char *
denied_message(struct web_ask *ask, const struct rpc_result *r)
{
	const char *why =
	    r->sentence[0] ? r->sentence : hresult_text(r->hresult);

	if (r->message[0] && (r->hresult == ADMIN_DENIED_REQUEST ||
				 strstr(r->message, "  0x") != NULL))
		return one_line(ask, r->message, false);
	return web_text(ask, "Denied by Policy Module  0x%08x, %s", r->hresult,
	    one_line(ask, why, true));
}

const char *
view_message(struct web_ask *ask, const struct rpc_result *r)
{
	switch (r->disposition) {
	case DISPOSITION_PENDING:
		return "Taken Under Submission";
	case DISPOSITION_DENIED:
		return denied_message(ask, r);
	case DISPOSITION_FAILED:
		return web_text(ask, "Error Parsing Request  0x%08x, %s",
		    r->hresult,
		    one_line(ask,
			r->sentence[0] ? r->sentence : hresult_text(r->hresult),
			true));
	default:
		return r->message[0] ? one_line(ask, r->message, false)
				     : "(none)";
	}
}
