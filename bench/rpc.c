/* rpc.c - what a call costs beyond its handler.
 *
 * Client and server in this process, SUBMIT-sized calls, answered at once by
 * the connection's thread; CPU time of all threads, divided by the calls. And
 * the same for batches to a signer that signs nothing, divided by the items.
 * Prints "name value" lines.
 */
#include "base/thread.h"
#include "rpc/server.h"
#include "rpc/sign.h"

#include <stdio.h>
#include <sys/resource.h>

#define REQUEST 1200 /* an RSA-2048 request */
#define CERT    1100

static void
on_call(void *ctx, struct rpc_call *call)
{
	static const uint8_t cert[CERT] = { 0x30 };
	const struct rpc_result result = { .id = 1,
		.message = "Issued",
		.sentence = "The certificate was issued.",
		.requester = "alice",
		.cert = BYTES_OF(cert) };

	(void)ctx;
	rpc_reply(call, &result);
}

static int
sign(void *ctx, const struct rpc_sign_ask *ask, struct rpc_sign_reply *out,
    struct err *err)
{
	static const uint8_t signature[256] = { 1 };
	struct rpc_sign_signature *items =
	    calloc(ask->item_count, sizeof(*items));
	size_t i;

	(void)ctx;
	if (!items)
		return err_set(err, ERR_NO_MEMORY, "batch");
	for (i = 0; i < ask->item_count; i++)
		items[i] = (struct rpc_sign_signature){ .err_text = "",
			.signature = BYTES_OF(signature) };
	*out = (struct rpc_sign_reply){ items, ask->item_count, items };
	return 0;
}

struct caller {
	struct rpc_client *client;
	size_t calls;
	pthread_t thread;
};

static void
caller_main(void *arg)
{
	static const uint8_t request[REQUEST] = { 0x30 };
	struct caller *c = arg;
	struct rpc_submit ask = { .target_ca = "",
		.request = BYTES_OF(request),
		.attributes = "CertificateTemplate:WebServer\r\n",
		.address = "192.0.2.1",
		.agent = "bench" };
	size_t i;

	if (!identity_set(&ask.identity, "local", "alice", IDENTITY_BASIC, 1))
		abort();
	for (i = 0; i < c->calls; i++) {
		const struct rpc_result *result;
		AUTO(rpc_msg) m = NULL;
		struct err err;

		if (rpc_do_SUBMIT(c->client, &ask, &m, &result, &err) < 0) {
			fprintf(stderr, "rpc: %s\n", err.text);
			abort();
		}
	}
}

static double
cpu_us(void)
{
	struct rusage r;

	(void)getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

static void
run_calls(struct rpc_client *client, size_t threads, size_t total)
{
	struct caller callers[64];
	double cpu = cpu_us();
	size_t i;

	for (i = 0; i < threads; i++) {
		callers[i] = (struct caller){ client, total / threads, 0 };
		if (thread_start(&callers[i].thread, "caller", caller_main,
			&callers[i], NULL) < 0)
			abort();
	}
	for (i = 0; i < threads; i++)
		thread_join(callers[i].thread);
	printf("rpc.submit.in_flight%zu_us %.2f\n", threads,
	    (cpu_us() - cpu) / (double)total);
}

struct flow {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	size_t in_flight;
};

static void
batch_done(void *ctx, const struct rpc_sign_reply *reply, const struct err *err)
{
	struct flow *f = ctx;

	if (!reply) {
		fprintf(stderr, "sign: %s\n", err->text);
		abort();
	}
	thread_lock(&f->lock);
	f->in_flight--;
	thread_signal(&f->cond);
	thread_unlock(&f->lock);
}

static void
run_batches(struct rpc_sign_client *client, size_t batch, size_t total)
{
	static const uint8_t tbs[CERT] = { 0x30 };
	static struct rpc_sign_item items[RPC_SIGN_BATCH_MAX];
	struct rpc_sign_ask ask = { .items = items, .item_count = batch };
	struct flow f = { .lock = PTHREAD_MUTEX_INITIALIZER };
	double cpu;
	size_t i;

	thread_cond_init(&f.cond);
	for (i = 0; i < batch; i++)
		items[i] = (struct rpc_sign_item){ .kind = RPC_SIGN_CERTIFICATE,
			.tbs = BYTES_OF(tbs) };
	cpu = cpu_us();
	thread_lock(&f.lock);
	for (i = 0; i < total / batch; i++) {
		while (f.in_flight >= 4)
			thread_wait(&f.cond, &f.lock);
		f.in_flight++;
		thread_unlock(&f.lock);
		rpc_sign_submit(client, &ask, batch_done, &f);
		thread_lock(&f.lock);
	}
	while (f.in_flight > 0)
		thread_wait(&f.cond, &f.lock);
	thread_unlock(&f.lock);
	printf("rpc.sign.batch%zu_us %.2f\n", batch,
	    (cpu_us() - cpu) / (double)(total / batch * batch));
}

int
main(void)
{
	static const struct rpc_server_ops ops = { .call = on_call };
	static const struct rpc_sign_ops sign_ops = { .sign = sign };
	char path[] = "/tmp/bench-rpc-XXXXXX";
	char web[64], signer[64];
	struct rpc_listener listener = {
		.channel = RPC_CHANNEL_WEB, .path = web, .mode = 0600
	};
	struct rpc_client_options options = { .path = web, .as = "" };
	struct rpc_server *server;
	struct rpc_sign_server *sign_server;
	struct rpc_sign_client *sign_client;
	struct rpc_client *client;
	struct err err;

	if (!mkdtemp(path))
		abort();
	(void)snprintf(web, sizeof(web), "%s/web", path);
	(void)snprintf(signer, sizeof(signer), "%s/sign", path);
	if (rpc_server_start(&listener, 1, &ops, NULL, &server, &err) < 0 ||
	    rpc_client_new(&options, &client, &err) < 0 ||
	    rpc_sign_server_start(
		&(struct rpc_sign_listener){ .path = signer, .mode = 0600 },
		&sign_ops, NULL, &sign_server, &err) < 0 ||
	    rpc_sign_client_new(signer, &sign_client, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	run_calls(client, 1, 20000);
	run_calls(client, 16, 100000);
	run_calls(client, 64, 200000);
	run_batches(sign_client, 1, 50000);
	run_batches(sign_client, 16, 200000);
	run_batches(sign_client, 64, 200000);
	rpc_client_free(client);
	rpc_server_stop(server);
	rpc_sign_client_free(sign_client);
	rpc_sign_server_stop(sign_server);
	(void)rmdir(path);
	return 0;
}
