#include "common/config.h"

#include "base/buf.h"
#include "base/str.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

int
common_config_read(const char *file, struct buf *out, struct err *err)
{
	AUTO_FD fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, "%s", file);
	if (buf_add_fd(out, fd) < 0)
		return err_errno(err, "%s", file);
	return buf_check(out, file, err);
}

int
common_config_load(const char *file, const cyaml_schema_value_t *schema,
    void **ret, struct err *err)
{
	AUTO_BUF text = BUF_WITH_LIMIT(CONF_TEXT_MAX);

	*ret = NULL;
	if (common_config_read(file, &text, err) < 0)
		return -1;
	return conf_load(buf_bytes(&text), file, schema, ret, NULL, err);
}

void
common_config_free(const cyaml_schema_value_t *schema, void *config)
{
	conf_free(schema, config);
}

int
common_config_folder(const char *file, char **ret, struct err *err)
{
	char *real = realpath(file, NULL), *slash;

	if (!real)
		return err_errno(err, "%s", file);
	slash = strrchr(real, '/');
	if (slash == real)
		slash++;
	*slash = 0;
	*ret = real;
	return 0;
}

int
common_config_path(const char *folder, const char *value, size_t max,
    char **ret, struct err *err)
{
	char *path;
	int n;

	if (!value || !*value)
		return err_set(err, ERR_CONFIG, "a path is empty");
	if (*value == '/')
		n = asprintf(&path, "%s", value);
	else
		n = asprintf(&path, "%s/%s", folder, value);
	if (n < 0)
		return err_set(err, ERR_NO_MEMORY, "path %s", value);
	if ((size_t)n > max) {
		free(path);
		return err_set(err, ERR_CONFIG,
		    "the path %s/%s is longer than %zu bytes", folder, value,
		    max);
	}
	*ret = path;
	return 0;
}
