/* pages.c - what a page costs the web role in each language: one request from
 * its parameters to the bytes of the answer, without sockets; the CA behind it
 * answers at once (tests/unit/web/fake_ca.h). Median slice of thread CPU time.
 *
 * Prints one "name value" pair per line.
 */
#include "base/str.h"
#include "fake_ca.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SLICES    31
#define PER_SLICE 200
#define ROWS      50

static struct rpc_row rows[ROWS];

static double
cpu_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
measure(struct web *w, const char *name, const char *path, const char *language)
{
	const struct fake_http h = { .user = "alice",
		.path = path,
		.agent = "Mozilla/5.0",
		.accept_language = language };
	double slices[SLICES], from;
	size_t i, k;

	for (i = 0; i < SLICES; i++) {
		from = cpu_us();
		for (k = 0; k < PER_SLICE; k++)
			(void)fake_ask(w, &h);
		slices[i] = (cpu_us() - from) / PER_SLICE;
	}
	qsort(slices, SLICES, sizeof(slices[0]), by_size);
	printf("page.%s.%s.us %.1f\n", name, language, slices[SLICES / 2]);
}

int
main(void)
{
	static const char *const pages[][2] = {
		{ "home", "/certsrv/" },
		{ "list50", "/certsrv/requests.asp" },
		{ "advanced", "/certsrv/certrqma.asp" },
		{ "help", "/certsrv/help.asp" },
	};
	struct web *w;
	size_t i;

	fake_reset();
	for (i = 0; i < ROWS; i++)
		rows[i] = (struct rpc_row){ .id = 1000 + i,
			.disposition = DISPOSITION_PENDING,
			.submitted = 1764000000,
			.requester = "alice",
			.subject = "CN=www.example.com",
			.common_name = "www.example.com",
			.serial = "",
			.template_name = "",
			.message = "" };
	fake.list = (struct rpc_list){ rows, ROWS, ROWS, 1 };
	w = fake_web(NULL);
	for (i = 0; i < ARRAY_LEN(pages); i++) {
		measure(w, pages[i][0], pages[i][1], "en");
		measure(w, pages[i][0], pages[i][1], "de");
	}
	web_free(w);
	return 0;
}
