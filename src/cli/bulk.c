#include "cli/bulk.h"

#include "base/str.h"
#include "cli/reason.h"

#include <ctype.h>
#include <inttypes.h>
#include <unistd.h>

#define LINE_MAX_BYTES 256
#define BAR            30
#define SERIAL_MAX     20

struct target {
	size_t line;
	uint64_t id; /* 0: by serial */
	uint8_t serial[SERIAL_MAX];
	size_t serial_n;
	uint32_t reason;
};

struct bulk {
	struct cli *c;
	struct rpc_client *client;
	struct target *list;
	size_t n, room;
	uint32_t reason;
	const char *comment;
	bool dry, bar;
	size_t done, already, refused;
	json_t *failures;
};

/* --- the file --------------------------------------------------------------
 */

static int
bad_line(size_t line, const char *what, const char *text, struct err *err)
{
	return err_set(err, ERR_INVALID,
	    "Line %zu: \"%.60s\" %s. Nothing was revoked.", line, text, what);
}

/* Digits with colons between them. */
static bool
read_serial(const char *text, struct target *t)
{
	char digits[2 * SERIAL_MAX + 1];
	size_t n = 0;

	for (; *text; text++) {
		if (*text == ':')
			continue;
		if (n == sizeof(digits) - 1)
			return false;
		digits[n++] = *text;
	}
	digits[n] = '\0';
	return str_unhex(t->serial, SERIAL_MAX, digits, &t->serial_n) &&
	       t->serial_n > 0;
}

static int
read_target(struct target *t, char *text, struct err *err)
{
	char *save = NULL;
	char *which = strtok_r(text, " \t,;", &save);
	char *why = strtok_r(NULL, " \t,;", &save);

	if (strtok_r(NULL, " \t,;", &save))
		return bad_line(
		    t->line, "is followed by more than a reason", which, err);
	if (why && !cli_reason(why, &t->reason))
		return bad_line(t->line, "is no reason of RFC 5280", why, err);
	if (str_has_prefix(which, "serial:")) {
		if (!read_serial(which + strlen("serial:"), t))
			return bad_line(t->line,
			    "has no serial number of at most 40 hexadecimal "
			    "digits",
			    which, err);
		return 0;
	}
	if (!str_u64(which, INT64_MAX, &t->id) || t->id == 0)
		return bad_line(t->line,
		    "is neither a request number nor serial:HEX", which, err);
	return 0;
}

static int
add_line(struct bulk *b, size_t line, char *text, struct err *err)
{
	struct target t = { .line = line, .reason = b->reason };
	struct target *more;

	text[strcspn(text, "#\r\n")] = '\0';
	if (text[strspn(text, " \t,;")] == '\0')
		return 0;
	if (read_target(&t, text, err) < 0)
		return -1;
	if (b->n == CLI_BULK_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "The file has more than %d certificates. Nothing was "
		    "revoked.",
		    CLI_BULK_MAX);
	if (b->n == b->room) {
		b->room = b->room ? 2 * b->room : 256;
		more = realloc(b->list, b->room * sizeof(*more));
		if (!more)
			return err_set(
			    err, ERR_NO_MEMORY, "There is no memory left.");
		b->list = more;
	}
	b->list[b->n++] = t;
	return 0;
}

static int
read_lines(struct bulk *b, FILE *f, struct err *err)
{
	char text[LINE_MAX_BYTES];
	size_t line = 0;

	while (fgets(text, sizeof(text), f)) {
		line++;
		if (!strchr(text, '\n') && strlen(text) == sizeof(text) - 1)
			return bad_line(line, "is too long a line", text, err);
		if (add_line(b, line, text, err) < 0)
			return -1;
	}
	if (ferror(f))
		return err_errno(err, "Reading the list failed");
	if (b->n == 0)
		return err_set(err, ERR_INVALID,
		    "The file lists no certificate. Nothing was revoked.");
	return 0;
}

static int
read_file(struct bulk *b, const char *path, struct err *err)
{
	FILE *f = str_eq(path, "-") ? stdin : fopen(path, "re");
	int rc;

	if (!f)
		return err_errno(err, "%s", path);
	rc = read_lines(b, f, err);
	if (f != stdin)
		(void)fclose(f);
	return rc;
}

/* --- one after the other ---------------------------------------------------
 */

/* On a terminal only; what is told to it is not part of the output. */
static void
draw(const struct bulk *b, size_t at)
{
	char bar[BAR + 1];
	size_t i;

	if (!b->bar)
		return;
	for (i = 0; i < BAR; i++)
		bar[i] = i < at * BAR / b->n ? '#' : '.';
	bar[BAR] = '\0';
	(void)fprintf(stderr, "\r[%s] %3zu %%  %zu of %zu%s", bar,
	    at * 100 / b->n, at, b->n, at == b->n ? "\n" : "");
	(void)fflush(stderr);
}

