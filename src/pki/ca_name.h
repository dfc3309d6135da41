/* ca_name.h - the name of a CA as part of file names (MS-WCCE 3.1.1.4.1.1):
 * characters that cannot stand there are written "!xxxx".
 */
#pragma once
#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

#define PKI_CA_NAME_MAX 1800

/* name: UTF-8. false when it does not fit. */
MUST_CHECK bool pki_ca_name_sanitise(const char *name, char *dst, size_t size);
