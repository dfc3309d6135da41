#include "cli/inf.h"

#include "base/str.h"
#include "cli/inf_ext.h"

#define WARNINGS_MAX 16384

void
cli_inf_init(struct cli_inf *inf)
{
	*inf = (struct cli_inf){ 0 };
	cli_csr_init(&inf->csr);
	cli_inf_ext_init(&inf->ext);
	buf_init(&inf->warnings, WARNINGS_MAX);
}

void
cli_inf_clear(struct cli_inf *inf)
{
	cli_csr_clear(&inf->csr);
	cli_inf_ext_clear(&inf->ext);
	buf_clear(&inf->warnings);
}

/* What one walk remembers: key kind and size come in two lines. */
struct walk {
	struct cli_inf *inf;
	char algorithm[32];
	uint64_t length;
};

typedef int take_value(
    struct walk *w, const struct cli_inf_line *l, struct err *err);

static void
warn(struct walk *w, const struct cli_inf_line *l)
{
	buf_addf(&w->inf->warnings,
	    "opencertsrv: line %u: %s in [%s] is not known here and was left "
	    "out.\n",
	    l->line, l->key, l->section);
	w->inf->warnings.failed = false; /* the rest of them is left out */
}

/* --- [NewRequest]
 * ----------------------------------------------------------------- */

static int
subject(struct walk *w, const struct cli_inf_line *l, struct err *err)
{
	if (cli_csr_subject(&w->inf->csr, l->value, err) < 0)
		return err_wrap(err, "line %u", l->line);
	return 0;
}

static int
key_length(struct walk *w, const struct cli_inf_line *l, struct err *err)
{
	return str_u64(l->value, 65536, &w->length)
		   ? 0
		   : cli_inf_bad(l, "it is a number of bits", err);
}

static int
key_algorithm(struct walk *w, const struct cli_inf_line *l, struct err *err)
{
	return str_copy(w->algorithm, sizeof(w->algorithm), l->value)
		   ? 0
		   : cli_inf_bad(l, "no such kind of key", err);
}

static int
hash_algorithm(struct walk *w, const struct cli_inf_line *l, struct err *err)
{
	/* clang-format off */
	static const struct { const char *word; enum pki_hash hash; } words[] = {
		{ "sha256", PKI_HASH_SHA256 }, { "sha-256", PKI_HASH_SHA256 },
		{ "sha384", PKI_HASH_SHA384 }, { "sha-384", PKI_HASH_SHA384 },
		{ "sha512", PKI_HASH_SHA512 }, { "sha-512", PKI_HASH_SHA512 },
	};
	/* clang-format on */
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq_ci(words[i].word, l->value)) {
			w->inf->csr.hash = words[i].hash;
			return 0;
		}
	return cli_inf_bad(
	    l, "only sha256, sha384 and sha512 are accepted", err);
}

static int
flag(const struct cli_inf_line *l, bool *ret, struct err *err)
{
	return cli_inf_bool(l->value, ret)
		   ? 0
		   : cli_inf_bad(l, "it is TRUE or FALSE", err);
}

static int
exportable(struct walk *w, const struct cli_inf_line *l, struct err *err)
{
	return flag(l, &w->inf->exportable, err);
}

static int
machine(struct walk *w, const struct cli_inf_line *l, struct err *err)
{
	return flag(l, &w->inf->machine, err);
}

static int
existing(struct walk *w, const struct cli_inf_line *l, struct err *err)
{
	return flag(l, &w->inf->existing_key, err);
}

static int
smime(struct walk *w, const struct cli_inf_line *l, struct err *err)
{
	return flag(l, &w->inf->csr.smime, err);
}

static int
key_spec(struct walk *w, const struct cli_inf_line *l, struct err *err)
{
	bool exchange = str_eq(l->value, "1") ||
			str_eq_ci(l->value, "AT_KEYEXCHANGE") ||
			str_eq_ci(l->value, "XCN_AT_KEYEXCHANGE");
	bool signature = str_eq(l->value, "2") ||
			 str_eq_ci(l->value, "AT_SIGNATURE") ||
			 str_eq_ci(l->value, "XCN_AT_SIGNATURE");

	w->inf->csr.key_spec = exchange ? 1 : signature ? 2 : 0;
	return exchange || signature || str_eq(l->value, "0")
		   ? 0
		   : cli_inf_bad(l, "it is 1 (exchange) or 2 (signature)", err);
}

