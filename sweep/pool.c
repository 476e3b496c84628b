/* SPDX-License-Identifier: MIT
 *
 * One loop around poll(): events become rows, all rows of a round become one transaction, ended
 * workers make room for the next job.
 */
#include "sweep/pool.h"

#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/machine_memory.h"
#include "base/memory.h"
#include "sweep/pool_internal.h"
#include "sweep/stop_signals.h"

#define ROUND_MS       200
#define LAST_BREATH_MS 10 /* a worker has closed its events and is about to end */
#define HEARTBEAT_S    5.0
#define LISTENING_S    1.0 /* a round that took longer was spent asleep, or waiting for the store */

double pool_room_s(const struct pool *pool)
{
	double budget = pool->config->time_budget_s;

	return budget > 0 ? budget - (clock_s() - pool->started_s) : HUGE_VAL;
}

bool pool_may_go_on(const struct pool *pool)
{
	return !pool->stopping && !pool->rows.result && stop_signals_last() == 0 &&
	       pool_room_s(pool) > 0;
}

/* What was held first, since its time has been waited for. */
static enum pool_offer next_job(struct pool *pool, struct held_job *next)
{
	const struct pool_source *source = &pool->config->source;

	if (pool->n_held == 0)
		return source->next(source->context, pool_room_s(pool), &next->job);
	*next = pool->held[--pool->n_held];
	return POOL_JOB;
}

static void fill_slots(struct pool *pool)
{
	size_t running = pool_running(pool);

	pool->offer = POOL_JOB;
	pool->pausing = false;
	for (size_t i = 0; i < pool->n_slots; i++)
		while (!pool->slots[i].job && pool->offer == POOL_JOB && running < pool->at_most &&
		       !pool->pausing && pool_may_go_on(pool)) {
			struct held_job next = {.tries = 0};

			pool->offer = next_job(pool, &next);
			pool->workers[i].tries = next.tries;
			if (pool->offer == POOL_JOB)
				pool_start_job(pool, &pool->workers[i], next.job);
			running += pool->slots[i].job != NULL;
		}
}

static bool is_over(const struct pool *pool)
{
	return !pool_may_go_on(pool) || (pool->offer >= POOL_TOO_LONG && pool->n_held == 0);
}

static void read_line(void *context, char *line)
{
	struct pool_worker *w = context;

	if (w->slot->heard_s <= 0)
		w->slot->heard_s = clock_s();
	silence_ends(&w->silence);
	if (!w->taken)
		worker_report_line(&w->report, line);
	w->slot->progress = w->report.progress;
	w->slot->resumed = w->report.resumed;
}

static void read_workers(struct pool *pool)
{
	for (size_t i = 0; i < pool->n_slots; i++) {
		struct pool_worker *w = &pool->workers[i];

		if (w->slot->job && !worker_process_read(&w->process, read_line, w))
			pool_end_job(pool, w);
	}
	row_writer_commit(&pool->rows);
}

static void wait_for_events(struct pool *pool)
{
	struct pollfd *fds = xcalloc(2 * pool->n_slots, sizeof(*fds));
	int wait_ms = ROUND_MS;
	nfds_t n = 0;

	for (size_t i = 0; i < pool->n_slots; i++) {
		const struct worker_process *p = &pool->workers[i].process;

		if (!pool->slots[i].job)
			continue;
		if (p->events >= 0)
			fds[n++] = (struct pollfd){.fd = p->events, .events = POLLIN};
		else
			wait_ms = LAST_BREATH_MS;
		if (p->errors >= 0)
			fds[n++] = (struct pollfd){.fd = p->errors, .events = POLLIN};
	}
	poll(fds, n, wait_ms);
	free(fds);
}

static void signal_workers(struct pool *pool, int number)
{
	for (size_t i = 0; i < pool->n_slots; i++)
		if (pool->slots[i].job)
			kill(pool->workers[i].process.pid, number);
}

static void obey_stops(struct pool *pool)
{
	if (stop_signals_at_once() && !pool->killed) {
		pool->killed = true;
		signal_workers(pool, SIGKILL);
	}
	if (!pool->told && !pool_may_go_on(pool)) {
		pool->stopping = pool->told = true;
		signal_workers(pool, SIGTERM);
	}
}

/* Signs of life, of this program and of the store.  After a long sleep (a suspended machine) they
 * come before any row is written, and tell which trials were taken for dead and claimed by another
 * process. */
