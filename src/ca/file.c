/* file.c - names of the published files, and their addresses. */
#include "ca/file.h"

#include "base/buf.h"
#include "base/str.h"
#include "pki/ca_name.h"

/* PREFIX NAME (n) SUFFIX; false when it is too long for a file name. */
static bool
compose(const char *host, const char *name, uint32_t n, const char *suffix,
    char dst[CA_FILE_MAX])
{
	char clean[CA_FILE_MAX], number[16] = "";
	int len;

	dst[0] = '\0';
	if (!pki_ca_name_sanitise(name, clean, sizeof(clean)))
		return false;
	if (n > 0)
		snprintf(number, sizeof(number), "(%u)", n);
	len = snprintf(dst, CA_FILE_MAX, "%s%s%s%s%s", host, *host ? "_" : "",
	    clean, number, suffix);
	return len > 0 && len < CA_FILE_MAX;
}

void
ca_file_crl(
    const struct ca_config *c, uint32_t key_index, char dst[CA_FILE_MAX])
{
	(void)compose("", c->name, key_index, ".crl", dst);
}

void
ca_file_delta(
    const struct ca_config *c, uint32_t key_index, char dst[CA_FILE_MAX])
{
	(void)compose("", c->name, key_index, "+.crl", dst);
}

void
ca_file_cert(const struct ca_config *c, uint32_t index, char dst[CA_FILE_MAX])
{
	(void)compose(c->host, c->name, index, ".crt", dst);
}

void
ca_file_cross(const struct ca_config *c, uint32_t from, uint32_t to,
    char dst[CA_FILE_MAX])
{
	char suffix[40];

	(void)snprintf(suffix, sizeof(suffix), "(%u-%u).crt", from, to);
	(void)compose(c->host, c->name, 0, suffix, dst);
}

int
ca_file_check(const struct ca_config *c, struct err *err)
{
	char file[CA_FILE_MAX], url[CA_URL_MAX];

	if (!compose(c->host, c->name, UINT32_MAX, "-4294967295).crt", file))
		return err_set(err, ERR_CONFIG,
		    "The name of the CA is too long for the names of its "
		    "files. Choose a shorter one.");
	return ca_file_url(c, file, url, err);
}

int
ca_file_url(const struct ca_config *c, const char *file, char dst[CA_URL_MAX],
    struct err *err)
{
	AUTO_BUF b = BUF_WITH_LIMIT(CA_URL_MAX - 1);

	buf_addf(&b, "%s/", c->url);
	for (; *file; file++) {
		bool plain = (*file >= 'a' && *file <= 'z') ||
			     (*file >= 'A' && *file <= 'Z') ||
			     (*file >= '0' && *file <= '9') ||
			     strchr("-._~()!", *file);

		if (plain)
			buf_add_char(&b, *file);
		else
			buf_addf(&b, "%%%02X", (unsigned char)*file);
	}
	if (buf_failed(&b) || !str_copy(dst, CA_URL_MAX, buf_str(&b)))
		return err_set(err, ERR_CONFIG,
		    "The address of the published files is too long.");
	return 0;
}
