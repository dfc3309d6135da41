#include "cli/enroll.h"

#include "base/str.h"

#include <stddef.h>

#define STATE_VERSION 1
#define STATE_MAX     65536

enum kind { TEXT, FILE_PATH, NUMBER, FLAG };

#define AT(member)   offsetof(struct enroll_state, member)
#define SIZE(member) sizeof(((struct enroll_state *)NULL)->member)

/* clang-format off */
static const struct field {
	const char *name;
	enum kind kind;
	size_t at, size;
	const char *option; /* that sets it, or NULL */
} fields[] = {
	{ "url",             TEXT,      AT(url),             SIZE(url),           NULL },
	{ "user",            TEXT,      AT(user),            SIZE(user),          "user" },
	{ "password_file",   FILE_PATH, AT(password_file),   SIZE(password_file), "password-file" },
	{ "ca_file",         FILE_PATH, AT(ca_file),         SIZE(ca_file),       "ca-file" },
	{ "key",             FILE_PATH, AT(key),             SIZE(key),           "key-file" },
	{ "pkcs11",          TEXT,      AT(pkcs11),          SIZE(pkcs11),        "pkcs11" },
	{ "module",          FILE_PATH, AT(module),          SIZE(module),        "module" },
	{ "secret_file",     FILE_PATH, AT(secret_file),     SIZE(secret_file),   "passphrase-file" },
	{ "request",         FILE_PATH, AT(request),         SIZE(request),       NULL },
	{ "certificate",     FILE_PATH, AT(certificate),     SIZE(certificate),   "out" },
	{ "pkcs12",          FILE_PATH, AT(pkcs12),          SIZE(pkcs12),        "pkcs12" },
	{ "pkcs12_password_file", FILE_PATH, AT(pkcs12_password_file), SIZE(pkcs12_password_file), "pkcs12-password-file" },
	{ "pkcs12_legacy",   FLAG,      AT(pkcs12_legacy),   0, NULL },
	{ "template",        TEXT,      AT(template),        SIZE(template),      NULL },
	{ "attributes",      TEXT,      AT(attributes),      SIZE(attributes),    NULL },
	{ "friendly_name",   TEXT,      AT(friendly_name),   SIZE(friendly_name), NULL },
	{ "disposition",     TEXT,      AT(disposition),     SIZE(disposition),   NULL },
	{ "id",              NUMBER,    AT(id),              0, NULL },
	{ "renewal_id",      NUMBER,    AT(renewal_id),      0, NULL },
	{ "renewal_refused", NUMBER,    AT(renewal_refused), 0, NULL },
	{ "renewal_before",  NUMBER,    AT(renewal_before),  0, NULL },
	{ "renewal_new_key", FLAG,      AT(renewal_new_key), 0, NULL },
	{ "exec_due",        FLAG,      AT(exec_due),        0, NULL },
};
/* clang-format on */

static void *
member(struct enroll_state *s, const struct field *f)
{
	return (uint8_t *)s + f->at;
}

static const void *
member_of(const struct enroll_state *s, const struct field *f)
{
	return (const uint8_t *)s + f->at;
}

/* --- reading ----------------------------------------------------------------
 */

static int
bad(const char *path, const char *name, struct err *err)
{
	return err_set(err, ERR_BAD_DATA,
	    "The state %s is damaged at \"%s\"; it is a file that `enroll new` "
	    "or `enroll submit` wrote.",
	    path, name);
}

/* Paths are kept relative to the folder of the state where they can be, so
 * that the folder can be moved. */
static int
read_path(const struct enroll_state *s, const char *text, char *dst,
    size_t size, struct err *err)
{
	char folder[PATH_MAX];
	int n;

	if (text[0] == '/' || !text[0])
		return str_copy(dst, size, text) ? 0 : bad(s->path, text, err);
	if (cli_file_folder(folder, s->path, err) < 0)
		return -1;
	n = snprintf(dst, size, "%s/%s", folder, text);
	return n < 0 || (size_t)n >= size ? bad(s->path, text, err) : 0;
}

static int
read_field(struct enroll_state *s, const struct field *f, const json_t *v,
    struct err *err)
{
	const char *text = json_string_value(v);
	json_int_t n = json_integer_value(v);

	switch (f->kind) {
	case TEXT:
	case FILE_PATH:
		if (!text || strlen(text) != json_string_length(v))
			return bad(s->path, f->name, err);
		if (f->kind == FILE_PATH)
			return read_path(s, text, member(s, f), f->size, err);
		return str_copy(member(s, f), f->size, text)
			   ? 0
			   : bad(s->path, f->name, err);
	case NUMBER:
		if (!json_is_integer(v) || n < 0)
			return bad(s->path, f->name, err);
		memcpy(
		    member(s, f), &(uint64_t){ (uint64_t)n }, sizeof(uint64_t));
		return 0;
	case FLAG:
	default:
		if (!json_is_boolean(v))
			return bad(s->path, f->name, err);
		memcpy(member(s, f), &(bool){ json_is_true(v) }, sizeof(bool));
		return 0;
	}
}

