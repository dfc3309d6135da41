/* ca.c - opencertsrv ca ...: the certification authority itself. */
#include "cli/ca_life.h"
#include "cli/cli.h"
#include "cli/import.h"

#include "base/str.h"

static json_t *
crosses_json(const struct rpc_ca_info *info)
{
	json_t *list = json_array();

	for (size_t i = 0; i < info->cross_count; i++)
		(void)json_array_append_new(
		    list, json_pack("{s:i,s:i,s:o}", "from",
			      (int)info->crosses[i].from, "to",
			      (int)info->crosses[i].to, "certificate",
			      cli_output_json_pem(
				  "CERTIFICATE", info->crosses[i].cert)));
	return list;
}

static json_t *
info_json(const struct rpc_ca_info *info)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < info->generation_count; i++) {
		const struct rpc_generation *g = &info->generations[i];

		(void)json_array_append_new(
		    list, json_pack("{s:i,s:i,s:s,s:o,s:o,s:o}", "index",
			      (int)g->index, "key", (int)g->key_index,
			      "subject", g->subject, "not_before",
			      cli_output_json_time(g->not_before), "not_after",
			      cli_output_json_time(g->not_after), "certificate",
			      cli_output_json_pem("CERTIFICATE", g->cert)));
	}
	return json_pack("{s:s,s:s,s:s,s:s,s:b,s:b,s:b,s:I,s:o,s:o,s:o}",
	    "name", info->name, "host", info->host, "type", info->type,
	    "contact", info->contact, "issue_at_once", (int)info->issue_at_once,
	    "demo", (int)info->demo, "single_person", (int)info->single_person,
	    "crl_number", (json_int_t)info->crl_number, "crl_next_update",
	    cli_output_json_time(info->crl_next_update), "generations", list,
	    "crosses", crosses_json(info));
}

static int
info_people(struct cli *c, const struct rpc_ca_info *info, struct err *err)
{
	static const char *const titles[] = { "CERTIFICATE", "KEY", "SUBJECT",
		"VALID FROM", "VALID UNTIL" };
	char index[16], key[16], from[STR_TIME_MAX], until[STR_TIME_MAX];
	AUTO(cli_column) t = NULL;
	size_t i;

	cli_output_field(c, "Name", info->name);
	cli_output_field(c, "Host", info->host);
	cli_output_field(c, "Type", info->type);
	cli_output_field(c, "Contact", info->contact);
	cli_output_field(c, "Requests",
	    info->issue_at_once ? "within the lists issued at once"
				: "wait for an officer");
	if (info->single_person)
		cli_output_field(c, "Separation",
		    "single-person: one person may ask and decide");
	cli_output_time(c, "CRL valid until", info->crl_next_update);
	(void)fputc('\n', c->out);
	if (cli_column_new(titles, ARRAY_LEN(titles), &t, err) < 0)
		return -1;
	for (i = 0; i < info->generation_count; i++) {
		const struct rpc_generation *g = &info->generations[i];
		const char *cells[] = { index, key, g->subject, from, until };

		(void)snprintf(index, sizeof(index), "%u", (unsigned)g->index);
		(void)snprintf(key, sizeof(key), "%u", (unsigned)g->key_index);
		str_time_human(from, g->not_before);
		str_time_human(until, g->not_after);
		if (cli_column_add(t, cells, err) < 0)
			return -1;
	}
	cli_column_print(t, c->out);
	return 0;
}

static int
ca_show(struct cli *c, struct err *err)
{
	const struct rpc_nothing ask = { 0 };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_ca_info *info;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_CA_INFO(client, &ask, &msg, &info, err) < 0)
		return -1;
	if (cli_args_flag(&c->args, "json"))
		return cli_output_json(c, info_json(info), err);
	if (!cli_args_flag(&c->args, "pem"))
		return info_people(c, info, err);
	if (info->generation_count == 0)
		return err_set(
		    err, ERR_NOT_FOUND, "The CA has no certificate yet.");
	return cli_output_pem(c, "CERTIFICATE",
	    info->generations[info->generation_count - 1].cert, err);
}

/* clang-format off */
static const struct cli_option renew_options[] = {
	{ "same-key", NULL, NULL, "another certificate for the key it has" },
	{ "new-key", NULL, NULL, "a new key, of the kind that is configured" },
	{ "key", "KIND", NULL, "a new key of this kind: p256, rsa3072, ..." },
	{ "out", "FILE", NULL, "of a subordinate: where the request goes" },
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option init_options[] = {
	{ "subordinate", NULL, NULL,
	  "make a key and a request for the certificate" },
	{ "out", "FILE", NULL, "of a subordinate: where the request goes" },
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option sign_options[] = {
	{ "days", "N", NULL, "how long it is valid (1825)" },
	{ "path-length", "N", NULL, "how many CAs may be below that one" },
	{ "out", "FILE", NULL, "the certificate and those above it, PEM" },
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option show_options[] = {
	{ "pem", NULL, NULL, "write only the newest certificate, as PEM" },
	{ NULL, NULL, NULL, NULL },
};

static const struct cli_option import_options[] = {
	{ "ca", "FILE...", NULL,
	  "PKCS#12, or PEM with keys and certificates of the CA" },
	{ "ca-password-file", "FILE", NULL, "file with the password of these" },
	{ "table", "FILE", NULL, "requests, as certutil -view csv prints them" },
	{ "columns", "LIST", NULL,
	  "what its columns are: id,requester,state,...,certificate" },
	{ "index", "FILE", NULL, "index.txt of openssl-ca(1)" },
	{ "certificates", "DIR...", NULL,
	  "folder with issued certificates; with --index its newcerts" },
	{ "crl", "FILE...", NULL, "newest base and delta CRL of each key" },
	{ "admin", "NAME", NULL, "account of the first administrator" },
	{ "admin-password-file", "FILE", NULL, "file with his password" },
	{ "dry-run", NULL, NULL, "say what would be taken and what is missing" },
	{ NULL, NULL, NULL, NULL },
};

const struct cli_command cli_ca_commands[] = {
	{ "ca", "show", "", 0, 0, ROLE_ENROLLEE, show_options, ca_show,
	  "show the CA and its certificates" },
	{ "ca", "renew", "", 0, 0, ROLE_ADMIN, renew_options, cli_ca_renew,
	  "give the CA its next certificate; of a subordinate, a request" },
	{ "ca", "install", "FILE...", 1, 8, ROLE_ADMIN, NULL, cli_ca_install,
	  "install the certificate that another CA signed, with its chain" },
	{ "ca", "sign", "REQUEST", 1, 1, ROLE_ADMIN, sign_options, cli_ca_sign,
	  "sign the certificate of a CA below this one, which does not run" },
	{ "ca", "init", "", 0, 0, ROLE_ADMIN, init_options, cli_ca_init,
	  "make the key, certificate and first CRL where there are none" },
	{ "ca", "import", "", 0, 0, 0, import_options, cli_import,
	  "take over a CA that was made elsewhere" },
	{ NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
