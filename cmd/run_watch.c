/* SPDX-License-Identifier: MIT */
#include "cmd/run_watch.h"

#include "base/clock.h"
#include "base/log.h"

#define KEEP_INTERVAL_S 10.0

void run_watch_start(struct run_watch *w, const struct sweep *sweep,
		     const struct pool_config *config, const struct pool_job *jobs, size_t n)
{
	*w = (struct run_watch){
		.sweep = sweep,
		.threads = config->run.threads,
		.jobs = n < (size_t)config->jobs ? (int)n : config->jobs,
	};
	progress_start(&w->progress, jobs, n);
}

static void keep_measured(struct run_watch *w)
{
	struct error err = ERROR_INIT;

	if (w->measured.n > 0 && !w->unkept &&
	    calibration_add(w->measured.rows, w->measured.n, &err)) {
		log_warn("measured times are not kept for 'plan': %s", err.text);
		w->unkept = true;
	}
	w->measured.n = 0;
	w->kept_s = clock_s();
}

void run_watch_end(struct run_watch *w)
{
	progress_end(&w->progress);
	keep_measured(w);
	calibration_release(&w->measured);
}

void run_watch_tick(void *context, const struct pool_slot *slots, size_t n_slots,
		    const struct pool_counts *counts)
{
	struct run_watch *w = context;

	progress_tick(&w->progress, slots, n_slots, counts);
}

void run_watch_ended(void *context, const struct pool_job *job, const struct pool_end *end)
{
	struct run_watch *w = context;
	const struct trial *trial = sweep_find(w->sweep, job->trial_key);
	struct cost_row row;

	progress_ended(&w->progress, job, end);
	if (end->state != TRIAL_done || !cost_row_of_trial(&row, trial, w->threads, w->jobs,
							   end->last, end->start_s, end->whole_s))
		return;
	calibration_merge(&w->measured, &row);
	if (clock_s() - w->kept_s > KEEP_INTERVAL_S)
		keep_measured(w);
}