static void
note_failure(struct bulk *b, const struct target *t, const char *text)
{
	char hex[2 * SERIAL_MAX + 1] = "";

	b->refused++;
	str_hex(hex, bytes_of(t->serial, t->serial_n));
	(void)json_array_append_new(b->failures,
	    json_pack("{s:i,s:I,s:s,s:s}", "line", (int)t->line, "id",
		(json_int_t)t->id, "serial", hex, "error", text));
}

/* What it is now; -1 with the reason why it cannot be revoked. */
static int
look(struct bulk *b, const struct target *t, bool *ret_already, struct err *err)
{
	struct rpc_retrieve ask = { .id = t->id,
		.serial = bytes_of(t->serial, t->serial_n),
		.reason = "" };
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_request *r;

	if (rpc_do_SHOW(b->client, &ask, &msg, &r, err) < 0)
		return -1;
	*ret_already = r->row.disposition == DISPOSITION_REVOKED &&
		       r->revoked_reason == t->reason;
	if (*ret_already || r->row.disposition == DISPOSITION_ISSUED ||
	    (r->row.disposition == DISPOSITION_REVOKED && t->reason != 6))
		return 0;
	return err_set(err, ERR_BAD_STATE, "Request %" PRIu64 " is %s.",
	    r->row.id, disposition_word((enum disposition)r->row.disposition));
}

static int
ask_for(struct bulk *b, const struct target *t, struct err *err)
{
	const struct rpc_revoke ask = { .id = t->id,
		.serial = bytes_of(t->serial, t->serial_n),
		.reason = t->reason,
		.comment = b->comment };
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_result *r;

	return rpc_do_REVOKE(b->client, &ask, &msg, &r, err);
}

/* A CA that does not answer ends it; the next run goes on where this one
 * stopped. */
static int
each(struct bulk *b, struct err *err)
{
	size_t i;

	draw(b, 0);
	for (i = 0; i < b->n; i++) {
		const struct target *t = &b->list[i];
		struct err why = { 0 };
		bool already = false;

		if (look(b, t, &already, &why) == 0 && already)
			b->already++;
		else if (why.code == ERR_OK &&
			 (b->dry || ask_for(b, t, &why) == 0))
			b->done++;
		else if (why.code == ERR_UNAVAILABLE || why.code == ERR_TIMEOUT)
			return err_set(err, why.code,
			    "%s %zu were revoked before line %zu; run it "
			    "again.",
			    why.text, b->done, t->line);
		else
			note_failure(b, t, why.text);
		draw(b, i + 1);
	}
	return 0;
}

/* --- what came of it --------------------------------------------------------
 */

static void
print_failures(const struct bulk *b)
{
	size_t i;
	json_t *f;

	json_array_foreach(b->failures, i, f)
	{
		char clean[2 * CLI_COLUMN_CELL_MAX];

		(void)cli_column_clean(clean, sizeof(clean),
		    json_string_value(json_object_get(f, "error")));
		(void)fprintf(b->c->out, "Line %" JSON_INTEGER_FORMAT ": %s\n",
		    json_integer_value(json_object_get(f, "line")), clean);
	}
}

static int
report(struct bulk *b, struct err *err)
{
	int rc = b->refused ? CLI_EXIT_FAILED : CLI_EXIT_OK;

	if (cli_args_flag(&b->c->args, "json")) {
		if (cli_output_json(b->c,
			json_pack("{s:b,s:I,s:I,s:O}", "dry_run", (int)b->dry,
			    "revoked", (json_int_t)b->done, "already",
			    (json_int_t)b->already, "refused", b->failures),
			err) < 0)
			return -1;
		return rc;
	}
	print_failures(b);
	(void)fprintf(b->c->out,
	    "%zu %s, %zu revoked before for the same reason, %zu refused.\n",
	    b->done, b->dry ? "would be revoked" : "revoked", b->already,
	    b->refused);
	if (!b->dry && b->done)
		(void)fputs("The next CRL lists them; `crl publish` makes it "
			    "now.\n",
		    b->c->out);
	return rc;
}

int
cli_bulk_revoke(struct cli *c, struct err *err)
{
	const char *reason = cli_args_text(&c->args, "reason");
	const char *comment = cli_args_text(&c->args, "comment");
	struct bulk b = { .c = c,
		.comment = comment ? comment : "",
		.dry = cli_args_flag(&c->args, "dry-run"),
		.bar = isatty(STDERR_FILENO) == 1 };
	int rc = -1;

	if (c->args.word_count > 0 || cli_args_text(&c->args, "serial"))
		return err_set(err, ERR_INVALID,
		    "Give a certificate or --from, not both.");
	if (reason && !cli_reason(reason, &b.reason))
		return err_set(err, ERR_INVALID, "--reason: %s", reason);
	b.failures = json_array();
	if (b.failures &&
	    read_file(&b, cli_args_text(&c->args, "from"), err) == 0 &&
	    cli_session_open(c, &b.client, err) == 0 && each(&b, err) == 0)
		rc = report(&b, err);
	rpc_client_free(b.client);
	json_decref(b.failures);
	free(b.list);
	return rc;
}
