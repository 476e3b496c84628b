/* SPDX-License-Identifier: MIT
 *
 * The events of `run --json` (docs/events.md): one JSON object per line.
 */
#ifndef CMD_RUN_EVENTS_H
#define CMD_RUN_EVENTS_H

#include "cmd/json_lines.h"
#include "cmd/outlook.h"

struct sweep;

struct run_events {
	struct json_lines stream;
	bool wanted;
	double *told_s; /* of each slot: when its progress was told last */
	size_t n_slots;
	double swept_s; /* the same of the sweep's */
};

/* What a run is about to do. */
struct run_facts {
	const struct sweep *sweep;
	const char *store;
	size_t done; /* trials of the sweep that are in the store already */
	int jobs, threads;
};

/* How it ended. */
struct run_result {
	const struct pool_counts *counts;
	size_t left; /* jobs that were never started */
	int exit_status;
	const char *stopped; /* why it ended early; NULL: it did not */
	double seconds;
};

void run_events_start(struct run_events *events, bool wanted, const struct run_facts *facts,
		      const struct outlook *outlook);
/* False where events were lost. */
bool run_events_end(struct run_events *events, const struct run_result *result);

void run_events_started(struct run_events *events, const struct pool_job *job, int tries);
void run_events_resumed(struct run_events *events, const struct pool_job *job, int64_t step);
void run_events_evaluation(struct run_events *events, const struct pool_job *job,
			   const struct evaluation_row *row);
void run_events_ended(struct run_events *events, const struct pool_job *job,
		      const struct pool_end *end);
/* Progress, once a second for each trial and for the sweep. */
void run_events_tick(struct run_events *events, const struct outlook *outlook,
		     const struct pool_slot *slots, size_t n_slots);

#endif
