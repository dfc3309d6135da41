/* status.c - opencertsrv stop DIR and status DIR. */
#include "cli/cli.h"
#include "cli/folder.h"

#include "base/str.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>

#define STOP_SECONDS 60

/* The folder: the word after the verb, or --dir. */
static int
folder_of(struct cli *c, char real[PATH_MAX], struct err *err)
{
	const char *dir = c->args.word_count ? c->args.words[0]
					     : cli_args_text(&c->args, "dir");

	if (!dir)
		return err_set(
		    err, ERR_INVALID, "Name the folder of the installation.");
	if (!realpath(dir, real))
		return err_errno(err, "%s", dir);
	return 0;
}

static int
not_running(struct cli *c, const char *dir)
{
	if (cli_args_flag(&c->args, "json"))
		(void)fputs("{\"running\": false}\n", c->out);
	else
		(void)fprintf(c->out, "%s is not running.\n", dir);
	return CLI_EXIT_STATE;
}

static int
stop(struct cli *c, struct err *err)
{
	char dir[PATH_MAX];
	pid_t pid, again;
	AUTO_FD fd = -1;
	struct pollfd end = { .events = POLLIN };
	int rc;

	if (folder_of(c, dir, err) < 0 ||
	    cli_folder_running(dir, &pid, err) < 0)
		return -1;
	if (pid == 0)
		return not_running(c, dir);
	/* The descriptor names one process for good; that it still holds the
	 * lock after it was opened proves that it is the right one. */
	fd = pidfd_open(pid, 0);
	if (cli_folder_running(dir, &again, err) < 0)
		return -1;
	if (fd < 0 || again != pid)
		return not_running(c, dir);
	if (pidfd_send_signal(fd, SIGTERM, NULL, 0) < 0)
		return err_errno(err, "Stopping %s failed", dir);
	/* Readable once the process has ended. */
	end.fd = fd;
	do {
		rc = poll(&end, 1, STOP_SECONDS * 1000);
	} while (rc < 0 && errno == EINTR);
	if (rc == 1)
		return CLI_EXIT_OK;
	return err_set(err, ERR_TIMEOUT,
	    "%s was told to stop, but process %d still runs after %d seconds.",
	    dir, (int)pid, STOP_SECONDS);
}

/* One line "name pid restarts"; cuts it up. NULL when it is something else. */
static json_t *
program_json(char *line)
{
	char *pid = strchr(line, ' '), *restarts;
	uint64_t pid_number, restart_number;

	restarts = pid ? strchr(pid + 1, ' ') : NULL;
	if (!restarts)
		return NULL;
	*pid++ = 0;
	*restarts++ = 0;
	if (!str_u64(pid, INT_MAX, &pid_number) ||
	    !str_u64(restarts, INT_MAX, &restart_number))
		return NULL;
	return json_pack("{s:s,s:i,s:i}", "name", line, "pid", (int)pid_number,
	    "restarts", (int)restart_number);
}

/* What the supervisor writes after its own number. */
static json_t *
programs_json(const char *dir)
{
	AUTO_BUF text = BUF_WITH_LIMIT(4096);
	json_t *list = json_array(), *one;
	char *line, *end;

	if (cli_folder_read(dir, "run/supervise.pid", &text, NULL) < 0 ||
	    text.n == 0)
		return list;
	for (line = (char *)text.p; (end = strchr(line, '\n')) != NULL;
	     line = end + 1) {
		*end = 0;
		one = program_json(line);
		if (one)
			(void)json_array_append_new(list, one);
	}
	return list;
}

/* For programs that watch: any line with "bad" needs somebody. */
static json_t *
health_json(const struct rpc_status *s)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < s->health_count; i++)
		(void)json_array_append_new(
		    list, json_pack("{s:b,s:s}", "bad", (int)s->health[i].bad,
			      "text", s->health[i].text));
	return list;
}

static json_t *
ca_json(const struct cli_config *config)
{
	const struct rpc_nothing ask = { 0 };
	AUTO(rpc_client) client = NULL;
	AUTO(rpc_msg) msg = NULL;
	const struct rpc_status *s;
	struct err err = { 0 };

	if (cli_session_to(config, "", ROLE_OPERATOR, &client, &err) < 0 ||
	    rpc_do_STATUS(client, &ask, &msg, &s, &err) < 0)
		return json_pack("{s:s}", "error", err.text);
	return json_pack("{s:s,s:s,s:b,s:b,s:s,s:b,s:s,s:I,s:I,s:I,s:I,s:I,"
			 "s:I,s:o,s:o,s:o,s:b,s:o,s:o}",
	    "version", s->version, "name", s->name, "demo", (int)s->demo,
	    "signer_up", (int)s->signer_up, "signer_error", s->signer_error,
	    "writable", (int)s->writable, "store_error", s->store_error,
	    "pending", (json_int_t)s->pending, "issued", (json_int_t)s->issued,
	    "revoked", (json_int_t)s->revoked, "denied", (json_int_t)s->denied,
	    "failed", (json_int_t)s->failed, "crl_number",
	    (json_int_t)s->crl_number, "crl_next_update",
	    cli_output_json_time(s->crl_next_update), "ca_not_after",
	    cli_output_json_time(s->ca_not_after), "started",
	    cli_output_json_time(s->started), "single_person",
	    (int)s->single_person, "crl_next_publish",
	    cli_output_json_time(s->crl_next_publish), "health",
	    health_json(s));
}

