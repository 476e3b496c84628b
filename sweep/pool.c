/* SPDX-License-Identifier: MIT
 *
 * One loop around poll(): events become rows, all rows of a round become one transaction, ended
 * workers make room for the next job.
 */
#include "sweep/pool.h"

#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/log.h"
#include "base/machine_memory.h"
#include "base/memory.h"
#include "base/text.h"
#include "sweep/checkpoint_folder.h"
#include "sweep/row_writer.h"
#include "sweep/silence.h"
#include "sweep/stop_signals.h"
#include "sweep/worker_process.h"
#include "sweep/worker_report.h"

#define ROUND_MS       200
#define LAST_BREATH_MS 10 /* a worker has closed its events and is about to end */
#define HEARTBEAT_S    5.0
#define SILENCE_S      300.0
#define LISTENING_S    1.0 /* a round that took longer was spent asleep, or waiting for the store */
#define START_TRIES    25  /* rounds in which no worker at all could be started */

struct worker {
	struct pool_slot *slot; /* what the console sees */
	const struct pool_watch *watch;
	struct worker_process process;
	struct worker_report report;
	struct silence silence;
	int tries;  /* of this job */
	bool taken; /* another process took the trial over */
	bool mute;  /* killed for its silence */
};

struct pool {
	const struct pool_config *config;
	enum pool_offer offer; /* the last of the source */
	struct worker *workers;
	struct pool_slot *slots;
	size_t n_slots;
	struct pool_counts *counts;
	struct worker_input input;
	struct row_writer rows;	      /* its result is that of the run */
	const struct pool_job **held; /* jobs whose worker could not be started */
	size_t n_held, held_capacity;
	size_t at_most;	    /* workers at once that the system gives */
	int start_failures; /* since a worker was started */
	bool pausing;	    /* no more starts in this round */
	bool stopping;	    /* no new trials */
	bool told, killed;  /* the workers were asked to stop; were killed */
	double started_s, heartbeat_s, round_s;
	long memory_kills; /* by the system, before this run */
};

/* --- workers --- */

static int claim(struct pool *pool, const struct pool_job *job, bool *claimed)
{
	int result = store_claim(pool->config->store, job->trial_key, &pool->config->run, claimed,
				 row_writer_error(&pool->rows));

	if (!result && !*claimed)
		pool->counts->elsewhere++;
	row_writer_keep(&pool->rows, result);
	return result;
}

/* The source hears of a job that is not run here. */
static void leave(struct pool *pool, const struct pool_job *job)
{
	pool->config->source.ended(pool->config->source.context, job, NULL);
}

static void show_evaluation(void *context, const struct evaluation_row *row)
{
	const struct worker *w = context;

	if (w->watch->evaluation)
		w->watch->evaluation(w->watch->context, w->slot->job, row);
}

static size_t count_running(const struct pool *pool)
{
	size_t n = 0;

	for (size_t i = 0; i < pool->n_slots; i++)
		n += pool->slots[i].job != NULL;
	return n;
}

/* The system gives no more processes: those that run go on, and the job waits for one of them to
 * end.  Only where none runs and none can be started for a while, that is the end. */
