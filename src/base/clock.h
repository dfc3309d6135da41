/* clock.h - the only way a program reads the time.
 *
 * A build with -Dtest_clock=true adds the offset in seconds that stands in
 * the file named by OPENCERTSRV_TEST_CLOCK, read again at every call, so that
 * tests can move a whole installation through twenty years. Release builds do
 * not contain that code (a test proves it).
 */
#pragma once
#include <stdint.h>

int64_t clock_now(void);           /* seconds since 1970, UTC */
uint64_t clock_monotonic_us(void); /* microseconds, for waits and back-off */
void clock_sleep_us(uint64_t us);
