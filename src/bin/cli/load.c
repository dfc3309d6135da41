#include "load.h"

#include "base/str.h"
#include "common/config.h"

#include <stdio.h>

/* As the file has it; what is absent is NULL. Numbers are read as texts,
 * because libcyaml takes "12abc" for a number. */
struct raw_ca {
	char *name, *host, *type, *admin_socket;
	char *crl_hours, *delta_hours, *url;
	char **site_names;
	unsigned site_names_count;
	bool subordinate, offline;
};

struct raw_web {
	char *public_url, *http_url;
	char **aliases, *threads;
	unsigned aliases_count;
};

struct raw_host {
	char *https, *http, *rate, *burst, *connections, *nginx_workers,
	    *listen, *publish_hook;
	bool hsts;
};

struct raw {
	bool demo;
	struct raw_ca ca;
	struct raw_web web;
	struct raw_host host;
};

#define OPTIONAL CYAML_FLAG_OPTIONAL
#define TEXT(key, type, member)                                    \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | OPTIONAL, \
	    struct type, member, 0, CLI_TEXT_MAX - 1)
#define IGNORE(key)               CYAML_FIELD_IGNORE(key, OPTIONAL)
#define NUMBER(key, type, member) TEXT(key, type, member)

static const cyaml_schema_value_t text_schema = { CYAML_VALUE_STRING(
    CYAML_FLAG_POINTER, char, 1, CLI_TEXT_MAX - 1) };

