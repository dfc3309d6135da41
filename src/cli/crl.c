/* crl.c - opencertsrv crl ...: publishing revocation lists. */
#include "cli/cli.h"
#include "cli/deliver.h"
#include "cli/file.h"

#include "base/str.h"
#include "pki/pem.h"

#include <inttypes.h>

static json_t *
crl_json(const struct rpc_crl_list *list)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < list->row_count; i++) {
		const struct rpc_crl_row *r = &list->rows[i];

		(void)json_array_append_new(rows,
		    json_pack("{s:i,s:I,s:I,s:I,s:o,s:o,s:o,s:s,s:s,s:o,s:s}",
			"key", (int)r->key_index, "number",
			(json_int_t)r->number, "base", (json_int_t)r->min_base,
			"entries", (json_int_t)r->entries, "this_update",
			cli_output_json_time(r->this_update), "next_publish",
			cli_output_json_time(r->next_publish), "next_update",
			cli_output_json_time(r->next_update), "file", r->file,
			"status", r->status, "delivered",
			cli_output_json_time(r->delivered), "delivery",
			r->delivery));
	}
	return json_pack("{s:o}", "rows", rows);
}

static int
crl_people(struct cli *c, const struct rpc_crl_list *list, struct err *err)
{
	static const char *const titles[] = { "NUMBER", "TYPE", "KEY",
		"ENTRIES", "VALID FROM", "NEXT", "VALID UNTIL", "FILE",
		"STATUS" };
	char number[24], type[40] = "base", key[16], entries[24],
			 made[STR_TIME_MAX], next[STR_TIME_MAX],
			 until[STR_TIME_MAX];
	const char *const cells[] = { number, type, key, entries, made, next,
		until, NULL, NULL };
	AUTO(cli_column) t = NULL;
	size_t i;

	if (cli_column_new(titles, ARRAY_LEN(titles), &t, err) < 0)
		return -1;
	for (i = 0; i < list->row_count; i++) {
		const struct rpc_crl_row *r = &list->rows[i];
		const char *row[ARRAY_LEN(cells)];

		memcpy(row, cells, sizeof(row));
		row[7] = r->file;
		row[8] = r->status;
		(void)snprintf(type, sizeof(type),
		    r->min_base ? "delta to %" PRIu64 : "base", r->min_base);
		(void)snprintf(number, sizeof(number), "%" PRIu64, r->number);
		(void)snprintf(key, sizeof(key), "%" PRIu32, r->key_index);
		(void)snprintf(
		    entries, sizeof(entries), "%" PRIu64, r->entries);
		str_time_human(made, r->this_update);
		str_time_human(next, r->next_publish);
		str_time_human(until, r->next_update);
		if (cli_column_add(t, row, err) < 0)
			return -1;
	}
	cli_column_print(t, c->out);
	return 0;
}

static int
crl_list(struct cli *c, const struct rpc_crl_list *list, struct err *err)
{
	if (cli_args_flag(&c->args, "json"))
		return cli_output_json(c, crl_json(list), err);
	if (list->row_count == 0) {
		(void)fputs("No revocation list was published yet.\n", c->out);
		return 0;
	}
	return crl_people(c, list, err);
}

static int
crl_publish(struct cli *c, struct err *err)
{
	const struct rpc_nothing ask = { 0 };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_crl_list *list;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_CRL_PUBLISH(client, &ask, &msg, &list, err) < 0)
		return -1;
	return crl_list(c, list, err);
}

static int
crl_show(struct cli *c, struct err *err)
{
	const struct rpc_nothing ask = { 0 };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_crl_list *list;

	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_CRL_LIST(client, &ask, &msg, &list, err) < 0)
		return -1;
	return crl_list(c, list, err);
}

/* --- lists and certificates of other CAs ---------------------------------- */

static int
read_one(const char *path, struct buf *der, enum pki_pem_kind *ret_kind,
    struct err *err)
{
	AUTO_BUF text = BUF_WITH_LIMIT(PKI_PEM_TEXT_MAX);

	if (cli_file_read(path, &text, err) < 0 ||
	    pki_pem_read(buf_bytes(&text), der, ret_kind, err) < 0)
		return err_wrap(err, "%s", path);
	return 0;
}

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int
crl_add(struct cli *c, struct err *err)
{
	const char *path = c->args.words[0];
	const char *issuer = cli_args_text(&c->args, "issuer");
	const char *name = cli_args_text(&c->args, "name");
	AUTO_BUF content = BUF_WITH_LIMIT(RPC_CRL_OTHER_MAX);
	AUTO_BUF above = BUF_WITH_LIMIT(RPC_CRL_OTHER_MAX);
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_acted *acted;
	struct rpc_crl_add ask;
	enum pki_pem_kind kind;

	if (read_one(path, &content, &kind, err) < 0)
		return -1;
	if (kind != PKI_PEM_CRL && kind != PKI_PEM_CERTIFICATE)
		return err_set(err, ERR_BAD_DATA,
		    "%s is neither a revocation list nor a certificate.", path);
	if (issuer && read_one(issuer, &above, &kind, err) < 0)
		return -1;
	ask = (struct rpc_crl_add){ .name = name ? name : name_of(path),
		.content = buf_bytes(&content),
		.issuer = buf_bytes(&above) };
	if (cli_session_open(c, &client, err) < 0 ||
	    rpc_do_CRL_ADD(client, &ask, &msg, &acted, err) < 0)
		return -1;
	return cli_output_acted(c, acted, err);
}

static const struct cli_option add_options[] = {
	{ "issuer", "FILE", NULL, "certificate of the CA that made the list" },
	{ "name", "NAME", NULL, "of the published file, if not that of FILE" },
	{ NULL, NULL, NULL, NULL },
};

/* clang-format off */
const struct cli_command cli_crl_commands[] = {
	{ "crl", "publish", "", 0, 0, ROLE_ADMIN, NULL, crl_publish,
	  "make and publish a new revocation list" },
	{ "crl", "show", "", 0, 0, ROLE_OFFICER, NULL, crl_show,
	  "show the published revocation lists" },
	{ "crl", "add", "FILE", 1, 1, ROLE_ADMIN, add_options, crl_add,
	  "publish a list or a certificate of another CA" },
	{ "crl", "deliver", "", 0, 0, ROLE_OPERATOR, NULL, cli_deliver,
	  "call the publish hook and read the lists back over HTTP" },
	{ NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
