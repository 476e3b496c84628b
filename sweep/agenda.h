/* SPDX-License-Identifier: MIT
 *
 * The agenda: what is left to train of a sweep, in which order, and what may start now.
 *
 * The longest job is first.  Trials of one trunk share it: one of them carries it, and the others
 * train what is left from their forks on (sharing.h).
 *
 * It stands between the sweep, the store and the pool.  As trials end, here or in another process
 * that shares the store, the tuning hears of it, and the trials that it asks for are registered and
 * join the agenda.  A training that two arms share is one job.
 */
#ifndef SWEEP_AGENDA_H
#define SWEEP_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "results/store.h"
#include "sweep/cost_model.h"
#include "sweep/pool.h"
#include "sweep/sweep.h"
#include "sweep/tuning.h"

struct agenda;

/* Reads how the trials of a sweep stand and replays the tuning, which adds the trials that it has
 * asked for by now to the sweep.  Nothing is written: `plan` and `run` see the same trials.
 * `store` NULL: nothing was trained yet.  All must outlive the agenda. */
int agenda_new(struct agenda **agenda, struct sweep *sweep, struct store *store, struct error *err);
void agenda_free(struct agenda *agenda); /* NULL is fine */

/* Reads again how the trials stand, for what other processes have trained meanwhile. */
int agenda_look_again(struct agenda *agenda, struct error *err);

/* How the i-th trial of the sweep stands. */
enum trial_state agenda_state(const struct agenda *agenda, size_t trial);

/* The tuning of the sweep, which it told of all ends. */
struct tuner;
const struct tuner *agenda_tuner(const struct agenda *agenda);

/* Never finished: planned, interrupted or running, which is what `run` trains. */
bool trial_is_missing(enum trial_state state);

/* What is to be trained here, and how. */
struct agenda_orders {
	void *context;
	/* 1: a trial of that state is wanted, 0: it is not, or a negative error; NULL: those that
	 * are missing. */
	int (*wants)(void *context, const struct trial *trial, enum trial_state state,
		     struct error *err);
	/* The words for a trial's worker, up to NULL, which live in the arena; NULL: none.  It is
	 * to leave checkpoints at these forks of other trials, and keep those that are there. */
	const char *const *(*arguments)(void *context, const struct trial *trial,
					const int64_t *forks, size_t n_forks, struct arena *arena);
	const char *checkpoints; /* their folder; NULL: there are none, and no trunk is shared */
	struct cost_model *costs;
	struct trial_run run; /* who claims trials; jobs and threads decide costs */
	size_t limit;	      /* most trials to train; 0: all */
};

/* Picks the jobs.  The sweep is registered by now (sweep/register.h), and so will be the trials
 * that the tuning adds.  A diverged trial that is wanted goes back to planned. */
int agenda_start(struct agenda *agenda, const struct agenda_orders *orders, struct error *err);

/* Removes the checkpoints that no trial will start from any more, and their folder where it is
 * empty then.  Of trials that the sweep does not name, those that are over in the store, and trunks
 * that are of use to no other sweep and no other process (store_trunk_is_spent()).  Before the pool
 * runs, for what a killed run has left, and after. */
void agenda_tidy(struct agenda *agenda);

/* The source of the pool, after agenda_start(). */
struct pool_source agenda_source(struct agenda *agenda);

/* What went wrong in the source, which then offers nothing more; 0: nothing. */
int agenda_result(const struct agenda *agenda, struct error *err);

/* A job that may start yet, and what it waits for. */
struct agenda_waiting {
	const struct pool_job *job;
	double priority; /* seconds to the end of what hangs on it; the highest starts first */
	/* The job that brings it to its start, and how much of that one's cost is done by then;
	 * NULL: it waits for none. */
	const struct pool_job *carrier;
	double carrier_s;
	size_t carrier_rank; /* among those that wait; AGENDA_RUNS: it runs */
};
#define AGENDA_RUNS SIZE_MAX

/* Calls `each` for every job that may start yet, in the order in which they would by now, but for
 * what they wait for; the first has rank 0. */
void agenda_each_waiting(struct agenda *agenda,
			 void (*each)(void *context, const struct agenda_waiting *waiting),
			 void *context);

/* Sums over the jobs that were started here and those that may start yet; they grow as the tuning
 * adds trials. */
struct agenda_outlook {
	size_t jobs, jobs_left;	      /* left: not started */
	double seconds, seconds_left; /* what they are expected to take, one after the other */
	size_t done;		      /* trials of the sweep that are done in the store */
	size_t elsewhere;	      /* trials that other processes train now */
};
struct agenda_outlook agenda_outlook(struct agenda *agenda);

/* Adds up how the trainings stand of which `covers` returns 1; 0: it does not count, or a negative
 * error. */
int agenda_count(const struct agenda *agenda,
		 int (*covers)(void *context, const struct trial *trial, struct error *err),
		 void *context, size_t by_state[TRIAL_N_STATES], struct error *err);

/* On the clock, of the jobs that may start yet, were all workers free now. */
double agenda_wall_seconds(struct agenda *agenda);

#endif
