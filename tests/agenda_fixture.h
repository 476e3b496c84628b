/* SPDX-License-Identifier: MIT
 *
 * A sweep out of thin air, its agenda, and workers that are only imagined: each takes as long as
 * its trial is expected to, and leaves the checkpoints that it was told to on the way.
 */
#ifndef TESTS_AGENDA_FIXTURE_H
#define TESTS_AGENDA_FIXTURE_H

#include "sweep/agenda_internal.h"
#include "sweep/checkpoint_folder.h"
#include "sweep/register.h"
#include "sweep/sharing.h"
#include "tests/scratch.h"
#include "tests/spec_fixture.h"

#define AGENDA_DATA FIXTURE_DATA FIXTURE_MODEL

/* A ladder of horizons with a trunk, of two learning rates. */
#define LADDER                                                                          \
	AGENDA_DATA "train: {budget: {steps: [100, 200, 400, 800]}, batch_tokens: 1k, " \
		    "schedule: {kind: wsd, warmup_steps: 10, decay: 0.2}}\n"            \
		    "optimizer: [{name: adamw, lr: [0.01, 0.02]}]\n"

/* The lower half of it. */
#define SHORT                                                                 \
	AGENDA_DATA "train: {budget: {steps: [100, 200]}, batch_tokens: 1k, " \
		    "schedule: {kind: wsd, warmup_steps: 10, decay: 0.2}}\n"  \
		    "optimizer: [{name: adamw, lr: [0.01, 0.02]}]\n"

/* Two budgets, each with a bracket of its own: they may ask for the same learning rate. */
#define BRACKETS                                                              \
	AGENDA_DATA "train: {budget: {steps: [100, 200]}, batch_tokens: 1k, " \
		    "schedule: {kind: wsd, warmup_steps: 10, decay: 0.2}}\n"  \
		    "optimizer: {name: adamw, tune: {lr: {bracket: {from: 3e-3, points: 3}}}}\n"

#define FOLDER	 "a.db-checkpoints"
#define MAX_BUSY 8

struct worker_in_mind {
	struct agenda_entry *entry; /* NULL: idle */
	int64_t at;		    /* the last step at which it left a checkpoint */
	double started_s, end_s;
	int64_t from;
};

struct agenda_test {
	struct sweep *sweep;
	struct store *store;
	struct agenda *agenda;
	struct cost_model *costs;
	struct agenda_orders orders;
	struct pool_source source;
	struct store *others; /* as another process has it open */
	/* the imagined run */
	struct worker_in_mind workers[MAX_BUSY];
	size_t n_workers;
	double now_s;
	int64_t steps;	 /* trained */
	size_t n_jobs;	 /* that were started */
	double slowness; /* spread of how long jobs take: each takes up to that much longer */
	uint64_t random;
	/* how a job ends; NULL: it is done */
	enum trial_state (*fate)(struct agenda_test *t, const struct agenda_entry *entry);
	double (*loss)(const struct trial *trial); /* of one that is done; NULL: 3 */
	struct error err;
};

static inline void open_agenda(struct agenda_test *t)
{
	check_ok(store_begin(t->store, &t->err), &t->err);
	check_ok(agenda_new(&t->agenda, t->sweep, t->store, &t->err), &t->err);
	check_ok(sweep_register(t->sweep, t->store, &t->err), &t->err);
	check_ok(store_commit(t->store, &t->err), &t->err);
	t->agenda->look_interval_s = t->agenda->watch_interval_s = -1;
	check_ok(agenda_start(t->agenda, &t->orders, &t->err), &t->err);
	agenda_tidy(t->agenda);
	t->source = agenda_source(t->agenda);
}

