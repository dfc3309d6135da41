#include "site.h"

#include "base/str.h"
#include "common/config.h"
#include "pki/oid.h"
#include "web/routes.h"

#define OPTIONAL_PTR (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define NAME_MAX_    200
#define DAYS_MAX     365

/* clang-format off */
#define TEXT(type, key, max) \
	CYAML_FIELD_STRING_PTR(#key, OPTIONAL_PTR, struct type, key, 0, max)
#define NEEDED(type, key, max) \
	CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER, struct type, key, 0, max)

static const cyaml_schema_value_t text_item = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, NAME_MAX_),
};

static const cyaml_schema_field_t kind_fields[] = {
	NEEDED(yaml_kind, name, NAME_MAX_),
	TEXT(yaml_kind, description, WEB_SITE_TEXT_MAX),
	CYAML_FIELD_SEQUENCE("purposes", CYAML_FLAG_POINTER, struct yaml_kind,
	    purposes, &text_item, 1, 16),
	TEXT(yaml_kind, key, NAME_MAX_),
	CYAML_FIELD_BOOL_PTR("email", OPTIONAL_PTR, struct yaml_kind, email),
	CYAML_FIELD_BOOL_PTR("exportable", OPTIONAL_PTR, struct yaml_kind, exportable),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t kind_item = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_kind, kind_fields),
};

static const cyaml_schema_field_t text_fields[] = {
	NEEDED(yaml_text, page, NAME_MAX_),
	NEEDED(yaml_text, text, WEB_SITE_TEXT_MAX),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t text_block = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_text, text_fields),
};

static const cyaml_schema_field_t defaults_fields[] = {
	TEXT(yaml_defaults, company, NAME_MAX_),
	TEXT(yaml_defaults, department, NAME_MAX_),
	TEXT(yaml_defaults, city, NAME_MAX_),
	TEXT(yaml_defaults, state, NAME_MAX_),
	TEXT(yaml_defaults, country, 2),
	CYAML_FIELD_END
};

const cyaml_schema_field_t site_fields[] = {
	TEXT(yaml_site, name, NAME_MAX_),
	TEXT(yaml_site, contact, NAME_MAX_),
	TEXT(yaml_site, logo, COMMON_PATH_MAX),
	TEXT(yaml_site, style, COMMON_PATH_MAX),
	CYAML_FIELD_UINT_PTR("remember_days", OPTIONAL_PTR, struct yaml_site,
	    remember_days),
	CYAML_FIELD_MAPPING_PTR("defaults", OPTIONAL_PTR, struct yaml_site,
	    defaults, defaults_fields),
	CYAML_FIELD_SEQUENCE("request_types", OPTIONAL_PTR, struct yaml_site,
	    request_types, &kind_item, 0, WEB_SITE_KINDS_MAX),
	CYAML_FIELD_SEQUENCE("advanced_types", OPTIONAL_PTR, struct yaml_site,
	    advanced_types, &kind_item, 0, WEB_SITE_KINDS_MAX),
	CYAML_FIELD_SEQUENCE("texts", OPTIONAL_PTR, struct yaml_site, texts,
	    &text_block, 0, WEB_SITE_TEXTS_MAX),
	CYAML_FIELD_END
};

/* The words of templates. */
static const struct {
	const char *word, *oid;
} purposes[] = {
	{ "server-authentication", "1.3.6.1.5.5.7.3.1" },
	{ "client-authentication", "1.3.6.1.5.5.7.3.2" },
	{ "code-signing",          "1.3.6.1.5.5.7.3.3" },
	{ "email-protection",      "1.3.6.1.5.5.7.3.4" },
	{ "time-stamping",         "1.3.6.1.5.5.7.3.8" },
	{ "ipsec",                 "1.3.6.1.5.5.7.3.17" },
};

static const struct {
	const char *end, *type;
} pictures[] = {
	{ ".svg", "image/svg+xml" }, { ".png", "image/png" },
	{ ".jpg", "image/jpeg" }, { ".webp", "image/webp" },
};

static const char *const keys[] = { "rsa-2048", "rsa-3072", "rsa-4096",
	"p-256", "p-384", "p-521", "ed25519" };
/* clang-format on */

/* --- kinds of request ----------------------------------------------------- */

static int
add_purpose(struct buf *out, const char *word, struct err *err)
{
	uint8_t oid[PKI_OID_MAX];
	size_t n;

	for (size_t i = 0; i < ARRAY_LEN(purposes); i++)
		if (str_eq(word, purposes[i].word))
			word = purposes[i].oid;
	if (!pki_oid_from_text(word, oid, &n))
		return err_set(err, ERR_CONFIG,
		    "%s is neither an object identifier nor a purpose that we "
		    "have a word for",
		    word);
	if (out->n)
		buf_add_char(out, ' ');
	buf_add_str(out, word);
	return 0;
}

static int
read_kind(struct site *s, const struct yaml_kind *y, struct web_site_kind *ret,
    struct err *err)
{
	struct buf *list = &s->purposes[s->purpose_n++];
	bool known = false;

