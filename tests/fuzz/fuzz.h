/* fuzz.h - the entry point that libFuzzer calls, once for each input, and what
 * it finds. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
expect(bool ok)
{
	if (!ok)
		abort();
}
