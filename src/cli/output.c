/* output.c - how results are written, for people and as JSON. */
#include "cli/cli.h"

#include "base/str.h"
#include "pki/pem.h"

#include <inttypes.h>

int
cli_output_json(struct cli *c, json_t *take, struct err *err)
{
	int rc;

	if (!take)
		return err_set(err, ERR_NO_MEMORY, "There is no memory left.");
	rc = json_dumpf(take, c->out, JSON_INDENT(2));
	json_decref(take);
	if (rc < 0 || fputc('\n', c->out) == EOF)
		return err_set(err, ERR_SYSTEM, "Writing the output failed.");
	return 0;
}

void
cli_output_field(struct cli *c, const char *label, const char *value)
{
	char clean[2 * CLI_COLUMN_CELL_MAX];

	if (!value || !*value)
		return;
	(void)cli_column_clean(clean, sizeof(clean), value);
	(void)fprintf(c->out, "%-18s %s\n", label, clean);
}

void
cli_output_time(struct cli *c, const char *label, int64_t t)
{
	char text[STR_TIME_MAX];

	if (t == 0)
		return;
	str_time_human(text, t);
	cli_output_field(c, label, text);
}

json_t *
cli_output_json_time(int64_t t)
{
	char text[STR_TIME_MAX];

	if (t == 0)
		return json_null();
	str_time_iso(text, t);
	return json_string(text);
}

json_t *
cli_output_json_bytes(struct bytes b)
{
	AUTO_MEM char *hex = malloc(2 * b.n + 1);

	if (!hex)
		return NULL;
	str_hex(hex, b);
	return json_string(hex);
}

json_t *
cli_output_json_pem(const char *label, struct bytes der)
{
	AUTO_BUF pem = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);

	if (der.n == 0)
		return json_null();
	pki_pem_write(&pem, label, der, PKI_PEM_LF);
	return buf_failed(&pem) ? NULL : json_string(buf_str(&pem));
}

int
cli_output_pem(
    struct cli *c, const char *label, struct bytes der, struct err *err)
{
	AUTO_BUF pem = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);

	pki_pem_write(&pem, label, der, PKI_PEM_LF);
	if (buf_check(&pem, "PEM text", err) < 0)
		return -1;
	if (fputs(buf_str(&pem), c->out) == EOF)
		return err_set(err, ERR_SYSTEM, "Writing the output failed.");
	return 0;
}

int
cli_output_result(struct cli *c, const struct rpc_result *r, struct err *err)
{
	const char *text = *r->sentence ? r->sentence : r->message;
	const char *word =
	    disposition_known(r->disposition)
		? disposition_word((enum disposition)r->disposition)
		: "unknown";

	if (cli_args_flag(&c->args, "json")) {
		char hresult[16];

		(void)snprintf(
		    hresult, sizeof(hresult), "0x%08" PRIx32, r->hresult);
		if (cli_output_json(c,
			json_pack("{s:I,s:s,s:s,s:s,s:s,s:o}", "id",
			    (json_int_t)r->id, "disposition", word, "hresult",
			    hresult, "message", r->message, "sentence", text,
			    "certificate",
			    cli_output_json_pem("CERTIFICATE", r->cert)),
			err) < 0)
			return -1;
	} else {
		char clean[2 * CLI_COLUMN_CELL_MAX];

		(void)cli_column_clean(clean, sizeof(clean), text);
		(void)fprintf(
		    c->out, "Request %" PRIu64 ": %s\n", r->id, clean);
	}
	return 0;
}

int
cli_output_acted(struct cli *c, const struct rpc_acted *a, struct err *err)
{
	char clean[RPC_TEXT_MAX + 1];

	if (cli_args_flag(&c->args, "json"))
		return cli_output_json(c,
		    json_pack("{s:b,s:o,s:s,s:s}", "waits", (int)a->waits,
			"change",
			a->waits ? json_integer((json_int_t)a->change)
				 : json_null(),
			"what", a->what, "sentence", a->sentence),
		    err);
	(void)cli_column_clean(clean, sizeof(clean), a->sentence);
	(void)fprintf(c->out, "%s\n", clean);
	return 0;
}
