#include "ca/template_word.h"

#include "base/str.h"

#include <inttypes.h>

/* clang-format off */
const struct ca_word ca_words_subject[] = {
	{ "nothing", CA_TEMPLATE_NOTHING },
	{ "account", CA_TEMPLATE_ACCOUNT },
	{ "request", CA_TEMPLATE_REQUEST },
	{ NULL, 0 },
};
const struct ca_word ca_words_cn[] = {
	{ "name", CA_TEMPLATE_CN_NAME },
	{ "display-name", CA_TEMPLATE_CN_DISPLAY_NAME },
	{ "mail", CA_TEMPLATE_CN_MAIL },
	{ "upn", CA_TEMPLATE_CN_UPN },
	{ "dns", CA_TEMPLATE_CN_DNS },
	{ NULL, 0 },
};
const struct ca_word ca_words_take[] = {
	{ "common-name", PKI_OID_CN },
	{ "country", PKI_OID_COUNTRY },
	{ "state", PKI_OID_STATE },
	{ "locality", PKI_OID_LOCALITY },
	{ "organization", PKI_OID_ORGANIZATION },
	{ "organizational-unit", PKI_OID_ORG_UNIT },
	{ "domain-component", PKI_OID_DC },
	{ "serial-number", PKI_OID_SERIAL_NUMBER },
	{ "mail", PKI_OID_EMAIL },
	{ NULL, 0 },
};
const struct ca_word ca_words_san[] = {
	{ "dns", CA_TEMPLATE_SAN_DNS },
	{ "mail", CA_TEMPLATE_SAN_MAIL },
	{ "ip", CA_TEMPLATE_SAN_IP },
	{ "uri", CA_TEMPLATE_SAN_URI },
	{ "upn", CA_TEMPLATE_SAN_UPN },
	{ NULL, 0 },
};
const struct ca_word ca_words_outside[] = {
	{ "pend", CA_TEMPLATE_OUTSIDE_PEND },
	{ "deny", CA_TEMPLATE_OUTSIDE_DENY },
	{ NULL, 0 },
};
const struct ca_word ca_words_usage[] = {
	{ "digital-signature", PKI_KU_DIGITAL_SIGNATURE },
	{ "non-repudiation", PKI_KU_NON_REPUDIATION },
	{ "key-encipherment", PKI_KU_KEY_ENCIPHERMENT },
	{ "data-encipherment", PKI_KU_DATA_ENCIPHERMENT },
	{ "key-agreement", PKI_KU_KEY_AGREEMENT },
	{ "certificate-signing", PKI_KU_CERT_SIGN },
	{ "crl-signing", PKI_KU_CRL_SIGN },
	{ "encipher-only", PKI_KU_ENCIPHER_ONLY },
	{ "decipher-only", PKI_KU_DECIPHER_ONLY },
	{ NULL, 0 },
};
const struct ca_word ca_words_key[] = {
	{ "rsa", PKI_KEY_RSA },
	{ "p256", PKI_KEY_P256 },
	{ "p384", PKI_KEY_P384 },
	{ "p521", PKI_KEY_P521 },
	{ "ed25519", PKI_KEY_ED25519 },
	{ NULL, 0 },
};
const struct ca_word ca_words_reuse[] = {
	{ "refuse", CA_TEMPLATE_REUSE_REFUSE },
	{ "owner", CA_TEMPLATE_REUSE_OWNER },
	{ NULL, 0 },
};
const struct ca_word ca_words_for[] = {
	{ "user", 0 },
	{ "machine", 1 },
	{ NULL, 0 },
};
const struct ca_word ca_words_sid[] = {
	{ "identity", 0 },
	{ "never", 1 },
	{ NULL, 0 },
};
const struct ca_word ca_words_policies_from[] = {
	{ "template", 0 },
	{ "request", 1 },
	{ NULL, 0 },
};
const struct ca_word ca_words_truth[] = {
	{ "false", 0 },
	{ "true", 1 },
	{ NULL, 0 },
};

static const struct {
	const char *one, *many;
	int64_t seconds;
} units[] = {
	{ "year", "years", 365 * INT64_C(86400) },
	{ "month", "months", 30 * INT64_C(86400) },
	{ "week", "weeks", 7 * INT64_C(86400) },
	{ "day", "days", INT64_C(86400) },
	{ "hour", "hours", INT64_C(3600) },
};
/* clang-format on */

bool
ca_word_value(const struct ca_word *table, const char *word, uint32_t *ret)
{
	for (; table->word; table++)
		if (str_eq(table->word, word)) {
			*ret = table->value;
			return true;
		}
	return false;
}

const char *
ca_word_of(const struct ca_word *table, uint32_t value)
{
	for (; table->word; table++)
		if (table->value == value)
			return table->word;
	return "";
}

void
ca_word_list(const struct ca_word *table, uint32_t mask, struct buf *out)
{
	const char *between = "";

	for (; table->word; table++) {
		if (mask != UINT32_MAX && !(mask & table->value))
			continue;
		buf_addf(out, "%s%s", between, table->word);
		between = ", ";
	}
}

bool
ca_word_seconds(const char *text, int64_t *ret)
{
	char number[16], unit[16];
	const char *space = strchr(text, ' ');
	uint64_t n;

	if (!space ||
	    !str_from_bytes(number, sizeof(number),
		bytes_of(text, (size_t)(space - text))) ||
	    !str_copy(unit, sizeof(unit), space + 1) ||
	    !str_u64(number, 100000, &n) || n == 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (str_eq(unit, units[i].one) || str_eq(unit, units[i].many)) {
			*ret = (int64_t)n * units[i].seconds;
			return true;
		}
	return false;
}

void
ca_word_duration(int64_t seconds, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		int64_t n = seconds / units[i].seconds;

		if (seconds % units[i].seconds != 0)
			continue;
		buf_addf(out, "%" PRIi64 " %s", n,
		    n == 1 ? units[i].one : units[i].many);
		return;
	}
}
