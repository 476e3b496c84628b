/* SPDX-License-Identifier: MIT
 *
 * A fuzz target is one function that takes any bytes.  It may refuse them; it must not crash, leak,
 * hang, or break a promise of the code under test, which it tells by fuzz_demand().
 *
 * clang's libFuzzer links its own main to it (tests/fuzz/run.sh); replay.c has another, which
 * feeds files that are kept.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert(), also where the program was built without. */
#define fuzz_demand(condition)                                                          \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

#endif
