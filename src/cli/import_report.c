/* import_report.c - what was read, what is missing, what came of it. */
#include "cli/import.h"

#include "base/str.h"
#include "pki/name.h"

#include <inttypes.h>

static json_t *
authorities_json(const struct cli_import *im)
{
	json_t *list = json_array();

	for (size_t i = 0; i < im->n; i++) {
		const struct cli_import_ca *g = &im->list[i];
		AUTO_BUF name = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX);

		pki_name_text(g->cert.subject, &name);
		(void)json_array_append_new(list,
		    json_pack("{s:i,s:i,s:s,s:o,s:o}", "index", (int)g->index,
			"key", (int)g->key_index, "subject", buf_str(&name),
			"not_before", cli_output_json_time(g->cert.not_before),
			"not_after", cli_output_json_time(g->cert.not_after)));
	}
	return list;
}

static json_t *
urls_json(const struct cli_import *im)
{
	json_t *list = json_array();

	for (size_t i = 0; i < im->url_n; i++) {
		const struct cli_import_url *u = &im->urls[i];

		(void)json_array_append_new(
		    list, json_pack("{s:s,s:I,s:b,s:s}", "url", u->text,
			      "certificates", (json_int_t)u->count, "served",
			      (int)!u->why[0], "why", u->why));
	}
	return list;
}

static json_t *
counts_json(const struct cli_import *im)
{
	const struct cli_import_counts *c = &im->counts;
	const struct {
		const char *name;
		uint64_t n;
	} rows[] = { { "issued", c->issued }, { "revoked", c->revoked },
		{ "pending", c->pending }, { "denied", c->denied },
		{ "failed", c->failed }, { "skipped", c->skipped },
		{ "without_certificate", c->without },
		{ "without_date", c->undated },
		{ "listed_only", c->listed_only },
		{ "unreadable", c->unreadable }, { "taken", c->taken },
		{ "already", c->already }, { "changed", c->changed },
		{ "refused", c->refused },
		{ "addresses_left_out", im->urls_left_out } };
	json_t *o = json_object();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		(void)json_object_set_new(
		    o, rows[i].name, json_integer((json_int_t)rows[i].n));
	return o;
}

/* --- for people ------------------------------------------------------------
 */

static void
sentence(struct cli *c, const char *indent, const char *text)
{
	char clean[4 * RPC_TEXT_MAX];

	(void)cli_column_clean(clean, sizeof(clean), text);
	(void)fprintf(c->out, "%s%s\n", indent, clean);
}

static void
sentences(struct cli *c, const char *title, const json_t *list)
{
	size_t i;
	json_t *s;

	if (json_array_size(list) == 0)
		return;
	(void)fprintf(c->out, "\n%s\n", title);
	json_array_foreach(list, i, s)
	{
		sentence(c, "  ", json_string_value(s));
	}
	if (json_array_size(list) == CLI_IMPORT_NOTES)
		(void)fprintf(c->out, "  (the first %d; there may be more)\n",
		    CLI_IMPORT_NOTES);
}

static void
authorities_people(struct cli_import *im)
{
	FILE *out = im->c->out;

	(void)fprintf(out, "CA certificates\n");
	for (size_t i = 0; i < im->n; i++) {
		const struct cli_import_ca *g = &im->list[i];
		AUTO_BUF text = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX + 128);
		AUTO_BUF name = BUF_WITH_LIMIT(PKI_NAME_TEXT_MAX);
		char until[STR_TIME_MAX];

		pki_name_text(g->cert.subject, &name);
		str_time_human(until, g->cert.not_after);
		buf_addf(&text, "%u, key %u: %s, until %s", g->index,
		    g->key_index, buf_str(&name), until);
		sentence(im->c, "  ", buf_str(&text));
	}
}

static void
lists_people(struct cli_import *im)
{
	size_t i;
	json_t *l;

	if (json_array_size(im->lists))
		(void)fprintf(im->c->out, "\nRevocation lists\n");
	json_array_foreach(im->lists, i, l)
	{
		(void)fprintf(im->c->out,
		    "  key %" JSON_INTEGER_FORMAT ", %s, number "
		    "%" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT
		    " entries\n",
		    json_integer_value(json_object_get(l, "key")),
		    json_string_value(json_object_get(l, "type")),
		    json_integer_value(json_object_get(l, "number")),
		    json_integer_value(json_object_get(l, "entries")));
	}
}

static void
counts_people(struct cli_import *im)
{
	const struct cli_import_counts *c = &im->counts;
	const struct {
		uint64_t n;
		const char *text;
	} rows[] = {
		{ c->without, "issued, but the certificate is not there" },
		{ c->listed_only,
		    "on a revocation list without a certificate: they stay "
		    "revoked" },
		{ c->undated,
		    "revoked without a date that can be read: the date of the "
		    "list, or now" },
		{ c->skipped, "of the CA's own kinds, left out" },
		{ c->unreadable, "cannot be taken, see below" },
	};

	(void)fprintf(im->c->out,
	    "\nRequests\n  %" PRIu64 " issued, %" PRIu64 " revoked, %" PRIu64
	    " waiting, %" PRIu64 " denied, %" PRIu64 " failed\n",
	    c->issued, c->revoked, c->pending, c->denied, c->failed);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].n)
			(void)fprintf(im->c->out, "  %" PRIu64 " %s\n",
			    rows[i].n, rows[i].text);
}

static void
urls_people(struct cli_import *im)
{
	FILE *out = im->c->out;

	if (im->url_n)
		(void)fprintf(
		    out, "\nAddresses in certificates that are still valid\n");
	for (size_t i = 0; i < im->url_n; i++) {
		const struct cli_import_url *u = &im->urls[i];
		char clean[4096];

		(void)cli_column_clean(clean, sizeof(clean), u->text);
		(void)fprintf(out, "  %-10s  %s%s%s%s\n",
		    u->why[0] ? "not served" : "served", clean,
		    u->why[0] ? " (" : "", u->why, u->why[0] ? ")" : "");
	}
	if (im->urls_left_out)
		(void)fprintf(out,
		    "  %" PRIu64 " more are too many, or not readable\n",
		    im->urls_left_out);
}

static int
people(struct cli_import *im)
{
	const struct cli_import_counts *c = &im->counts;

	authorities_people(im);
	counts_people(im);
	lists_people(im);
	urls_people(im);
	sentences(im->c, "Missing", im->missing);
	sentences(im->c, "Not taken", im->problems);
	if (im->dry_run)
		(void)fprintf(
		    im->c->out, "\nThis was a dry run: nothing was taken.\n");
	else
		(void)fprintf(im->c->out,
		    "\n%" PRIu64 " taken, %" PRIu64
		    " were here already, %" PRIu64 " changed, %" PRIu64
		    " refused.\n",
		    c->taken, c->already, c->changed, c->refused);
	return 0;
}

int
cli_import_report(struct cli_import *im, struct err *err)
{
	if (!cli_args_flag(&im->c->args, "json"))
		return people(im);
	return cli_output_json(im->c,
	    json_pack("{s:b,s:o,s:o,s:O,s:o,s:O,s:O}", "dry_run",
		(int)im->dry_run, "ca", authorities_json(im), "counts",
		counts_json(im), "lists", im->lists, "urls", urls_json(im),
		"missing", im->missing, "problems", im->problems),
	    err);
}
