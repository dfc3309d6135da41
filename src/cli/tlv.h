/* tlv.h - DER written forwards, for messages that are made once and are not
 * on anybody's hot path (pki/der.h writes backwards, without copies). */
#pragma once
#include "base/buf.h"
#include "pki/oid.h"

#define CLI_TLV_SET_MAX 300

/* One element: head and content. */
void cli_tlv(struct buf *out, uint8_t tag, struct bytes content);
void cli_tlv_oid(struct buf *out, enum pki_oid oid);
void cli_tlv_uint(struct buf *out, uint64_t v);
/* Elements that become a SET OF, sorted by their bytes (X.690 11.6). */
struct cli_tlv_set {
	struct buf elements[CLI_TLV_SET_MAX];
	size_t n;
};
/* The next element to write into; NULL when there are too many. */
struct buf *cli_tlv_set_next(struct cli_tlv_set *s, size_t max);
/* tag: DER_SET, or a context tag that stands for it. */
void cli_tlv_set_put(struct buf *out, uint8_t tag, struct cli_tlv_set *s);
void cli_tlv_set_free(struct cli_tlv_set *s); /* frees s itself, too */
MUST_CHECK int cli_tlv_set_new(struct cli_tlv_set **ret, struct err *err);
AUTO_DEFINE(cli_tlv_set);
/* A BMPString of UTF-8 text; false when a character does not fit into one. */
MUST_CHECK bool cli_tlv_bmp(struct buf *out, const char *text);
