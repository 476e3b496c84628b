/* SPDX-License-Identifier: MIT
 *
 * One loop around poll(): events become rows, all rows of a round become one transaction, ended
 * workers make room for the next job.
 */
#include "sweep/pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "sweep/events.h"
#include "sweep/worker_process.h"

#define ROUND_MS    200
#define HEARTBEAT_S 5.0

struct pool;

struct worker {
	struct pool *pool;
	struct pool_slot *slot; /* what the console sees */
	struct worker_process process;
	bool ended; /* an end event came */
	enum trial_state state;
	struct text reason;
	struct evaluation_row last;
};

struct pool {
	const struct pool_config *config;
	const struct pool_job *jobs;
	size_t n_jobs, next;
	int *tries; /* per job */
	struct worker *workers;
	struct pool_slot *slots;
	size_t n_slots;
	struct pool_counts *counts;
	struct error *err; /* the first failure of the store */
	int result;
	bool in_transaction;
	bool stopping;	   /* no new trials */
	bool told, killed; /* the workers were asked to stop; were killed */
	double started_s, heartbeat_s;
};

/* --- signals --- */

static volatile sig_atomic_t signals_seen, last_signal;

static void on_signal(int number)
{
	last_signal = number;
	signals_seen++;
}

struct handlers {
	struct sigaction interrupt, terminate;
};

static void handlers_set(struct handlers *old)
{
	struct sigaction action = {.sa_handler = on_signal};

	signals_seen = last_signal = 0;
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, &old->interrupt);
	sigaction(SIGTERM, &action, &old->terminate);
}

static void handlers_restore(const struct handlers *old)
{
	sigaction(SIGINT, &old->interrupt, NULL);
	sigaction(SIGTERM, &old->terminate, NULL);
}

/* --- rows into the store --- */

static void keep(struct pool *pool, int result)
{
	if (result && !pool->result)
		pool->result = result;
}

/* Where a failure of the store goes: the first one is the one to tell. */
static struct error *error_place(struct pool *pool)
{
	return pool->result ? NULL : pool->err;
}

static void begin_rows(struct pool *pool)
{
	if (pool->in_transaction || pool->result)
		return;
	keep(pool, store_begin(pool->config->store, error_place(pool)));
	pool->in_transaction = !pool->result;
}

static void commit_rows(struct pool *pool)
{
	if (pool->in_transaction)
		keep(pool, store_commit(pool->config->store, error_place(pool)));
	pool->in_transaction = false;
}

static void put_evaluation(void *context, const struct evaluation_row *row)
{
	struct worker *w = context;
	struct pool *pool = w->pool;

	w->last = *row;
	begin_rows(pool);
	if (!pool->result)
		keep(pool, store_put_evaluation(pool->config->store, w->slot->job->trial_key, row,
						error_place(pool)));
}

static void put_telemetry(void *context, const struct telemetry_row *row)
{
	struct worker *w = context;
	struct pool *pool = w->pool;

	begin_rows(pool);
	if (!pool->result)
		keep(pool, store_put_telemetry(pool->config->store, w->slot->job->trial_key, row,
					       error_place(pool)));
}

static void put_bucket(void *context, const char *slice, int bucket, double nats, double tokens)
{
	struct worker *w = context;
	struct pool *pool = w->pool;

	begin_rows(pool);
	if (!pool->result)
		keep(pool, store_put_bucket(pool->config->store, w->slot->job->trial_key, slice,
					    bucket, nats, tokens, error_place(pool)));
}

static void put_progress(void *context, const struct training_progress *progress)
{
	struct worker *w = context;

	w->slot->progress = *progress;
}

static void put_end(void *context, enum trial_state state, const char *reason)
{
	struct worker *w = context;

	w->ended = true;
	w->state = state;
	text_clear(&w->reason);
	text_add(&w->reason, reason);
}

