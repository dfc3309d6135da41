/* der_text.h - DER for people: a line for each element, indented by depth, with
 * its offset, tag, length and value.
 *
 *     0: SEQUENCE, 530 bytes
 *     4:   INTEGER 5A3C...
 *
 * An OCTET STRING that holds one whole DER element is opened like a SEQUENCE.
 * Long values are cut ("... 256 bytes"), and the text ends with "..." after
 * PKI_DER_TEXT_LINES lines; what is no DER is said where it is met.
 *
 * Trust: input is hostile; only printable characters get into the text.
 */
#pragma once
#include "base/buf.h"

#define PKI_DER_TEXT_LINES 600
#define PKI_DER_TEXT_DEPTH 24
#define PKI_DER_TEXT_MAX   131072 /* a limit for out that is never met */

void pki_der_text(struct bytes all, struct buf *out);