/* clang-format off */
static const struct { const char *word; unsigned bits; } usages[] = {
	{ "CERT_DIGITAL_SIGNATURE_KEY_USAGE", 0x80 },
	{ "CERT_NON_REPUDIATION_KEY_USAGE",   0x40 },
	{ "CERT_KEY_ENCIPHERMENT_KEY_USAGE",  0x20 },
	{ "CERT_DATA_ENCIPHERMENT_KEY_USAGE", 0x10 },
	{ "CERT_KEY_AGREEMENT_KEY_USAGE",     0x08 },
	{ "CERT_KEY_CERT_SIGN_KEY_USAGE",     0x04 },
	{ "CERT_CRL_SIGN_KEY_USAGE",          0x02 },
	{ "CERT_OFFLINE_CRL_SIGN_KEY_USAGE",  0x02 },
	{ "CERT_ENCIPHER_ONLY_KEY_USAGE",     0x01 },
	{ "CERT_DECIPHER_ONLY_KEY_USAGE",     0x8000 },
};
/* clang-format on */

static bool
read_usage(const char *word, unsigned *bits)
{
	uint8_t raw[2] = { 0 };
	char hex[8];
	size_t i, n;
	uint64_t v;

	for (i = 0; i < ARRAY_LEN(usages); i++)
		if (str_eq_ci(usages[i].word, word)) {
			*bits |= usages[i].bits;
			return true;
		}
	if (str_has_prefix(word, "0x") || str_has_prefix(word, "0X")) {
		word += 2;
		(void)snprintf(hex, sizeof(hex), "%s%.5s",
		    strlen(word) % 2 ? "0" : "", word);
		if (!str_unhex(raw, sizeof(raw), hex, &n) || n == 0)
			return false;
		*bits |= n == 1 ? raw[0] : (unsigned)raw[0] << 8 | raw[1];
		return true;
	}
	if (!str_u64(word, 0xffff, &v))
		return false;
	*bits |= (unsigned)v;
	return true;
}

/* Words or numbers joined by "|"; the highest bit of the low byte is the first
 * named bit of RFC 5280 4.2.1.3, that of the high byte the ninth. */
static int
key_usage(struct walk *w, const struct cli_inf_line *l, struct err *err)
{
	const char *p = l->value;
	unsigned bits = 0, i;

	while (*p) {
		size_t n = strcspn(p, "| \t+");
		char word[64];

		if (n > 0 &&
		    (!str_from_bytes(word, sizeof(word), bytes_of(p, n)) ||
			!read_usage(word, &bits)))
			return cli_inf_bad(l,
			    "it is a number like 0xa0, or names of "
			    "key usages",
			    err);
		p += n;
		p += strspn(p, "| \t+");
	}
	w->inf->csr.key_usage = bits & 0x8000 ? PKI_KU_DECIPHER_ONLY : 0;
	for (i = 0; i < 8; i++)
		if (bits & 0x80u >> i)
			w->inf->csr.key_usage |= (uint16_t)(1u << i);
	return 0;
}

static int
provider(struct walk *w, const struct cli_inf_line *l, struct err *err)
{
	return str_copy(
		   w->inf->csr.provider, sizeof(w->inf->csr.provider), l->value)
		   ? 0
		   : cli_inf_bad(l, "it is too long", err);
}

static int
friendly_name(struct walk *w, const struct cli_inf_line *l, struct err *err)
{
	return str_copy(w->inf->friendly_name, sizeof(w->inf->friendly_name),
		   l->value) &&
		       str_is_printable(bytes_str(l->value))
		   ? 0
		   : cli_inf_bad(l, "it is too long, or not printable", err);
}

static int
request_type(struct walk *w, const struct cli_inf_line *l, struct err *err)
{
	w->inf->cmc = str_eq_ci(l->value, "CMC");
	return w->inf->cmc || str_eq_ci(l->value, "PKCS10")
		   ? 0
		   : cli_inf_bad(l, "it is PKCS10 or CMC", err);
}

/* clang-format off */
static const struct { const char *key; take_value *take; } keys[] = {
	{ "Subject", subject },
	{ "KeyLength", key_length },
	{ "KeyAlgorithm", key_algorithm },
	{ "HashAlgorithm", hash_algorithm },
	{ "Exportable", exportable },
	{ "KeySpec", key_spec },
	{ "KeyUsage", key_usage },
	{ "MachineKeySet", machine },
	{ "ProviderName", provider },
	{ "RequestType", request_type },
	{ "FriendlyName", friendly_name },
	{ "SMIME", smime },
	{ "UseExistingKeySet", existing },
};