static void
print_programs(struct cli *c, json_t *programs)
{
	size_t i;
	json_t *p;
	char text[64];

	json_array_foreach(programs, i, p)
	{
		const char *name;
		int pid, restarts;

		if (json_unpack(p, "{s:s,s:i,s:i}", "name", &name, "pid", &pid,
			"restarts", &restarts) < 0)
			continue;
		if (pid)
			(void)snprintf(text, sizeof(text),
			    "process %d, restarted %d times", pid, restarts);
		else
			(void)snprintf(text, sizeof(text),
			    "not running, restarted %d times", restarts);
		cli_output_field(c, name, text);
	}
}

static void
print_health(struct cli *c, const json_t *health)
{
	for (size_t i = 0; i < json_array_size(health); i++) {
		const json_t *line = json_array_get(health, i);

		cli_output_field(c,
		    json_is_true(json_object_get(line, "bad")) ? "Attention"
							       : "Revocation",
		    json_string_value(json_object_get(line, "text")));
	}
}

static void
print_ca(struct cli *c, json_t *ca)
{
	static const char *const counts[] = { "pending", "issued", "revoked",
		"denied", "failed" };
	const char *text = json_string_value(json_object_get(ca, "error"));
	char number[24];
	size_t i;

	if (text) {
		cli_output_field(c, "The CA", text);
		return;
	}
	cli_output_field(
	    c, "The CA", json_string_value(json_object_get(ca, "name")));
	if (json_is_true(json_object_get(ca, "single_person")))
		cli_output_field(c, "Separation",
		    "single-person: one person may ask and decide");
	if (!json_is_true(json_object_get(ca, "signer_up")))
		cli_output_field(c, "The signer is down",
		    json_string_value(json_object_get(ca, "signer_error")));
	if (!json_is_true(json_object_get(ca, "writable")))
		cli_output_field(c, "Cannot write",
		    json_string_value(json_object_get(ca, "store_error")));
	for (i = 0; i < ARRAY_LEN(counts); i++) {
		(void)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
		    json_integer_value(json_object_get(ca, counts[i])));
		cli_output_field(c, counts[i], number);
	}
	print_health(c, json_object_get(ca, "health"));
	cli_output_field(c, "CA valid until",
	    json_string_value(json_object_get(ca, "ca_not_after")));
}

static int
status(struct cli *c, struct err *err)
{
	char dir[PATH_MAX], file[PATH_MAX], addresses[CLI_TEXT_MAX + 16];
	json_t *all, *programs, *ca;
	pid_t pid;

	if (folder_of(c, dir, err) < 0 ||
	    cli_folder_running(dir, &pid, err) < 0)
		return -1;
	if (cli_folder_path(file, sizeof(file), dir, "opencertsrv.yaml", err) <
		0 ||
	    c->host->load_config(file, &c->config, err) < 0)
		return -1;
	if (pid == 0)
		return not_running(c, dir);
	programs = programs_json(dir);
	ca = ca_json(&c->config);
	all = json_pack("{s:b,s:b,s:i,s:s,s:s,s:o,s:o}", "running", 1, "demo",
	    (int)c->config.demo, "pid", (int)pid, "https", c->config.urls[0],
	    "http", c->config.http_url, "programs", programs, "ca", ca);
	if (cli_args_flag(&c->args, "json"))
		return cli_output_json(c, all, err);
	if (!all)
		return err_set(err, ERR_NO_MEMORY, "There is no memory left.");
	(void)fprintf(c->out, "%s is running%s.\n", dir,
	    c->config.demo ? " (a demo: not for real certificates)" : "");
	(void)snprintf(
	    addresses, sizeof(addresses), "%s/certsrv/", c->config.urls[0]);
	cli_output_field(c, "Pages", addresses);
	cli_output_field(c, "CRL files", c->config.http_url);
	print_programs(c, programs);
	print_ca(c, ca);
	json_decref(all);
	return CLI_EXIT_OK;
}

/* clang-format off */
const struct cli_command cli_status_commands[] = {
	{ "stop", NULL, "DIR", 0, 1, 0, NULL, stop,
	  "stop the programs of a folder" },
	{ "status", NULL, "DIR", 0, 1, 0, NULL, status,
	  "show what runs, where, and how it is" },
	{ NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