/* clang-format off */
static const cyaml_schema_field_t ca_fields[] = {
	TEXT("name", raw_ca, name),
	TEXT("type", raw_ca, type),
	TEXT("admin_socket", raw_ca, admin_socket),
	CYAML_FIELD_SEQUENCE_COUNT("site_names", CYAML_FLAG_POINTER | OPTIONAL,
	    struct raw_ca, site_names, site_names_count, &text_schema, 0,
	    CLI_NAMES_MAX),
	TEXT("host", raw_ca, host),
	IGNORE("organization"),
	IGNORE("key"),
	IGNORE("contact"),
	IGNORE("database"),
	IGNORE("sign_socket"),
	IGNORE("web_socket"),
	IGNORE("publish"),
	TEXT("url", raw_ca, url),
	IGNORE("templates"),
	IGNORE("ca_validity_days"),
	IGNORE("validity_days"),
	IGNORE("clock_skew_minutes"),
	NUMBER("crl_period_hours", raw_ca, crl_hours),
	NUMBER("crl_delta_hours", raw_ca, delta_hours),
	IGNORE("renewal_grace_days"),
	IGNORE("crl_overlap_hours"),
	IGNORE("crl_delta_overlap_hours"),
	IGNORE("issuing_distribution_point"),
	CYAML_FIELD_BOOL("subordinate", OPTIONAL, struct raw_ca, subordinate),
	CYAML_FIELD_BOOL("offline", OPTIONAL, struct raw_ca, offline),
	IGNORE("separation"),
	IGNORE("approvals"),
	IGNORE("issue_at_once"),
	IGNORE("special_eku"),
	IGNORE("allow_upn"),
	IGNORE("allow_underscore"),
	IGNORE("attributes"),
	IGNORE("key_reuse"),
	IGNORE("compromised_keys"),
	IGNORE("limits"),
	IGNORE("workers"),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t web_fields[] = {
	TEXT("public_url", raw_web, public_url),
	TEXT("http_url", raw_web, http_url),
	IGNORE("site"),
	CYAML_FIELD_SEQUENCE_COUNT("aliases", CYAML_FLAG_POINTER | OPTIONAL,
	    struct raw_web, aliases, aliases_count, &text_schema, 0,
	    CLI_NAMES_MAX - 1),
	NUMBER("threads", raw_web, threads),
	IGNORE("fcgi_socket"),
	IGNORE("ca_socket"),
	IGNORE("cache"),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t host_fields[] = {
	NUMBER("https", raw_host, https),
	NUMBER("http", raw_host, http),
	TEXT("listen", raw_host, listen),
	TEXT("publish_hook", raw_host, publish_hook),
	NUMBER("rate", raw_host, rate),
	NUMBER("burst", raw_host, burst),
	NUMBER("connections", raw_host, connections),
	NUMBER("nginx_workers", raw_host, nginx_workers),
	CYAML_FIELD_BOOL("hsts", OPTIONAL, struct raw_host, hsts),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t top_fields[] = {
	CYAML_FIELD_BOOL("demo", OPTIONAL, struct raw, demo),
	CYAML_FIELD_MAPPING("ca", OPTIONAL, struct raw, ca, ca_fields),
	CYAML_FIELD_MAPPING("web", OPTIONAL, struct raw, web, web_fields),
	CYAML_FIELD_MAPPING("host", OPTIONAL, struct raw, host, host_fields),
	IGNORE("sign"),
	CYAML_FIELD_END
};
/* clang-format on */

static const cyaml_schema_value_t schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, struct raw, top_fields) };

static void
set_text(char dst[CLI_TEXT_MAX], const char *given, const char *otherwise)
{
	/* The schema bounds the length. */
	if (!str_copy(dst, CLI_TEXT_MAX, given && *given ? given : otherwise))
		dst[0] = 0;
}

struct range {
	const char *key;
	const char *given;
	unsigned *out;
	unsigned otherwise, min, max;
};

static int
set_numbers(const struct raw *r, struct cli_config *c, struct err *err)
{
	/* clang-format off */
	const struct range ranges[] = {
		{ "web.threads", r->web.threads, &c->web_threads, 16, 2, 256 },
		{ "ca.crl_period_hours", r->ca.crl_hours, &c->crl_hours, 168,
		  1, 87600 },
		{ "ca.crl_delta_hours", r->ca.delta_hours, &c->delta_hours, 0,
		  0, 87600 },
		{ "host.https", r->host.https, &c->https, 8443, 1, 65535 },
		{ "host.http", r->host.http, &c->http, 8080, 1, 65535 },
		{ "host.rate", r->host.rate, &c->rate, 200, 1, 1000000 },
		{ "host.burst", r->host.burst, &c->burst, 400, 1, 1000000 },
		{ "host.connections", r->host.connections, &c->connections,
		  200, 1, 65535 },
		{ "host.nginx_workers", r->host.nginx_workers,
		  &c->nginx_workers, 2, 1, 64 },
	};
	/* clang-format on */
	size_t i;

	for (i = 0; i < ARRAY_LEN(ranges); i++) {
		const struct range *x = &ranges[i];
		uint64_t n = x->otherwise;

		if ((x->given && !str_u64(x->given, x->max, &n)) || n < x->min)
			return err_set(err, ERR_CONFIG,
			    "%s must be a number from %u to %u, not \"%.40s\".",
			    x->key, x->min, x->max, x->given ? x->given : "");
		*x->out = (unsigned)n;
	}
	return 0;
}

static void
set_names(const struct raw *r, struct cli_config *c)
{
	static const char *const own[] = { "localhost", "127.0.0.1", "::1" };
	unsigned i;

	for (i = 0; i < r->ca.site_names_count; i++)
		set_text(c->site_names[c->site_name_count++],
		    r->ca.site_names[i], "");
	for (i = 0; c->site_name_count == 0 && i < ARRAY_LEN(own); i++)
		set_text(c->site_names[i], own[i], "");
	if (c->site_name_count == 0)
		c->site_name_count = ARRAY_LEN(own);
	set_text(c->urls[c->url_count++], r->web.public_url,
	    "https://localhost:8443");
	for (i = 0; i < r->web.aliases_count; i++)
		set_text(c->urls[c->url_count++], r->web.aliases[i], "");
}

/* Texts that end up in places with a syntax of their own. */
static int
check_names(const struct cli_config *c, struct err *err)
{
	static const char fine[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:*";
	size_t i;

	for (i = 0; i < c->site_name_count; i++)
		if (!c->site_names[i][0] ||
		    strspn(c->site_names[i], fine) != strlen(c->site_names[i]))
			return err_set(err, ERR_CONFIG,
			    "ca.site_names has \"%.80s\", which is neither a "
			    "host name nor an address.",
			    c->site_names[i]);
	for (i = 0; i < c->url_count; i++)
		if (!str_has_prefix(c->urls[i], "https://"))
			return err_set(err, ERR_CONFIG,
			    "web.public_url and web.aliases begin with "
			    "https://, unlike \"%.80s\".",
			    c->urls[i]);
	return 0;
}

static int
set_paths(
    const char *file, const char *socket, struct cli_config *c, struct err *err)
{
	AUTO_MEM char *folder = NULL, *path = NULL;

	if (common_config_folder(file, &folder, err) < 0 ||
	    common_config_path(folder,
		socket && *socket ? socket : "run/admin/admin.sock",
		COMMON_SOCKET_PATH_MAX, &path, err) < 0)
		return -1;
	if (!str_copy(c->folder, sizeof(c->folder), folder) ||
	    !str_copy(c->admin_socket, sizeof(c->admin_socket), path) ||
	    !realpath(file, c->file))
		return err_set(
		    err, ERR_CONFIG, "The path %s is too long.", file);
	return 0;
}

static int
convert(const struct raw *r, const char *file, struct cli_config *c,
    struct err *err)
{
	c->demo = r->demo;
	c->subordinate = r->ca.subordinate;
	c->offline = r->ca.offline;
	c->enterprise = r->ca.type && str_eq(r->ca.type, "enterprise");
	c->hsts = r->host.hsts;
	set_text(c->ca_name, r->ca.name, "OpenCertSrv CA");
	set_text(c->ca_host, r->ca.host, "localhost");
	set_text(c->http_url, r->web.http_url, "http://localhost:8080");
	set_text(c->crl_url, r->ca.url, "http://localhost:8080/certenroll");
	set_text(c->publish_hook, r->host.publish_hook, "");
	if (c->publish_hook[0] && c->publish_hook[0] != '/')
		return err_set(err, ERR_CONFIG,
		    "host.publish_hook must be the absolute path of a "
		    "program, not \"%.80s\".",
		    c->publish_hook);
	set_text(c->listen, r->host.listen, "127.0.0.1");
	set_names(r, c);
	if (set_numbers(r, c, err) < 0 || check_names(c, err) < 0)
		return -1;
	return set_paths(file, r->ca.admin_socket, c, err);
}

int
load_config(const char *file, struct cli_config *ret, struct err *err)
{
	void *raw = NULL;
	int rc;

	*ret = (struct cli_config){ 0 };
	if (common_config_load(file, &schema, &raw, err) < 0)
		return -1;
	rc = convert(raw, file, ret, err);
	common_config_free(&schema, raw);
	return rc < 0 ? err_wrap(err, "%s", file) : 0;
}
