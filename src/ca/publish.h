/* publish.h - files for relying parties: CRLs and CA certificates.
 *
 * A file appears under its name by rename(2), complete and on the disk, or
 * not at all. nginx serves the folder; nothing here speaks HTTP.
 */
#pragma once
#include "ca/ca.h"

struct ca_publish;

/* A new file that will get this name (no slash in it). */
MUST_CHECK int ca_publish_open(const struct ca_config *c, const char *name,
    struct ca_publish **ret, struct err *err);
/* Room on the same disk that has no name and goes with ca_publish_free(). */
MUST_CHECK int ca_publish_scratch(const struct ca_config *c, const char *name,
    struct ca_publish **ret, struct err *err);
MUST_CHECK int ca_publish_write(
    struct ca_publish *p, struct bytes part, struct err *err);
/* Over what was written, at an offset. */
MUST_CHECK int ca_publish_patch(
    struct ca_publish *p, uint64_t offset, struct bytes part, struct err *err);
/* All of it as memory, until the next call. */
MUST_CHECK int ca_publish_map(
    struct ca_publish *p, struct bytes *ret, struct err *err);
/* n bytes of what was written. */
MUST_CHECK int ca_publish_read_at(struct ca_publish *p, uint64_t offset,
    uint8_t *dst, size_t n, struct err *err);
/* Mapped pages that were read and need not stay in memory; p: of a page. */
void ca_publish_forget(const uint8_t *p, size_t n);
MUST_CHECK int ca_publish_commit(struct ca_publish *p, struct err *err);
/* Without a commit the file never existed. NULL is fine. */
void ca_publish_free(struct ca_publish *p);
AUTO_DEFINE(ca_publish);

/* The whole published file; free(*ret). ERR_NOT_FOUND, ERR_TOO_LARGE. */
MUST_CHECK int ca_publish_read(const struct ca_config *c, const char *name,
    size_t max, uint8_t **ret, size_t *ret_n, struct err *err);
/* A published file as memory, of whatever size. */
struct ca_publish_view;
/* ERR_NOT_FOUND. */
MUST_CHECK int ca_publish_view_open(const struct ca_config *c, const char *name,
    struct ca_publish_view **ret, struct err *err);
void ca_publish_view_free(struct ca_publish_view *v); /* NULL is fine */
AUTO_DEFINE(ca_publish_view);
struct bytes ca_publish_view_bytes(const struct ca_publish_view *v);
/* What lies before p was read and need not stay in memory. */
void ca_publish_view_read_up_to(struct ca_publish_view *v, const uint8_t *p);
/* Is another file published under the name by now? */
bool ca_publish_view_changed(const struct ca_publish_view *v);
bool ca_publish_exists(const struct ca_config *c, const char *name);
/* Certificates of all generations, and those between them. */
MUST_CHECK int ca_publish_certificates(struct ca *ca, struct err *err);
