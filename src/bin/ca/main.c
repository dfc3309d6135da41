/* main.c - opencertsrv-ca: the certification authority without its key.
 *
 * Wires configuration, store, signer and sockets; what the CA does is
 * src/ca/'s.
 */
#include "base/log.h"
#include "ca/ca.h"
#include "ca/template.h"
#include "common/options.h"
#include "common/process.h"
#include "common/sandbox.h"
#include "config.h"
#include "sandbox.h"

#include <malloc.h>
#include <signal.h>

static const struct common_program program = {
	.name = "opencertsrv-ca",
	.has_sign_ca = true,
	.uid_option = "--web-uid",
	.has_init = true,
	.about = "The certification authority: requests, decisions, "
		 "certificates, revocation lists, audit.",
};

/* Who connects is decided by the folder of the socket (mode 0750) and here
 * once more by uid; the command line's callers are known by their accounts. */
static int
serve(const struct common_options *o, const struct ca_config *c, struct ca *ca,
    struct rpc_server **ret, struct err *err)
{
	const struct rpc_listener listeners[] = {
		{ .channel = RPC_CHANNEL_WEB,
		    .path = c->web_socket,
		    .mode = 0660,
		    .uids = o->uids,
		    .uid_count = o->uid_count },
		{ .channel = RPC_CHANNEL_ADMIN,
		    .path = c->admin_socket,
		    .mode = 0666 },
	};

	return rpc_server_start(
	    listeners, ARRAY_LEN(listeners), &ca_rpc_ops, ca, ret, err);
}

/* What there is to know about the templates: files left out, open holes. */
static void
log_templates(struct ca *ca)
{
	const struct ca_template_set *s = ca_templates_take(ca);

	for (size_t i = 0; s && i < s->note_n; i++)
		if (s->notes[i].refused)
			log_error("template left out: %s", s->notes[i].text);
		else
			log_warn("template: %s", s->notes[i].text);
	ca_templates_release(ca, s);
}

/* What was read before stays where something cannot be read again. */
static void
reload(struct ca *ca)
{
	struct store_reader *r = NULL;
	struct err err = { 0 };

	if (ca_reload(ca, &err) < 0)
		log_error("reloading: %s", err.text);
	if (!ca->config->enterprise)
		return;
	if (store_reader_open(ca->store, &r, &err) < 0 ||
	    ca_templates_reload(ca, r, NULL, &err) < 0)
		log_error("reloading: %s", err.text);
	else
		log_templates(ca);
	store_reader_close(r);
}

/* Until told to stop; SIGHUP reads the templates and the list of compromised
 * keys again. */
static int
wait_for_end(struct ca *ca)
{
	int sig;

	while ((sig = common_process_wait()) == SIGHUP)
		reload(ca);
	return sig;
}

static void
report(const char *text)
{
	log_error("%s", text);
}

static int
run(const struct common_options *o, const struct settings *s, struct err *err)
{
	struct rpc_server *server = NULL;
	struct ca *ca = NULL;
	unsigned fences;
	int rc = -1;

	if (sandbox_enter(s, &fences, err) < 0)
		return -1;
	if (ca_open(&s->config, &ca, err) < 0)
		return -1;
	ca_report_to(ca, report);
	if (ca_start(ca, err) == 0 &&
	    serve(o, &s->config, ca, &server, err) == 0 &&
	    common_process_ready(o->ready_fd, err) == 0) {
		log_info("\"%s\" serves; sandbox: %s", s->config.name,
		    common_sandbox_text(fences));
		if (s->config.issue_at_once && *s->config.issue_override)
			log_warn("requests are issued at once without lists; "
				 "%s answers for it",
			    s->config.issue_override);
		if (s->config.single_person)
			log_warn("one person may hold all roles "
				 "(separation: single-person)");
		log_templates(ca);
		log_info("stopping: signal %d", wait_for_end(ca));
		rc = 0;
	}
	if (server)
		rpc_server_stop(server);
	ca_close(ca);
	return rc;
}

/* Requests come and go by the thousand; giving their memory back to the
 * system each time costs more than the requests themselves. */
static void
keep_memory(void)
{
	/* NOLINTBEGIN(concurrency-mt-unsafe): before the first thread */
	(void)mallopt(M_TRIM_THRESHOLD, 64 << 20);
	(void)mallopt(M_MMAP_THRESHOLD, 16 << 20);
	(void)mallopt(M_TOP_PAD, 1 << 20);
	/* NOLINTEND(concurrency-mt-unsafe) */
}

int
main(int argc, char *argv[])
{
	struct common_options o;
	AUTO(settings) s = NULL;
	struct err err = { 0 };

	keep_memory();
	log_start(program.name);
	if (common_options_parse(&program, argc, argv, &o, &err) < 0) {
		log_error("%s", err.text);
		return COMMON_EXIT_CONFIG;
	}
	if (o.done)
		return COMMON_EXIT_OK;
	if (common_process_begin(o.supervised, &err) < 0) {
		log_error("%s", err.text);
		return COMMON_EXIT_FAILED;
	}
	if (settings_load(o.config, &s, &err) < 0) {
		log_error("%s", err.text);
		return COMMON_EXIT_CONFIG;
	}
	s->config.init = o.init || o.import;
	s->config.import = o.import;
	s->config.sign_ca = o.sign_ca != NULL;
	if (run(&o, s, &err) < 0) {
		log_error("%s", err.text);
		return err.code == ERR_CONFIG ? COMMON_EXIT_CONFIG
					      : COMMON_EXIT_FAILED;
	}
	return COMMON_EXIT_OK;
}