static void read_line(void *context, char *line)
{
	struct worker *w = context;
	const struct event_reader reader = {
		.sink = {.context = w,
			 .evaluation = put_evaluation,
			 .telemetry = put_telemetry,
			 .bucket = put_bucket,
			 .progress = put_progress},
		.end = put_end,
	};
	struct error err = ERROR_INIT;

	if (event_read(line, &reader, &err))
		log_warn("%s: %s", w->slot->job->title, err.text);
}

/* --- workers --- */

static bool start_job(struct pool *pool, struct worker *w, size_t index)
{
	const struct pool_job *job = &pool->jobs[index];
	const struct pool_config *config = pool->config;
	bool claimed = false;

	keep(pool,
	     store_claim(config->store, job->trial_key, &config->run, &claimed, error_place(pool)));
	if (pool->result)
		return false;
	if (!claimed) {
		pool->counts->elsewhere++;
		return false;
	}
	keep(pool, worker_process_start(&w->process, config->worker_argv, job->trial_key,
					error_place(pool)));
	if (pool->result) {
		store_finish(config->store, job->trial_key, TRIAL_interrupted,
			     "the worker could not be started", NULL);
		return false;
	}
	*w->slot = (struct pool_slot){.job = job, .started_s = clock_s()};
	w->ended = false;
	w->last = (struct evaluation_row){.step = 0};
	text_clear(&w->reason);
	pool->tries[index]++;
	return true;
}

static bool may_start(const struct pool *pool)
{
	double budget = pool->config->time_budget_s;

	return !pool->stopping && !pool->result && pool->next < pool->n_jobs &&
	       (budget <= 0 || clock_s() - pool->started_s < budget);
}

static void fill_slots(struct pool *pool)
{
	for (size_t i = 0; i < pool->n_slots; i++)
		while (!pool->slots[i].job && may_start(pool))
			start_job(pool, &pool->workers[i], pool->next++);
}

static bool any_running(const struct pool *pool)
{
	for (size_t i = 0; i < pool->n_slots; i++)
		if (pool->slots[i].job)
			return true;
	return false;
}

/* Final state of a worker that is gone. */
static void judge(struct worker *w, const struct text *how)
{
	if (w->ended && (how->length == 0 || w->state != TRIAL_done))
		return;
	w->state = w->pool->stopping ? TRIAL_interrupted : TRIAL_failed;
	text_clear(&w->reason);
	text_add(&w->reason, how->length ? how->data : "the worker ended without a word");
}

static void finish(struct pool *pool, struct worker *w)
{
	const struct pool_job *job = w->slot->job;
	size_t index = (size_t)(job - pool->jobs);
	struct text how = {0};

	worker_process_reap(&w->process, &how);
	judge(w, &how);
	text_release(&how);
	begin_rows(pool);
	if (!pool->result)
		keep(pool,
		     store_finish(pool->config->store, job->trial_key, w->state,
				  w->reason.length ? w->reason.data : NULL, error_place(pool)));
	commit_rows(pool);
	w->slot->job = NULL;
	if (w->state == TRIAL_failed && pool->tries[index] <= pool->config->retries &&
	    may_start(pool)) {
		log_warn("%s: %s; trying again", job->title, text_string(&w->reason));
		start_job(pool, w, index);
		return;
	}
	pool->counts->by_state[w->state]++;
	pool->counts->cost_done += job->cost;
	if (pool->config->watch.ended)
		pool->config->watch.ended(pool->config->watch.context, job, w->state,
					  text_string(&w->reason), &w->last);
	if (w->state == TRIAL_failed && pool->config->fail_fast)
		pool->stopping = true;
}

static void read_workers(struct pool *pool)
{
	for (size_t i = 0; i < pool->n_slots; i++) {
		struct worker *w = &pool->workers[i];

		if (w->slot->job && !worker_process_read(&w->process, read_line, w))
			finish(pool, w);
	}
	commit_rows(pool);
}

