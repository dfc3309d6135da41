#include "cli/enroll.h"

#include "base/clock.h"
#include "base/str.h"
#include "cli/password.h"
#include "pki/pem.h"

#include <curl/curl.h>

#define PASSWORD_VARIABLE "OPENCERTSRV_PASSWORD"
#define CONNECT_SECONDS   30L
#define ANSWER_SECONDS    120L
#define PAUSE_FIRST       2 /* seconds between two looks, doubled */
#define PAUSE_MAX         60

struct enroll_http {
	CURL *curl;
	char url[ENROLL_URL_MAX];
	char reason[CURL_ERROR_SIZE];
	struct secret *password;
	struct buf body;
	long status;
};

int
enroll_url(char *dst, size_t size, const char *text, struct err *err)
{
	const char *rest = text + strlen("https://");
	const char *path;
	int n;

	if (!str_has_prefix(text, "https://") || !*rest || *rest == '/' ||
	    strpbrk(text, "?# \t\r\n") || memchr(rest, '@', strcspn(rest, "/")))
		return err_set(err, ERR_INVALID,
		    "--url is the address of the enrolment pages, over HTTPS "
		    "only: https://HOST/certsrv/, not \"%.100s\".",
		    text);
	path = rest + strcspn(rest, "/");
	while (str_eq(path, "/")) /* a host alone */
		path++;
	n = *path ? snprintf(dst, size, "%s%s", text,
			text[strlen(text) - 1] == '/' ? "" : "/")
		  : snprintf(dst, size, "https://%.*s/certsrv/",
			(int)strcspn(rest, "/"), rest);
	return n < 0 || (size_t)n >= size
		   ? err_set(err, ERR_INVALID, "--url is too long.")
		   : 0;
}

/* --- one request
 * -------------------------------------------------------------- */

static size_t
take_body(char *p, size_t one, size_t n, void *ctx)
{
	struct enroll_http *h = ctx;

	buf_add(&h->body, p, one * n);
	return buf_failed(&h->body) ? 0 : one * n;
}

static int
password_of(const struct enroll_state *s, struct secret **ret, struct err *err)
{
	const char *given = getenv(PASSWORD_VARIABLE);
	char prompt[ENROLL_TEXT_MAX + 32];

	if (s->password_file[0])
		return cli_password_from_file(s->password_file, ret, err);
	if (given && *given)
		return secret_copy(bytes_str(given), ret, err);
	(void)snprintf(prompt, sizeof(prompt), "Password of %s", s->user);
	return cli_password_ask(prompt, ret, err);
}

static bool
set_up(struct enroll_http *h, const struct enroll_state *s)
{
	CURL *c = h->curl;

	return curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->reason) ==
		   CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https") ==
		   CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_SSLVERSION,
		   (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS) ==
		   CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_TIMEOUT, ANSWER_SECONDS) ==
		   CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_USERAGENT,
		   "opencertsrv/" OCS_VERSION) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) ==
		   CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_USERNAME, s->user) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PASSWORD,
		   (const char *)secret_mem(h->password)) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body) ==
		   CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEDATA, h) == CURLE_OK &&
	       (!s->ca_file[0] ||
		   curl_easy_setopt(c, CURLOPT_CAINFO, s->ca_file) == CURLE_OK);
}

int
enroll_http_open(
    const struct enroll_state *s, struct enroll_http **ret, struct err *err)
{
	AUTO(enroll_http) h = calloc(1, sizeof(*h));

	if (!h)
		return err_set(err, ERR_NO_MEMORY, "There is no memory.");
	if (!s->url[0] || !s->user[0])
		return err_set(err, ERR_INVALID,
		    "Say where to and as whom: --url https://HOST/certsrv/ "
		    "--user NAME.");
	buf_init(&h->body, CLI_FILE_MAX);
	if (!str_copy(h->url, sizeof(h->url), s->url) ||
	    password_of(s, &h->password, err) < 0)
		return -1;
	h->curl = curl_easy_init();
	if (!h->curl || !set_up(h, s))
		return err_set(err, ERR_SYSTEM,
		    "The HTTP library cannot be used as this needs it.");
	*ret = TAKE(h);
	return 0;
}

void
enroll_http_close(struct enroll_http *h)
{
	if (!h)
		return;
	if (h->curl)
		curl_easy_cleanup(h->curl);
	secret_free(h->password);
	buf_clear(&h->body);
	free(h);
}

static int
failed(const struct enroll_http *h, CURLcode code, bool sends, struct err *err)
{
	const char *reason =
	    h->reason[0] ? h->reason : curl_easy_strerror(code);

	if (code == CURLE_PEER_FAILED_VERIFICATION ||
	    code == CURLE_SSL_CACERT_BADFILE)
		return err_set(err, ERR_DENIED,
		    "The server at %.100s is not trusted (%.160s). Nothing was "
		    "sent. Name the CA of its certificate with --ca-file PEM.",
		    h->url, reason);
	if (code == CURLE_WRITE_ERROR)
		return err_set(err, ERR_TOO_LARGE,
		    "The server's answer is too large to be one of these "
		    "pages.");
	return err_set(err, ERR_TIMEOUT,
	    "The server at %.100s cannot be reached (%.160s). %s", h->url,
	    reason,
	    sends && code != CURLE_COULDNT_CONNECT &&
		    code != CURLE_COULDNT_RESOLVE_HOST
		? "If it had received the request already, it is kept there: "
		  "look at \"My requests\" before sending it again."
		: "Nothing was changed; try again later.");
}

