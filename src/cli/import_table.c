/* import_table.c - a table of requests, as certutil -view ... csv prints it.
 *
 * Certificates and requests are taken from their own columns and read by
 * themselves. Of the printed columns only numbers count (of the request, its
 * state, the reason), which certutil writes in front of words of any
 * language, and names of accounts. Printed dates depend on the language: one
 * that is not in ISO 8601 is left out.
 */
#include "cli/csv.h"
#include "cli/import.h"

#include "base/str.h"
#include "pki/der.h"
#include "pki/pem.h"

enum column {
	COLUMN_ID,
	COLUMN_REQUESTER,
	COLUMN_TEMPLATE,
	COLUMN_STATE,
	COLUMN_MESSAGE,
	COLUMN_ATTRIBUTES,
	COLUMN_SUBMITTED,
	COLUMN_RESOLVED,
	COLUMN_REVOKED,
	COLUMN_REASON,
	COLUMN_REQUEST,
	COLUMN_CERTIFICATE,
	COLUMN_COUNT
};

/* Our word (for --columns), the schema's name, what the English program
 * prints. */
#define NAMES_MAX 4
static const char *const names[COLUMN_COUNT][NAMES_MAX] = {
	[COLUMN_ID] = { "id", "RequestID", "Request ID", "Issued Request ID" },
	[COLUMN_REQUESTER] = { "requester", "RequesterName", "Requester Name" },
	[COLUMN_TEMPLATE] = { "template", "CertificateTemplate",
	    "Certificate Template" },
	[COLUMN_STATE] = { "state", "Disposition", "Request Disposition" },
	[COLUMN_MESSAGE] = { "message", "DispositionMessage",
	    "Request Disposition Message" },
	[COLUMN_ATTRIBUTES] = { "attributes", "RequestAttributes",
	    "Request Attributes" },
	[COLUMN_SUBMITTED] = { "submitted", "SubmittedWhen",
	    "Request Submission Date" },
	[COLUMN_RESOLVED] = { "resolved", "ResolvedWhen",
	    "Request Resolution Date" },
	[COLUMN_REVOKED] = { "revoked", "RevokedEffectiveWhen",
	    "Effective Revocation Date", "Revocation Date" },
	[COLUMN_REASON] = { "reason", "RevokedReason", "Revocation Reason" },
	[COLUMN_REQUEST] = { "request", "RawRequest", "Binary Request" },
	[COLUMN_CERTIFICATE] = { "certificate", "RawCertificate",
	    "Binary Certificate" },
};

#define NOT_THERE SIZE_MAX

struct table {
	struct cli_import *im;
	size_t at[COLUMN_COUNT]; /* index of the cell, or NOT_THERE */
	struct cli_csv_row row;
	struct buf cert, request, attributes;
};

/* --- columns ---------------------------------------------------------------
 */

static void
name_column(struct table *t, const char *name, size_t index)
{
	if (str_has_prefix(name, "Request."))
		name += strlen("Request.");
	for (size_t c = 0; c < COLUMN_COUNT; c++)
		for (size_t k = 0; k < NAMES_MAX && names[c][k]; k++)
			if (t->at[c] == NOT_THERE &&
			    str_eq_ci(names[c][k], name))
				t->at[c] = index;
}

static int
columns_told(struct table *t, const char *list, struct err *err)
{
	char word[32];
	size_t index = 0, known, now, n;

	for (;; list += n + 1, index++) {
		n = strcspn(list, ",");
		if (!str_from_bytes(word, sizeof(word), bytes_of(list, n)))
			word[0] = '\0';
		known = now = 0;
		for (size_t c = 0; c < COLUMN_COUNT; c++)
			known += t->at[c] != NOT_THERE;
		name_column(t, word, index);
		for (size_t c = 0; c < COLUMN_COUNT; c++)
			now += t->at[c] != NOT_THERE;
		if (now == known && !str_eq(word, "-"))
			return err_set(err, ERR_INVALID,
			    "--columns has \"%.31s\", which is no column, or "
			    "one that was named already. Columns are id, "
			    "requester, template, state, message, attributes, "
			    "submitted, resolved, revoked, reason, request, "
			    "certificate, and - for one that is left out.",
			    word);
		if (!list[n])
			return 0;
	}
}

