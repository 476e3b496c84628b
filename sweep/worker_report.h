/* SPDX-License-Identifier: MIT
 *
 * What a worker says of its trial, and what is made of it: rows go to the store, the rest is
 * kept until the worker is gone and the state of the trial is judged.
 */
#ifndef SWEEP_WORKER_REPORT_H
#define SWEEP_WORKER_REPORT_H

#include "base/text.h"
#include "sweep/row_writer.h"
#include "sweep/training.h"

struct worker_report {
	struct row_writer *rows;
	const char *trial_key, *title;	   /* as in struct pool_job */
	struct training_progress progress; /* the last */
	struct evaluation_row last;
	bool ended; /* it told its end: state and reason */
	enum trial_state state;
	struct text reason;
	size_t garbage;	 /* lines that were no events */
	int64_t resumed; /* the step from which it goes on; 0: from the start */
	double *steps;	 /* of all evaluations that this try told, those before it included */
	size_t n_steps, steps_capacity;
	/* hears of every evaluation, unless NULL; both to be set after the start */
	void (*evaluation_seen)(void *context, const struct evaluation_row *row);
	void *context;
};

/* A new trial. */
void worker_report_start(struct worker_report *report, struct row_writer *rows,
			 const char *trial_key, const char *title);
void worker_report_release(struct worker_report *report);

/* One line of events; the first few that are none are told, the others counted. */
void worker_report_line(struct worker_report *report, char *line);

/* Removes the rows that an earlier try has left and this one did not make: the trial has ended
 * well, or in divergence, and what is in the store is one training. */
void worker_report_trim(struct worker_report *report);

/* The worker is gone, and `how` says how ("": well).  What it said of its end holds, but "done"
 * only with a good end and a final evaluation; else the trial has failed or, where the worker was
 * asked to stop, was interrupted. */
void worker_report_judge(struct worker_report *report, const char *how, bool asked_to_stop);

void worker_report_end(struct worker_report *report, enum trial_state state, const char *reason);

#endif
