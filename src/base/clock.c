#include "base/clock.h"

#include <errno.h>
#include <time.h>

#ifdef OCS_TEST_CLOCK
#include "base/cleanup.h"
#include "base/str.h"

#include <fcntl.h>

static int64_t
test_offset(void)
{
	const char *path = getenv("OPENCERTSRV_TEST_CLOCK");
	AUTO_FD fd = -1;
	char text[32];
	int64_t v = 0;
	ssize_t n;

	if (!path)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return 0;
	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = 0;
	return str_i64(text, &v) ? v : 0;
}
#else
static int64_t
test_offset(void)
{
	return 0;
}
#endif

int64_t
clock_now(void)
{
	return (int64_t)time(NULL) + test_offset();
}

uint64_t
clock_monotonic_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

void
clock_sleep_us(uint64_t us)
{
	struct timespec ts = { (time_t)(us / 1000000),
		(long)(us % 1000000) * 1000 };

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}