/* Of no meaning where the key is a file or on a token of our choice. */
static const char *const silent[] = {
	"ProviderType", "Silent", "KeyContainer", "KeyUsageProperty",
	"SuppressDefaults", "KeyAlgorithmParameters",
};
/* clang-format on */

static int
take_new_request(struct walk *w, const struct cli_inf_line *l, struct err *err)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(keys); i++)
		if (str_eq_ci(keys[i].key, l->key))
			return keys[i].take(w, l, err);
	for (i = 0; i < ARRAY_LEN(silent); i++)
		if (str_eq_ci(silent[i], l->key))
			return 0;
	warn(w, l);
	return 0;
}

/* --- the sections
 * --------------------------------------------------------------------- */

static int
take_line(void *ctx, const struct cli_inf_line *l, struct err *err)
{
	struct walk *w = ctx;

	if (str_eq_ci(l->section, "NewRequest"))
		return take_new_request(w, l, err);
	if (str_eq_ci(l->section, "Extensions"))
		return cli_inf_extension(&w->inf->ext, &w->inf->csr, l, err);
	if (str_eq_ci(l->section, "EnhancedKeyUsageExtension") &&
	    str_eq_ci(l->key, "OID"))
		return cli_inf_purposes(&w->inf->csr, l, err);
	if (str_eq_ci(l->section, "RequestAttributes")) {
		int rc = str_eq_ci(l->key, "CertificateTemplate")
			     ? cli_csr_template(&w->inf->csr, l->value, err)
			     : cli_csr_attribute(
				   &w->inf->csr, l->key, l->value, err);

		return rc < 0 ? err_wrap(err, "line %u", l->line) : 0;
	}
	if (!str_eq_ci(l->section, "Version"))
		warn(w, l);
	return 0;
}

static int
choose_key(struct walk *w, struct err *err)
{
	/* clang-format off */
	static const struct { const char *name; uint64_t bits; const char *word; }
	rows[] = {
		{ "RSA", 0, "rsa3072" }, { "RSA", 2048, "rsa2048" },
		{ "RSA", 3072, "rsa3072" }, { "RSA", 4096, "rsa4096" },
		{ "ECDSA_P256", 0, "p256" }, { "ECDH_P256", 0, "p256" },
		{ "ECDSA_P384", 0, "p384" }, { "ECDH_P384", 0, "p384" },
		{ "ECDSA_P521", 0, "p521" }, { "ECDH_P521", 0, "p521" },
		{ "ECDSA_P256", 256, "p256" }, { "ECDH_P256", 256, "p256" },
		{ "ECDSA_P384", 384, "p384" }, { "ECDH_P384", 384, "p384" },
		{ "ECDSA_P521", 521, "p521" }, { "ECDH_P521", 521, "p521" },
		{ "ECDSA", 256, "p256" }, { "ECDSA", 384, "p384" },
		{ "ECDSA", 521, "p521" }, { "ED25519", 0, "ed25519" },
	};
	/* clang-format on */
	const char *name = w->algorithm[0] ? w->algorithm : "RSA";
	size_t i;

	if (!w->algorithm[0] && w->length == 0)
		return 0;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq_ci(rows[i].name, name) && rows[i].bits == w->length)
			return str_copy(w->inf->key, sizeof(w->inf->key),
				   rows[i].word)
				   ? 0
				   : err_set(err, ERR_INTERNAL, "key");
	return err_set(err, ERR_INVALID,
	    "KeyAlgorithm %.32s with KeyLength %ju is not made here: RSA of "
	    "2048, 3072 or 4096 bits, ECDSA_P256, ECDSA_P384, ECDSA_P521, "
	    "ED25519.",
	    name, (uintmax_t)w->length);
}

int
cli_inf_read(struct bytes text, struct cli_inf *inf, struct err *err)
{
	struct walk w = { .inf = inf };

	if (text.n > CLI_INF_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "the file has more than %d bytes", CLI_INF_MAX);
	if (cli_inf_lines(text, take_line, &w, err) < 0 ||
	    cli_inf_ext_end(&inf->ext, &inf->csr, err) < 0)
		return -1;
	return choose_key(&w, err);
}
