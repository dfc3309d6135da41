#include "conf/conf.h"

#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

/* libcyaml reports in several lines: what is wrong first, then where, the
 * innermost place first. */
struct complaint {
	char what[300];
	unsigned line;
};

static void complain(cyaml_log_t level, void *ctx, const char *fmt,
    va_list args) PRINTF_LIKE(3, 0);

static void
complain(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
	struct complaint *c = ctx;
	char line[300];
	const char *p = line;
	int n;

	if (level < CYAML_LOG_ERROR)
		return;
	n = vsnprintf(line, sizeof(line), fmt, args);
	if (n <= 0)
		return;
	line[strcspn(line, "\n")] = 0;
	if (str_has_prefix(p, "Load: "))
		p += 6;
	if (str_eq(p, "Backtrace:"))
		return;
	if (*p != ' ' && !c->what[0])
		(void)snprintf(c->what, sizeof(c->what), "%s", p);
	p = strstr(p, "(line: ");
	if (p && !c->line)
		for (p += 7; *p >= '0' && *p <= '9'; p++)
			c->line = 10 * c->line + (unsigned)(*p - '0');
}

/* libcyaml names the place before a key that it does not take. */
static void
find_key(struct bytes text, struct complaint *c)
{
	static const struct {
		const char *begins;
		bool last;
	} rows[] = { { "Unexpected key: ", false },
		{ "Mapping field already seen: ", true } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned line;

		if (!str_has_prefix(c->what, rows[i].begins))
			continue;
		line = conf_key_line(text, c->what + strlen(rows[i].begins),
		    c->line, rows[i].last);
		if (line)
			c->line = line;
	}
}

static int
fail(const char *name, unsigned line, const char *what, unsigned *ret_line,
    struct err *err)
{
	if (ret_line)
		*ret_line = line;
	if (line == 0)
		return err_set(err, ERR_CONFIG, "%s: %s", name, what);
	return err_set(err, ERR_CONFIG, "%s:%u: %s", name, line, what);
}

int
conf_load(struct bytes text, const char *name,
    const cyaml_schema_value_t *schema, void **ret, unsigned *ret_line,
    struct err *err)
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
	if (ret_line)
		*ret_line = 0;
	if (text.n == 0)
		return fail(name, 0, "it is empty", ret_line, err);
	if (text.n > CONF_TEXT_MAX)
		return fail(name, 0, "it is too large", ret_line, err);
	if (conf_scan(text, schema, &c.line, c.what, sizeof(c.what)) < 0)
		return fail(name, c.line, c.what, ret_line, err);
	rc = cyaml_load_data(text.p, text.n, &config, schema, ret, NULL);
	if (rc == CYAML_OK && *ret)
		return 0;
	find_key(text, &c);
	if (!c.what[0])
		(void)snprintf(c.what, sizeof(c.what), "%s",
		    rc == CYAML_OK ? "it is empty" : cyaml_strerror(rc));
	return fail(name, c.line, c.what, ret_line, err);
}

void
conf_free(const cyaml_schema_value_t *schema, void *loaded)
{
	const cyaml_config_t plain = {
		.mem_fn = cyaml_mem,
		.flags = CYAML_CFG_NO_ALIAS,
	};

	if (loaded)
		(void)cyaml_free(&plain, schema, loaded, 0);
}
