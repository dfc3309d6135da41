/* load.c - keep a CA busy: submit prepared requests over the CA's own rpc or
 * through HTTPS, with a number of requests in flight, for a number of seconds.
 *
 *   bench-load rpc   SOCKET  REQUESTS IN_FLIGHT SECONDS USER
 *   bench-load https URL     REQUESTS CONNECTIONS SECONDS USER:PASSWORD CA.pem
 *
 * REQUESTS is a file of DER requests, each with its length (4 bytes, big
 * endian) in front. Prints "requests N", "failed N" and "wall_us N"; what the
 * servers used is bench/run's business.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/thread.h"
#include "rpc/client.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdio.h>

#define THREADS_MAX  256
#define REQUESTS_MAX 65536
#define FILE_MAX     (64U * 1024 * 1024)

struct load {
	const char *target, *user, *ca_file;
	struct rpc_client *client;
	struct bytes requests[REQUESTS_MAX];
	char *forms[REQUESTS_MAX];
	size_t count;
	uint64_t until;
	atomic_size_t next;
	atomic_ulong done, failed;
	atomic_bool said;
};

static void
die(const char *what, const struct err *err)
{
	(void)fprintf(stderr, "load: %s: %s\n", what, err ? err->text : "");
	exit(1);
}

static void
fail(struct load *l, const char *why)
{
	atomic_fetch_add(&l->failed, 1);
	if (!atomic_exchange(&l->said, true))
		(void)fprintf(stderr, "load: %s\n", why);
}

/* --- rpc ------------------------------------------------------------------ */

static void
rpc_thread(void *arg)
{
	struct load *l = arg;
	struct rpc_submit s = { .target_ca = "",
		.attributes = "",
		.address = "127.0.0.1",
		.agent = "load" };

	if (!identity_set(
		&s.identity, IDENTITY_REALM_LOCAL, l->user, IDENTITY_BASIC, 1))
		die("user name", NULL);
	while (clock_monotonic_us() < l->until) {
		AUTO(rpc_msg) msg = NULL;
		const struct rpc_result *r;
		struct err err = { 0 };

		s.request =
		    l->requests[atomic_fetch_add(&l->next, 1) % l->count];
		if (rpc_do_SUBMIT(l->client, &s, &msg, &r, &err) < 0)
			fail(l, err.text);
		else if (r->disposition != DISPOSITION_ISSUED)
			fail(l, r->sentence);
		else
			atomic_fetch_add(&l->done, 1);
	}
}

/* --- https ---------------------------------------------------------------- */

static size_t
keep(char *data, size_t size, size_t n, void *arg)
{
	buf_add(arg, data, size * n);
	return size * n;
}

static void
https_thread(void *arg)
{
	struct load *l = arg;
	CURL *c = curl_easy_init();
	AUTO_BUF page = BUF_WITH_LIMIT(1U << 20);

	if (!c)
		die("curl", NULL);
	curl_easy_setopt(c, CURLOPT_URL, l->target);
	curl_easy_setopt(c, CURLOPT_CAINFO, l->ca_file);
	curl_easy_setopt(c, CURLOPT_USERPWD, l->user);
	curl_easy_setopt(c, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &page);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	while (clock_monotonic_us() < l->until) {
		CURLcode rc;

		buf_reset(&page);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS,
		    l->forms[atomic_fetch_add(&l->next, 1) % l->count]);
		rc = curl_easy_perform(c);
		if (rc != CURLE_OK)
			fail(l, curl_easy_strerror(rc));
		else if (!strstr(buf_str(&page), "Certificate Issued"))
			fail(l, "the answer is no issued certificate");
		else
			atomic_fetch_add(&l->done, 1);
	}
	curl_easy_cleanup(c);
}

static void
make_forms(struct load *l)
{
	for (size_t i = 0; i < l->count; i++) {
		struct bytes r = l->requests[i];
		char *text = malloc(str_base64_size(r.n));
		char *escaped;
		AUTO_BUF form = BUF_WITH_LIMIT(1U << 18);

		if (!text)
			die("memory", NULL);
		str_base64(text, r);
		escaped = curl_easy_escape(NULL, text, 0);
		buf_addf(&form,
		    "Mode=newreq&CertAttrib=&TargetStoreFlags=0&SaveCert=yes"
		    "&CertRequest=%s",
		    escaped);
		l->forms[i] = (char *)buf_take(&form, NULL);
		curl_free(escaped);
		free(text);
	}
}

/* --- both ------------------------------------------------------------------
 */

static void
read_requests(struct load *l, const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t head[4];

	if (!f)
		die(path, NULL);
	while (l->count < REQUESTS_MAX && fread(head, 4, 1, f) == 1) {
		size_t n = (size_t)head[0] << 24 | (size_t)head[1] << 16 |
			   (size_t)head[2] << 8 | head[3];
		uint8_t *p = n <= FILE_MAX ? malloc(n) : NULL;

		if (!p || fread(p, n, 1, f) != 1)
			die(path, NULL);
		l->requests[l->count++] = bytes_of(p, n);
	}
	(void)fclose(f);
	if (l->count == 0)
		die("no requests", NULL);
}

int
main(int argc, char **argv)
{
	struct load *l = calloc(1, sizeof(*l));
	pthread_t threads[THREADS_MAX];
	struct err err = { 0 };
	uint64_t n, seconds, start;
	bool rpc = argc == 7 && str_eq(argv[1], "rpc");

	if (!l || (!rpc && (argc != 8 || !str_eq(argv[1], "https"))) ||
	    !str_u64(argv[4], THREADS_MAX, &n) ||
	    !str_u64(argv[5], 600, &seconds))
		die("usage", NULL);
	l->target = argv[2];
	l->user = argv[6];
	l->ca_file = rpc ? "" : argv[7];
	read_requests(l, argv[3]);
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	if (rpc &&
	    rpc_client_new(&(struct rpc_client_options){ .path = l->target },
		&l->client, &err) < 0)
		die("client", &err);
	if (!rpc)
		make_forms(l);
	start = clock_monotonic_us();
	l->until = start + seconds * 1000000;
	for (uint64_t i = 0; i < n; i++)
		if (thread_start(&threads[i], "load",
			rpc ? rpc_thread : https_thread, l, &err) < 0)
			die("thread", &err);
	for (uint64_t i = 0; i < n; i++)
		thread_join(threads[i]);
	printf("requests %lu\nfailed %lu\nwall_us %llu\n", l->done, l->failed,
	    (unsigned long long)(clock_monotonic_us() - start));
	rpc_client_free(l->client);
	return l->failed ? 1 : 0;
}
