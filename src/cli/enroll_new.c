/* opencertsrv enroll new: a key and a request for it. */
#include "cli/enroll.h"

#include "base/str.h"
#include "cli/inf.h"
#include "cli/signed.h"
#include "pki/pem.h"

struct names {
	const char *option;
	enum pki_gname_kind kind;
};

static const struct names names[] = {
	{ "dns", PKI_GNAME_DNS },
	{ "email", PKI_GNAME_EMAIL },
	{ "ip", PKI_GNAME_IP },
	{ "upn", PKI_GNAME_OTHER },
	{ "uri", PKI_GNAME_URI },
};

static int
take_names(const struct cli *c, struct cli_csr *r, struct err *err)
{
	const char *text;
	size_t i, at;

	for (i = 0; i < ARRAY_LEN(names); i++)
		for (at = 0; (text = cli_args_each(
				  &c->args, names[i].option, &at)) != NULL;)
			if (cli_csr_name(r, names[i].kind, text, err) < 0)
				return err_wrap(
				    err, "--%s %.80s", names[i].option, text);
	for (at = 0; (text = cli_args_each(&c->args, "eku", &at)) != NULL;)
		if (cli_csr_purpose(r, text, err) < 0)
			return -1;
	for (at = 0;
	     (text = cli_args_each(&c->args, "key-usage", &at)) != NULL;)
		if (cli_csr_usage(r, text, err) < 0)
			return -1;
	return 0;
}

static int
take_attributes(const struct cli *c, struct cli_csr *r, struct err *err)
{
	const char *template = cli_args_text(&c->args, "template");
	const char *text;
	size_t at;

	if (template && cli_csr_template(r, template, err) < 0)
		return -1;
	for (at = 0; (text = cli_args_each(&c->args, "attrib", &at)) != NULL;) {
		size_t n = strcspn(text, ":");
		char name[ENROLL_TEXT_MAX];

		if (!text[n] ||
		    !str_from_bytes(name, sizeof(name), bytes_of(text, n)))
			return err_set(err, ERR_INVALID,
			    "--attrib is NAME:VALUE, not \"%.80s\".", text);
		if (cli_csr_attribute(r, name, text + n + 1, err) < 0)
			return -1;
	}
	return 0;
}

/* Options count after what the INF file says. */
static int
describe(const struct cli *c, struct cli_inf *inf, struct err *err)
{
	const char *file = cli_args_text(&c->args, "inf");
	const char *subject = cli_args_text(&c->args, "subject");
	AUTO_BUF text = BUF_WITH_LIMIT(CLI_INF_MAX);

	if (file) {
		if (cli_file_read(file, &text, err) < 0)
			return -1;
		if (cli_inf_read(buf_bytes(&text), inf, err) < 0)
			return err_wrap(err, "%s", file);
		if (inf->warnings.n)
			(void)fprintf(stderr, "%s", buf_str(&inf->warnings));
	}
	if ((subject && cli_csr_subject(&inf->csr, subject, err) < 0) ||
	    take_names(c, &inf->csr, err) < 0 ||
	    take_attributes(c, &inf->csr, err) < 0)
		return -1;
	inf->csr.template_extension |=
	    cli_args_flag(&c->args, "template-extension");
	if (inf->csr.subject.n <= 2 && inf->csr.names.n == 0)
		return err_set(err, ERR_INVALID,
		    "The request names nobody: give --subject, --dns, --email, "
		    "--ip, --upn or --uri.");
	return 0;
}

static int
choose_paths(const struct cli *c, struct enroll_state *s, struct err *err)
{
	const char *key = cli_args_text(&c->args, "out-key");
	const char *request = cli_args_text(&c->args, "out-request");
	char path[PATH_MAX];

	if (!key && !request)
		return err_set(err, ERR_INVALID,
		    "Say where the key goes: --out-key FILE (a request beside "
		    "it, or --out-request FILE).");
	if (key && s->pkcs11[0])
		return err_set(
		    err, ERR_INVALID, "Give --out-key or --pkcs11, not both.");
	if (!key && !s->pkcs11[0])
		return err_set(err, ERR_INVALID,
		    "Say where the key goes: --out-key FILE or --pkcs11 "
		    "ADDRESS.");
	if (key && cli_file_absolute(s->key, key, err) < 0)
		return -1;
	if (!request) {
		if (cli_file_ending(path, s->key, ".csr", err) < 0)
			return -1;
		request = path;
	}
	if (cli_file_absolute(s->request, request, err) < 0 ||
	    enroll_state_path(c, s->request, s->path, err) < 0)
		return -1;
	return cli_file_ending(s->certificate, s->request, ".pem", err);
}

