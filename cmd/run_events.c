/* SPDX-License-Identifier: MIT */
#include "cmd/run_events.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "sweep/sweep.h"

#define FORMAT_VERSION 1
#define TELL_S	       1.0

static struct json *begin(struct run_events *e, const char *name, const struct pool_job *job)
{
	struct json *j = json_lines_begin(&e->stream, name, false);

	if (j)
		json_text(j, "trial_key", job->trial_key);
	return j;
}

static void add_outlook(struct json *j, const struct outlook *o)
{
	json_integer(j, "trials", (int64_t)outlook_jobs(o));
	json_integer(j, "ended", (int64_t)o->n_ended);
	json_integer(j, "running", (int64_t)o->n_running);
	json_real(j, "flops_done", o->flops_done);
	json_real(j, "flops_total", o->flops_total);
	json_real(j, "share", o->share);
	json_real(j, "seconds_left", o->left_s);
}

void run_events_start(struct run_events *e, bool wanted, const struct run_facts *facts,
		      const struct outlook *outlook)
{
	struct json *j;

	*e = (struct run_events){.wanted = wanted};
	json_lines_start(&e->stream, wanted);
	j = json_lines_begin(&e->stream, "run_started", false);
	if (!j)
		return;
	json_integer(j, "format", FORMAT_VERSION);
	json_text(j, "sweep", facts->sweep->name);
	json_text(j, "store", facts->store);
	json_integer(j, "jobs", facts->jobs);
	json_integer(j, "threads", facts->threads);
	json_integer(j, "sweep_trials", (int64_t)facts->sweep->n_trials);
	json_integer(j, "sweep_done", (int64_t)facts->done);
	add_outlook(j, outlook);
	json_lines_send(&e->stream);
}

static void add_counts(struct json *j, const struct pool_counts *counts)
{
	json_open(j, "states", '{');
	for (int state = TRIAL_done; state < TRIAL_N_STATES; state++)
		json_integer(j, trial_state_name((enum trial_state)state),
			     (int64_t)counts->by_state[state]);
	json_close(j, '}');
	json_integer(j, "elsewhere", (int64_t)counts->elsewhere);
}

bool run_events_end(struct run_events *e, const struct run_result *result)
{
	struct json *j = json_lines_begin(&e->stream, "run_ended", false);

	if (j) {
		add_counts(j, result->counts);
		json_integer(j, "left", (int64_t)result->left);
		json_text(j, "stopped", result->stopped);
		json_real(j, "seconds", result->seconds);
		json_integer(j, "exit_status", result->exit_status);
		json_lines_send(&e->stream);
	}
	free(e->told_s);
	return json_lines_end(&e->stream, e->wanted);
}

void run_events_started(struct run_events *e, const struct pool_job *job, int tries)
{
	struct json *j = begin(e, "trial_started", job);

	if (!j)
		return;
	json_text(j, "title", job->title);
	if (job->trial) {
		json_text(j, "label", job->trial->label);
		json_integer(j, "steps", job->trial->steps);
		json_real(j, "flops", job->trial->flops);
	}
	json_real(j, "seconds_estimated", job->cost);
	json_integer(j, "try", tries);
	json_lines_send(&e->stream);
}

void run_events_resumed(struct run_events *e, const struct pool_job *job, int64_t step)
{
	struct json *j = begin(e, "trial_resumed", job);

	if (!j)
		return;
	json_integer(j, "step", step);
	json_lines_send(&e->stream);
}

void run_events_evaluation(struct run_events *e, const struct pool_job *job,
			   const struct evaluation_row *row)
{
	struct json *j = begin(e, "evaluation", job);

	if (!j)
		return;
	json_bool(j, "final", row->final);
#define X(field) json_real(j, #field, row->field);
	EVALUATION_NUMBERS(X)
#undef X
	json_lines_send(&e->stream);
}

void run_events_ended(struct run_events *e, const struct pool_job *job, const struct pool_end *end)
{
	const struct evaluation_row *last = end->last;
	struct json *j = begin(e, "trial_ended", job);
	bool done = end->state == TRIAL_done;

	if (!j)
		return;
	json_text(j, "title", job->title);
	json_text(j, "state", trial_state_name(end->state));
	json_text(j, "reason", end->reason && end->reason[0] ? end->reason : NULL);
	json_real(j, "step", last->step);
	json_real(j, "val_loss", done ? last->val_loss : (double)NAN);
	json_real(j, "val_bpb", done ? last->val_bpb : (double)NAN);
	json_real(j, "test_loss", done ? last->test_loss : (double)NAN);
	json_real(j, "seconds", last->seconds);
	json_real(j, "seconds_eval", last->seconds_eval);
	json_real(j, "seconds_whole", end->whole_s);
	json_lines_send(&e->stream);
}

static void tell_trial(struct run_events *e, const struct pool_slot *slot,
		       const struct outlook_slot *outlook)
{
	const struct training_progress *now = &slot->progress;
	struct json *j = json_lines_begin(&e->stream, "progress", true);

	if (!j)
		return;
	json_text(j, "trial_key", slot->job->trial_key);
	json_integer(j, "step", now->step);
	json_integer(j, "steps", now->steps);
	json_real(j, "loss", now->loss);
	json_real(j, "tokens_per_second", now->tokens_per_second);
	json_bool(j, "evaluating", now->evaluating);
	json_real(j, "share", outlook->share);
	json_real(j, "seconds_left", outlook->left_s);
	json_lines_send(&e->stream);
}

static void tell_sweep(struct run_events *e, const struct outlook *outlook)
{
	struct json *j = json_lines_begin(&e->stream, "sweep_progress", true);

	if (!j)
		return;
	add_outlook(j, outlook);
	json_lines_send(&e->stream);
}

void run_events_tick(struct run_events *e, const struct outlook *outlook,
		     const struct pool_slot *slots, size_t n_slots)
{
	double now = clock_s();

	if (e->stream.fd < 0)
		return;
	if (e->n_slots != n_slots) {
		e->told_s = xrealloc(e->told_s, n_slots * sizeof(*e->told_s));
		for (size_t i = 0; i < n_slots; i++)
			e->told_s[i] = now;
		e->n_slots = n_slots;
		e->swept_s = now;
	}
	for (size_t i = 0; i < n_slots && i < outlook->n_slots; i++)
		if (slots[i].job && slots[i].progress.steps > 0 && now - e->told_s[i] >= TELL_S) {
			e->told_s[i] = now;
			tell_trial(e, &slots[i], &outlook->slots[i]);
		}
	if (now - e->swept_s >= TELL_S) {
		e->swept_s = now;
		tell_sweep(e, outlook);
	}
	json_lines_flush(&e->stream);
}
