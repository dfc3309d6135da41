/* init.h - the first start: a key, and a certificate signed with it. */
#pragma once
#include "base/buf.h"
#include "ca/ca.h"

/* Does nothing when the CA has a certificate. Without one: started with
 * --init it has the signer make key 0 (or takes the one that an interrupted
 * start left) and sign a root with it; otherwise ERR_CONFIG. The committer
 * runs, nothing else does. A subordinate gets neither here: CA_RENEW makes key
 * and request, CA_INSTALL takes what another CA signed (renew.h); without
 * --init it does not start before. */
MUST_CHECK int ca_init(struct ca *ca, struct err *err);
/* The name of a CA that has no certificate yet, from the configuration. */
MUST_CHECK int ca_init_name(
    const struct ca_config *c, struct buf *out, struct err *err);
