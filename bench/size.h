/* size.h - the two halves of bench-size. */
#pragma once
#include <stdint.h>

#define SIZE_ROBOT  "robot"    /* has three rows of ten */
#define SIZE_SERIAL "51000000" /* begins one serial number in a hundred */

/* Add so many rows to a database that the store has made and nobody has open;
 * now: when the newest was submitted. Ends the program when it cannot. */
void size_fill(const char *path, uint64_t rows, int64_t now);
