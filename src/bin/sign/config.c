#include "bin/sign/config.h"

#include "common/config.h"

struct section {
	char *keys;
	char *log;
	char *socket;
	bool *subordinates;
};

struct file {
	struct section *sign;
};

/* clang-format off */
static const cyaml_schema_field_t section_fields[] = {
	CYAML_FIELD_STRING_PTR("keys",
	    CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
	    struct section, keys, 1, COMMON_PATH_MAX),
	CYAML_FIELD_STRING_PTR("log",
	    CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
	    struct section, log, 1, COMMON_PATH_MAX),
	CYAML_FIELD_STRING_PTR("socket",
	    CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
	    struct section, socket, 1, COMMON_SOCKET_PATH_MAX),
	CYAML_FIELD_BOOL_PTR("subordinates",
	    CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
	    struct section, subordinates),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t file_fields[] = {
	CYAML_FIELD_MAPPING_PTR("sign",
	    CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
	    struct file, sign, section_fields),
	CYAML_FIELD_IGNORE("demo", CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_IGNORE("ca", CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_IGNORE("web", CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_IGNORE("host", CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t file_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file, file_fields),
};
/* clang-format on */

static const char *
or_default(const char *value, const char *otherwise)
{
	return value ? value : otherwise;
}

static int
resolve(const struct section *s, const char *folder, struct sign_config *c,
    struct err *err)
{
	static const struct section none = { 0 };

	if (!s)
		s = &none;
	c->subordinates = s->subordinates && *s->subordinates;
	if (common_config_path(folder, or_default(s->keys, "sign/keys"),
		COMMON_PATH_MAX, &c->keys, err) < 0 ||
	    common_config_path(folder, or_default(s->log, "sign/sign.log"),
		COMMON_PATH_MAX, &c->log, err) < 0)
		return -1;
	return common_config_path(folder,
	    or_default(s->socket, "run/sign/sign.sock"), COMMON_SOCKET_PATH_MAX,
	    &c->socket, err);
}

int
sign_config_load(const char *file, struct sign_config *ret, struct err *err)
{
	AUTO_MEM char *folder = NULL;
	struct sign_config c = { 0 };
	void *loaded = NULL;
	int rc;

	if (common_config_folder(file, &folder, err) < 0 ||
	    common_config_load(file, &file_schema, &loaded, err) < 0)
		return -1;
	rc = resolve(((struct file *)loaded)->sign, folder, &c, err);
	common_config_free(&file_schema, loaded);
	if (rc < 0) {
		sign_config_clear(&c);
		return err_wrap(err, "%s", file);
	}
	*ret = c;
	return 0;
}

void
sign_config_clear(struct sign_config *c)
{
	free(c->keys);
	free(c->log);
	free(c->socket);
	*c = (struct sign_config){ 0 };
}
