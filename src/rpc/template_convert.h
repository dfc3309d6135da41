/* template_convert.h - the part of ca_convert.c about templates; only for
 * that file. */
#pragma once

/* clang-format off */
#define TEMPLATE_MESSAGES(M)                     \
	M(template_ask, TemplateAsk)             \
	M(template_row, TemplateRow)             \
	M(template_note, TemplateNote)           \
	M(template_list, TemplateList)           \
	M(template_field, TemplateField)         \
	M(template, Template)                    \
	M(template_file, TemplateFile)           \
	M(template_finding, TemplateFinding)     \
	M(template_report, TemplateReport)

TEMPLATE_MESSAGES(MESSAGE_NAMES)

static const struct rpc_convert_field template_ask_fields[] = {
	MESSAGE(template_ask, identity, identity),
	TEXT(template_ask, name, 64),
	TEXT(template_ask, for_account, IDENTITY_OWNER_MAX - 1),
};

static const struct rpc_convert_field template_row_fields[] = {
	TEXT(template_row, name, 64),
	PEOPLE(template_row, display_name, RPC_TEXT_MAX),
	PEOPLE(template_row, description, RPC_TEXT_MAX),
	TEXT(template_row, oid, RPC_TEXT_MAX),
	U32(template_row, major),
	U32(template_row, minor),
	PEOPLE(template_row, file, RPC_TEXT_MAX),
	BOOL(template_row, enabled),
	BOOL(template_row, usable),
	PEOPLE(template_row, why, RPC_TEXT_MAX),
	BOOL(template_row, machine),
	I64(template_row, validity),
	I64(template_row, renewal_overlap),
	BOOL(template_row, subject_from_request),
	BOOL(template_row, san_from_request),
	U32(template_row, keys),
	U32(template_row, rsa_min),
	U32(template_row, key_usage),
	BOOL(template_row, exportable),
	BOOL(template_row, strong_protection),
	U32(template_row, approvals),
	U32(template_row, agent_signatures),
	BOOL(template_row, on_behalf_of),
	BOOL(template_row, sign_in),
	BOOL(template_row, renew_same_key),
};

static const struct rpc_convert_field template_note_fields[] = {
	BOOL(template_note, refused),
	PEOPLE(template_note, text, RPC_TEXT_MAX),
};

static const struct rpc_convert_field template_list_fields[] = {
	LIST(template_list, rows, row_count, template_row, RPC_TEMPLATES_MAX),
	LIST(template_list, notes, note_count, template_note,
	    RPC_TEMPLATE_NOTES_MAX),
};

static const struct rpc_convert_field template_field_fields[] = {
	PEOPLE(template_field, label, RPC_TEXT_MAX),
	PEOPLE(template_field, value, RPC_DETAIL_MAX),
};

static const struct rpc_convert_field template_fields[] = {
	MESSAGE(template, row, template_row),
	LIST(template, fields, field_count, template_field,
	    RPC_TEMPLATE_FIELDS_MAX),
	BYTES(template, text, RPC_TEMPLATE_FILE_MAX),
};

static const struct rpc_convert_field template_file_fields[] = {
	TEXT(template_file, file, 256),
	BYTES(template_file, text, RPC_TEMPLATE_FILE_MAX),
};

static const struct rpc_convert_field template_finding_fields[] = {
	BOOL(template_finding, bad),
	U32(template_finding, line),
	TEXT(template_finding, hole, 16),
	PEOPLE(template_finding, text, RPC_TEXT_MAX),
};

static const struct rpc_convert_field template_report_fields[] = {
	BOOL(template_report, good),
	TEXT(template_report, name, 64),
	LIST(template_report, findings, finding_count, template_finding,
	    RPC_TEMPLATE_FINDINGS_MAX),
};
/* clang-format on */