	buf_init(list, 16 * PKI_OID_TEXT_MAX);
	for (unsigned i = 0; i < y->purposes_count; i++)
		if (add_purpose(list, y->purposes[i], err) < 0)
			return -1;
	*ret = (struct web_site_kind){ .name = y->name,
		.words = y->description ? y->description : "",
		.key = y->key ? y->key : "rsa-3072",
		.mail = y->email && *y->email,
		.fixed = y->exportable && !*y->exportable };
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		known = known || str_eq(ret->key, keys[i]);
	if (!known)
		return err_set(err, ERR_CONFIG,
		    "%s is no kind of key; say rsa-2048, rsa-3072, rsa-4096, "
		    "p-256, p-384, p-521 or ed25519",
		    ret->key);
	ret->purposes = buf_str(list);
	return buf_check(list, "the purposes", err);
}

static int
read_kinds(struct site *s, const char *key, const struct yaml_kind *y,
    unsigned n, struct web_site_kind *to, struct err *err)
{
	for (unsigned i = 0; i < n; i++)
		if (read_kind(s, &y[i], &to[i], err) < 0)
			return err_wrap(
			    err, "web: site: %s: %s", key, y[i].name);
	return 0;
}

/* --- texts -----------------------------------------------------------------
 */

static int
read_texts(struct site *s, const struct yaml_site *y, struct err *err)
{
	char path[NAME_MAX_ + 16];

	for (unsigned i = 0; i < y->texts_count; i++) {
		const char *page = y->texts[i].page;

		if (str_eq(page, "home"))
			page = "";
		(void)snprintf(path, sizeof(path), "/certsrv/%s", page);
		if (!web_route_find(HTTP_GET, path))
			return err_set(err, ERR_CONFIG,
			    "web: site: texts: there is no page %s; say home, "
			    "certrqus.asp, certckpn.asp, ... as in its "
			    "address.",
			    page);
		s->texts[i] = (struct web_site_text){ page, y->texts[i].text };
	}
	s->web.texts = s->texts;
	s->web.text_n = y->texts_count;
	return 0;
}

/* --- files ------------------------------------------------------------------
 */

static int
read_file(const char *key, const char *folder, const char *name,
    struct buf *out, struct bytes *ret, struct err *err)
{
	char *path = NULL;
	int rc;

	if (!name)
		return 0;
	buf_init(out, WEB_SITE_FILE_MAX);
	rc = common_config_path(folder, name, COMMON_PATH_MAX, &path, err);
	if (rc == 0)
		rc = common_config_read(path, out, err);
	free(path);
	if (rc < 0)
		return err_wrap(err, "web: site: %s", key);
	*ret = buf_bytes(out);
	return 0;
}

static int
read_files(struct site *s, const struct yaml_site *y, const char *folder,
    struct err *err)
{
	if (read_file("logo", folder, y->logo, &s->logo, &s->web.logo, err) <
		0 ||
	    read_file(
		"style", folder, y->style, &s->style, &s->web.style, err) < 0)
		return -1;
	for (size_t i = 0; y->logo && i < ARRAY_LEN(pictures); i++)
		if (str_has_suffix_ci(y->logo, pictures[i].end))
			s->web.logo_type = pictures[i].type;
	if (y->logo && !s->web.logo_type)
		return err_set(err, ERR_CONFIG,
		    "web: site: logo: %s is no .svg, .png, .jpg or .webp",
		    y->logo);
	return 0;
}

int
site_read(struct site *s, const struct yaml_site *y, const char *folder,
    struct err *err)
{
	const struct yaml_defaults *d = y->defaults;

	s->web.name = y->name;
	s->web.contact = y->contact;
	if (y->remember_days &&
	    (*y->remember_days < 1 || *y->remember_days > DAYS_MAX))
		return err_set(err, ERR_CONFIG,
		    "web: site: remember_days must be from 1 to %d.", DAYS_MAX);
	if (y->remember_days)
		s->web.remember_days = (uint32_t)*y->remember_days;
	if (d)
		s->web.defaults = (struct web_site_defaults){ d->company,
			d->department, d->city, d->state, d->country };
	s->web.kinds = s->kinds;
	s->web.kind_n = y->request_types_count;
	s->web.advanced = s->advanced;
	s->web.advanced_n = y->advanced_types_count;
	if (read_kinds(s, "request_types", y->request_types,
		y->request_types_count, s->kinds, err) < 0 ||
	    read_kinds(s, "advanced_types", y->advanced_types,
		y->advanced_types_count, s->advanced, err) < 0 ||
	    read_texts(s, y, err) < 0)
		return -1;
	return read_files(s, y, folder, err);
}

void
site_clear(struct site *s)
{
	for (size_t i = 0; i < s->purpose_n; i++)
		buf_clear(&s->purposes[i]);
	buf_clear(&s->logo);
	buf_clear(&s->style);
}
