/* fuzz.h - the entry point that libFuzzer calls, once for each input. */
#pragma once
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