static int
read_fields(struct enroll_state *s, json_t *root, struct err *err)
{
	size_t i;

	if (json_integer_value(json_object_get(root, "version")) !=
	    STATE_VERSION)
		return bad(s->path, "version", err);
	for (i = 0; i < ARRAY_LEN(fields); i++) {
		const json_t *v = json_object_get(root, fields[i].name);

		if (v && read_field(s, &fields[i], v, err) < 0)
			return -1;
	}
	return 0;
}

int
enroll_state_load(const char *path, struct enroll_state *ret, struct err *err)
{
	AUTO_BUF text = BUF_WITH_LIMIT(STATE_MAX);
	json_error_t why;
	json_t *root;
	int rc;

	memset(ret, 0, sizeof(*ret));
	if (cli_file_absolute(ret->path, path, err) < 0 ||
	    cli_file_read(path, &text, err) < 0)
		return err_wrap(err, "Reading the state");
	root = json_loadb(buf_str(&text), text.n, JSON_REJECT_DUPLICATES, &why);
	rc = root ? read_fields(ret, root, err) : bad(path, why.text, err);
	json_decref(root);
	return rc;
}

/* --- writing ----------------------------------------------------------------
 */

static json_t *
write_path(const struct enroll_state *s, const char *path)
{
	const char *slash = strrchr(s->path, '/');
	size_t n = slash ? (size_t)(slash - s->path) + 1 : 0;

	if (n > 0 && strncmp(path, s->path, n) == 0)
		return json_string(path + n);
	return json_string(path);
}

static json_t *
write_field(const struct enroll_state *s, const struct field *f)
{
	const void *p = member_of(s, f);
	uint64_t n;
	bool flag;

	switch (f->kind) {
	case TEXT:
		return json_string(p);
	case FILE_PATH:
		return write_path(s, p);
	case NUMBER:
		memcpy(&n, p, sizeof(n));
		return json_integer((json_int_t)n);
	case FLAG:
	default:
		memcpy(&flag, p, sizeof(flag));
		return json_boolean(flag);
	}
}

int
enroll_state_save(const struct enroll_state *s, struct err *err)
{
	AUTO_BUF out = BUF_WITH_LIMIT(STATE_MAX);
	json_t *root = json_object();
	char *text = NULL;
	bool good = root && json_object_set_new(root, "version",
				json_integer(STATE_VERSION)) == 0;
	size_t i;
	int rc;

	for (i = 0; good && i < ARRAY_LEN(fields); i++)
		good = json_object_set_new(root, fields[i].name,
			   write_field(s, &fields[i])) == 0;
	if (good)
		text = json_dumps(root, JSON_INDENT(1));
	buf_addf(&out, "%s\n", text ? text : "");
	rc = text ? buf_check(&out, "the state", err)
		  : err_set(err, ERR_NO_MEMORY, "There is no memory.");
	if (rc == 0)
		rc = cli_file_replace(s->path, buf_bytes(&out), 0600, err);
	free(text);
	json_decref(root);
	return rc;
}

/* --- from the options
 * --------------------------------------------------------- */

int
enroll_state_path(
    const struct cli *c, const char *request, char *dst, struct err *err)
{
	const char *given = cli_args_text(&c->args, "state");
	char beside[PATH_MAX];

	if (!given &&
	    cli_file_ending(beside, request, ENROLL_STATE_ENDING, err) < 0)
		return -1;
	return cli_file_absolute(dst, given ? given : beside, err);
}

/* Does this command have the option at all? */
static bool
has_option(const struct cli *c, const char *name)
{
	const struct cli_option *o;
	size_t t;

	for (t = 0; t < ARRAY_LEN(c->args.tables); t++)
		for (o = c->args.tables[t]; o && o->name; o++)
			if (str_eq(o->name, name))
				return true;
	return false;
}

int
enroll_state_options(
    const struct cli *c, struct enroll_state *s, struct err *err)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(fields); i++) {
		const struct field *f = &fields[i];
		const char *text = f->option && has_option(c, f->option)
				       ? cli_args_text(&c->args, f->option)
				       : NULL;

		if (!text)
			continue;
		if (f->kind == FILE_PATH) {
			if (cli_file_absolute(member(s, f), text, err) < 0)
				return -1;
		} else if (!str_copy(member(s, f), f->size, text)) {
			return err_set(err, ERR_INVALID,
			    "The value of --%s is too long.", f->option);
		}
	}
	if (has_option(c, "url") && cli_args_text(&c->args, "url"))
		return enroll_url(s->url, sizeof(s->url),
		    cli_args_text(&c->args, "url"), err);
	return 0;
}

struct cli_key_place
enroll_key_place(const struct enroll_state *s)
{
	return (struct cli_key_place){
		.file = s->key,
		.uri = s->pkcs11[0] ? s->pkcs11 : NULL,
		.module = s->module[0] ? s->module : NULL,
		.secret_file = s->secret_file[0] ? s->secret_file : NULL,
	};
}
