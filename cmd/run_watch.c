/* SPDX-License-Identifier: MIT */
#include "cmd/run_watch.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "sweep/sweep.h"

#define KEEP_INTERVAL_S 10.0
#define LAST_PATIENCE_S 2.0

void run_watch_start(struct run_watch *w, const struct run_facts *facts,
		     const struct outlook_source *source, struct cost_model *costs, bool json)
{
	/* A block that is drawn in place and lines of events do not share a terminal. */
	bool block = !(json && isatty(STDOUT_FILENO));

	*w = (struct run_watch){.tried_s = clock_s()};
	outlook_start(&w->outlook, source, costs, facts->threads, facts->jobs);
	run_events_start(&w->events, json, facts, &w->outlook);
	progress_start(&w->progress, &w->outlook, block);
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

size_t run_watch_stop(struct run_watch *w)
{
	progress_end(&w->progress);
	keep_measured(w, LAST_PATIENCE_S);
	calibration_release(&w->measured);
	outlook_refresh(&w->outlook);
	return w->outlook.n_waiting;
}

bool run_watch_end(struct run_watch *w, const struct run_result *result)
{
	outlook_release(&w->outlook);
	run_summary_release(&w->summary);
	free(w->resumed);
	return run_events_end(&w->events, result);
}

/* --- callbacks --- */

static void on_start(void *context, const struct pool_job *job, int tries)
{
	struct run_watch *w = context;

	run_events_started(&w->events, job, tries);
}

static void on_evaluation(void *context, const struct pool_job *job,
			  const struct evaluation_row *row)
{
	struct run_watch *w = context;

	run_events_evaluation(&w->events, job, row);
}

static void tell_resumed(struct run_watch *w, const struct pool_slot *slots, size_t n_slots)
{
	if (w->n_slots != n_slots) {
		free(w->resumed);
		w->resumed = xcalloc(n_slots, sizeof(*w->resumed));
		w->n_slots = n_slots;
	}
	for (size_t i = 0; i < n_slots; i++) {
		int64_t step = slots[i].job ? slots[i].resumed : 0;

		if (step > 0 && step != w->resumed[i]) {
			run_events_resumed(&w->events, slots[i].job, step);
			progress_resumed(&w->progress, slots[i].job, step);
		}
		w->resumed[i] = step;
	}
}

static void on_tick(void *context, const struct pool_slot *slots, size_t n_slots,
		    const struct pool_counts *counts)
{
	struct run_watch *w = context;

	(void)counts;
	outlook_look(&w->outlook, slots, n_slots);
	tell_resumed(w, slots, n_slots);
	progress_tick(&w->progress, slots, n_slots);
	run_events_tick(&w->events, &w->outlook, slots, n_slots);
}

static void on_end(void *context, const struct pool_job *job, const struct pool_end *end)
{
	struct run_watch *w = context;
	const struct outlook *o = &w->outlook;
	struct cost_row row;

	outlook_ended(&w->outlook, job, end);
	progress_ended(&w->progress, job, end);
	run_events_ended(&w->events, job, end);
	run_summary_note(&w->summary, job, end);
	if (end->state != TRIAL_done || end->resumed > 0 ||
	    !cost_row_of_trial(&row, job->trial, o->threads, o->jobs, end->last, end->start_s,
			       end->whole_s))
		return;
	calibration_merge(&w->measured, &row);
	if (clock_s() - w->tried_s > KEEP_INTERVAL_S)
		keep_measured(w, 0);
}

struct pool_watch run_watch_calls(struct run_watch *w)
{
	return (struct pool_watch){
		.context = w,
		.started = on_start,
		.evaluation = on_evaluation,
		.tick = on_tick,
		.ended = on_end,
	};
}
