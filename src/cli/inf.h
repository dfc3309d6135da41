/* inf.h - a request described in an INF file, as administrators write it for
 * certreq.
 *
 * Sections NewRequest, Strings, EnhancedKeyUsageExtension, Extensions and
 * RequestAttributes; what is not known there becomes a warning with its line,
 * what is malformed an error with its line.
 *
 * Trust: input is somebody's file: at most CLI_INF_MAX bytes, UTF-8 or
 * UTF-16; fuzzed by tests/fuzz/fuzz_inf.c.
 */
#pragma once
#include "cli/csr.h"
#include "cli/inf_ext.h"

#define CLI_INF_MAX      65536
#define CLI_INF_LINE_MAX 4096

struct cli_inf {
	struct cli_csr csr;
	char key[16]; /* a word of CLI_KEY_WORDS, or "" */
	char friendly_name[CLI_CSR_TEXT_MAX];
	bool exportable;
	bool machine;
	bool existing_key;
	bool cmc; /* RequestType = CMC */
	struct cli_inf_ext ext;
	struct buf warnings;
};

void cli_inf_init(struct cli_inf *inf);
void cli_inf_clear(struct cli_inf *inf);
MUST_CHECK int cli_inf_read(
    struct bytes text, struct cli_inf *inf, struct err *err);