static int
find_columns(struct table *t, const char *told, struct err *err)
{
	for (size_t c = 0; c < COLUMN_COUNT; c++)
		t->at[c] = NOT_THERE;
	if (told && columns_told(t, told, err) < 0)
		return -1;
	for (size_t i = 0; !told && i < t->row.n; i++)
		name_column(t, (const char *)t->row.cells[i].p, i);
	if (t->at[COLUMN_CERTIFICATE] == NOT_THERE)
		return err_set(err, ERR_INVALID,
		    "The table has no column with certificates that is known "
		    "by its name (RawCertificate). Name the columns in their "
		    "order with --columns.");
	if (t->at[COLUMN_ID] == NOT_THERE)
		cli_import_note(t->im->missing,
		    "The table has no column with request numbers: "
		    "certificates get new ones, and what waits cannot be "
		    "taken.");
	if (t->at[COLUMN_STATE] == NOT_THERE)
		cli_import_note(t->im->missing,
		    "The table has no column with the state of requests: "
		    "only certificates are taken, and what is revoked is "
		    "known from the lists alone.");
	return 0;
}

/* --- cells -----------------------------------------------------------------
 */

/* "" when the column is not there; certutil writes EMPTY for that. */
static const char *
cell(const struct table *t, enum column c)
{
	const char *s;

	if (t->at[c] == NOT_THERE || t->at[c] >= t->row.n)
		return "";
	s = (const char *)t->row.cells[t->at[c]].p;
	return str_eq_ci(s, "EMPTY") ? "" : s;
}

/* The number that a cell begins with: "20 -- Issued", "0x14 (20)". */
static bool
number(const char *s, uint64_t *ret)
{
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	const char *digits = hex ? s + 2 : s;
	size_t n =
	    strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");
	char *end;

	if (n == 0 || n > 18 || (digits[n] && !strchr(" (-:", digits[n])))
		return false;
	*ret = strtoull(digits, &end, hex ? 16 : 10);
	return true;
}

static bool
digits(const char **s, size_t n, char after, int *ret)
{
	*ret = 0;
	for (size_t i = 0; i < n; i++) {
		char c = (*s)[i];

		if (c < '0' || c > '9')
			return false;
		*ret = *ret * 10 + (c - '0');
	}
	*s += n;
	if (!after)
		return true;
	return *(*s)++ == after;
}

/* ISO 8601 in UTC, to the minute or second; 0 for all else. */
static int64_t
iso_date(const char *s)
{
	int y, mo, d, h = 0, mi = 0, sec = 0;
	struct der_date date;

	if (!digits(&s, 4, '-', &y) || !digits(&s, 2, '-', &mo) ||
	    !digits(&s, 2, 0, &d) || y < 1970 || mo < 1 || mo > 12 || d < 1 ||
	    d > 31)
		return 0;
	if (*s == 'T' || *s == ' ') {
		s++;
		if (!digits(&s, 2, ':', &h) || !digits(&s, 2, 0, &mi))
			return 0;
		if (*s == ':' && (s++, !digits(&s, 2, 0, &sec)))
			return 0;
	}
	if (*s == 'Z')
		s++;
	if (*s || h > 23 || mi > 59 || sec > 59)
		return 0;
	date = (struct der_date){ y, mo, d, h, mi, sec };
	return der_date_seconds(&date);
}

/* V2 templates are printed as "OID name". */
static const char *
template_name(const char *s)
{
	size_t n = strspn(s, "0123456789.");

	return n > 4 && s[n] == ' ' && s[n + 1] ? s + n + 1 : s;
}

/* Lines of a cell as the CA keeps attributes; of what certutil prints only
 * Name:Value and Name=Value are any. */
static const char *
attributes(struct table *t)
{
	buf_reset(&t->attributes);
	for (const char *s = cell(t, COLUMN_ATTRIBUTES); *s;) {
		size_t n = strcspn(s, "\r\n"), name;

		while (n && (*s == ' ' || *s == '"')) {
			s++;
			n--;
		}
		name = strcspn(s, ":=");
		if (name && name < n && name < 128) {
			const char *value = s + name + 1;
			size_t left = n - name - 1;

			while (left && (*value == ' ' || *value == '"')) {
				value++;
				left--;
			}
			while (left && value[left - 1] == '"')
				left--;
			buf_addf(&t->attributes, "%.*s:%.*s\n", (int)name, s,
			    (int)left, value);
		}
		s += n;
		s += strspn(s, "\r\n");
	}
	return buf_failed(&t->attributes) ? "" : buf_str(&t->attributes);
}

static struct bytes
binary(const char *text, struct buf *out)
{
	enum pki_pem_kind kind;

	buf_reset(out);
	if (!*text || pki_pem_read(bytes_str(text), out, &kind, NULL) < 0)
		return BYTES_NONE;
	return buf_bytes(out);
}

/* --- rows ------------------------------------------------------------------
 */

