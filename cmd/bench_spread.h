/* SPDX-License-Identifier: MIT */
#ifndef CMD_BENCH_SPREAD_H
#define CMD_BENCH_SPREAD_H

#include <stddef.h>

#include "base/json.h"
#include "base/text.h"

/* A quantity over rounds: the median and the quartiles; NAN where it was not measured. */
struct bench_spread {
	double median, low, high;
};

extern const struct bench_spread bench_not_measured;

/* Of n values, which are sorted; quartiles between two values are interpolated linearly. */
struct bench_spread bench_spread_of(double *values, size_t n);

/* "0.92 (0.91-0.94)"; "-" where it was not measured.  Returns the buffer. */
char *bench_spread_format(char buffer[SHORT_TEXT], const struct bench_spread *spread);

/* Members `name` (the median) and `name`_quartiles; null where it was not measured. */
void bench_spread_json(struct json *json, const char *name, const struct bench_spread *spread);

#endif
