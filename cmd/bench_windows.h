/* SPDX-License-Identifier: MIT
 *
 * Windows of time in which processes train side by side, and the rates that follow from what each
 * reports of them.
 *
 * In even windows a single process trains, in turn; in odd ones all do.  Each trains from the
 * beginning of a window until its measured part is over, and finishes the step it is in; only what
 * was done in the measured part counts, and in all of it the others are at work as well.  The rest
 * of a window is for that last step.  A pair of windows is dropped where a process was still
 * training, or not ready yet, when one of them began.
 */
#ifndef CMD_BENCH_WINDOWS_H
#define CMD_BENCH_WINDOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/bench_spread.h"

#define BENCH_MIN_ROUNDS 3 /* pairs of windows */

struct bench_windows {
	int64_t processes, slot; /* which of them this one is */
	double start_s;		 /* clock_s() of the first window */
	double window_s;	 /* from a window to the next */
	double measured_s;	 /* of it */
	int64_t n_windows;	 /* even; 0: a rehearsal */
};

/* What a process did in a window; zero: it rested.  Times are clock_s(), which all share. */
struct bench_turn {
	double steps; /* in the measured part, the last one in proportion */
	double began_s, ended_s;
};

struct bench_record {
	double ready_s;		  /* clock_s() when it could have begun */
	double step_s;		  /* its slowest step, while all got ready */
	struct bench_turn *turns; /* (n_windows) */
};

struct bench_side {
	int rounds;
	struct bench_spread tokens_per_second; /* of all processes together */
	struct bench_spread ratio;	       /* to one of them alone */
};

/* Lengths and number of windows for about `seconds` of training, where a step takes at most about
 * `step_s` with all at work. */
void bench_windows_plan(struct bench_windows *w, double seconds, double step_s);

double bench_window_start(const struct bench_windows *w, int64_t window);

/* Whether process w->slot trains in it. */
bool bench_window_trains(const struct bench_windows *w, int64_t window);

/* From the records of all processes; no spreads where no pair of windows is left. */
void bench_windows_summarise(struct bench_side *side, const struct bench_windows *w,
			     const struct bench_record *records, double tokens_per_step);

#endif
