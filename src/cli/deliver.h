/* deliver.h - what was published reaches those who need it.
 *
 * The CA writes lists into a folder and has no way to the network. Whether a
 * relying party gets them is found out here, outside of the CA's sandbox:
 * a program of the site's may copy each file elsewhere (host: publish_hook),
 * then the list is fetched from the address that certificates name and must
 * be, byte for byte, the one that was published. The CA is told; until then a
 * list does not count as one that delta CRLs may build upon when it failed.
 *
 * The supervisor runs `opencertsrv crl deliver` when the folder has changed,
 * and again after a failure.
 *
 * Trust: the web server's answer is bounded and only hashed. The hook runs
 *        without any descriptor of ours and, when we are root, as the account
 *        that serves the files.
 */
#pragma once
#include "cli/cli.h"

MUST_CHECK int cli_deliver(struct cli *c, struct err *err);
