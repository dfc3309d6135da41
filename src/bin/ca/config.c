/* config.c - defaults, ranges and paths of the section `ca`. */
#include "config.h"

#include "base/str.h"
#include "ca/purpose.h"
#include "common/config.h"
#include "schema.h"
#include "store/access.h"

#include <inttypes.h>
#include <sys/stat.h>

/* --- numbers ------------------------------------------------------------ */

static int
number(const char *key, const uint64_t *given, const uint64_t range[3],
    uint64_t *ret, struct err *err)
{
	*ret = given ? *given : range[0];
	if (*ret >= range[1] && *ret <= range[2])
		return 0;
	return err_set(err, ERR_CONFIG,
	    "ca: %s must be from %" PRIu64 " to %" PRIu64 ", but it is %" PRIu64
	    ".",
	    key, range[1], range[2], *ret);
}

struct number_row {
	const char *key;
	const uint64_t *given;
	uint64_t range[3]; /* default, least, most */
	uint64_t *ret;
};

static int
read_rows(const struct number_row *rows, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (number(rows[i].key, rows[i].given, rows[i].range,
			rows[i].ret, err) < 0)
			return -1;
	return 0;
}

static int
read_limits(const struct yaml_ca *y, struct ca_config *c, struct err *err)
{
	static const struct yaml_limits none = { NULL, NULL, NULL, NULL };
	const struct yaml_limits *l = y->limits ? y->limits : &none;
	uint64_t space, workers, approvals;
	/* clang-format off */
	const struct number_row rows[] = {
		{ "limits: pending_per_requester", l->pending_per_requester,
		    { 50, 1, 1000000 }, &c->pending_per_requester },
		{ "limits: daily_per_requester", l->daily_per_requester,
		    { 1000, 1, UINT64_C(1000000000) },
		    &c->daily_per_requester },
		{ "limits: pending", l->pending,
		    { 10000, 1, 10000000 }, &c->pending_total },
		{ "limits: free_space_mib", l->free_space_mib,
		    { 64, 0, 1048576 }, &space },
		{ "workers", y->workers, { 0, 0, 64 }, &workers },
		{ "approvals", y->approvals, { 1, 1, STORE_APPROVALS_MAX },
		    &approvals },
	};
	/* clang-format on */

	if (read_rows(rows, ARRAY_LEN(rows), err) < 0)
		return -1;
	c->free_space = space * 1048576;
	c->workers = (unsigned)workers;
	c->approvals = (uint32_t)approvals;
	return 0;
}

static int
read_times(const struct yaml_ca *y, struct ca_config *c, struct err *err)
{
	uint64_t validity, ca_validity, skew, grace, period, overlap, delta,
	    delta_overlap;
	/* clang-format off */
	const struct number_row rows[] = {
		{ "ca_validity_days", y->ca_validity_days,
		    { 3650, 1, 36500 }, &ca_validity },
		{ "validity_days", y->validity_days,
		    { 365, 1, 36500 }, &validity },
		{ "clock_skew_minutes", y->clock_skew_minutes,
		    { 10, 0, 1440 }, &skew },
		{ "renewal_grace_days", y->renewal_grace_days,
		    { 0, 0, 365 }, &grace },
		{ "crl_period_hours", y->crl_period_hours,
		    { 168, 1, 87600 }, &period },
		{ "crl_overlap_hours", y->crl_overlap_hours,
		    { 0, 0, 87600 }, &overlap },
		{ "crl_delta_hours", y->crl_delta_hours,
		    { 0, 0, 87600 }, &delta },
		{ "crl_delta_overlap_hours", y->crl_delta_overlap_hours,
		    { 0, 0, 87600 }, &delta_overlap },
	};
	/* clang-format on */

	if (read_rows(rows, ARRAY_LEN(rows), err) < 0)
		return -1;
	c->ca_validity = (int64_t)ca_validity * 86400;
	c->validity = (int64_t)validity * 86400;
	c->clock_skew = (int64_t)skew * 60;
	c->renewal_grace = (int64_t)grace * 86400;
	c->crl_period = (int64_t)period * 3600;
	c->crl_overlap = y->crl_overlap_hours ? (int64_t)overlap * 3600 : -1;
	c->crl_delta_period = (int64_t)delta * 3600;
	c->crl_delta_overlap =
	    y->crl_delta_overlap_hours ? (int64_t)delta_overlap * 3600 : -1;
	c->crl_idp =
	    y->issuing_distribution_point && *y->issuing_distribution_point;
	return delta < period ? 0
			      : err_set(err, ERR_CONFIG,
				    "ca: crl_delta_hours must be below "
				    "crl_period_hours (%" PRIu64 "), or 0 for "
				    "no delta CRLs.",
				    period);
}

