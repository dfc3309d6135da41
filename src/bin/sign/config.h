/* config.h - the section `sign` of opencertsrv.yaml.
 *
 *   sign:
 *     keys: sign/keys              folder of the keys, 0700
 *     log: sign/sign.log           the signer's log, 0600
 *     socket: run/sign/sign.sock   where the CA connects
 *     subordinates: false          true: sign certificates of CAs below this
 *                                  one (template SubCA)
 *
 * All are optional; these are the defaults. Relative to the file's folder.
 */
#pragma once
#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>

struct sign_config {
	char *keys; /* absolute from here on */
	char *log;
	char *socket;
	bool subordinates;
};

MUST_CHECK int sign_config_load(
    const char *file, struct sign_config *ret, struct err *err);
void sign_config_clear(struct sign_config *c);
