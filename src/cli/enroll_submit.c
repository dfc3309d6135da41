/* opencertsrv enroll submit: send a request in. */
#include "cli/enroll.h"

#include "base/clock.h"
#include "base/str.h"
#include "cli/signed.h"
#include "pki/csr.h"
#include "pki/pem.h"

#define LABEL_PKCS10 "CERTIFICATE REQUEST"
#define LABEL_CMS    "PKCS7"

/* Words and exit statuses for what a page says. */
/* clang-format off */
static const struct {
	enum enroll_kind kind;
	const char *word, *sentence;
	int status;
} outcomes[] = {
	{ ENROLL_PAGE_ISSUED,  "issued",  "the certificate was issued", ENROLL_DONE },
	{ ENROLL_PAGE_PENDING, "pending", "waits for an officer", ENROLL_PENDING },
	{ ENROLL_PAGE_DENIED,  "denied",  "was refused", ENROLL_DENIED },
	{ ENROLL_PAGE_ERROR,   "failed",  "did not work", ENROLL_FAILED },
};
/* clang-format on */

static int
tell_json(struct cli *c, const struct enroll_state *s, uint64_t id,
    const char *word, const char *message, struct err *err)
{
	return cli_output_json(c,
	    json_pack("{s:I,s:s,s:s,s:s}", "id", (json_int_t)id, "state", word,
		"message", message, "file", s->path),
	    err);
}

int
enroll_tell(struct cli *c, struct enroll_state *s,
    const struct enroll_page *page, struct err *err)
{
	char clean[2 * sizeof(page->message)];
	size_t i;

	for (i = 0; i + 1 < ARRAY_LEN(outcomes); i++)
		if (outcomes[i].kind == page->kind)
			break;
	(void)cli_column_clean(clean, sizeof(clean), page->message);
	(void)snprintf(
	    s->disposition, sizeof(s->disposition), "%s", outcomes[i].word);
	if (cli_args_flag(&c->args, "json")) {
		if (tell_json(c, s, page->id ? page->id : s->id,
			outcomes[i].word, page->message, err) < 0)
			return -1;
	} else {
		(void)fprintf(c->out, "Request %ju: %s%s%s%s\n",
		    (uintmax_t)(page->id ? page->id : s->id),
		    outcomes[i].sentence, clean[0] ? ": " : "", clean,
		    str_has_suffix_ci(clean, ".") ? "" : ".");
	}
	return outcomes[i].status;
}

int
enroll_wait_seconds(const struct cli *c, uint64_t *ret, struct err *err)
{
	return cli_args_number(&c->args, "wait", 1, 30 * 86400, 0, ret, err);
}

int
enroll_request_spki(const char *path, struct buf *ret_spki, struct err *err)
{
	AUTO_BUF text = BUF_WITH_LIMIT(CLI_FILE_MAX);
	AUTO_BUF der = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);
	enum pki_pem_kind kind;
	struct pki_csr csr;

	if (cli_file_read(path, &text, err) < 0 ||
	    pki_pem_read_request(buf_bytes(&text), &der, &kind, err) < 0)
		return err_wrap(err, "the request %s", path);
	if (kind != PKI_PEM_PKCS10)
		return 0; /* it is said by the certificate's key alone */
	if (pki_csr_parse(buf_bytes(&der), &csr, err) < 0)
		return err_wrap(err, "the request %s", path);
	buf_add_bytes(ret_spki, csr.spki);
	return buf_check(ret_spki, "the public key", err);
}

/* The state that `enroll new` left, or a new one for a request from
 * elsewhere. */
static int
find_state(const struct cli *c, const char *request, struct enroll_state *s,
    struct err *err)
{
	char path[PATH_MAX];

	if (enroll_state_path(c, request, path, err) < 0)
		return -1;
	if (cli_file_exists(path)) {
		if (enroll_state_load(path, s, err) < 0)
			return -1;
	} else if (!str_copy(s->path, sizeof(s->path), path) ||
		   cli_file_absolute(s->request, request, err) < 0 ||
		   cli_file_ending(s->certificate, s->request, ".pem", err) <
		       0) {
		return -1;
	}
	return enroll_state_options(c, s, err);
}

static int
take_attributes(const struct cli *c, struct enroll_state *s, struct err *err)
{
	const char *template = cli_args_text(&c->args, "template");
	AUTO_BUF lines = BUF_WITH_LIMIT(PKI_ATTRS_MAX - 1);
	const char *text;
	size_t at = 0;

	if (template && !str_copy(s->template, sizeof(s->template), template))
		return err_set(
		    err, ERR_INVALID, "The name of the template is too long.");
	while ((text = cli_args_each(&c->args, "attrib", &at)) != NULL) {
		if (!strchr(text, ':') || strpbrk(text, "\r\n"))
			return err_set(err, ERR_INVALID,
			    "--attrib is NAME:VALUE, not \"%.80s\".", text);
		buf_addf(&lines, "%s\n", text);
	}
	if (buf_check(&lines, "the request attributes", err) < 0)
		return -1;
	if (lines.n &&
	    !str_copy(s->attributes, sizeof(s->attributes), buf_str(&lines)))
		return err_set(
		    err, ERR_INVALID, "The request attributes are too long.");
	return 0;
}

