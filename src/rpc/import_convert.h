/* import_convert.h - the part of ca_convert.c about imports; only for that
 * file. */
#pragma once

/* clang-format off */
#define IMPORT_MESSAGES(M)               \
	M(import_ca, ImportCa)           \
	M(import_row, ImportRow)         \
	M(import_rows, ImportRows)       \
	M(import_crl, ImportCrl)         \
	M(import_report, ImportReport)

IMPORT_MESSAGES(MESSAGE_NAMES)

static const struct rpc_convert_field import_ca_fields[] = {
	LIST(import_ca, generations, generation_count, generation,
	    RPC_GENERATIONS_MAX),
};

static const struct rpc_convert_field import_row_fields[] = {
	U64(import_row, id),
	KNOWN(import_row, disposition, disposition_known),
	BYTES(import_row, cert, RPC_CERT_MAX),
	BYTES(import_row, serial, RPC_SERIAL_MAX + 1),
	U32(import_row, key_index),
	I64(import_row, not_after),
	BYTES(import_row, request, RPC_REQUEST_MAX),
	TEXT(import_row, requester, RPC_TEXT_MAX),
	TEXT(import_row, template_name, RPC_TEXT_MAX),
	TEXT(import_row, attributes, RPC_ATTRIBUTES_MAX),
	PEOPLE(import_row, message, RPC_TEXT_MAX),
	I64(import_row, submitted),
	I64(import_row, resolved),
	I64(import_row, revoked),
	KNOWN(import_row, reason, reason_known),
};

static const struct rpc_convert_field import_rows_fields[] = {
	LIST(import_rows, rows, row_count, import_row, RPC_IMPORT_ROWS_MAX),
};

static const struct rpc_convert_field import_crl_fields[] = {
	U32(import_crl, key_index),
	BOOL(import_crl, delta),
	U64(import_crl, offset),
	BYTES(import_crl, part, RPC_IMPORT_PART_MAX),
	BOOL(import_crl, last),
};

static const struct rpc_convert_field import_report_fields[] = {
	U64(import_report, taken),
	U64(import_report, already),
	U64(import_report, changed),
	U64(import_report, refused),
	LIST(import_report, findings, finding_count, finding,
	    RPC_FINDINGS_MAX),
};
/* clang-format on */
