#include "../unit.h"

#include "base/str.h"
#include "cli/inf.h"
#include "pki/name.h"

#include <string.h>

static struct cli_inf inf;

static int
set_up(void **state)
{
	(void)state;
	cli_inf_init(&inf);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	cli_inf_clear(&inf);
	return 0;
}

static void
check_name(const char *want)
{
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX);

	pki_name_text(buf_bytes(&inf.csr.subject), &text);
	assert_string_equal(buf_str(&text), want);
}

static void
check_names(const char *want)
{
	struct der in = der_of(buf_bytes(&inf.csr.names));
	AUTO_BUF text = BUF_WITH_LIMIT(4096);
	struct pki_gname g;

	while (pki_gname_next(&in, &g, NULL) == 1) {
		buf_add_str(&text, text.n ? "|" : "");
		pki_gname_text(&g, &text);
	}
	assert_string_equal(buf_str(&text), want);
}

/* As administrators write it. */
static void
a_whole_file(void **state)
{
	static const char text[] =
	    "; a web server\r\n"
	    "[Version]\r\n"
	    "Signature=\"$Windows NT$\"\r\n"
	    "[Strings]\r\n"
	    "szOID_SAN = \"2.5.29.17\"\r\n"
	    "Server = \"1.3.6.1.5.5.7.3.1\"\r\n"
	    "[NewRequest]\r\n"
	    "Subject = \"CN=www.example.com, O=\"\"Example, Ltd\"\"\" ; "
	    "comment\r\n"
	    "KeyLength=4096\r\n"
	    "KeyAlgorithm = RSA\r\n"
	    "HashAlgorithm = SHA512\r\n"
	    "Exportable = TRUE\r\n"
	    "MachineKeySet = True\r\n"
	    "KeySpec = AT_KEYEXCHANGE\r\n"
	    "KeyUsage = 0xa0\r\n"
	    "ProviderName = \"Some Provider\"\r\n"
	    "ProviderType = 12\r\n"
	    "RequestType = PKCS10\r\n"
	    "FriendlyName = \"My server\"\r\n"
	    "SMIME = FALSE\r\n"
	    "NoSuchKey = 5\r\n"
	    "[EnhancedKeyUsageExtension]\r\n"
	    "OID=%Server%\r\n"
	    "OID=1.3.6.1.5.5.7.3.2\r\n"
	    "[Extensions]\r\n"
	    "%szOID_SAN% = \"{text}\"\r\n"
	    "_continue_ = \"dns=www.example.com&\"\r\n"
	    "_continue_ = \"DNS=b.example.com & ipaddress=192.0.2.7&\"\r\n"
	    "_continue_ = \"upn=a@corp.example\"\r\n"
	    "[RequestAttributes]\r\n"
	    "CertificateTemplate = WebServer\r\n"
	    "Note = \"100%% sure\"\r\n";
	struct err err = { 0 };

	(void)state;
	assert_int_equal(cli_inf_read(bytes_str(text), &inf, &err), 0);
	check_name("CN=www.example.com, O=Example\\, Ltd");
	check_names("DNS: www.example.com|DNS: b.example.com|IP: 192.0.2.7|"
		    "UPN: a@corp.example");
	assert_string_equal(inf.key, "rsa4096");
	assert_int_equal(inf.csr.hash, PKI_HASH_SHA512);
	assert_true(inf.exportable && inf.machine && !inf.csr.smime);
	assert_int_equal(inf.csr.key_spec, 1);
	assert_int_equal(inf.csr.key_usage,
	    PKI_KU_DIGITAL_SIGNATURE | PKI_KU_KEY_ENCIPHERMENT);
	assert_string_equal(inf.csr.provider, "Some Provider");
	assert_string_equal(inf.friendly_name, "My server");
	assert_int_equal(inf.csr.purpose_count, 2);
	assert_string_equal(inf.csr.template, "WebServer");
	assert_string_equal(buf_str(&inf.csr.attributes),
	    "CertificateTemplate:WebServer\nNote:100% sure\n");
	/* What was left out is said, with its line, and only that. */
	assert_non_null(strstr(buf_str(&inf.warnings), "line 21: NoSuchKey"));
	assert_ptr_equal(strchr(buf_str(&inf.warnings), '\n'),
	    strrchr(buf_str(&inf.warnings), '\n'));
}