/* The agent's key, in a file or on his card; false when none is given. */
static bool
agent_place(const struct cli *c, struct cli_key_place *ret)
{
	*ret = (struct cli_key_place){ .file =
					   cli_args_text(&c->args, "agent-key"),
		.uri = cli_args_text(&c->args, "agent-pkcs11"),
		.module = cli_args_text(&c->args, "agent-module"),
		.secret_file =
		    cli_args_text(&c->args, "agent-passphrase-file") };
	return ret->file || ret->uri;
}

static int
check_agent(const struct cli_key_place *place, bool all_three, struct err *err)
{
	if (!all_three)
		return err_set(err, ERR_INVALID,
		    "A request on behalf of somebody needs --on-behalf-of, "
		    "--agent-cert and --agent-key or --agent-pkcs11.");
	if (place->file && place->uri)
		return err_set(err, ERR_INVALID,
		    "Give --agent-key or --agent-pkcs11, not both.");
	return 0;
}

/* On behalf of somebody: an agent signs around the request, and says when. */
static int
sign_for(
    const struct cli *c, struct buf *der, const char **label, struct err *err)
{
	const char *who = cli_args_text(&c->args, "on-behalf-of");
	const char *cert = cli_args_text(&c->args, "agent-cert");
	AUTO_BUF agent = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);
	AUTO_BUF out = BUF_WITH_LIMIT(CLI_FILE_MAX);
	AUTO(cli_key) signer = NULL;
	struct cli_key_place place;
	bool has_key = agent_place(c, &place);
	struct cli_signed s = { .type = PKI_OID_PKCS7_DATA,
		.requester = who,
		.when = clock_now() };

	if (!who && !cert && !has_key)
		return 0;
	if (check_agent(&place, who && cert && has_key, err) < 0 ||
	    enroll_certs_read_leaf(cert, &agent, err) < 0 ||
	    cli_key_open(&place, &signer, err) < 0)
		return -1;
	s.content = buf_bytes(der);
	s.signer = signer;
	s.cert = buf_bytes(&agent);
	if (cli_signed_build(&s, &out, err) < 0)
		return -1;
	buf_reset(der);
	buf_add_bytes(der, buf_bytes(&out));
	*label = LABEL_CMS;
	return buf_check(der, "the message", err);
}

static int
read_request(const struct cli *c, const char *path, struct buf *der,
    const char **label, struct err *err)
{
	AUTO_BUF text = BUF_WITH_LIMIT(CLI_FILE_MAX);
	enum pki_pem_kind kind;

	if (cli_file_read(path, &text, err) < 0)
		return -1;
	if (pki_pem_read_request(buf_bytes(&text), der, &kind, err) < 0)
		return err_wrap(err, "%s. Nothing was sent", path);
	*label = kind == PKI_PEM_CMS ? LABEL_CMS : LABEL_PKCS10;
	return sign_for(c, der, label, err);
}

static int
submit(struct cli *c, struct enroll_state *s, struct err *err)
{
	AUTO_BUF der = BUF_WITH_LIMIT(CLI_FILE_MAX);
	AUTO(enroll_http) http = NULL;
	struct enroll_page page;
	const char *label = LABEL_PKCS10;
	uint64_t wait;

	if (find_state(c, c->args.words[0], s, err) < 0 ||
	    take_attributes(c, s, err) < 0 ||
	    enroll_wait_seconds(c, &wait, err) < 0 ||
	    read_request(c, c->args.words[0], &der, &label, err) < 0)
		return -1;
	if (s->id && !str_eq(s->disposition, "denied") &&
	    !cli_args_flag(&c->args, "again"))
		return err_set(err, ERR_EXISTS,
		    "This request was sent already and has the number %ju. "
		    "Nothing was sent; --again sends it as another one.",
		    (uintmax_t)s->id);
	if (enroll_http_open(s, &http, err) < 0 ||
	    enroll_http_submit(http, s, label, buf_bytes(&der), &page, err) < 0)
		return -1;
	s->id = page.id;
	if (page.id && page.kind == ENROLL_PAGE_PENDING) {
		/* Known even if we are stopped while waiting. */
		(void)snprintf(
		    s->disposition, sizeof(s->disposition), "pending");
		if (enroll_state_save(s, err) < 0 ||
		    enroll_wait(http, s->id, wait, &page, err) < 0)
			return -1;
	}
	return enroll_tell(c, s, &page, err);
}

int
enroll_submit(struct cli *c, struct err *err)
{
	AUTO_MEM struct enroll_state *s = calloc(1, sizeof(*s));
	int status;

	if (!s)
		return err_set(err, ERR_NO_MEMORY, "There is no memory.");
	status = submit(c, s, err);
	if (status >= 0 && s->id && enroll_state_save(s, err) < 0)
		return -1;
	return status;
}
