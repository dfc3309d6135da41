/* test_program.c - opencertsrv-sign itself, sandbox and all, spoken to as the
 * CA does. */
#include "../unit.h"
#include "fixture.h"
#include "pki/sig.h"
#include "rpc/sign.h"

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/ocs-signer-XXXXXX";
static char config[64], socket_path[80], keys[64], signer_log[64];
static pid_t signer = -1;

/* Start and wait until it says that it is ready; false when it ends first. */
static bool
start(bool init)
{
	char fd_text[16], word[6];
	char *argv[] = { (char *)(uintptr_t)getenv("OCS_SIGN"),
		(char *)(uintptr_t) "--config", config,
		(char *)(uintptr_t) "--ready-fd", fd_text,
		init ? (char *)(uintptr_t) "--init" : NULL, NULL };
	int fds[2];
	bool ready;

	assert_non_null(argv[0]);
	assert_int_equal(pipe(fds), 0);
	(void)snprintf(fd_text, sizeof(fd_text), "%d", fds[1]);
	assert_int_equal(
	    posix_spawn(&signer, argv[0], NULL, NULL, argv, environ), 0);
	(void)close(fds[1]);
	ready = read(fds[0], word, 6) == 6 && memcmp(word, "ready\n", 6) == 0;
	(void)close(fds[0]);
	return ready;
}

static int
stop(int sig)
{
	int status = 0;

	if (signer < 0)
		return -1;
	(void)kill(signer, sig);
	assert_int_equal(waitpid(signer, &status, 0), signer);
	signer = -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void
make(const char *name, mode_t mode)
{
	char path[100];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(mkdir(path, mode), 0);
}

static int
setup(void **state)
{
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(folder));
	make("sign", 0700);
	make("run", 0755);
	make("run/sign", 0750);
	(void)snprintf(config, sizeof(config), "%s/opencertsrv.yaml", folder);
	(void)snprintf(
	    socket_path, sizeof(socket_path), "%s/run/sign/sign.sock", folder);
	(void)snprintf(keys, sizeof(keys), "%s/sign/keys", folder);
	(void)snprintf(
	    signer_log, sizeof(signer_log), "%s/sign/sign.log", folder);
	f = fopen(config, "w");
	assert_non_null(f);
	(void)fputs("demo: true\nca: {name: Test CA}\n"
		    "sign: {keys: sign/keys}\n",
	    f);
	(void)fclose(f);
	return 0;
}

static int
teardown(void **state)
{
	static const char *const files[] = { "sign/keys/0.key",
		"sign/keys/0.tbs", "sign/sign.log", "run/sign/sign.sock",
		"opencertsrv.yaml" };
	static const char *const folders[] = { "sign/keys", "sign", "run/sign",
		"run", "" };
	char path[100];
	size_t i;

	(void)state;
	(void)stop(SIGKILL);
	for (i = 0; i < ARRAY_LEN(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		(void)unlink(path);
	}
	for (i = 0; i < ARRAY_LEN(folders); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, folders[i]);
		(void)rmdir(path);
	}
	return 0;
}

/* Sign one certificate with key 0; the code of the answer. */
static enum err_code
sign_one(struct rpc_sign_client *c, const struct sign_key *key, uint32_t kind,
    struct bytes tbs)
{
	const struct rpc_sign_item item = { .kind = kind, .tbs = tbs };
	const struct rpc_sign_ask ask = { .items = &item, .item_count = 1 };
	AUTO(rpc_sign_msg) msg = NULL;
	const struct rpc_sign_reply *reply;
	struct err err;