/* `t` is zero but for what a test has set. */
static inline void set_up(struct agenda_test *t, const char *text)
{
	t->sweep = fixture_sweep(text);
	check_ok(store_open(&t->store, "a.db", STORE_WRITE, &t->err), &t->err);
	t->costs = cost_model_new(NULL, 0);
	check_ok(store_open(&t->others, "a.db", STORE_WRITE, &t->err), &t->err);
	t->orders.run = (struct trial_run){"here", "0.1", "openblas", (int)getpid(), 1, 1};
	t->orders.costs = t->costs;
	t->orders.checkpoints = FOLDER;
	open_agenda(t);
}

static inline void tear_down(struct agenda_test *t)
{
	agenda_free(t->agenda);
	store_close(t->store);
	store_close(t->others);
	cost_model_free(t->costs);
	sweep_free(t->sweep);
}

/* As if the program were started again. */
static inline void start_again(struct agenda_test *t, const char *text)
{
	agenda_free(t->agenda);
	sweep_free(t->sweep);
	t->sweep = fixture_sweep(text);
	open_agenda(t);
}

static inline void put_checkpoint(const struct trial *trial, int64_t step)
{
	struct text path = {0};
	const char *key = step <= trial_fork_step(trial) ? trial->trunk_key : trial->key;

	mkdir(FOLDER, 0777);
	mkdir(arena_printf(&scratch_arena, FOLDER "/%s", key), 0777);
	checkpoint_path(&path, FOLDER, key, step);
	scratch_write(path.data, "x", 1);
	text_release(&path);
}

static inline void count_folder(void *context, const char *key)
{
	(void)key;
	++*(size_t *)context;
}

/* Keys that have checkpoints. */
static inline size_t count_folders(void)
{
	size_t n = 0;

	checkpoint_each_key(FOLDER, count_folder, &n);
	return n;
}

static inline int64_t start_step(const struct trial *trial)
{
	int64_t own = checkpoint_newest(FOLDER, trial->key, trial->steps);

	return own ? own : checkpoint_newest(FOLDER, trial->trunk_key, trial_fork_step(trial));
}

static const struct trial_run another_process = {"elsewhere", "0.1", "openblas", 1, 1, 1};

static inline void claim(struct store *store, const struct trial *trial,
			 const struct trial_run *run)
{
	struct error err = ERROR_INIT;
	bool claimed;

	check_ok(store_claim(store, trial->key, run, &claimed, &err), &err);
	assert_true(claimed);
}

static inline void finish_with(struct store *store, const struct trial *trial,
			       enum trial_state state, double loss)
{
	struct evaluation_row row = {.step = (double)trial->steps, .val_loss = loss, .final = true};
	struct error err = ERROR_INIT;

	if (state == TRIAL_done)
		check_ok(store_put_evaluation(store, trial->key, &row, &err), &err);
	check_ok(store_finish(store, trial->key, state, NULL, &err), &err);
}

static inline void finish(struct store *store, const struct trial *trial, enum trial_state state)
{
	finish_with(store, trial, state, 3);
}

/* Claims the next job; NULL: there is none now. */
static inline struct agenda_entry *take_job(struct agenda_test *t, double room_s)
{
	const struct pool_job *job = NULL;
	struct agenda_entry *entry;

	if (t->source.next(t->source.context, room_s, &job) != POOL_JOB)
		return NULL;
	entry = t->agenda->of_trial[job->trial->position];
	assert_ptr_equal(job, &entry->job);
	claim(t->store, entry->trial, &t->orders.run);
	return entry;
}

/* Another process claims it before this one can. */
static inline struct agenda_entry *lose_job(struct agenda_test *t)
{
	const struct pool_job *job = NULL;

	assert_int_equal(t->source.next(t->source.context, HUGE_VAL, &job), POOL_JOB);
	claim(t->others, job->trial, &another_process);
	t->source.ended(t->source.context, job, NULL);
	return t->agenda->of_trial[job->trial->position];
}

static inline enum pool_offer offer(struct agenda_test *t, double room_s)
{
	const struct pool_job *job;

	return t->source.next(t->source.context, room_s, &job);
}

