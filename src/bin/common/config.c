#include "common/config.h"

#include "base/str.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

/* libcyaml reports in several lines: what is wrong first, then where. */
struct complaint {
	char text[400];
	size_t n;
};

static void complain(cyaml_log_t level, void *ctx, const char *fmt,
    va_list args) PRINTF_LIKE(3, 0);

static void
complain(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
	struct complaint *c = ctx;
	char line[300], *p;
	int n;

	if (level < CYAML_LOG_ERROR)
		return;
	n = vsnprintf(line, sizeof(line), fmt, args);
	if (n <= 0)
		return;
	line[strcspn(line, "\n")] = 0;
	p = line;
	if (str_has_prefix(p, "Load: "))
		p += 6;
	while (*p == ' ')
		p++;
	if (str_eq(p, "Backtrace:"))
		return;
	n = snprintf(c->text + c->n, sizeof(c->text) - c->n, "%s%s",
	    c->n ? "; " : "", p);
	if (n > 0 && (size_t)n < sizeof(c->text) - c->n)
		c->n += (size_t)n;
}

int
common_config_load(const char *file, const cyaml_schema_value_t *schema,
    void **ret, struct err *err)
{
	struct complaint c = { { 0 }, 0 };
	const cyaml_config_t config = {
		.log_fn = complain,
		.log_ctx = &c,
		.log_level = CYAML_LOG_ERROR,
		.mem_fn = cyaml_mem,
		.flags = CYAML_CFG_NO_ALIAS,
	};
	cyaml_err_t rc;

	*ret = NULL;
	rc = cyaml_load_file(file, &config, schema, ret, NULL);
	if (rc != CYAML_OK || !*ret)
		return err_set(err, ERR_CONFIG, "%s: %s%s%s", file,
		    rc != CYAML_OK ? cyaml_strerror(rc) : "it is empty",
		    c.n ? ": " : "", c.text);
	return 0;
}

void
common_config_free(const cyaml_schema_value_t *schema, void *config)
{
	const cyaml_config_t plain = {
		.mem_fn = cyaml_mem,
		.flags = CYAML_CFG_NO_ALIAS,
	};

	if (config)
		(void)cyaml_free(&plain, schema, config, 0);
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