static int
check_status(const struct enroll_http *h, struct err *err)
{
	if (h->status == 200)
		return 0;
	if (h->status == 401)
		return err_set(err, ERR_UNAUTHENTICATED,
		    "The server does not accept this name and password. "
		    "Nothing was kept.");
	if (h->status == 429 || h->status >= 500)
		return err_set(err, ERR_BUSY,
		    "The server answered %ld: it is busy, or the certification "
		    "authority behind it is not running. Try again later.",
		    h->status);
	return err_set(err, ERR_PROTOCOL,
	    "The server answered %ld; are these the enrolment pages: %.200s?",
	    h->status, h->url);
}

/* post: the form, or NULL for a GET. */
static int
ask(struct enroll_http *h, const char *page, const struct buf *post,
    struct err *err)
{
	char url[ENROLL_URL_MAX + 128];
	CURLcode code;

	(void)snprintf(url, sizeof(url), "%s%s", h->url, page);
	buf_reset(&h->body);
	h->reason[0] = 0;
	code = curl_easy_setopt(h->curl, CURLOPT_URL, url);
	if (code == CURLE_OK && post)
		code = curl_easy_setopt(
		    h->curl, CURLOPT_POSTFIELDSIZE, (long)post->n);
	if (code == CURLE_OK)
		code = post ? curl_easy_setopt(h->curl, CURLOPT_COPYPOSTFIELDS,
				  buf_str(post))
			    : curl_easy_setopt(h->curl, CURLOPT_HTTPGET, 1L);
	if (code == CURLE_OK)
		code = curl_easy_perform(h->curl);
	if (code != CURLE_OK)
		return failed(h, code, post != NULL, err);
	(void)curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &h->status);
	return check_status(h, err);
}

/* --- the pages
 * ---------------------------------------------------------------- */

static void
add_field(struct buf *form, const char *name, struct bytes value)
{
	size_t i;

	buf_addf(form, "%s%s=", form->n ? "&" : "", name);
	for (i = 0; i < value.n; i++) {
		uint8_t c = value.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z'))
			buf_add_char(form, (char)c);
		else
			buf_addf(form, "%%%02X", c);
	}
}

static int
finish(struct enroll_http *h, const struct buf *form, struct enroll_page *ret,
    struct err *err)
{
	if (buf_check(form, "the form", err) < 0 ||
	    ask(h, "certfnsh.asp", form, err) < 0)
		return -1;
	enroll_page_read(buf_bytes(&h->body), ret);
	if (ret->kind == ENROLL_PAGE_UNKNOWN)
		return err_set(err, ERR_PROTOCOL,
		    "The server's answer is none of the pages known here; are "
		    "these the enrolment pages: %.200s?",
		    h->url);
	return 0;
}

/* "Name:Value" lines, the template's first: the first of several wins. */
static void
add_attributes(const struct enroll_state *s, struct buf *out)
{
	const char *p;

	if (s->template[0])
		buf_addf(out, "CertificateTemplate:%s\r\n", s->template);
	for (p = s->attributes; *p; p++)
		if (*p == '\n')
			buf_add_str(out, "\r\n");
		else
			buf_add_char(out, *p);
}

int
enroll_http_submit(struct enroll_http *h, const struct enroll_state *s,
    const char *label, struct bytes der, struct enroll_page *ret,
    struct err *err)
{
	AUTO_BUF form = BUF_WITH_LIMIT(CLI_FILE_MAX);
	AUTO_BUF pem = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);
	AUTO_BUF attributes = BUF_WITH_LIMIT(PKI_ATTRS_MAX + 512);

	pki_pem_write(&pem, label, der, PKI_PEM_CRLF);
	add_attributes(s, &attributes);
	if (buf_check(&pem, "the request", err) < 0 ||
	    buf_check(&attributes, "the request attributes", err) < 0)
		return -1;
	add_field(&form, "Mode", BYTES_LIT("newreq"));
	add_field(&form, "CertRequest", buf_bytes(&pem));
	add_field(&form, "CertAttrib", buf_bytes(&attributes));
	add_field(&form, "TargetStoreFlags", BYTES_LIT("0"));
	add_field(&form, "SaveCert", BYTES_LIT("yes"));
	add_field(&form, "FriendlyType",
	    s->friendly_name[0] ? bytes_str(s->friendly_name)
				: BYTES_LIT("Saved-Request Certificate"));
	add_field(&form, "ThumbPrint", BYTES_NONE);
	return finish(h, &form, ret, err);
}

int
enroll_http_check(struct enroll_http *h, uint64_t id, struct enroll_page *ret,
    struct err *err)
{
	AUTO_BUF form = BUF_WITH_LIMIT(512);

	buf_addf(&form, "Mode=chkpnd&ReqID=%ju&TargetStoreFlags=0&SaveCert=yes",
	    (uintmax_t)id);
	return finish(h, &form, ret, err);
}

int
enroll_http_get(
    struct enroll_http *h, const char *what, struct buf *out, struct err *err)
{
	if (ask(h, what, NULL, err) < 0)
		return -1;
	buf_add_bytes(out, buf_bytes(&h->body));
	return buf_check(out, "the server's answer", err);
}

int
enroll_wait(struct enroll_http *h, uint64_t id, uint64_t seconds,
    struct enroll_page *page, struct err *err)
{
	uint64_t end = clock_monotonic_us() + seconds * 1000000;
	uint64_t pause = PAUSE_FIRST;

	while (
	    page->kind == ENROLL_PAGE_PENDING && clock_monotonic_us() < end) {
		uint64_t left = (end - clock_monotonic_us()) / 1000000 + 1;

		clock_sleep_us((pause < left ? pause : left) * 1000000);
		if (pause < PAUSE_MAX)
			pause *= 2;
		if (enroll_http_check(h, id, page, err) < 0)
			return -1;
	}
	return 0;
}