static void hold(struct pool *pool, const struct pool_job *job, const struct error *why)
{
	size_t n = count_running(pool);

	pool->held =
		grow_array(pool->held, &pool->held_capacity, pool->n_held + 1, sizeof(*pool->held));
	pool->held[pool->n_held++] = job;
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

static void watch_job(struct pool *pool, struct worker *w, const struct pool_job *job)
{
	const struct pool_config *config = pool->config;

	*w->slot = (struct pool_slot){.job = job, .started_s = clock_s()};
	w->taken = w->mute = false;
	silence_start(&w->silence, config->silence_s > 0 ? config->silence_s : SILENCE_S,
		      job->cost);
	worker_report_start(&w->report, &pool->rows, job->trial_key, job->title);
	w->report.evaluation_seen = show_evaluation;
	w->report.context = w;
	w->tries++;
	if (config->watch.started)
		config->watch.started(config->watch.context, job, w->tries);
}

static void start_job(struct pool *pool, struct worker *w, const struct pool_job *job)
{
	struct error err = ERROR_INIT;
	bool claimed = false;
	int result = claim(pool, job, &claimed);

	if (!result && !claimed)
		leave(pool, job);
	if (result || !claimed)
		return;
	if (worker_process_start(&w->process, pool->config->worker_argv, job->arguments,
				 &pool->input, &err)) {
		hold(pool, job, &err);
		return;
	}
	pool->start_failures = 0;
	watch_job(pool, w, job);
}

/* Seconds until the time budget is used up. */
static double room(const struct pool *pool)
{
	double budget = pool->config->time_budget_s;

	return budget > 0 ? budget - (clock_s() - pool->started_s) : HUGE_VAL;
}

static bool may_go_on(const struct pool *pool)
{
	return !pool->stopping && !pool->rows.result && stop_signals_last() == 0 && room(pool) > 0;
}

/* What was held first, since its time has been waited for. */
static enum pool_offer next_job(struct pool *pool, const struct pool_job **job)
{
	const struct pool_source *source = &pool->config->source;

	if (pool->n_held == 0)
		return source->next(source->context, room(pool), job);
	*job = pool->held[--pool->n_held];
	return POOL_JOB;
}

static void fill_slots(struct pool *pool)
{
	size_t running = count_running(pool);

	pool->offer = POOL_JOB;
	pool->pausing = false;
	for (size_t i = 0; i < pool->n_slots; i++)
		while (!pool->slots[i].job && pool->offer == POOL_JOB && running < pool->at_most &&
		       !pool->pausing && may_go_on(pool)) {
			const struct pool_job *job;

			pool->offer = next_job(pool, &job);
			pool->workers[i].tries = 0;
			if (pool->offer == POOL_JOB)
				start_job(pool, &pool->workers[i], job);
			running += pool->slots[i].job != NULL;
		}
}

static bool is_over(const struct pool *pool)
{
	return !may_go_on(pool) || (pool->offer >= POOL_TOO_LONG && pool->n_held == 0);
}

/* Whether its end was asked for: of all workers, or of this one from outside. */
static bool was_stopped(const struct pool *pool, const struct worker *w)
{
	int status = w->process.status;

	return pool->stopping || (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void store_log(struct pool *pool, struct worker *w)
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

static void drop_checkpoints(const struct pool *pool, const struct worker *w)
{
	if (pool->config->checkpoints && !pool->rows.result && !w->taken && came_to_end(&w->report))
		checkpoint_remove_all(pool->config->checkpoints, w->slot->job->trial_key);
}

/* Writes the end of a trial.  Where rows could not be stored the trial is not done, whatever its
 * worker says; that much may still fit, else the next run sees that this process is gone. */
static void store_end(struct pool *pool, struct worker *w)
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

static void count_end(struct pool *pool, const struct worker *w, const struct pool_job *job)
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
		leave(pool, job);
		return;
	}
	pool->counts->by_state[report->state]++;
	source->ended(source->context, job, &end);
	if (watch->ended)
		watch->ended(watch->context, job, &end);
	if (report->state == TRIAL_failed && pool->config->fail_fast)
		pool->stopping = true;
}

static bool may_retry(const struct pool *pool, const struct worker *w)
{
	return w->report.state == TRIAL_failed && !w->taken && w->tries <= pool->config->retries &&
	       may_go_on(pool);
}

/* Why it was killed, if not by anybody here. */
static void suspect_memory(struct pool *pool, const struct worker *w, struct text *how)
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

static void tell_silence(const struct worker *w, struct text *how)
{
	char lasted[SHORT_TEXT];

	text_clear(how);
	text_printf(how, "no sign of life for %s", format_duration(lasted, w->silence.lasts_s));
}

static void finish(struct pool *pool, struct worker *w)
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
		start_job(pool, w, job);
	} else {
		count_end(pool, w, job);
	}
}

static void read_line(void *context, char *line)
{
	struct worker *w = context;

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
		struct worker *w = &pool->workers[i];

		if (w->slot->job && !worker_process_read(&w->process, read_line, w))
			finish(pool, w);
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
	if (!pool->told && !may_go_on(pool)) {
		pool->stopping = pool->told = true;
		signal_workers(pool, SIGTERM);
	}
}

/* Signs of life.  After a long sleep (a suspended machine) they come before any row is written, and
 * tell which trials were taken for dead and claimed by another process. */
static void beat(struct pool *pool)
{
	double now = clock_s();

	if (now - pool->heartbeat_s < HEARTBEAT_S)
		return;
	pool->heartbeat_s = now;
	for (size_t i = 0; i < pool->n_slots && !pool->rows.result; i++) {
		struct worker *w = &pool->workers[i];
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
		struct worker *w = &pool->workers[i];

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
		if (count_running(pool) == 0 && is_over(pool))
			return;
		wait_for_events(pool);
		obey_stops(pool);
		beat(pool);
		read_workers(pool);
		listen(pool);
		if (watch->tick)
			watch->tick(watch->context, pool->slots, pool->n_slots, pool->counts);
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

/* Whether the source still has what was never started: nothing fits into no time, so that nothing is
 * taken. */
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

/* --- a list of jobs --- */

static enum pool_offer next_of_list(void *context, double room_s, const struct pool_job **job)
{
	struct pool_list *list = context;

	if (list->next == list->n)
		return POOL_END;
	if (list->jobs[list->next].cost > room_s)
		return POOL_TOO_LONG;
	*job = &list->jobs[list->next++];
	return POOL_JOB;
}

static void forget_end(void *context, const struct pool_job *job, const struct pool_end *end)
{
	(void)context, (void)job, (void)end;
}

struct pool_source pool_list_source(struct pool_list *list)
{
	return (struct pool_source){list, next_of_list, forget_end};
}