static int
must_not_exist(const char *path, struct err *err)
{
	if (!cli_file_exists(path))
		return 0;
	return err_set(err, ERR_EXISTS,
	    "There is a file %s already, and it is never overwritten. Nothing "
	    "was made; choose another name.",
	    path);
}

static int
make_key(const struct cli *c, const struct enroll_state *s,
    const struct cli_inf *inf, struct cli_key **ret, struct err *err)
{
	const char *word = cli_args_text(&c->args, "key");
	const struct cli_key_sort *sort =
	    cli_key_sort(word          ? word
			 : inf->key[0] ? inf->key
				       : "rsa3072");
	struct cli_key_place place = enroll_key_place(s);
	AUTO(secret) passphrase = NULL;

	if (cli_args_flag(&c->args, "use-existing-key") || inf->existing_key)
		return cli_key_open(&place, ret, err);
	if (s->pkcs11[0])
		return cli_key_make_on_token(
		    &place, sort, inf->exportable, ret, err);
	if (must_not_exist(s->key, err) < 0 ||
	    (!cli_args_flag(&c->args, "no-passphrase") &&
		cli_key_new_passphrase(
		    s->secret_file[0] ? s->secret_file : NULL, &passphrase,
		    err) < 0) ||
	    cli_key_make(sort, ret, err) < 0)
		return -1;
	return cli_key_write(*ret, s->key, passphrase, err);
}

static int
write_request(const struct enroll_state *s, const char *label, struct bytes der,
    struct err *err)
{
	AUTO_BUF pem = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);

	pki_pem_write(&pem, label, der, PKI_PEM_LF);
	if (buf_check(&pem, "the request", err) < 0)
		return -1;
	return cli_file_write_new(s->request, buf_bytes(&pem), 0644, err);
}

/* In a full CMC message when the INF file says so. */
static int
build(const struct cli_inf *inf, struct cli_key *key, struct buf *out,
    const char **label, struct err *err)
{
	AUTO_BUF der = BUF_WITH_LIMIT(CLI_CSR_MAX);

	*label = inf->cmc ? "PKCS7" : "CERTIFICATE REQUEST";
	if (!inf->cmc)
		return cli_csr_build(&inf->csr, key, out, err);
	if (cli_csr_build(&inf->csr, key, &der, err) < 0)
		return -1;
	return cli_signed_cmc(
	    buf_bytes(&der), key, buf_bytes(&inf->csr.attributes), out, err);
}

static int
make(
    struct cli *c, struct enroll_state *s, struct cli_inf *inf, struct err *err)
{
	AUTO_BUF der = BUF_WITH_LIMIT(2 * CLI_CSR_MAX);
	AUTO(cli_key) key = NULL;
	const char *label;

	if (must_not_exist(s->request, err) < 0 ||
	    must_not_exist(s->path, err) < 0 ||
	    make_key(c, s, inf, &key, err) < 0 ||
	    build(inf, key, &der, &label, err) < 0 ||
	    write_request(s, label, buf_bytes(&der), err) < 0)
		return -1;
	if (!str_copy(s->template, sizeof(s->template), inf->csr.template) ||
	    !str_copy(
		s->friendly_name, sizeof(s->friendly_name), inf->friendly_name))
		return err_set(err, ERR_INVALID, "A name is too long.");
	if (enroll_state_save(s, err) < 0)
		return -1;
	cli_output_field(c, "Key", s->pkcs11[0] ? s->pkcs11 : s->key);
	cli_output_field(c, "Request", s->request);
	cli_output_field(c, "State", s->path);
	return ENROLL_DONE;
}

int
enroll_new(struct cli *c, struct err *err)
{
	AUTO_MEM struct enroll_state *s = calloc(1, sizeof(*s));
	struct cli_inf inf;
	int rc = -1;

	if (!s)
		return err_set(err, ERR_NO_MEMORY, "There is no memory.");
	cli_inf_init(&inf);
	if (enroll_state_options(c, s, err) == 0 &&
	    choose_paths(c, s, err) == 0 && describe(c, &inf, err) == 0)
		rc = make(c, s, &inf, err);
	cli_inf_clear(&inf);
	return rc;
}
