/* SPDX-License-Identifier: MIT
 *
 * What the files of the pool share: how a job starts and ends, and the state in between.
 */
#ifndef SWEEP_POOL_INTERNAL_H
#define SWEEP_POOL_INTERNAL_H

#include "sweep/pool.h"
#include "sweep/row_writer.h"
#include "sweep/silence.h"
#include "sweep/worker_process.h"
#include "sweep/worker_report.h"

struct pool_worker {
	struct pool_slot *slot; /* what the console sees */
	const struct pool_watch *watch;
	struct worker_process process;
	struct worker_report report;
	struct silence silence;
	int tries;  /* of this job */
	bool taken; /* another process took the trial over */
	bool mute;  /* killed for its silence */
};

/* A job whose worker could not be started. */
struct held_job {
	const struct pool_job *job;
	int tries; /* before */
};

struct pool {
	const struct pool_config *config;
	enum pool_offer offer; /* the last of the source */
	struct pool_worker *workers;
	struct pool_slot *slots;
	size_t n_slots;
	struct pool_counts *counts;
	struct worker_input input;
	struct row_writer rows; /* its result is that of the run */
	struct held_job *held;
	size_t n_held, held_capacity;
	size_t at_most;	    /* workers at once that the system gives */
	int start_failures; /* since a worker was started */
	bool pausing;	    /* no more starts in this round */
	bool stopping;	    /* no new trials */
	bool told, killed;  /* the workers were asked to stop; were killed */
	double started_s, heartbeat_s, round_s;
	long memory_kills; /* by the system, before this run */
};

/* Workers that are training. */
size_t pool_running(const struct pool *pool);

/* Seconds until the time budget is used up. */
double pool_room_s(const struct pool *pool);

/* Whether trials may be started: nobody has stopped it, and nothing has failed. */
bool pool_may_go_on(const struct pool *pool);

/* Claims a job's trial and starts a worker for it; where another process has it, the source hears
 * that.  Where the system gives no worker the job is held back. */
void pool_start_job(struct pool *pool, struct pool_worker *worker, const struct pool_job *job);

/* The source hears of a job that is not run here. */
void pool_leave_job(struct pool *pool, const struct pool_job *job);

/* The worker is gone: its trial gets its state, or another try. */
void pool_end_job(struct pool *pool, struct pool_worker *worker);

#endif
