/* SPDX-License-Identifier: MIT
 *
 * How a job starts: its trial is claimed, and a process trains it.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "sweep/pool_internal.h"

#define START_TRIES 15 /* rounds in which no worker at all could be started */

/* A failure that is no reason not to try: of this run, which retries, or one that was asked for. */
static int claim(struct pool *pool, const struct pool_worker *w, const struct pool_job *job,
		 bool *claimed)
{
	bool failed_too = w->tries > 0 || job->failed_before;
	int result = (failed_too ? store_claim : store_claim_unless_failed)(
		pool->config->store, job->trial_key, &pool->config->run, claimed,
		row_writer_error(&pool->rows));

	if (!result && !*claimed)
		pool->counts->elsewhere++;
	row_writer_keep(&pool->rows, result);
	return result;
}

void pool_leave_job(struct pool *pool, const struct pool_job *job)
{
	pool->config->source.ended(pool->config->source.context, job, NULL);
}

static void show_evaluation(void *context, const struct evaluation_row *row)
{
	const struct pool_worker *w = context;

	if (w->watch->evaluation)
		w->watch->evaluation(w->watch->context, w->slot->job, row);
}

size_t pool_running(const struct pool *pool)
{
	size_t n = 0;

	for (size_t i = 0; i < pool->n_slots; i++)
		n += pool->slots[i].job != NULL;
	return n;
}

/* The system gives no more processes: those that run go on, and the job waits for one of them to
 * end.  Only where none runs and none can be started for a while, that is the end. */
static void hold(struct pool *pool, const struct pool_worker *w, const struct pool_job *job,
		 const struct error *why)
{
	size_t n = pool_running(pool);

	pool->held =
		grow_array(pool->held, &pool->held_capacity, pool->n_held + 1, sizeof(*pool->held));
	pool->held[pool->n_held++] = (struct held_job){job, w->tries};
	pool->pausing = true;
	if (n > 0 && pool->at_most == pool->n_slots)
		log_warn("%s; going on with %zu at once", why->text, n);
	pool->at_most = n > 0 ? n : 1;
	if (n == 0 && ++pool->start_failures >= START_TRIES)
		row_writer_keep(&pool->rows, error_set(row_writer_error(&pool->rows), why->code,
						       "%s", why->text));
	store_finish(pool->config->store, job->trial_key, TRIAL_interrupted,
		     "the worker could not be started", NULL);
}

static void watch_job(struct pool *pool, struct pool_worker *w, const struct pool_job *job)
{
	const struct pool_config *config = pool->config;

	*w->slot = (struct pool_slot){.job = job, .started_s = clock_s()};
	w->taken = w->mute = false;
	silence_start(&w->silence, config->hang_after_s, job->cost);
	worker_report_start(&w->report, &pool->rows, job->trial_key, job->title);
	w->report.evaluation_seen = show_evaluation;
	w->report.context = w;
	w->tries++;
	if (config->watch.started)
		config->watch.started(config->watch.context, job, w->tries);
}

void pool_start_job(struct pool *pool, struct pool_worker *w, const struct pool_job *job)
{
	struct error err = ERROR_INIT;
	bool claimed = false;
	int result = claim(pool, w, job, &claimed);

	if (!result && !claimed)
		pool_leave_job(pool, job);
	if (result || !claimed)
		return;
	if (worker_process_start(&w->process, pool->config->worker_argv, job->arguments,
				 &pool->input, &err)) {
		hold(pool, w, job, &err);
		return;
	}
	pool->start_failures = 0;
	watch_job(pool, w, job);
}
