/* SPDX-License-Identifier: MIT
 *
 * How a job ends: why its worker is gone, what that makes of its trial, and whether it is tried
 * again.
 */
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/machine_memory.h"
#include "base/text.h"
#include "sweep/checkpoint_folder.h"
#include "sweep/pool_internal.h"

/* Whether its end was asked for: of all workers, or of this one from outside. */
static bool was_stopped(const struct pool *pool, const struct pool_worker *w)
{
	int status = w->process.status;

	return pool->stopping || (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void store_log(struct pool *pool, struct pool_worker *w)
{
	struct text words = {0};

	worker_process_last_words(&w->process, &words);
	if (words.length > 0 && !pool->rows.result && !w->taken)
		row_writer_keep(&pool->rows,
				store_put_log(pool->config->store, w->slot->job->trial_key,
					      words.data, pool->rows.err));
	text_release(&words);
}

/* Of a training that came to its end: it is all that the store has of the trial, and nobody will go
 * on with it. */
static bool came_to_end(const struct worker_report *report)
{
	return report->state == TRIAL_done || report->state == TRIAL_diverged;
}

static void drop_checkpoints(const struct pool *pool, const struct pool_worker *w)
{
	if (pool->config->checkpoints && !pool->rows.result && !w->taken && came_to_end(&w->report))
		checkpoint_remove_all(pool->config->checkpoints, w->slot->job->trial_key);
}

/* Writes the end of a trial.  Where rows could not be stored the trial is not done, whatever its
 * worker says; that much may still fit, else the next run sees that this process is gone. */
static void store_end(struct pool *pool, struct pool_worker *w)
{
	const struct pool_job *job = w->slot->job;
	struct worker_report *report = &w->report;
	struct store *store = pool->config->store;
	int result;

	if (came_to_end(report) && !w->taken)
		worker_report_trim(report);
	row_writer_commit(&pool->rows);
	if (report->state == TRIAL_failed)
		store_log(pool, w);
	if (!pool->rows.result && !w->taken) {
		result = store_finish(store, job->trial_key, report->state,
				      report->reason.length ? report->reason.data : NULL,
				      pool->rows.err);
		w->taken = result == -ERR_TAKEN;
		if (!w->taken)
			row_writer_keep(&pool->rows, result);
	}
	if (pool->rows.result && !w->taken) {
		worker_report_end(report, TRIAL_interrupted, "its rows could not be stored");
		store_finish(store, job->trial_key, report->state, report->reason.data, NULL);
	}
}

static void count_end(struct pool *pool, const struct pool_worker *w, const struct pool_job *job)
{
	const struct pool_watch *watch = &pool->config->watch;
	const struct pool_source *source = &pool->config->source;
	const struct worker_report *report = &w->report;
	const struct pool_end end = {
		.state = report->state,
		.reason = text_string(&report->reason),
		.last = &report->last,
		.start_s = w->slot->heard_s - w->slot->started_s,
		.whole_s = clock_s() - w->slot->started_s,
		.resumed = report->resumed,
	};

	pool->counts->cost_done += job->cost;
	if (w->taken) {
		log_warn("%s: another process took it over", job->title);
		pool->counts->elsewhere++;
		pool_leave_job(pool, job);
		return;
	}
	pool->counts->by_state[report->state]++;
	source->ended(source->context, job, &end);
	if (watch->ended)
		watch->ended(watch->context, job, &end);
	if (report->state == TRIAL_failed && pool->config->fail_fast)
		pool->stopping = true;
}

static bool may_retry(const struct pool *pool, const struct pool_worker *w)
{
	return w->report.state == TRIAL_failed && !w->taken && w->tries <= pool->config->retries &&
	       pool_may_go_on(pool);
}

/* Why it was killed, if not by anybody here. */
static void suspect_memory(struct pool *pool, const struct pool_worker *w, struct text *how)
{
	int status = w->process.status;
	long kills = memory_kills();

	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL || w->process.killed ||
	    pool->stopping)
		return;
	text_add(how, pool->memory_kills >= 0 && kills > pool->memory_kills
			      ? "; the system was out of memory and killed a process"
			      : "; the system does so when memory is out");
	pool->memory_kills = kills;
}

static void tell_silence(const struct pool_worker *w, struct text *how)
{
	const struct training_progress *now = &w->slot->progress;
	char lasted[SHORT_TEXT];

	text_clear(how);
	text_printf(how, "no sign of life for %s", format_duration(lasted, w->silence.lasts_s));
	if (now->evaluating)
		text_add(how, " in the final evaluation; killed");
	else if (now->steps > 0)
		text_printf(how, " after step %lld of %lld; killed", (long long)now->step,
			    (long long)now->steps);
	else
		text_add(how, " since it was started; killed");
	if (w->silence.given_s > 0)
		text_printf(how, " (--hang-after %s)", format_duration(lasted, w->silence.given_s));
}

void pool_end_job(struct pool *pool, struct pool_worker *w)
{
	const struct pool_job *job = w->slot->job;
	struct text how = {0};

	worker_process_finish(&w->process, &how);
	if (w->mute)
		tell_silence(w, &how);
	else
		suspect_memory(pool, w, &how);
	worker_report_judge(&w->report, text_string(&how), was_stopped(pool, w));
	text_release(&how);
	store_end(pool, w);
	drop_checkpoints(pool, w);
	w->slot->job = NULL;
	if (pool->at_most < pool->n_slots)
		pool->at_most++;
	if (may_retry(pool, w)) {
		log_warn("%s: %s; trying again", job->title, text_string(&w->report.reason));
		pool_start_job(pool, w, job);
	} else {
		count_end(pool, w, job);
	}
}