/* Saved by a text editor as "Unicode". */
static void
utf16(void **state)
{
	static const uint8_t text[] =
	    "\xff\xfe[\0N\0e\0w\0R\0e\0q\0u\0e\0s\0t\0]\0\r\0\n\0"
	    "S\0u\0b\0j\0e\0c\0t\0=\0C\0N\0=\0\x7d\x01\xe9\0\n";

	(void)state;
	assert_int_equal(
	    cli_inf_read(bytes_of(text, sizeof(text)), &inf, NULL), 0);
	check_name("CN=\xc5\xbd\xc3\xa9");
}

static void
keys_and_usages(void **state)
{
	/* clang-format off */
	static const struct { const char *lines, *key; unsigned usage; } good[] = {
		{ "KeyAlgorithm=ECDSA_P256", "p256", 0 },
		{ "KeyAlgorithm=ECDSA_P384\nKeyLength=384", "p384", 0 },
		{ "KeyLength=521\nKeyAlgorithm=ECDSA", "p521", 0 },
		{ "KeyLength=2048", "rsa2048", 0 },
		{ "", "", 0 },
		{ "KeyUsage=CERT_DIGITAL_SIGNATURE_KEY_USAGE | CERT_KEY_AGREEMENT_KEY_USAGE",
		  "", PKI_KU_DIGITAL_SIGNATURE | PKI_KU_KEY_AGREEMENT },
		{ "KeyUsage=\"0xa0\"", "", PKI_KU_DIGITAL_SIGNATURE | PKI_KU_KEY_ENCIPHERMENT },
		{ "KeyUsage=0x8080", "", PKI_KU_DIGITAL_SIGNATURE | PKI_KU_DECIPHER_ONLY },
		{ "KeyUsage=192", "", PKI_KU_DIGITAL_SIGNATURE | PKI_KU_NON_REPUDIATION },
	};
	/* clang-format on */
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++) {
		char text[256];

		cli_inf_clear(&inf);
		cli_inf_init(&inf);
		(void)snprintf(
		    text, sizeof(text), "[NewRequest]\n%s", good[i].lines);
		assert_int_equal(cli_inf_read(bytes_str(text), &inf, NULL), 0);
		assert_string_equal(inf.key, good[i].key);
		assert_int_equal(inf.csr.key_usage, good[i].usage);
	}
}

/* An extension that was read: critical or not, and its value in hexadecimal. */
static void
check_extension(const char *dotted, bool critical, const char *hex)
{
	struct der in = der_of(buf_bytes(&inf.csr.extensions));
	uint8_t oid[PKI_OID_MAX];
	char text[256];
	struct pki_ext e;
	size_t n;

	assert_true(pki_oid_from_text(dotted, oid, &n));
	while (pki_ext_next(&in, &e))
		if (bytes_eq(e.oid, bytes_of(oid, n))) {
			assert_true(e.value.n < sizeof(text) / 2);
			str_hex(text, e.value);
			assert_string_equal(text, hex);
			assert_int_equal(e.critical, critical);
			return;
		}
	fail_msg("there is no extension %s", dotted);
}

