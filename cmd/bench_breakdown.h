/* SPDX-License-Identifier: MIT
 *
 * Where the time of a step goes, by operation.
 */
#ifndef CMD_BENCH_BREAKDOWN_H
#define CMD_BENCH_BREAKDOWN_H

#include "base/json.h"
#include "cmd/bench_config.h"

/* One line: an operation of one half of the step, or what is between operations. */
struct bench_line {
	const char *part;      /* "model", "optimizer" */
	const char *operation; /* "matmul"; "between" */
	double calls, ms;      /* of a step */
};

struct bench_breakdown {
	int steps; /* that it is the mean of */
	double ms; /* of a step */
	struct bench_line *lines;
	size_t n; /* by ms, the largest first; without those that are never called */
};

/* Trains for about `seconds`, three steps at least.  ERR_NOMEM, ERR_DEVICE, ERR_DIVERGED. */
int bench_break_down(struct bench_breakdown *b, const struct bench_case *what, double seconds,
		     struct error *err);
void bench_breakdown_release(struct bench_breakdown *b);

#endif
