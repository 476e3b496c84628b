/* SPDX-License-Identifier: MIT */
#include "cmd/run_watch.h"

#include "base/clock.h"
#include "base/cores.h"
#include "base/log.h"

#define KEEP_INTERVAL_S 10.0
#define LAST_PATIENCE_S 2.0

void run_watch_start(struct run_watch *w, const struct sweep *sweep,
		     const struct pool_config *config, const struct pool_job *jobs, size_t n)
{
	*w = (struct run_watch){
		.sweep = sweep,
		.threads = config->run.threads,
		.jobs = cores_at_once(config->jobs, n),
		.tried_s = clock_s(),
	};
	progress_start(&w->progress, jobs, n);
}

/* What another process is in the way of now is kept later, if there is a later. */
static void keep_measured(struct run_watch *w, double patience_s)
{
	struct error err = ERROR_INIT;
	int result = 0;

	w->tried_s = clock_s();
	if (w->measured.n > 0 && !w->unkept)
		result = calibration_add(w->measured.rows, w->measured.n, patience_s, &err);
	if (result == -ERR_TAKEN && patience_s <= 0)
		return;
	if (result) {
		log_warn("measured times are not kept for 'plan': %s", err.text);
		w->unkept = true;
	}
	w->measured.n = 0;
}

void run_watch_end(struct run_watch *w)
{
	progress_end(&w->progress);
	keep_measured(w, LAST_PATIENCE_S);
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
	const struct trial *trial = job->trial;
	struct cost_row row;

	progress_ended(&w->progress, job, end);
	if (end->state != TRIAL_done || end->resumed > 0 ||
	    !cost_row_of_trial(&row, trial, w->threads, w->jobs, end->last, end->start_s,
			       end->whole_s))
		return;
	calibration_merge(&w->measured, &row);
	if (clock_s() - w->tried_s > KEEP_INTERVAL_S)
		keep_measured(w, 0);
}
