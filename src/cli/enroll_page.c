/* Reads the pages of certfnsh.asp as programs do: by the ids and phrases that
 * are the interface (certsrv-http 4.4, 4.5), not by their markup. */
#include "cli/enroll.h"

#include "base/str.h"

#include <ctype.h>

/* clang-format off */
/* The first that is found decides: the denied page also tells the number, and
 * the issued one also says what is to be done with a pending one. */
static const struct {
	const char *text;
	enum enroll_kind kind;
} marks[] = {
	{ "\"locDenied\"",                          ENROLL_PAGE_DENIED },
	{ "Your certificate request was denied",    ENROLL_PAGE_DENIED },
	{ "The disposition message is \"",          ENROLL_PAGE_DENIED },
	{ "\"locDispMsgLabel\"",                    ENROLL_PAGE_ERROR },
	{ "Disposition message:",                   ENROLL_PAGE_ERROR },
	{ "\"locInfoStillPnd\"",                    ENROLL_PAGE_PENDING },
	{ "\"locInfoReqID\"",                       ENROLL_PAGE_PENDING },
	{ "Certificate Pending",                    ENROLL_PAGE_PENDING },
	{ "still pending",                          ENROLL_PAGE_PENDING },
};

/* Numbers of the answer "not a message of this kind". */
static const char *const no_renewals[] = {
	"0x80091004", "CRYPT_E_INVALID_MSG_TYPE",
};

static const struct { const char *entity; char c; } entities[] = {
	{ "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' },
	{ "&#39;", '\'' }, { "&apos;", '\'' }, { "&#34;", '"' },
};
/* clang-format on */

static const char *
after(const char *html, const char *mark)
{
	const char *at = strstr(html, mark);

	return at ? at + strlen(mark) : NULL;
}

static uint64_t
number_at(const char *p)
{
	char digits[20];
	uint64_t n = 0;
	size_t i = 0;

	while (p && i < sizeof(digits) - 1 && p[i] >= '0' && p[i] <= '9') {
		digits[i] = p[i];
		i++;
	}
	digits[i] = 0;
	return i > 0 && str_u64(digits, INT64_MAX, &n) ? n : 0;
}

/* A link to a certificate with a number; the CA's own has the word CACert. */
static uint64_t
link_number(const char *html)
{
	const char *p = html;
	uint64_t n = 0;

	while (n == 0 && (p = after(p, "certnew.cer?")) != NULL) {
		const char *q = p;
		const char *end = p + strcspn(p, "\"'<> \r\n");

		while (q && (q = strcasestr(q, "ReqID=")) != NULL && q < end) {
			q += strlen("ReqID=");
			n = number_at(q);
			if (n)
				break;
		}
	}
	return n;
}

static uint64_t
told_number(const char *html)
{
	const char *p = after(html, "Your Request Id is ");

	if (p)
		return number_at(p);
	p = after(html, "locInfoReqID");
	if (p)
		p = strchr(p, '>');
	return p ? number_at(p + strcspn(p, "0123456789<")) : 0;
}

/* Copy text without markup, with blanks made one; stops at an end. */
static void
copy_text(char *dst, size_t size, const char *p, const char *end)
{
	size_t n = 0, i;

	while (p < end && *p && n + 1 < size) {
		char c = *p;

		if (c == '<') {
			p += strcspn(p, ">");
			p += *p == '>';
			continue;
		}
		for (i = 0; c == '&' && i < ARRAY_LEN(entities); i++)
			if (str_has_prefix(p, entities[i].entity)) {
				c = entities[i].c;
				p += strlen(entities[i].entity) - 1;
				break;
			}
		p++;
		if (isspace((unsigned char)c))
			c = ' ';
		if (c == ' ' && (n == 0 || dst[n - 1] == ' '))
			continue;
		dst[n++] = c;
	}
	while (n > 0 && dst[n - 1] == ' ')
		n--;
	dst[n] = 0;
}

/* The value of a row of the error page: behind two tabs, to the line's end. */
static bool
row(const char *html, const char *label, char *dst, size_t size)
{
	const char *p = after(html, label);

	if (p)
		p = strchr(p, '\t');
	if (!p)
		return false;
	p += strspn(p, "\t ");
	copy_text(dst, size, p, p + strcspn(p, "\r\n"));
	return dst[0] && !str_has_prefix(dst, "(none)");
}

static void
read_message(const char *html, struct enroll_page *ret)
{
	const char *p = after(html, "The disposition message is \"");
	const char *end;

	if (p) {
		end = strstr(p, "\".");
		copy_text(ret->message, sizeof(ret->message), p,
		    end ? end : p + strcspn(p, "\""));
		return;
	}
	if (!row(html, "Disposition message:", ret->message,
		sizeof(ret->message)) &&
	    !row(html, "LastStatus:", ret->message, sizeof(ret->message)))
		(void)row(html, "Result:", ret->message, sizeof(ret->message));
}

void
enroll_page_read(struct bytes page, struct enroll_page *ret)
{
	AUTO_BUF text = BUF_WITH_LIMIT(CLI_FILE_MAX + 1);
	const char *html;
	size_t i;

	*ret = (struct enroll_page){ .kind = ENROLL_PAGE_UNKNOWN };
	for (i = 0; i < page.n; i++) /* nothing hides behind a zero byte */
		buf_add_char(&text, page.p[i] ? (char)page.p[i] : ' ');
	html = buf_str(&text);
	for (i = 0; i < ARRAY_LEN(marks) && !ret->kind; i++)
		if (strstr(html, marks[i].text))
			ret->kind = marks[i].kind;
	ret->id = link_number(html);
	if (ret->id && (!ret->kind || ret->kind == ENROLL_PAGE_PENDING))
		ret->kind = ENROLL_PAGE_ISSUED;
	if (!ret->id)
		ret->id = told_number(html);
	read_message(html, ret);
	for (i = 0; i < ARRAY_LEN(no_renewals); i++)
		if (strstr(html, no_renewals[i]))
			ret->no_renewals = true;
}
