/* SPDX-License-Identifier: MIT
 *
 * Processes that train side by side: what each loses by the others.
 *
 * All of them know the windows of time in which they train, cmd/bench_windows.h, so nothing has to
 * be said between them.  How long the windows must be is found in a rehearsal, where all train.
 */
#ifndef CMD_BENCH_SIDE_H
#define CMD_BENCH_SIDE_H

#include "cmd/bench_config.h"
#include "cmd/bench_windows.h"

/* Starts `processes` of the program at the path `program`, each kept to cores of its own where they
 * fill the machine, and measures for about `seconds`, three rounds at least.  ERR_IO, ERR_DEVICE
 * (they disturb each other too much to be compared). */
int bench_side_by_side(struct bench_side *side, const char *program, const struct bench_case *what,
		       int64_t processes, double seconds, struct error *err);

/* One of the processes: writes "ready CLOCK STEP_SECONDS" and, after each window in which it
 * trains, "WINDOW STEPS BEGAN ENDED".  Without windows it rehearses.  ERR_DEVICE, ERR_NOMEM,
 * ERR_DIVERGED. */
int bench_side_train(const struct bench_case *what, const struct bench_windows *windows,
		     struct error *err);

#endif
