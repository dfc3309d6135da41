/* import_index.c - the index.txt of openssl-ca(1), with the certificates that
 * lie beside it as SERIAL.pem.
 *
 *   state TAB expiry TAB revocation[,reason] TAB serial TAB file TAB subject
 *
 * Request numbers follow the order of the lines.
 */
#include "cli/import.h"

#include "base/str.h"
#include "pki/der.h"
#include "pki/pem.h"

#include <fcntl.h>
#include <stdio.h>

#define LINE_BYTES 16384
#define FIELDS     6

enum { STATE, EXPIRY, REVOCATION, SERIAL };

struct index {
	struct cli_import *im;
	int folder; /* -1: none */
	size_t line;
	struct buf der;
};

/* The words of openssl-ca(1), and where an argument follows. */
static const struct {
	const char *word;
	uint32_t reason;
} reasons[] = {
	{ "unspecified", 0 },
	{ "keyCompromise", 1 },
	{ "CACompromise", 2 },
	{ "affiliationChanged", 3 },
	{ "superseded", 4 },
	{ "cessationOfOperation", 5 },
	{ "certificateHold", 6 },
	{ "holdInstruction", 6 },
	{ "keyTime", 1 },
	{ "CAkeyTime", 2 },
};

/* UTCTime or GeneralizedTime as text; 0 for all else. */
static int64_t
read_time(const char *s, size_t n)
{
	uint8_t der[2 + 16] = { n == 13 ? DER_UTC_TIME : DER_GENERAL_TIME,
		(uint8_t)n };
	struct der in;
	int64_t t;

	if (n != 13 && n != 15)
		return 0;
	memcpy(der + 2, s, n);
	in = der_of(bytes_of(der, n + 2));
	return der_time(&in, &t) == 0 ? t : 0;
}

static uint32_t
read_reason(const char *s)
{
	size_t n = strcspn(s, ",");

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (strlen(reasons[i].word) == n &&
		    strncasecmp(reasons[i].word, s, n) == 0)
			return reasons[i].reason;
	return 0;
}

/* The content of its INTEGER. */
static bool
read_serial(const char *hex, uint8_t dst[RPC_SERIAL_MAX + 1], size_t *ret_n)
{
	if (!str_unhex(dst + 1, RPC_SERIAL_MAX, hex, ret_n) || *ret_n == 0)
		return false;
	if (dst[1] & 0x80) {
		dst[0] = 0;
		++*ret_n;
	} else {
		memmove(dst, dst + 1, *ret_n);
	}
	return true;
}

static void
problem(struct index *x, const char *what)
{
	x->im->counts.unreadable++;
	cli_import_note(
	    x->im->problems, "Line %zu of the index: %s.", x->line, what);
}

/* Its file, if there is one with that serial; else *ret stays. */
static int
find_cert(struct index *x, const char *hex, struct bytes serial,
    struct bytes *ret, struct err *err)
{
	AUTO_MEM uint8_t *file = NULL;
	char name[2 * RPC_SERIAL_MAX + 8];
	struct pki_cert cert;
	struct bytes left;
	struct err why = { 0 };
	bool good = false;
	size_t n = 0;

	(void)snprintf(name, sizeof(name), "%s.pem", hex);
	if (cli_import_read_file(
		x->folder, name, CLI_IMPORT_FILE_MAX, &file, &n, &why) == 0) {
		left = bytes_of(file, n);
		good = cli_import_next_cert(&left, &x->der, &why) > 0 &&
		       pki_cert_parse(buf_bytes(&x->der), &cert, &why) == 0 &&
		       bytes_eq(cert.serial, serial);
	}
	if (why.code == ERR_NO_MEMORY) {
		*err = why;
		return -1;
	}
	if (good)
		*ret = buf_bytes(&x->der);
	else if (n || why.code != ERR_OK)
		cli_import_note(x->im->problems,
		    "%s is not the certificate of its name%s%s", name,
		    why.code != ERR_OK ? ": " : ".", why.text);
	return 0;
}

static int
take(struct index *x, char *const *field, struct err *err)
{
	uint8_t serial[RPC_SERIAL_MAX + 1];
	const char *when = field[REVOCATION];
	size_t n = 0, date = strcspn(when, ",");
	struct rpc_import_row r = { .disposition = DISPOSITION_ISSUED,
		.requester = "",
		.template_name = "",
		.attributes = "",
		.message = "" };
	char from[48];

	if (!read_serial(field[SERIAL], serial, &n)) {
		problem(x, "the serial number is none");
		return 0;
	}
	if (x->folder >= 0 &&
	    find_cert(x, field[SERIAL], bytes_of(serial, n), &r.cert, err) < 0)
		return -1;
	if (*field[STATE] == 'R') {
		r.disposition = DISPOSITION_REVOKED;
		r.revoked = read_time(when, date);
		r.reason = when[date] ? read_reason(when + date + 1) : 0;
	}
	if (r.cert.n == 0) {
		x->im->counts.without++;
		cli_import_note(x->im->missing,
		    "The certificate %s is not among the files.",
		    field[SERIAL]);
		if (r.disposition != DISPOSITION_REVOKED)
			return 0;
		/* Its revocation must not be lost. */
		r.serial = bytes_of(serial, n);
		r.key_index = x->im->list[x->im->n - 1].key_index;
		r.not_after = read_time(field[EXPIRY], strlen(field[EXPIRY]));
	}
	(void)snprintf(from, sizeof(from), "Line %zu of the index", x->line);
	return cli_import_row(x->im, &r, from, err);
}

static int
take_line(struct index *x, char *text, struct err *err)
{
	char *field[FIELDS] = { NULL };
	size_t n = 0;

	text[strcspn(text, "\r\n")] = '\0';
	if (!*text)
		return 0;
	for (field[n++] = text; n < FIELDS; n++) {
		char *tab = strchr(field[n - 1], '\t');

		if (!tab)
			break;
		*tab = '\0';
		field[n] = tab + 1;
	}
	if (n != FIELDS || strlen(field[STATE]) != 1 ||
	    !strchr("VRE", *field[STATE])) {
		problem(x, "it is not one of openssl-ca(1)");
		return 0;
	}
	return take(x, field, err);
}

static int
read_lines(struct index *x, FILE *f, struct err *err)
{
	char text[LINE_BYTES];

	while (fgets(text, sizeof(text), f)) {
		x->line++;
		if (!strchr(text, '\n') && strlen(text) == sizeof(text) - 1)
			return err_set(err, ERR_TOO_LARGE,
			    "Line %zu has more than %zu bytes.", x->line,
			    sizeof(text) - 2);
		if (take_line(x, text, err) < 0)
			return -1;
	}
	return ferror(f) ? err_errno(err, "Reading failed") : 0;
}

int
cli_import_index(struct cli_import *im, const char *path, const char *folder,
    struct err *err)
{
	AUTO_FD dir =
	    folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct index x = { .im = im, .folder = dir };
	FILE *f;
	int rc;

	if (folder && dir < 0)
		return err_errno(err, "%s", folder);
	f = fopen(path, "re");
	if (!f)
		return err_errno(err, "%s", path);
	buf_init(&x.der, PKI_PEM_TEXT_MAX);
	rc = read_lines(&x, f, err);
	buf_clear(&x.der);
	(void)fclose(f);
	return rc < 0 ? err_wrap(err, "%s", path) : 0;
}