static void wait_for_events(struct pool *pool)
{
	struct pollfd *fds = xcalloc(2 * pool->n_slots, sizeof(*fds));
	nfds_t n = 0;

	for (size_t i = 0; i < pool->n_slots; i++) {
		const struct worker_process *p = &pool->workers[i].process;

		if (!pool->slots[i].job)
			continue;
		if (p->events >= 0)
			fds[n++] = (struct pollfd){.fd = p->events, .events = POLLIN};
		if (p->errors >= 0)
			fds[n++] = (struct pollfd){.fd = p->errors, .events = POLLIN};
	}
	poll(fds, n, ROUND_MS);
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
	bool over_time = pool->config->time_budget_s > 0 &&
			 clock_s() - pool->started_s >= pool->config->time_budget_s;

	if (signals_seen > 1 && !pool->killed) {
		pool->killed = true;
		signal_workers(pool, SIGKILL);
	}
	if (!pool->told && (signals_seen > 0 || over_time || pool->result || pool->stopping)) {
		pool->stopping = pool->told = true;
		signal_workers(pool, SIGTERM);
	}
}

static void beat(struct pool *pool)
{
	double now = clock_s();

	if (now - pool->heartbeat_s < HEARTBEAT_S)
		return;
	pool->heartbeat_s = now;
	for (size_t i = 0; i < pool->n_slots && !pool->result; i++)
		if (pool->slots[i].job)
			keep(pool,
			     store_heartbeat(pool->config->store, pool->slots[i].job->trial_key,
					     error_place(pool)));
}

static void loop(struct pool *pool)
{
	const struct pool_watch *watch = &pool->config->watch;

	for (;;) {
		fill_slots(pool);
		if (!any_running(pool))
			return;
		wait_for_events(pool);
		obey_stops(pool);
		read_workers(pool);
		beat(pool);
		if (watch->tick)
			watch->tick(watch->context, pool->slots, pool->n_slots, pool->counts);
	}
}

static void pool_init(struct pool *pool)
{
	pool->n_slots = (size_t)pool->config->jobs;
	pool->workers = xcalloc(pool->n_slots, sizeof(*pool->workers));
	pool->slots = xcalloc(pool->n_slots, sizeof(*pool->slots));
	pool->tries = xcalloc(pool->n_jobs, sizeof(*pool->tries));
	pool->started_s = clock_s();
	for (size_t i = 0; i < pool->n_slots; i++) {
		pool->workers[i].pool = pool;
		pool->workers[i].slot = &pool->slots[i];
		pool->workers[i].process.events = pool->workers[i].process.errors = -1;
	}
}

static void pool_release(struct pool *pool)
{
	for (size_t i = 0; i < pool->n_slots; i++) {
		text_release(&pool->workers[i].reason);
		text_release(&pool->workers[i].process.line);
		text_release(&pool->workers[i].process.complaints);
	}
	free(pool->workers);
	free(pool->slots);
	free(pool->tries);
}

int pool_run(const struct pool_config *config, const struct pool_job *jobs, size_t n_jobs,
	     struct pool_counts *counts, int *signal_seen, struct error *err)
{
	struct pool pool = {
		.config = config, .jobs = jobs, .n_jobs = n_jobs, .counts = counts, .err = err};
	struct handlers old;

	*counts = (struct pool_counts){.elsewhere = 0};
	pool_init(&pool);
	handlers_set(&old);
	loop(&pool);
	handlers_restore(&old);
	if (signal_seen)
		*signal_seen = last_signal;
	if (!pool.result && (pool.stopping || pool.next < n_jobs))
		pool.result = error_set(err, ERR_STOPPED, "%s",
					last_signal ? "stopped by a signal"
					: config->fail_fast && counts->by_state[TRIAL_failed]
						? "stopped at the first failure"
						: "stopped: the time budget is used up");
	pool_release(&pool);
	return pool.result;
}
