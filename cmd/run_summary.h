/* SPDX-License-Identifier: MIT
 *
 * What is said at the end of a run: how its trials ended, why some failed, and what comes next.
 */
#ifndef CMD_RUN_SUMMARY_H
#define CMD_RUN_SUMMARY_H

#include "cmd/command.h"
#include "cmd/run_options.h"
#include "cmd/run_rest.h"
#include "sweep/pool.h"

struct run_summary {
	struct run_failure *failures; /* of this run */
	size_t n, capacity;
	struct arena arena;
};

void run_summary_release(struct run_summary *summary);

/* A job has ended. */
void run_summary_note(struct run_summary *summary, const struct pool_job *job,
		      const struct pool_end *end);

struct run_ending {
	const struct command_line *line;
	const char *db; /* the path of its store, as a shell reads it */
	const struct run_options *options;
	struct store *store;
	const struct pool_counts *counts;
	const struct run_rest *rest;
	size_t left;	     /* jobs that were never started */
	double shortest_s;   /* that the shortest of them is expected to take */
	const char *stopped; /* why the run ended early; NULL: it did not */
	bool failed;	     /* the run itself, with an error that is told elsewhere */
	double seconds;
};

void run_summary_tell(struct run_summary *summary, const struct run_ending *ending);

#endif
