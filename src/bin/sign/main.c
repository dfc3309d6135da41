/* main.c - opencertsrv-sign: holds the CA key and nothing else.
 *
 * Wires configuration, sandbox, signer (sign/) and messages (rpc/sign.h).
 */
#include "base/log.h"
#include "base/str.h"
#include "common/options.h"
#include "common/process.h"
#include "rpc/sign.h"
#include "bin/sign/config.h"
#include "bin/sign/import.h"
#include "bin/sign/sandbox.h"
#include "bin/sign/serve.h"
#include "sign/service.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

/* The folder of the socket (0750, group: the caller's) and the uids below say
 * who gets in. */
#define SOCKET_MODE 0666

static const struct common_program program = {
	.name = "opencertsrv-sign",
	.uid_option = "--caller-uid",
	.has_init = true,
	.has_sign_ca = true,
	.about = "holds the key of a certification authority and signs",
};

static int
need_folder(const char *path, bool init, struct err *err)
{
	if (init && mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_errno(err, "making the folder %s", path);
	if (!init && access(path, F_OK) < 0 && errno == ENOENT)
		return err_set(err, ERR_NOT_FOUND,
		    "there is no folder of keys, %s; a new CA is made with "
		    "--init",
		    path);
	return 0;
}

static void
tell(struct sign_service *s, const char *sandbox)
{
	const struct sign_key *keys[SIGN_KEYS_MAX];
	size_t torn = sign_log_torn(sign_service_log(s));
	uint8_t hash[SIGN_HASH_SIZE];

	if (torn)
		log_warn("the last record of the signer's log was torn; its "
			 "%zu bytes were cut off, which is on record",
		    torn);
	if (sign_service_subordinates(s))
		log_warn("certificates of CAs below this one are signed "
			 "(sign: subordinates: true)");
	log_info("%zu keys, %ju records, sandbox: %s",
	    sign_service_keys(s, keys),
	    (uintmax_t)sign_log_head(sign_service_log(s), hash), sandbox);
}

static int
serve(struct sign_service *s, const struct sign_config *c,
    const struct common_options *o, struct err *err)
{
	struct rpc_sign_server *server;

	if (rpc_sign_server_start(&(struct rpc_sign_listener){ c->socket,
				      SOCKET_MODE, o->uids, o->uid_count },
		&sign_serve_ops, s, &server, err) < 0)
		return -1;
	if (common_process_ready(o->ready_fd, err) < 0) {
		rpc_sign_server_stop(server);
		return -1;
	}
	while (common_process_wait() == SIGHUP)
		; /* nothing to read again */
	rpc_sign_server_stop(server);
	return 0;
}

static bool
read_hash(const char *text, uint8_t hash[SIGN_HASH_SIZE])
{
	size_t n;

	return str_unhex(hash, SIGN_HASH_SIZE, text, &n) && n == SIGN_HASH_SIZE;
}

static int
run(const struct sign_config *c, const struct common_options *o,
    struct err *err)
{
	struct sign_service_options options = {
		.keys = c->keys,
		.log = c->log,
		.init = o->init,
		.subordinates = c->subordinates,
	};
	uint8_t guest[SIGN_HASH_SIZE];
	struct sign_service *s;
	const char *sandbox;
	int rc;

	if (o->sign_ca && !read_hash(o->sign_ca, guest))
		return err_set(err, ERR_CONFIG,
		    "--sign-ca= takes a SHA-256, %d hexadecimal digits",
		    2 * SIGN_HASH_SIZE);
	if (o->sign_ca)
		options.guest = BYTES_OF(guest);
	if (!o->dry_run && need_folder(c->keys, o->init || o->import, err) < 0)
		return -1;
	/* Its configuration file is out of reach afterwards. */
	if (!OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL))
		return err_set(err, ERR_INTERNAL, "OpenSSL does not start");
	if (o->import)
		return sign_main_import(c, o->dry_run, err);
	if (sign_sandbox_enter(c, o->init, &sandbox, err) < 0 ||
	    sign_service_open(&options, &s, err) < 0)
		return -1;
	tell(s, sandbox);
	rc = serve(s, c, o, err);
	sign_service_close(s);
	return rc;
}

static int
fail(const struct err *err, int status)
{
	(void)fprintf(stderr, "%s: %s\n", program.name, err->text);
	return status;
}

int
main(int argc, char *argv[])
{
	struct sign_config config = { 0 };
	struct common_options o;
	struct err err;
	int rc;

	log_start(program.name);
	if (common_options_parse(&program, argc, argv, &o, &err) < 0)
		return fail(&err, COMMON_EXIT_CONFIG);
	if (o.done)
		return COMMON_EXIT_OK;
	if (common_process_begin(o.supervised, &err) < 0)
		return fail(&err, COMMON_EXIT_FAILED);
	if (sign_config_load(o.config, &config, &err) < 0)
		return fail(&err, COMMON_EXIT_CONFIG);
	rc = run(&config, &o, &err);
	sign_config_clear(&config);
	return rc < 0 ? fail(&err, COMMON_EXIT_FAILED) : COMMON_EXIT_OK;
}
