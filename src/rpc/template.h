/* template.h - what the methods about templates take and give; see ca.h, which
 * includes this file. Wire form: the end of ca.proto and template_convert.h.
 */
#pragma once
#include "base/bytes.h"
#include "base/identity.h"

#define RPC_TEMPLATES_MAX         256
#define RPC_TEMPLATE_FILE_MAX     65536
#define RPC_TEMPLATE_FIELDS_MAX   192
#define RPC_TEMPLATE_FINDINGS_MAX 65
#define RPC_TEMPLATE_NOTES_MAX    512

struct rpc_template_ask {
	struct identity identity;
	const char *name; /* SHOW, ENABLE, DISABLE */
	/* LIST: which may this account use? "" whoever asks; anybody else's
	 * needs READ. */
	const char *for_account;
};

struct rpc_template_row {
	const char *name;
	const char *display_name;
	const char *description;
	const char *oid;
	uint32_t major, minor;
	const char *file;
	bool enabled;
	bool usable;     /* by the account that is asked about */
	const char *why; /* not, a sentence; "" when usable */
	bool machine;
	int64_t validity, renewal_overlap;
	bool subject_from_request, san_from_request;
	uint32_t keys;    /* mask, 1 << enum pki_key_kind */
	uint32_t rsa_min; /* bits */
	uint32_t key_usage;
	bool exportable, strong_protection; /* hints for the key's maker */
	uint32_t approvals, agent_signatures;
	bool on_behalf_of;
	bool sign_in;
	bool renew_same_key; /* a renewal may keep its key */
};

/* A file that was left out, or a remark on one. */
struct rpc_template_note {
	bool refused;
	const char *text; /* "FILE:LINE: sentence" */
};

/* An enrollee sees the enabled ones that he may read or use; with READ, all
 * of them and the notes. */
struct rpc_template_list {
	const struct rpc_template_row *rows; /* by name */
	size_t row_count;
	const struct rpc_template_note *notes;
	size_t note_count;
};

struct rpc_template_field {
	const char *label, *value;
};

struct rpc_template {
	struct rpc_template_row row;
	const struct rpc_template_field *fields; /* for people */
	size_t field_count;
	struct bytes text; /* the file */
};

struct rpc_template_file {
	const char *file; /* name, for messages */
	struct bytes text;
};

struct rpc_template_finding {
	bool bad; /* false: a remark */
	uint32_t line;
	const char *hole; /* "ESC1" or "" */
	const char *text;
};

struct rpc_template_report {
	bool good;
	const char *name; /* of the template; "" when it cannot be used */
	const struct rpc_template_finding *findings;
	size_t finding_count;
};
