/* main.c - opencertsrv-web: the pages under /certsrv.
 *
 * Wires configuration, the connection to the CA and the FastCGI socket; what
 * the pages do is src/web/'s. Holds no key and no database.
 */
#include "base/log.h"
#include "common/options.h"
#include "common/process.h"
#include "common/sandbox.h"
#include "config.h"
#include "fcgi/server.h"
#include "sandbox.h"

#include <signal.h>

#define CALL_TIMEOUT_MS 30000
#define BACKLOG         512
#define LOOK_SECONDS    60

static const struct common_program program = {
	.name = "opencertsrv-web",
	.uid_option = "--nginx-uid",
	.about = "The web enrolment pages, behind nginx.",
};

static int
serve(const struct common_options *o, const struct settings *s, struct web *web,
    struct fcgi_server **ret, struct err *err)
{
	const struct fcgi_server_options options = {
		.socket = s->fcgi_socket,
		.mode = 0660,
		.backlog = BACKLOG,
		.threads = s->threads,
		.peers = o->uids,
		.n_peers = o->uid_count,
		.handler = web_handle,
		.ctx = web,
	};

	return fcgi_server_start(&options, ret, err);
}

/* Until a signal ends it, keep the copy of the CA's data fresh, so that it is
 * there when the CA stops before anybody asked for it. */
static int
wait_and_look(struct web *web)
{
	const struct timespec pause = { .tv_sec = LOOK_SECONDS };
	bool silent = false;
	struct err err;
	sigset_t set;
	int sig;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	for (;;) {
		if (web_refresh(web, &err) < 0) {
			if (!silent)
				log_warn("%s", err.text);
			silent = true;
		} else if (silent) {
			log_info("the certification authority answers again");
			silent = false;
		}
		sig = sigtimedwait(&set, NULL, &pause);
		if (sig > 0)
			return sig;
	}
}

static int
run(const struct common_options *o, struct settings *s, struct err *err)
{
	const struct rpc_client_options ca = {
		.path = s->ca_socket,
		.as = "",
		.timeout_ms = CALL_TIMEOUT_MS,
		.gives_up = true,
	};
	AUTO(rpc_client) client = NULL;
	AUTO(web) web = NULL;
	AUTO(fcgi_server) server = NULL;
	unsigned fences;

	if (sandbox_enter(s, &fences, err) < 0 ||
	    rpc_client_new(&ca, &client, err) < 0)
		return -1;
	s->web.ca = client;
	if (web_new(&s->web, &web, err) < 0 ||
	    serve(o, s, web, &server, err) < 0 ||
	    common_process_ready(o->ready_fd, err) < 0)
		return -1;
	log_info("serves %s/certsrv/ with %u threads; sandbox: %s",
	    s->web.public_url, s->threads, common_sandbox_text(fences));
	log_info("stopping: signal %d", wait_and_look(web));
	return 0;
}

int
main(int argc, char *argv[])
{
	struct common_options o;
	AUTO(settings) s = NULL;
	struct err err = { 0 };

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
	if (run(&o, s, &err) < 0) {
		log_error("%s", err.text);
		return err.code == ERR_CONFIG ? COMMON_EXIT_CONFIG
					      : COMMON_EXIT_FAILED;
	}
	return COMMON_EXIT_OK;
}