/* --- purposes and names ------------------------------------------------- */

static int
read_purposes(const char *key, char *const *list, unsigned n,
    struct ca_oid_list *ret, struct err *err)
{
	for (unsigned i = 0; i < n; i++, ret->n++)
		if (!ca_purpose_from_text(list[i], &ret->list[ret->n]))
			return err_set(err, ERR_CONFIG,
			    "ca: %s: \"%s\" is neither an object identifier "
			    "nor "
			    "a purpose known by name.",
			    key, list[i]);
	return 0;
}

static void
read_names(char *const *list, unsigned n, struct ca_names *ret)
{
	for (unsigned i = 0; i < n; i++)
		ret->list[ret->n++] = list[i];
}

/* Off unless somebody wrote it there. */
static void
read_attributes(const struct yaml_attributes *y, struct ca_config *c)
{
	if (!y)
		return;
	c->attribute_names = y->names && *y->names;
	c->attribute_purposes = y->purposes && *y->purposes;
	c->attribute_validity = y->validity && *y->validity;
}

static int
read_lists(const struct yaml_ca *y, struct ca_config *c, struct err *err)
{
	static const char *const sites[] = { "localhost", "127.0.0.1", "::1" };
	const struct yaml_at_once *a = y->issue_at_once;

	c->allow_upn = y->allow_upn && *y->allow_upn;
	c->allow_underscore = y->allow_underscore && *y->allow_underscore;
	c->issue_override = "";
	read_attributes(y->attributes, c);
	if (read_purposes("special_eku", y->special_eku, y->special_eku_count,
		&c->special_eku, err) < 0)
		return -1;
	if (a) {
		c->issue_at_once = a->enabled && *a->enabled;
		c->issue_override = a->override ? a->override : "";
		if (read_purposes("issue_at_once: eku", a->eku, a->eku_count,
			&c->issue_eku, err) < 0)
			return -1;
		read_names(
		    a->dns_suffixes, a->dns_suffixes_count, &c->issue_dns);
	}
	read_names(y->site_names, y->site_names_count, &c->site_names);
	for (size_t i = 0; !y->site_names && i < ARRAY_LEN(sites); i++)
		c->site_names.list[c->site_names.n++] = sites[i];
	return 0;
}

/* --- texts and paths ---------------------------------------------------- */

static const char *
text(const char *given, const char *otherwise)
{
	return given ? given : otherwise;
}

static int
read_texts(const struct yaml_ca *y, struct ca_config *c, struct err *err)
{
	const char *type = text(y->type, "standalone");
	const char *separation = text(y->separation, "roles");

	c->name = text(y->name, "OpenCertSrv CA");
	c->host = text(y->host, "localhost");
	c->organization = text(y->organization, "");
	c->key = text(y->key, "p256");
	c->contact = text(y->contact, "");
	c->url = text(y->url, "http://localhost:8080/certenroll");
	c->single_person = str_eq(separation, "single-person");
	c->subordinate = y->subordinate && *y->subordinate;
	if (!*c->name || strlen(c->name) > CA_NAME_MAX ||
	    !str_is_printable(bytes_str(c->name)))
		return err_set(err, ERR_CONFIG,
		    "ca: name must be of 1 to %d bytes that can be printed.",
		    CA_NAME_MAX);
	if (!str_is_printable(bytes_str(c->host)) || strchr(c->host, '/'))
		return err_set(err, ERR_CONFIG, "ca: host is no host name.");
	if (!str_has_prefix(c->url, "http://") ||
	    str_has_suffix_ci(c->url, "/"))
		return err_set(err, ERR_CONFIG,
		    "ca: url must begin with http:// and not end in a slash.");
	c->enterprise = str_eq(type, "enterprise");
	if (!c->enterprise && !str_eq(type, "standalone"))
		return err_set(err, ERR_CONFIG,
		    "ca: type must be \"standalone\" or \"enterprise\", not "
		    "\"%s\".",
		    type);
	if (!c->single_person && !str_eq(separation, "roles"))
		return err_set(err, ERR_CONFIG,
		    "ca: separation must be \"roles\" or \"single-person\".");
	return 0;
}