static void beat(struct pool *pool)
{
	double now = clock_s(), every_s = pool->config->heartbeat_s;

	if (now - pool->heartbeat_s < (every_s > 0 ? every_s : HEARTBEAT_S))
		return;
	pool->heartbeat_s = now;
	if (!pool->rows.result)
		row_writer_keep(&pool->rows, store_check_file(pool->config->store, pool->rows.err));
	for (size_t i = 0; i < pool->n_slots && !pool->rows.result; i++) {
		struct pool_worker *w = &pool->workers[i];
		int result;

		if (!w->slot->job || w->taken)
			continue;
		result = store_heartbeat(pool->config->store, w->slot->job->trial_key,
					 pool->rows.err);
		w->taken = result == -ERR_TAKEN;
		if (w->taken)
			kill(w->process.pid, SIGKILL);
		else
			row_writer_keep(&pool->rows, result);
	}
}

/* After what was said has been read, so that it is not taken for silence. */
static void listen(struct pool *pool)
{
	double now = clock_s(), passed_s = fmin(now - pool->round_s, LISTENING_S);

	pool->round_s = now;
	for (size_t i = 0; i < pool->n_slots; i++) {
		struct pool_worker *w = &pool->workers[i];

		if (!w->slot->job || w->mute)
			continue;
		silence_goes_on(&w->silence, passed_s);
		w->mute = silence_is_too_long(&w->silence);
		if (w->mute)
			kill(w->process.pid, SIGKILL);
	}
}

static void loop(struct pool *pool)
{
	const struct pool_watch *watch = &pool->config->watch;

	for (;;) {
		fill_slots(pool);
		if (pool_running(pool) == 0 && is_over(pool))
			return;
		if (watch->tick)
			watch->tick(watch->context, pool->slots, pool->n_slots, pool->counts);
		wait_for_events(pool);
		obey_stops(pool);
		beat(pool);
		read_workers(pool);
		listen(pool);
	}
}

static void pool_init(struct pool *pool)
{
	pool->n_slots = (size_t)pool->config->jobs;
	pool->workers = xcalloc(pool->n_slots, sizeof(*pool->workers));
	pool->slots = xcalloc(pool->n_slots, sizeof(*pool->slots));
	pool->at_most = pool->n_slots;
	pool->memory_kills = memory_kills();
	pool->started_s = pool->heartbeat_s = pool->round_s = clock_s();
	for (size_t i = 0; i < pool->n_slots; i++) {
		struct worker_process *process = &pool->workers[i].process;

		pool->workers[i].slot = &pool->slots[i];
		pool->workers[i].watch = &pool->config->watch;
		process->pinned = cores_share((int)i, pool->config->jobs, pool->config->run.threads,
					      &process->cores);
	}
}

static void pool_release(struct pool *pool)
{
	for (size_t i = 0; i < pool->n_slots; i++) {
		worker_report_release(&pool->workers[i].report);
		worker_process_release(&pool->workers[i].process);
	}
	free(pool->held);
	free(pool->workers);
	free(pool->slots);
	worker_input_close(&pool->input);
}

/* Whether the source still has what was never started: nothing fits into no time, so that nothing
 * is taken. */
static bool any_left(const struct pool *pool)
{
	const struct pool_source *source = &pool->config->source;
	const struct pool_job *job;

	return pool->n_held > 0 || (pool->offer != POOL_END &&
				    source->next(source->context, -HUGE_VAL, &job) != POOL_END);
}

/* Why not every job was tried to its end; 0 where all were. */
static int tell_stop(const struct pool *pool, int signal_seen, struct error *err)
{
	const struct pool_counts *counts = pool->counts;

	if (signal_seen)
		return error_set(err, ERR_STOPPED, "stopped by a signal");
	if (pool->config->fail_fast && counts->by_state[TRIAL_failed])
		return error_set(err, ERR_STOPPED, "stopped at the first failure");
	if (any_left(pool) || (pool->stopping && counts->by_state[TRIAL_interrupted]))
		return error_set(err, ERR_STOPPED, "stopped: the time budget is used up");
	if (counts->by_state[TRIAL_interrupted])
		return error_set(err, ERR_STOPPED, "a worker was stopped by a signal");
	return 0;
}

int pool_run(const struct pool_config *config, struct pool_counts *counts, int *signal_seen,
	     struct error *err)
{
	struct pool pool = {
		.config = config, .counts = counts, .rows = {.store = config->store, .err = err}};
	struct stop_signals signals;
	int seen, result;

	*counts = (struct pool_counts){.elsewhere = 0};
	pool_init(&pool);
	row_writer_keep(&pool.rows, worker_input_open(&pool.input, config->worker_input, err));
	stop_signals_catch(&signals);
	loop(&pool);
	stop_signals_release(&signals);
	seen = stop_signals_last();
	if (signal_seen)
		*signal_seen = seen;
	result = pool.rows.result ? pool.rows.result : tell_stop(&pool, seen, err);
	pool_release(&pool);
	return result;
}