static inline void end_job(struct agenda_test *t, struct agenda_entry *entry,
			   enum trial_state state)
{
	const struct pool_end end = {.state = state};

	finish_with(t->store, entry->trial, state, t->loss ? t->loss(entry->trial) : 3);
	t->source.ended(t->source.context, &entry->job, &end);
}

/* --- the imagined run --- */

static inline double seconds_to(const struct worker_in_mind *w, int64_t step)
{
	double whole = agenda_seconds_from(w->entry, w->from);

	return (whole - agenda_seconds_from(w->entry, step)) / whole * (w->end_s - w->started_s);
}

/* The next fork at which it leaves a checkpoint, its own included; 0: it comes to its end. */
static inline int64_t next_fork(const struct worker_in_mind *w)
{
	const struct agenda_entry *entry = w->entry;

	for (size_t i = 0; i < entry->n_forks; i++)
		if (entry->forks[i] > w->at)
			return entry->forks[i];
	return entry->fork > w->at ? entry->fork : 0;
}

static inline double next_event(const struct worker_in_mind *w)
{
	int64_t fork = next_fork(w);

	return fork ? w->started_s + seconds_to(w, fork) : w->end_s;
}

static inline void start_worker(struct agenda_test *t, struct worker_in_mind *w,
				struct agenda_entry *entry)
{
	double factor;

	t->random = hash64(t->random, &t->random, sizeof(t->random));
	factor = 1 + t->slowness * (double)(t->random % 1000) / 1000;
	*w = (struct worker_in_mind){.entry = entry, .started_s = t->now_s};
	w->from = w->at = start_step(entry->trial);
	w->end_s = t->now_s + factor * agenda_seconds_from(entry, w->from);
	check_near(entry->job.cost, agenda_seconds_from(entry, w->from), 1e-9, 0);
	t->n_jobs++;
}

/* One fork or end, of the worker to which it happens first. */
static inline bool pass_event(struct agenda_test *t)
{
	struct worker_in_mind *first = NULL;
	struct agenda_entry *entry;
	int64_t fork;

	for (size_t i = 0; i < t->n_workers; i++)
		if (t->workers[i].entry &&
		    (!first || next_event(&t->workers[i]) < next_event(first)))
			first = &t->workers[i];
	if (!first)
		return false;
	entry = first->entry;
	fork = next_fork(first);
	t->now_s = next_event(first);
	if (fork) {
		put_checkpoint(entry->trial, fork);
		first->at = fork;
		return true;
	}
	t->steps += entry->trial->steps - first->from;
	first->entry = NULL;
	end_job(t, entry, t->fate ? t->fate(t, entry) : TRIAL_done);
	return true;
}

/* Steps of a sweep that is trained with nothing twice. */
static inline int64_t steps_shared(const struct sweep *sweep)
{
	struct sharing sharing;
	int64_t steps = 0;

	sharing_find(&sharing, sweep);
	for (size_t i = 0; i < sweep->n_trials; i++)
		steps += sweep->trials[i]->steps - sharing.from[i];
	sharing_release(&sharing);
	return steps;
}

/* Returns what it took. */
static inline double imagine(struct agenda_test *t, size_t n_workers)
{
	double started_s = t->now_s;

	t->n_workers = n_workers;
	do
		for (size_t i = 0; i < n_workers; i++) {
			struct agenda_entry *entry =
				t->workers[i].entry ? NULL : take_job(t, HUGE_VAL);

			if (entry)
				start_worker(t, &t->workers[i], entry);
		}
	while (pass_event(t));
	assert_int_equal(offer(t, HUGE_VAL), POOL_END);
	check_ok(agenda_result(t->agenda, &t->err), &t->err);
	return t->now_s - started_s;
}

static inline size_t count_state(const struct agenda_test *t, enum trial_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < t->sweep->n_trials; i++)
		n += agenda_state(t->agenda, i) == state;
	return n;
}

#endif
