/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cmd/failure_words.h"
#include "cmd/status_facts.h"

#define KEY_SHOWN  10 /* digits of a trial key */
#define LOG_LINES  3  /* of a failed trial */
#define KIND_SHOWN 20 /* trials that failed for one reason */

static void add_counts(const struct store_totals *totals, struct text *page)
{
	char done[SHORT_TEXT], total[SHORT_TEXT];

	for (int state = 0; state < TRIAL_N_STATES; state++)
		if (totals->counts[state])
			text_printf(page, "%-12s %5ld\n", trial_state_name((enum trial_state)state),
				    totals->counts[state]);
	text_printf(page, "FLOPs     %s of %s", format_si(done, totals->flops_done),
		    format_si(total, totals->flops_total));
	if (totals->flops_total > 0)
		text_printf(page, " (%.0f %%)", 100 * totals->flops_done / totals->flops_total);
	text_add(page, "\n");
}

static void add_time_left(const struct status_facts *f, struct text *page)
{
	char left[SHORT_TEXT];

	if (!(f->work_left_s > 0) || !isfinite(f->work_left_s))
		return;
	text_printf(page, "left      about %s", format_duration(left, f->left_s));
	if (f->n_alive > 0)
		text_printf(page, " with %zu at once\n", f->n_alive);
	else
		text_printf(page, " of training, and nothing is %s\n",
			    f->n_running ? "running any more" : "running");
}

static void add_running(const struct trial_running *r, struct text *page)
{
	char params[SHORT_TEXT], since[SHORT_TEXT], silent[SHORT_TEXT];

	text_printf(page, "  %.*s  %s, %s params, lr %g, ", KEY_SHOWN, r->trial_key, r->label,
		    format_si(params, r->params), r->lr);
	if (isfinite(r->step))
		text_printf(page, "step %.0f of %.0f, loss %.4f", r->step, r->steps_total, r->loss);
	else
		text_printf(page, "step 0 of %.0f", r->steps_total);
	text_printf(page, ", %s:%d", r->host ? r->host : "?", r->pid);
	format_duration(silent, r->silent_s);
	if (r->gone)
		text_add(page, ": that process is gone; the next run takes it over");
	else if (r->stale)
		text_printf(page, " gives no sign of life for %s: the next run takes it over",
			    silent);
	else
		text_printf(page, " for %s, heard of %s ago", format_duration(since, r->running_s),
			    silent);
	text_add(page, "\n");
}

/* What tuning has asked for, arm by arm; nothing where all is the file's grid. */
static void add_tuning(const struct status_facts *f, struct text *page)
{
	bool any = false;

	for (size_t i = 0; i < f->n_origins; i++)
		any = any || strcmp(f->origins[i].origin, "grid") != 0;
	if (any)
		text_add(page, "\ntuning:\n");
	for (size_t i = 0; any && i < f->n_origins; i++)
		text_printf(page, "  %s %s: %s, %ld trial%s, %ld ended\n", f->origins[i].sweep,
			    f->origins[i].label, f->origins[i].origin, f->origins[i].trials,
			    f->origins[i].trials == 1 ? "" : "s", f->origins[i].ended);
}

/* A stop tells its own step, which is later than that of the last evaluation. */
static bool tells_step(const struct trial_failure *failure)
{
	return failure->state == TRIAL_interrupted && failure->reason &&
	       strstr(failure->reason, " step ");
}

static const char *reason_of(const struct trial_failure *failure)
{
	return failure->reason ? failure->reason : "no reason given";
}

static void add_trial(const struct trial_failure *failure, struct text *page)
{
	char params[SHORT_TEXT];

	text_printf(page, "%s, %s params, lr %g", failure->label,
		    format_si(params, failure->params), failure->lr);
}

static void add_step(const struct trial_failure *failure, struct text *page)
{
	text_printf(page, ", step %.0f of %.0f", isnan(failure->step) ? 0 : failure->step,
		    failure->steps_total);
}