	if (rpc_sign_wait(c, &ask, &msg, &reply, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(reply->item_count, 1);
	if (reply->items[0].err_code == ERR_OK)
		assert_true(
		    fixture_verify(key, tbs, reply->items[0].signature));
	return (enum err_code)reply->items[0].err_code;
}

/* What a client needs to know of the key. */
static void
know_key(struct rpc_sign_client *c, struct sign_key *key, uint8_t spki[512])
{
	AUTO(rpc_sign_msg) msg = NULL;
	const struct rpc_sign_status *status;
	struct err err;

	if (rpc_sign_status(c, &msg, &status, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(status->key_count, 1);
	assert_string_equal(status->keys[0].kind, "p256");
	memcpy(spki, status->keys[0].spki.p, status->keys[0].spki.n);
	key->spki = bytes_of(spki, status->keys[0].spki.n);
	key->kind = sign_kind_find("p256");
	key->alg = sign_kind_alg(key->kind);
}

static void
test_first_start(void **state)
{
	const struct rpc_sign_make_key ask = { 0, "p256" };
	AUTO(rpc_sign_client) c = NULL;
	AUTO(rpc_sign_msg) msg = NULL;
	AUTO_BUF b = BUF_WITH_LIMIT(8192);
	struct recipe r = { .subject = "Test CA",
		.ca = true,
		.cert_sign = true,
		.not_before = T0,
		.not_after = T1 };
	const struct rpc_sign_key *made;
	struct sign_key key = { 0 };
	uint8_t spki[512];
	struct err err;

	(void)state;
	assert_false(start(false)); /* no key, no log */
	assert_int_equal(stop(0), 1);
	assert_true(start(true));
	assert_int_equal(rpc_sign_client_new(socket_path, &c, &err), 0);
	if (rpc_sign_make_key(c, &ask, &msg, &made, &err) < 0)
		fail_msg("%s", err.text);
	know_key(c, &key, spki);
	assert_true(bytes_eq(key.spki, made->spki));
	r.key = &key;
	r.spki = key.spki;
	assert_int_equal(
	    sign_one(c, &key, RPC_SIGN_CA_CERTIFICATE, fixture_tbs(&r, &b)),
	    ERR_OK);
	assert_int_equal(stop(SIGTERM), 0);
}

static void
test_later_start(void **state)
{
	const struct rpc_sign_make_key ask = { 1, "p256" };
	const struct rpc_sign_make_key more = { 2, "p256" };
	const struct rpc_sign_log_ask log_ask = { 0, RPC_SIGN_LOG_MAX };
	AUTO(rpc_sign_client) c = NULL;
	AUTO(rpc_sign_msg) msg = NULL;
	AUTO_BUF b = BUF_WITH_LIMIT(8192);
	struct recipe r = { .not_after = 0 };
	const struct rpc_sign_key *made;
	const struct rpc_sign_log *log;
	struct sign_key key = { 0 };
	uint8_t spki[512];
	struct err err;

	(void)state;
	assert_true(start(false));
	assert_int_equal(rpc_sign_client_new(socket_path, &c, &err), 0);
	know_key(c, &key, spki);
	r.key = &key;
	assert_int_equal(
	    sign_one(c, &key, RPC_SIGN_CERTIFICATE, fixture_tbs(&r, &b)),
	    ERR_OK);
	r.ca = true;
	assert_int_equal(
	    sign_one(c, &key, RPC_SIGN_CERTIFICATE, fixture_tbs(&r, &b)),
	    ERR_POLICY);
	/* The next key, for a renewal; not two of them. */
	assert_int_equal(rpc_sign_make_key(c, &ask, &msg, &made, &err), 0);
	rpc_sign_msg_free(TAKE(msg));
	assert_int_equal(rpc_sign_make_key(c, &more, &msg, &made, &err), -1);
	assert_int_equal(err.code, ERR_DENIED);
	if (rpc_sign_log(c, &log_ask, &msg, &log, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(log->row_count, 5);
	assert_int_equal(log->rows[0].kind, 0);
	assert_int_equal(log->rows[1].kind, RPC_SIGN_CA_CERTIFICATE);
	assert_int_equal(log->rows[2].kind, RPC_SIGN_CERTIFICATE);
	assert_false(log->rows[2].refused);
	assert_int_equal(log->rows[2].serial.n, 8);
	assert_true(log->rows[3].refused);
	assert_true(bytes_eq(log->rows[3].prev, log->rows[2].hash));
}

/* No core dump, no new privileges, a filter; and nobody of its own account
 * may look into its memory. */
static void
test_closed_off(void **state)
{
	char path[64], line[256];
	bool no_new_privs = false, filtered = false, sandbox;
	struct stat st;
	FILE *f;

	(void)state;
	sandbox = getenv("OCS_SANDBOX") != NULL;
	(void)snprintf(path, sizeof(path), "/proc/%d/status", signer);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		no_new_privs |= strcmp(line, "NoNewPrivs:\t1\n") == 0;
		filtered |= strcmp(line, "Seccomp:\t2\n") == 0;
	}
	(void)fclose(f);
	assert_true(no_new_privs);
	assert_int_equal(filtered, sandbox);
	/* Not dumpable: its files in /proc belong to root. */
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", signer);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(stop(SIGTERM), 0);
	assert_int_equal(access(socket_path, F_OK), -1);
}

static void
test_bad_configuration(void **state)
{
	FILE *f = fopen(config, "w");

	(void)state;
	assert_non_null(f);
	(void)fputs("sign: {kees: here}\n", f);
	(void)fclose(f);
	assert_false(start(false));
	assert_int_equal(stop(0), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_start),
		cmocka_unit_test(test_later_start),
		cmocka_unit_test(test_closed_off),
		cmocka_unit_test(test_bad_configuration),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