static int
read_key_reuse(const struct yaml_ca *y, struct ca_config *c, struct err *err)
{
	static const struct {
		const char *word;
		enum ca_key_reuse reuse;
	} words[] = { { "same-account", CA_KEY_REUSE_SAME_ACCOUNT },
		{ "never", CA_KEY_REUSE_NEVER }, { "any", CA_KEY_REUSE_ANY } };
	const char *given = text(y->key_reuse, "same-account");

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(given, words[i].word)) {
			c->key_reuse = words[i].reuse;
			return 0;
		}
	return err_set(err, ERR_CONFIG,
	    "ca: key_reuse must be \"never\", \"same-account\" or \"any\".");
}

/* A path of the file, made absolute; kept in s. */
static int
path(struct settings *s, const char *key, const char *given, size_t max,
    const char **ret, struct err *err)
{
	if (common_config_path(
		s->folder, given, max, &s->texts[s->text_n], err) < 0)
		return err_wrap(err, "ca: %s", key);
	*ret = s->texts[s->text_n++];
	return 0;
}

static int
read_database(struct settings *s, const char *url, struct err *err)
{
	const char *absolute;
	char *slash, *made;

	if (!str_has_prefix(url, "sqlite:"))
		return err_set(
		    err, ERR_CONFIG, "ca: database must be sqlite:PATH.");
	if (path(s, "database", url + strlen("sqlite:"), COMMON_PATH_MAX,
		&absolute, err) < 0)
		return -1;
	if (asprintf(&made, "sqlite:%s", absolute) < 0)
		return err_set(err, ERR_NO_MEMORY, "the database's path");
	s->texts[s->text_n++] = made;
	s->config.database = made;
	s->database_folder = strdup(absolute);
	if (!s->database_folder)
		return err_set(err, ERR_NO_MEMORY, "the database's path");
	slash = strrchr(s->database_folder, '/');
	if (slash)
		*slash = '\0';
	return 0;
}

/* Another file may take its name while the CA runs: the folder counts. */
static int
read_compromised(struct settings *s, const char *given, struct err *err)
{
	char *slash;

	s->config.compromised_keys = "";
	if (!given)
		return 0;
	if (path(s, "compromised_keys", given, COMMON_PATH_MAX,
		&s->config.compromised_keys, err) < 0)
		return -1;
	s->compromised_folder = strdup(s->config.compromised_keys);
	if (!s->compromised_folder)
		return err_set(err, ERR_NO_MEMORY, "a path");
	slash = strrchr(s->compromised_folder, '/');
	if (slash && slash != s->compromised_folder)
		*slash = '\0';
	return 0;
}

static int
read_paths(struct settings *s, const struct yaml_ca *y, struct err *err)
{
	struct ca_config *c = &s->config;

	if (read_database(s, text(y->database, "sqlite:ca/ca.db"), err) < 0)
		return -1;
	if (path(s, "sign_socket", text(y->sign_socket, "run/sign/sign.sock"),
		COMMON_SOCKET_PATH_MAX, &c->sign_socket, err) < 0 ||
	    path(s, "web_socket", text(y->web_socket, "run/web/web.sock"),
		COMMON_SOCKET_PATH_MAX, &c->web_socket, err) < 0 ||
	    read_compromised(s, y->compromised_keys, err) < 0 ||
	    path(s, "admin_socket",
		text(y->admin_socket, "run/admin/admin.sock"),
		COMMON_SOCKET_PATH_MAX, &c->admin_socket, err) < 0)
		return -1;
	if (c->enterprise &&
	    path(s, "templates", text(y->templates, "templates"),
		COMMON_PATH_MAX, &c->templates, err) < 0)
		return -1;
	return path(s, "publish", text(y->publish, "public/certenroll"),
	    COMMON_PATH_MAX, &c->publish, err);
}

static int
read_owner(struct settings *s, struct err *err)
{
	struct stat st;

	if (stat(s->folder, &st) < 0)
		return err_errno(err, "%s", s->folder);
	s->config.owner_uid = st.st_uid;
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
	    common_config_load(file, &schema_file, &s->file, err) < 0)
		return -1;
	y = s->file;
	s->config.demo = y->demo && *y->demo;
	if (read_texts(y->ca, &s->config, err) < 0 ||
	    read_times(y->ca, &s->config, err) < 0 ||
	    read_limits(y->ca, &s->config, err) < 0 ||
	    read_lists(y->ca, &s->config, err) < 0 ||
	    read_key_reuse(y->ca, &s->config, err) < 0 ||
	    read_paths(s, y->ca, err) < 0 || read_owner(s, err) < 0 ||
	    ca_config_check(&s->config, err) < 0)
		return -1;
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
	common_config_free(&schema_file, s->file);
	free(s->database_folder);
	free(s->compromised_folder);
	free(s->folder);
	free(s);
}
