/* SPDX-License-Identifier: MIT
 *
 * The console of a running sweep: on a terminal a block of lines that is drawn in place, one per
 * running trial and one for the sweep; elsewhere one line per ended trial.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>

#include "sweep/pool.h"

struct progress {
	bool terminal;
	size_t n_jobs, n_ended;
	double cost_total; /* of the jobs of this run */
	double started_s, drawn_s;
	size_t lines; /* drawn now */
	const struct pool_slot *slots;
	size_t n_slots;
	double cost_done;
};

void progress_start(struct progress *p, const struct pool_job *jobs, size_t n);
void progress_end(struct progress *p);

/* Callbacks of struct pool_watch; the context is a struct progress. */
void progress_tick(void *context, const struct pool_slot *slots, size_t n_slots,
		   const struct pool_counts *counts);
void progress_ended(void *context, const struct pool_job *job, const struct pool_end *end);

#endif
