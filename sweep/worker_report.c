/* SPDX-License-Identifier: MIT */
#include "sweep/worker_report.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "sweep/events.h"

#define GARBAGE_TOLD 3 /* lines that are no events: so many are shown */

void worker_report_start(struct worker_report *report, struct row_writer *rows,
			 const char *trial_key, const char *title)
{
	struct worker_report before = *report;

	text_clear(&before.reason);
	*report = (struct worker_report){
		.rows = rows,
		.trial_key = trial_key,
		.title = title,
		.reason = before.reason,
		.steps = before.steps,
		.steps_capacity = before.steps_capacity,
	};
}

void worker_report_release(struct worker_report *report)
{
	text_release(&report->reason);
	free(report->steps);
	report->steps = NULL;
}

/* --- lines --- */

static void put_evaluation(void *context, const struct evaluation_row *row)
{
	struct worker_report *report = context;

	report->last = *row;
	report->steps = grow_array(report->steps, &report->steps_capacity, report->n_steps + 1,
				   sizeof(*report->steps));
	report->steps[report->n_steps++] = row->step;
	row_writer_evaluation(report->rows, report->trial_key, row);
	if (report->evaluation_seen)
		report->evaluation_seen(report->context, row);
}

static void put_telemetry(void *context, const struct telemetry_row *row)
{
	struct worker_report *report = context;

	row_writer_telemetry(report->rows, report->trial_key, row);
}

static void put_bucket(void *context, const char *slice, int bucket, double nats, double tokens)
{
	struct worker_report *report = context;

	row_writer_bucket(report->rows, report->trial_key, slice, bucket, nats, tokens);
}

static void put_progress(void *context, const struct training_progress *progress)
{
	struct worker_report *report = context;

	report->progress = *progress;
}

static void put_resumed(void *context, int64_t step)
{
	struct worker_report *report = context;

	report->resumed = step;
}

static void put_note(void *context, const char *text)
{
	const struct worker_report *report = context;

	log_warn("%s: %s", report->title, text);
}

static void put_weights(void *context, const char *hash)
{
	struct worker_report *report = context;

	row_writer_weights(report->rows, report->trial_key, hash);
}

static void put_end(void *context, enum trial_state state, const char *reason)
{
	struct worker_report *report = context;

	report->ended = true;
	worker_report_end(report, state, reason);
}

void worker_report_line(struct worker_report *report, char *line)
{
	const struct event_reader reader = {
		.sink = {.context = report,
			 .evaluation = put_evaluation,
			 .telemetry = put_telemetry,
			 .bucket = put_bucket,
			 .progress = put_progress,
			 .resumed = put_resumed,
			 .note = put_note,
			 .weights = put_weights},
		.end = put_end,
	};
	struct error err = ERROR_INIT;

	if (event_read(line, &reader, &err) && report->garbage++ < GARBAGE_TOLD)
		log_warn("%s: %s", report->title, err.text);
}

/* --- the end --- */

void worker_report_end(struct worker_report *report, enum trial_state state, const char *reason)
{
	report->state = state;
	text_clear(&report->reason);
	text_add(&report->reason, reason);
}

void worker_report_trim(struct worker_report *report)
{
	row_writer_keep_steps(report->rows, report->trial_key, report->steps, report->n_steps);
}

void worker_report_judge(struct worker_report *report, const char *how, bool asked_to_stop)
{
	if (report->garbage > GARBAGE_TOLD)
		log_warn("%s: %zu lines of its worker were no events", report->title,
			 report->garbage);
	if (report->ended && report->state != TRIAL_done)
		return;
	if (*how)
		worker_report_end(report, asked_to_stop ? TRIAL_interrupted : TRIAL_failed, how);
	else if (!report->ended)
		worker_report_end(report, TRIAL_failed, "the worker ended without a word");
	else if (!report->last.final)
		worker_report_end(report, TRIAL_failed,
				  "the worker ended without a final evaluation");
}
