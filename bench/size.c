/* size.c - a database at size: counts, lists by every filter, pages near and
 * far, searches, what the CA reads at its start.
 *
 *   bench-size DATABASE [ROWS [-v]]   fill it up to so many rows (when it
 *                                     has fewer than half of them), and measure
 *
 * Prints "name value" lines: for each group of calls the slowest in
 * milliseconds, elapsed and CPU of the thread; -v: which call that was. Each is
 * made twice and the faster counts: what the system has to fetch from the disk
 * at the first, and who else uses the processor, is not the store's doing.
 */
#include "size.h"

#include "base/clock.h"
#include "base/str.h"
#include "ca/keys.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PAGE 50

static bool verbose;

static void
must(int rc, const struct err *err)
{
	if (rc == 0)
		return;
	(void)fprintf(stderr, "bench-size: %s\n", err->text);
	exit(1);
}

static double
cpu_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double
wall_ms(void)
{
	return (double)clock_monotonic_us() / 1e3;
}

static double
lesser(double a, double b)
{
	return a < b ? a : b;
}

/* --- the slowest of a group ----------------------------------------------- */

struct group {
	const char *name;
	double wall, cpu;
	char which[256]; /* took the most CPU */
	unsigned calls;
};

static void
note(struct group *g, double wall, double cpu, const char *which)
{
	g->calls++;
	if (wall > g->wall)
		g->wall = wall;
	if (cpu <= g->cpu)
		return;
	g->cpu = cpu;
	(void)snprintf(g->which, sizeof(g->which), "%s", which);
}

static void
show(const struct group *g)
{
	printf("size.%s_ms %.2f\nsize.%s_cpu_ms %.2f\n", g->name, g->wall,
	    g->name, g->cpu);
	if (verbose)
		(void)fprintf(stderr, "  %s: of %u calls: %s\n", g->name,
		    g->calls, g->which);
}

/* --- lists ---------------------------------------------------------------- */

static bool
count_row(void *ctx, const struct store_request *q)
{
	(void)q;
	++*(unsigned *)ctx;
	return true;
}

static void
list(struct group *g, struct store_reader *r, const struct store_filter *f)
{
	char which[256];
	double wall = 1e9, cpu = 1e9;
	unsigned n = 0;
	struct err err;

	for (int i = 0; i < 2; i++) {
		double from = wall_ms(), cpu_from = cpu_ms();

		n = 0;
		must(store_list_requests(r, f, count_row, &n, &err), &err);
		wall = lesser(wall, wall_ms() - from);
		cpu = lesser(cpu, cpu_ms() - cpu_from);
	}
	(void)snprintf(which, sizeof(which),
	    "state %u%s owner %s requester %s search %s before %" PRIu64
	    ": %u rows",
	    f->disposition, f->certificates_only ? " certificates" : "",
	    f->owner ? f->owner : "-", f->requester ? f->requester : "-",
	    f->search ? f->search : "-", f->before, n);
	note(g, wall, cpu, which);
}

static const uint32_t states[] = { 0, DISPOSITION_PENDING, DISPOSITION_ISSUED,
	DISPOSITION_REVOKED, DISPOSITION_FAILED, DISPOSITION_DENIED, 77 };
/* A search takes the first few of each. */
static const char *const owners[] = { NULL, "local\\" SIZE_ROBOT,
	"local\\user4242", "local\\nobody" };
static const char *const requesters[] = { NULL, SIZE_ROBOT, "user4242",
	"nobody" };

/* Every state and page of one owner, requester and search. */
static void
list_states(struct group *g, struct store_reader *r, struct store_filter f,
    uint64_t rows)
{
	const uint64_t pages[] = { 0, rows / 2, rows / 50, 60 };
	size_t n = f.search ? 3 : ARRAY_LEN(states);

	for (size_t i = 0; i < 2 * n; i++)
		for (size_t k = 0; k < (f.search ? 2 : 4); k++) {
			f.disposition = states[i / 2];
			f.certificates_only = i % 2;
			f.before = pages[k];
			list(g, r, &f);
		}
}

static void
lists(
    const char *name, struct store_reader *r, const char *search, uint64_t rows)
{
	size_t n = search ? 2 : ARRAY_LEN(owners);
	struct group g = { .name = name };

	for (size_t i = 0; i < n * n; i++) {
		/* ca/list.c asks for an owner or a requester. */
		if (owners[i / n] && requesters[i % n])
			continue;
		list_states(&g, r,
		    (struct store_filter){ .owner = owners[i / n],
			.requester = requesters[i % n],
			.search = search,
			.limit = PAGE },
		    rows);
	}
	show(&g);
}

/* --- counts --------------------------------------------------------------- */