static void
refuse(struct table *t, const char *why)
{
	t->im->counts.unreadable++;
	cli_import_note(t->im->problems, "Line %zu: %s.", t->row.line, why);
}

/* false: the row is not taken. */
static bool
read_state(struct table *t, struct rpc_import_row *r)
{
	uint64_t n = 0, reason = 0;
	bool has_reason = number(cell(t, COLUMN_REASON), &reason);

	if (t->at[COLUMN_STATE] == NOT_THERE)
		n = r->cert.n ? DISPOSITION_ISSUED : 0;
	else if (!number(cell(t, COLUMN_STATE), &n))
		return refuse(t, "its state does not begin with a number"),
		       false;
	if (!disposition_known((uint32_t)n) || n > UINT32_MAX) {
		t->im->counts.skipped++;
		return false;
	}
	r->disposition = (uint32_t)n;
	if (n == DISPOSITION_REVOKED && has_reason)
		r->reason = reason <= 10 && reason != 7 && reason != 8
				? (uint32_t)reason
				: 0;
	if ((n == DISPOSITION_ISSUED || n == DISPOSITION_REVOKED) &&
	    r->cert.n == 0) {
		t->im->counts.without++;
		cli_import_note(t->im->missing,
		    "Line %zu: the certificate that was issued is not there.",
		    t->row.line);
		return false;
	}
	return true;
}

static bool
read_texts(struct table *t, struct rpc_import_row *r)
{
	uint64_t id = 0;

	r->requester = cell(t, COLUMN_REQUESTER);
	r->template_name = template_name(cell(t, COLUMN_TEMPLATE));
	r->message = cell(t, COLUMN_MESSAGE);
	r->attributes = attributes(t);
	if (!str_is_utf8(bytes_str(r->message)))
		r->message = "";
	if (!str_is_utf8(bytes_str(r->requester)) ||
	    !str_is_utf8(bytes_str(r->template_name)) ||
	    !str_is_utf8(bytes_str(r->attributes)))
		return refuse(t,
			   "a name is not in UTF-8; save the table as UTF-8 "
			   "or UTF-16"),
		       false;
	if (*cell(t, COLUMN_ID) &&
	    (!number(cell(t, COLUMN_ID), &id) || id == 0 || id > INT64_MAX))
		return refuse(t, "the request number is no number"), false;
	r->id = id;
	return true;
}

static int
take_row(struct table *t, struct err *err)
{
	struct rpc_import_row r = { .requester = "" };
	const char *text = cell(t, COLUMN_CERTIFICATE);
	char from[32];

	r.cert = binary(text, &t->cert);
	if (*text && r.cert.n == 0) {
		refuse(t, "its certificate cannot be read");
		return 0;
	}
	if (!read_texts(t, &r) || !read_state(t, &r))
		return 0;
	r.request = binary(cell(t, COLUMN_REQUEST), &t->request);
	r.submitted = iso_date(cell(t, COLUMN_SUBMITTED));
	r.resolved = iso_date(cell(t, COLUMN_RESOLVED));
	r.revoked = iso_date(cell(t, COLUMN_REVOKED));
	if (r.disposition != DISPOSITION_ISSUED &&
	    r.disposition != DISPOSITION_REVOKED)
		r.cert = BYTES_NONE;
	(void)snprintf(from, sizeof(from), "Line %zu", t->row.line);
	return cli_import_row(t->im, &r, from, err);
}

static int
read_table(
    struct table *t, struct cli_csv *csv, const char *told, struct err *err)
{
	int rc = cli_csv_next(csv, &t->row, err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(err, ERR_BAD_DATA, "The table is empty.");
	if (find_columns(t, told, err) < 0)
		return -1;
	while ((rc = cli_csv_next(csv, &t->row, err)) > 0)
		if (take_row(t, err) < 0)
			return -1;
	return rc;
}

int
cli_import_table(struct cli_import *im, const char *path, const char *columns,
    struct err *err)
{
	AUTO(cli_csv) csv = NULL;
	AUTO_MEM struct table *t = calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return err_set(err, ERR_NO_MEMORY, "There is no memory left.");
	t->im = im;
	buf_init(&t->cert, PKI_PEM_TEXT_MAX);
	buf_init(&t->request, PKI_PEM_TEXT_MAX);
	buf_init(&t->attributes, RPC_ATTRIBUTES_MAX);
	rc = cli_csv_open(path, &csv, err);
	if (rc == 0)
		rc = read_table(t, csv, columns, err);
	buf_clear(&t->cert);
	buf_clear(&t->request);
	buf_clear(&t->attributes);
	return rc < 0 ? err_wrap(err, "%s", path) : 0;
}