static void add_log(const struct trial_failure *failure, struct text *page)
{
	if (failure->log && failure->state == TRIAL_failed)
		add_last_lines(page, failure->log, LOG_LINES, "    | ", reason_of(failure));
}

static void add_failure(const struct trial_failure *failure, struct text *page)
{
	text_printf(page, "  %.*s  %-11s ", KEY_SHOWN, failure->trial_key,
		    trial_state_name(failure->state));
	add_trial(failure, page);
	if (!tells_step(failure))
		add_step(failure, page);
	text_printf(page, ": %s\n", reason_of(failure));
	add_log(failure, page);
}

/* The reason once, the trials below it. */
static void add_kind(const struct trial_failure *all, const size_t *kind, size_t n, bool same,
		     struct text *page)
{
	const struct trial_failure *first = &all[kind[0]];

	text_printf(page, "  %zu %s%s: %s\n", n, trial_state_name(first->state),
		    same ? "" : ", the first of them", reason_of(first));
	for (size_t i = 0; i < n && i < KIND_SHOWN; i++) {
		text_printf(page, "    %.*s  ", KEY_SHOWN, all[kind[i]].trial_key);
		add_trial(&all[kind[i]], page);
		add_step(&all[kind[i]], page);
		text_add(page, "\n");
	}
	if (n > KIND_SHOWN)
		text_printf(page, "    and %zu more; --json has all\n", n - KIND_SHOWN);
	add_log(first, page);
}

/* Interrupted ones each tell their own step. */
static void add_failures(const struct status_facts *f, struct text *page)
{
	struct failure_reason *reasons = xcalloc(f->n_failures + 1, sizeof(*reasons));
	size_t *kind = xcalloc(f->n_failures + 1, sizeof(*kind)), n;
	bool same;

	for (size_t i = 0; i < f->n_failures; i++)
		reasons[i] = (struct failure_reason){
			.text = reason_of(&f->failures[i]),
			.state = (int)f->failures[i].state,
			.alone = f->failures[i].state == TRIAL_interrupted,
		};
	while ((n = failures_take_kind(reasons, f->n_failures, kind, &same)))
		if (n > 1)
			add_kind(f->failures, kind, n, same, page);
		else
			add_failure(&f->failures[kind[0]], page);
	free(reasons);
	free(kind);
}

/* " of 'NAME'" where there are several, or the command does not tell. */
static void add_sweep(const struct status_facts *f, const struct status_rest *rest,
		      struct text *page)
{
	if (f->n_rests > 1 || !rest->has_command)
		text_printf(page, " of '%s'", rest->sweep);
}

/* What to type next. */
static void add_remedies(const struct status_facts *f, struct text *page)
{
	bool idle = f->n_alive == 0;

	if (f->n_rests > 0 && (idle || f->totals.counts[TRIAL_failed] > 0))
		text_add(page, "\n");
	for (size_t i = 0; i < f->n_rests; i++) {
		const struct status_rest *rest = &f->rests[i];

		if (rest->left > 0 && idle) {
			text_printf(page, "%ld trial%s", rest->left, rest->left == 1 ? "" : "s");
			add_sweep(f, rest, page);
			text_printf(page, " %s left%s: %s\n", rest->left == 1 ? "is" : "are",
				    rest->of_shard ? ", those of other shards counted" : "",
				    rest->command);
		}
		if (rest->failed > 0) {
			text_add(page, "to try failed trials");
			add_sweep(f, rest, page);
			text_printf(page, " again, which a tuning may wait for: %s --only failed\n",
				    rest->command);
		}
	}
}

void status_add_text(const struct status_facts *f, struct text *page)
{
	add_counts(&f->totals, page);
	add_time_left(f, page);
	if (f->n_running > 0)
		text_add(page, "\nrunning:\n");
	for (size_t i = 0; i < f->n_running; i++)
		add_running(&f->running[i], page);
	add_tuning(f, page);
	if (f->n_failures > 0)
		text_add(page, "\nnot done:\n");
	add_failures(f, page);
	add_remedies(f, page);
}
