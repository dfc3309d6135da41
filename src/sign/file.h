/* file.h - keys as PKCS#8 PEM files, N.key, in a folder of the signer's own.
 *
 * The folder (0700) and the files (0600) must belong to the account of the
 * process: anything looser is refused with a sentence, not repaired. The
 * files are not encrypted; who can read them as that account or as root has
 * the key (SECURITY.md). In memory a key is an EVP_PKEY; its encodings are
 * wiped.
 *
 * Each key signs and verifies something when it is loaded, so that a damaged
 * file cannot produce signatures that give the key away.
 */
#pragma once
#include "sign/signer.h"

MUST_CHECK int sign_file_open(
    const char *folder, struct sign_signer **ret, struct err *err);
/* Keep a key that was made elsewhere, as if make_key() had made it. */
MUST_CHECK int sign_file_keep(struct sign_signer *s, uint32_t index,
    EVP_PKEY *pkey, struct sign_key **ret, struct err *err);