/* In words, in Base64 and in hexadecimal; what is critical may come first. */
static void
extensions(void **state)
{
	static const char text[] =
	    "[Extensions]\n"
	    "Critical = 2.5.29.17, 1.2.3.4\n"
	    "2.5.29.19 = \"{text}ca=TRUE&pathlength=2\"\n"
	    "1.3.6.1.4.1.311.21.10 = \"{text}1.3.6.1.5.5.7.3.1,1.2.3\"\n"
	    "2.5.29.17 = \"{text}dns=a.example&oid=1.2.3&dn=CN=a,O=b\"\n"
	    "2.5.29.15 = \"AwIFoA==\"\n"
	    "1.2.3.4 = \"{hex}0500\"\n"
	    "1.2.3.5 = \"{hex}0C\"\n"
	    "_continue_ = \"0161\"\n"
	    "2.5.29.37 = \"{text}1.3.6.1.5.5.7.3.2\"\n"
	    "Critical = \"2.5.29.37\"\n";
	struct err err = { 0 };

	(void)state;
	if (cli_inf_read(bytes_str(text), &inf, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(inf.warnings.n, 0);
	check_names("DNS: a.example|registered identifier: 1.2.3|"
		    "directory name: CN=a, O=b");
	assert_true(inf.csr.names_critical && inf.csr.purposes_critical);
	assert_int_equal(inf.csr.purpose_count, 1);
	check_extension("2.5.29.19", true, "30060101ff020102");
	check_extension("2.5.29.15", false, "030205a0");
	check_extension("1.2.3.4", true, "0500");
	check_extension("1.2.3.5", false, "0c0161");
	check_extension("1.3.6.1.4.1.311.21.10", false,
	    "3012300a06082b06010505070301300406022a03");
}

static void
mistakes_name_their_line(void **state)
{
	/* clang-format off */
	static const struct { const char *text, *says; } bad[] = {
		{ "[NewRequest\n", "line 1" },
		{ "[NewRequest]\nSubject\n", "line 2" },
		{ "[NewRequest]\n\nSubject = \"CN=a\n", "line 3" },
		{ "[NewRequest]\nSubject = CN\n", "line 2" },
		{ "[NewRequest]\nKeyLength = big\n", "line 2" },
		{ "[NewRequest]\nKeyLength = 1024\n", "1024" },
		{ "[NewRequest]\nHashAlgorithm = MD5\n", "line 2" },
		{ "[NewRequest]\nExportable = perhaps\n", "line 2" },
		{ "[NewRequest]\nKeyUsage = everything\n", "line 2" },
		{ "[NewRequest]\nRequestType = Cert\n", "line 2" },
		{ "[Extensions]\n_continue_ = \"dns=a\"\n", "line 2" },
		{ "[Extensions]\n2.5.29.17 = \"{text}dns=a b\"\n", "line 2" },
		{ "[Extensions]\n2.5.29.17 = \"{text}nothing=a\"\n", "line 2" },
		{ "[EnhancedKeyUsageExtension]\nOID = server auth\n", "line 2" },
		{ "[Extensions]\nKeyUsage = \"AwIFoA==\"\n", "by its OID" },
		{ "[Extensions]\n2.5.29.15 = \"AwIFo\"\n", "line 2" },
		{ "[Extensions]\n2.5.29.15 = \"{hex}030205a0ff\"\n", "line 2" },
		{ "[Extensions]\n2.5.29.15 = \"{hex}0302\"\n", "line 2" },
		{ "[Extensions]\n1.2.3 = \"{text}a\"\n", "no text form" },
		{ "[Extensions]\n2.5.29.19 = \"{text}ca=perhaps\"\n", "line 2" },
		{ "[Extensions]\n2.5.29.19 = \"{text}ca=1&pathlength=256\"\n", "line 2" },
		{ "[Extensions]\n2.5.29.19 = \"{text}pathlength=1\"\n", "only a CA" },
		{ "[Extensions]\n2.5.29.17 = \"{text}dn=nobody\"\n", "line 2" },
		{ "[Extensions]\nCritical = SAN\n", "line 2" },
		{ "[RequestAttributes]\nCertificateTemplate = \"\"\n", "line 2" },
		{ "\x80\xff", "UTF" },
	};
	/* clang-format on */
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		err = (struct err){ 0 };
		assert_int_equal(
		    cli_inf_read(bytes_str(bad[i].text), &inf, &err), -1);
		if (!strstr(err.text, bad[i].says))
			fail_msg("%s: %s", bad[i].text, err.text);
	}
}

static void
nothing_grows_without_end(void **state)
{
	AUTO_BUF text = BUF_WITH_LIMIT(CLI_INF_MAX + 1);
	size_t i;

	(void)state;
	buf_add_str(&text, "[Strings]\n");
	for (i = 0; i < 65; i++)
		buf_addf(&text, "s%zu=x\n", i);
	assert_int_equal(cli_inf_read(buf_bytes(&text), &inf, NULL), -1);
	/* Warnings have a limit, the file may go on. */
	buf_reset(&text);
	buf_add_str(&text, "[NewRequest]\n");
	while (text.n < CLI_INF_MAX - 16)
		buf_add_str(&text, "Unknown = 1\n");
	assert_int_equal(cli_inf_read(buf_bytes(&text), &inf, NULL), 0);
	assert_true(inf.warnings.n < CLI_INF_MAX);
	buf_reset(&text);
	while (text.n < CLI_INF_MAX + 1)
		buf_add_char(&text, '\n');
	assert_int_equal(cli_inf_read(buf_bytes(&text), &inf, NULL), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_whole_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(utf16, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    keys_and_usages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(extensions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    mistakes_name_their_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    nothing_grows_without_end, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
