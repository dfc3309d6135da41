#include "config.h"

#include "base/str.h"
#include "common/config.h"

#define OPTIONAL_PTR (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define TEXT_MAX     1024
#define THREADS      16

/* --- as it stands in the file ------------------------------------------- */

/* Optional keys are pointers: NULL when the file does not have them. */
struct yaml_web {
	char *fcgi_socket, *ca_socket, *cache;
	uint64_t *threads;
	char *public_url, *http_url;
	char **aliases;
	unsigned aliases_count;
	struct yaml_site *site;
};

struct yaml_file {
	struct yaml_web *web;
};

/* clang-format off */
static const cyaml_schema_value_t text_item = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 255),
};

#define TEXT(key) \
	CYAML_FIELD_STRING_PTR(#key, OPTIONAL_PTR, struct yaml_web, key, 0, TEXT_MAX)

static const cyaml_schema_field_t web_fields[] = {
	TEXT(fcgi_socket),
	TEXT(ca_socket),
	TEXT(cache),
	CYAML_FIELD_UINT_PTR("threads", OPTIONAL_PTR, struct yaml_web, threads),
	TEXT(public_url),
	CYAML_FIELD_SEQUENCE("aliases", OPTIONAL_PTR, struct yaml_web, aliases,
	    &text_item, 0, AUTH_SITE_ORIGINS_MAX - 1),
	TEXT(http_url),
	CYAML_FIELD_MAPPING_PTR("site", OPTIONAL_PTR, struct yaml_web, site,
	    site_fields),
	CYAML_FIELD_END
};

/* The other programs' sections are theirs to check. */
static const cyaml_schema_field_t file_fields[] = {
	CYAML_FIELD_IGNORE("demo", CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_IGNORE("ca", CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_IGNORE("sign", CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_MAPPING_PTR("web", CYAML_FLAG_POINTER, struct yaml_file,
	    web, web_fields),
	CYAML_FIELD_IGNORE("host", CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct yaml_file, file_fields),
};
/* clang-format on */

/* --- checked, with defaults --------------------------------------------- */

static const char *
text(const char *given, const char *otherwise)
{
	return given ? given : otherwise;
}

/* A path of the file, made absolute; kept in s. */
static int
path(struct settings *s, const char *key, const char *given, size_t max,
    const char **ret, struct err *err)
{
	if (common_config_path(
		s->folder, given, max, &s->texts[s->text_n], err) < 0)
		return err_wrap(err, "web: %s", key);
	*ret = s->texts[s->text_n++];
	return 0;
}

static int
read_paths(struct settings *s, const struct yaml_web *y, struct err *err)
{
	if (path(s, "fcgi_socket", text(y->fcgi_socket, "run/fcgi/fcgi.sock"),
		COMMON_SOCKET_PATH_MAX, &s->fcgi_socket, err) < 0 ||
	    path(s, "ca_socket", text(y->ca_socket, "run/web/web.sock"),
		COMMON_SOCKET_PATH_MAX, &s->ca_socket, err) < 0)
		return -1;
	return path(s, "cache", text(y->cache, "web/cache"), COMMON_PATH_MAX,
	    &s->web.cache, err);
}

static int
read_rest(struct settings *s, const struct yaml_web *y, struct err *err)
{
	uint64_t threads = y->threads ? *y->threads : THREADS;

	if (threads < SETTINGS_THREADS_MIN || threads > SETTINGS_THREADS_MAX)
		return err_set(err, ERR_CONFIG,
		    "web: threads must be from %d to %d.", SETTINGS_THREADS_MIN,
		    SETTINGS_THREADS_MAX);
	s->threads = (unsigned)threads;
	s->web.public_url = text(y->public_url, "https://localhost:8443");
	s->web.http_url = text(y->http_url, "http://localhost:8080");
	s->web.aliases = (const char *const *)y->aliases;
	s->web.n_aliases = y->aliases_count;
	if (!str_has_prefix(s->web.http_url, "http://"))
		return err_set(
		    err, ERR_CONFIG, "web: http_url must begin with http://.");
	return 0;
}

int
settings_load(const char *file, struct settings **ret, struct err *err)
{
	AUTO(settings) s = calloc(1, sizeof(*s));
	const struct yaml_file *y;

	if (!s)
		return err_set(err, ERR_NO_MEMORY, "the configuration");
	if (common_config_folder(file, &s->folder, err) < 0 ||
	    common_config_load(file, &schema, &s->file, err) < 0)
		return -1;
	y = s->file;
	if (read_paths(s, y->web, err) < 0 || read_rest(s, y->web, err) < 0)
		return -1;
	if (y->web->site &&
	    site_read(&s->site, y->web->site, s->folder, err) < 0)
		return -1;
	s->web.site = &s->site.web;
	*ret = TAKE(s);
	return 0;
}

void
settings_free(struct settings *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->text_n; i++)
		free(s->texts[i]);
	site_clear(&s->site);
	common_config_free(&schema, s->file);
	free(s->folder);
	free(s);
}
