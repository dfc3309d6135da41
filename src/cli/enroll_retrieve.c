/* opencertsrv enroll retrieve: collect what was issued. */
#include "cli/enroll.h"

#include "base/str.h"

/* A number with the options that say where, or a state. */
static int
find_state(const struct cli *c, struct enroll_state *s, struct err *err)
{
	const char *word = c->args.words[0];
	const char *state = cli_args_text(&c->args, "state");
	uint64_t id = 0;

	if (!str_u64(word, INT64_MAX, &id)) {
		if (enroll_state_load(word, s, err) < 0)
			return -1;
	} else if (state && cli_file_exists(state)) {
		if (enroll_state_load(state, s, err) < 0)
			return -1;
	}
	if (enroll_state_options(c, s, err) < 0)
		return -1;
	if (cli_args_text(&c->args, "pkcs12"))
		s->pkcs12_legacy = cli_args_flag(&c->args, "legacy-pkcs12");
	if (id)
		s->id = id;
	if (s->id == 0)
		return err_set(err, ERR_INVALID,
		    "There is no request number: send the request first "
		    "(enroll submit).");
	if (!s->certificate[0] && !cli_args_text(&c->args, "pkcs12"))
		return err_set(err, ERR_INVALID,
		    "Say where the certificate goes: --out FILE.");
	return 0;
}

/* What the certificate must belong to; empty when nothing here says so. */
static int
expected_key(const struct enroll_state *s, struct cli_key **ret_key,
    bool needs_key, struct buf *spki, struct err *err)
{
	struct cli_key_place place = enroll_key_place(s);
	bool encrypted = true;

	if (s->key[0] && !needs_key &&
	    cli_key_is_encrypted(s->key, &encrypted, err) < 0)
		return -1;
	/* Saves asking for a passphrase only to look at the public half. */
	if (!needs_key && encrypted && s->request[0] &&
	    enroll_request_spki(s->request, spki, err) < 0)
		return -1;
	if (spki->n > 0)
		return 0;
	if (!s->key[0] && !place.uri)
		return needs_key ? err_set(err, ERR_INVALID,
				       "Which key is it? --key-file FILE.")
				 : 0;
	if (cli_key_open(&place, ret_key, err) < 0)
		return -1;
	buf_add_bytes(spki, cli_key_spki(*ret_key));
	return buf_check(spki, "the public key", err);
}

static int
write_out(struct cli *c, const struct enroll_state *s,
    const struct enroll_certs *certs, struct cli_key *key, struct err *err)
{
	AUTO_BUF pem = BUF_WITH_LIMIT(CLI_FILE_MAX);
	const char *pkcs12 = cli_args_text(&c->args, "pkcs12");

	if (enroll_certs_pem(certs, &pem, err) < 0 ||
	    (pkcs12 && enroll_certs_pkcs12(certs, s, key, s->pkcs12, err) < 0))
		return -1;
	if (s->certificate[0] &&
	    cli_file_replace(s->certificate, buf_bytes(&pem), 0644, err) < 0)
		return -1;
	if (!cli_args_flag(&c->args, "json")) {
		cli_output_field(c, "Certificate", s->certificate);
		cli_output_field(c, "PKCS#12", pkcs12);
	}
	return 0;
}

static int
retrieve(struct cli *c, struct enroll_state *s, struct enroll_certs *certs,
    struct err *err)
{
	bool pkcs12 = cli_args_text(&c->args, "pkcs12") != NULL;
	AUTO_BUF spki = BUF_WITH_LIMIT(CLI_FILE_MAX);
	AUTO(enroll_http) http = NULL;
	AUTO(cli_key) key = NULL;
	struct enroll_page page;
	uint64_t wait;

	if (find_state(c, s, err) < 0 ||
	    enroll_wait_seconds(c, &wait, err) < 0 ||
	    expected_key(s, &key, pkcs12, &spki, err) < 0 ||
	    enroll_http_open(s, &http, err) < 0 ||
	    enroll_http_check(http, s->id, &page, err) < 0 ||
	    enroll_wait(http, s->id, wait, &page, err) < 0)
		return -1;
	if (page.kind == ENROLL_PAGE_ISSUED &&
	    (enroll_certs_fetch(
		 http, s->id, buf_bytes(&spki), s->ca_file, certs, err) < 0 ||
		write_out(c, s, certs, key, err) < 0))
		return -1;
	return enroll_tell(c, s, &page, err);
}

int
enroll_retrieve(struct cli *c, struct err *err)
{
	AUTO_MEM struct enroll_state *s = calloc(1, sizeof(*s));
	struct enroll_certs certs = { .n = 0 };
	int status;

	if (!s)
		return err_set(err, ERR_NO_MEMORY, "There is no memory.");
	status = retrieve(c, s, &certs, err);
	enroll_certs_clear(&certs);
	if (status >= 0 && s->path[0] && enroll_state_save(s, err) < 0)
		return -1;
	return status;
}
