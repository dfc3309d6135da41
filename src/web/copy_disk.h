/* copy_disk.h - the folder behind copy.h.
 *
 * ca.txt holds "key value" lines, ca-N.cer and crl-N.crl are DER. Files are
 * written beside their name and renamed, so that a reader meets whole ones.
 * Saving is a convenience: when it fails the copy in memory still serves.
 *
 * Trust: the folder is ours alone; all the same, what is read is bounded and
 * checked before it is used.
 */
#pragma once
#include "web/copy.h"

struct web_disk;
struct web_stored; /* memory behind what was loaded */

MUST_CHECK int web_disk_open(
    const char *dir, struct web_disk **ret, struct err *err);
void web_disk_free(struct web_disk *d);
void web_stored_free(struct web_stored *s);
AUTO_DEFINE(web_stored);

/* -1 when there is nothing usable. */
MUST_CHECK int web_disk_load_ca(
    struct web_disk *d, struct web_ca *ret, struct web_stored **ret_memory);
MUST_CHECK int web_disk_load_crl(struct web_disk *d, enum rpc_crl_type type,
    uint32_t key, struct rpc_crl *ret, struct web_stored **ret_memory);
void web_disk_save_ca(struct web_disk *d, const struct web_ca *ca);
void web_disk_save_crl(struct web_disk *d, enum rpc_crl_type type, uint32_t key,
    const struct rpc_crl *crl);
/* Would both be the same files, but for the time? */
bool web_disk_same(const struct web_ca *a, const struct web_ca *b);
