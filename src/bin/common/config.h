/* config.h - reading opencertsrv.yaml with a program's own schema.
 *
 * One file serves all programs. A program's schema describes its own section
 * and lists the others with CYAML_FIELD_IGNORE. Strict, see conf/conf.h. Ranges
 * and defaults are the program's, in one place, after loading.
 *
 * Ownership: common_config_load() gives memory of libcyaml, to be released by
 * common_config_free() with the same schema.
 */
#pragma once
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "conf/conf.h"

#define COMMON_PATH_MAX 4096
/* What fits sun_path with its NUL. */
#define COMMON_SOCKET_PATH_MAX 107

MUST_CHECK int common_config_load(const char *file,
    const cyaml_schema_value_t *schema, void **ret, struct err *err);
void common_config_free(const cyaml_schema_value_t *schema, void *config);

/* A whole file, up to the limit of out. */
MUST_CHECK int common_config_read(
    const char *file, struct buf *out, struct err *err);
/* The absolute folder of the configuration file, links resolved. malloc. */
MUST_CHECK int common_config_folder(
    const char *file, char **ret, struct err *err);
/* A path of the configuration: absolute, or relative to that folder. malloc;
 * max: longest allowed (COMMON_PATH_MAX, COMMON_SOCKET_PATH_MAX). */
MUST_CHECK int common_config_path(const char *folder, const char *value,
    size_t max, char **ret, struct err *err);
