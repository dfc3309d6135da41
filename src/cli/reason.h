/* reason.h - why a certificate is revoked: the words and numbers of RFC 5280
 * 5.3.1. removeFromCRL (8) is not among them: that is `release`.
 */
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define CLI_REASON_RELEASE 8

/* For a table of options: what may be given. */
#define CLI_REASONS                                                     \
	"unspecified|key-compromise|ca-compromise|affiliation-changed|" \
	"superseded|cessation-of-operation|certificate-hold|"           \
	"privilege-withdrawn|aa-compromise|0|1|2|3|4|5|6|9|10"

/* A word or a number. */
bool cli_reason(const char *text, uint32_t *ret);