static void
counts(struct store_reader *r)
{
	struct group all = { .name = "count_all" };
	struct group owner = { .name = "count_owner" };
	struct store_counts c;
	uint64_t pending, since;
	double wall = wall_ms(), cpu = cpu_ms();
	struct err err;

	must(store_count_all(r, &c, &err), &err);
	note(&all, wall_ms() - wall, cpu_ms() - cpu, "");
	show(&all);
	wall = wall_ms();
	cpu = cpu_ms();
	/* As a list of one's own asks: what waits. */
	must(store_count_owner(
		 r, "local\\" SIZE_ROBOT, INT64_MAX, &pending, &since, &err),
	    &err);
	note(&owner, wall_ms() - wall, cpu_ms() - cpu, "");
	show(&owner);
	if (verbose)
		(void)fprintf(stderr,
		    "  rows: %" PRIu64 " wait, %" PRIu64 " issued, %" PRIu64
		    " revoked, %" PRIu64 " denied, %" PRIu64 " failed\n",
		    c.pending, c.issued, c.revoked, c.denied, c.failed);
}

/* --- audit ---------------------------------------------------------------- */

static bool
audit_row(void *ctx, const struct store_audit *a)
{
	(void)a;
	++*(unsigned *)ctx;
	return true;
}

static void
audits(struct store_reader *r, uint64_t rows)
{
	struct group g = { .name = "audit" };
	AUTO_MEM char *node = NULL;
	struct err err;

	must(store_value(r, "node", &node, &err), &err);
	for (unsigned i = 0; i < 6; i++) {
		struct store_audit_filter f = { .node = node ? node : "n",
			.after = i % 2 ? rows - 100 : 0,
			.request_id = i / 2 ? rows / i : 0,
			.limit = PAGE };
		double wall = wall_ms(), cpu = cpu_ms();
		unsigned n = 0;
		char which[128];

		must(store_list_audit(r, &f, audit_row, &n, &err), &err);
		(void)snprintf(which, sizeof(which),
		    "after %" PRIu64 " request %" PRIu64 ": %u rows", f.after,
		    f.request_id, n);
		note(&g, wall_ms() - wall, cpu_ms() - cpu, which);
	}
	show(&g);
}

/* --- a start -------------------------------------------------------------- */

static void
start(const char *url)
{
	double wall = wall_ms(), cpu = cpu_ms();
	struct store *s;
	struct store_reader *r;
	struct ca_keys *k;
	struct err err;

	must(store_open(url, &s, &err), &err);
	must(store_reader_open(s, &r, &err), &err);
	must(ca_keys_new(&k, &err), &err);
	must(ca_keys_load(k, r, &err), &err);
	printf("size.start_ms %.0f\nsize.start_cpu_ms %.0f\n", wall_ms() - wall,
	    cpu_ms() - cpu);
	ca_keys_free(k);
	store_reader_close(r);
	store_close(s);
}

static uint64_t
rows_of(struct store_reader *r)
{
	struct store_counts c;
	struct err err;

	must(store_count_all(r, &c, &err), &err);
	return c.pending + c.issued + c.revoked + c.denied + c.failed;
}

static void
fill(const char *path, const char *url, uint64_t rows)
{
	struct store *s;
	struct store_reader *r;
	struct err err;
	double begun = wall_ms();
	uint64_t there;

	must(store_open(url, &s, &err), &err);
	must(store_reader_open(s, &r, &err), &err);
	there = rows_of(r);
	store_reader_close(r);
	store_close(s);
	if (there >= rows / 2)
		return;
	size_fill(path, rows, clock_now());
	printf("size.fill_ms %.0f\n", wall_ms() - begun);
}

int
main(int argc, char **argv)
{
	struct store *s;
	struct store_reader *r;
	char url[1024];
	struct err err;
	uint64_t rows = 1000000;

	if (argc < 2 || argc > 4 ||
	    (argc > 2 && !str_u64(argv[2], 100000000, &rows)) || rows < 10000) {
		(void)fprintf(
		    stderr, "usage: bench-size DATABASE [ROWS [-v]]\n");
		return 2;
	}
	verbose = argc == 4;
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)snprintf(url, sizeof(url), "sqlite:%s", argv[1]);
	fill(argv[1], url, rows);
	start(url);
	must(store_open(url, &s, &err), &err);
	must(store_reader_open(s, &r, &err), &err);
	rows = rows_of(r);
	counts(r);
	lists("list", r, NULL, rows);
	lists("search_text", r, "nothing like that", rows);
	lists("search_requester", r, SIZE_ROBOT, rows);
	lists("search_serial", r, SIZE_SERIAL, rows);
	audits(r, rows);
	store_reader_close(r);
	store_close(s);
	return 0;
}
