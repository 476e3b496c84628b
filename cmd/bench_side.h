/* SPDX-License-Identifier: MIT
 *
 * Processes that train side by side: what each loses by the others.
 *
 * All of them know the windows of time in which they train: in even ones a single process does, in
 * odd ones all do, the same steps in each.  So nothing has to be said between them.
 */
#ifndef CMD_BENCH_SIDE_H
#define CMD_BENCH_SIDE_H

#include "cmd/bench_config.h"
#include "cmd/bench_spread.h"

struct bench_windows {
	int64_t processes, slot; /* which of them this one is */
	double start_s;		 /* clock_s() of the first window */
	double window_s;
	int64_t n_windows; /* even */
	int64_t steps;	   /* of a process in a window */
};

struct bench_side {
	int rounds;
	struct bench_spread tokens_per_second; /* of all processes together */
	struct bench_spread ratio;	       /* to one of them alone */
};

/* Starts `processes` of the program at the path `program`, each kept to cores of its own where they
 * fill the machine, and measures for about `seconds`, three rounds at least.  ERR_IO, ERR_NOMEM,
 * ERR_DEVICE. */
int bench_side_by_side(struct bench_side *side, const char *program, const struct bench_case *what,
		       int64_t processes, double seconds, struct error *err);

/* One of the processes: trains in its windows and writes a line "WINDOW SECONDS" after each. */
int bench_side_train(const struct bench_case *what, const struct bench_windows *windows,
		     struct error *err);

#endif
