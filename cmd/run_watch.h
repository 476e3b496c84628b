/* SPDX-License-Identifier: MIT
 *
 * What happens while a sweep runs: it is shown on the console, and the times of trials that are
 * done are kept for the estimates of sweeps to come.
 */
#ifndef CMD_RUN_WATCH_H
#define CMD_RUN_WATCH_H

#include "cmd/progress.h"
#include "sweep/calibration.h"
#include "sweep/sweep.h"

struct run_watch {
	struct progress progress;
	const struct sweep *sweep;
	int threads, jobs;
	struct calibration measured; /* since it was kept last */
	double tried_s;		     /* when it was to be kept last */
	bool unkept;		     /* the cache cannot be written; told once */
};

void run_watch_start(struct run_watch *watch, const struct sweep *sweep,
		     const struct pool_config *config, const struct pool_job *jobs, size_t n);
void run_watch_end(struct run_watch *watch);

/* Callbacks of struct pool_watch; the context is a struct run_watch. */
void run_watch_tick(void *context, const struct pool_slot *slots, size_t n_slots,
		    const struct pool_counts *counts);
void run_watch_ended(void *context, const struct pool_job *job, const struct pool_end *end);

#endif
