/* SPDX-License-Identifier: MIT
 *
 * The pool: the parent owns the store, its only writer, and starts one process per trial (fork and
 * exec of the program itself, so that no BLAS is ever forked).  Workers tell what they measure as
 * events on a pipe.  A worker that dies leaves its rows and a failed trial with the reason; a
 * parent that dies takes its workers along.
 */
#ifndef SWEEP_POOL_H
#define SWEEP_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "results/store.h"
#include "sweep/training.h"

struct trial;
struct pool_end;

struct pool_job {
	const char *trial_key;
	const char *title;	      /* for people: "muon 64x2 lr=0.02" */
	double cost;		      /* seconds that it is expected to take */
	const char *const *arguments; /* further words for its worker, up to NULL */
	const struct trial *trial;    /* for the watchers; the pool never looks into it */
	bool failed_before; /* it had failed when it was chosen, and is wanted all the same */
};

/* Where jobs come from.  Jobs stay where they are until they have ended. */
enum pool_offer {
	POOL_JOB,
	POOL_WAIT,     /* nothing now, but the end of a job, here or elsewhere, may change that */
	POOL_TOO_LONG, /* all that is left would take longer than there is time */
	POOL_END       /* nothing will come */
};

struct pool_source {
	void *context;
	/* The next job for a free worker; none that would take longer than `room_s` (HUGE_VAL:
	 * there is time). */
	enum pool_offer (*next)(void *context, double room_s, const struct pool_job **job);
	/* It has ended and the store knows; or, `end` NULL, another process has it. */
	void (*ended)(void *context, const struct pool_job *job, const struct pool_end *end);
};

/* One worker slot, as the console sees it. */
struct pool_slot {
	const struct pool_job *job; /* NULL: idle */
	struct training_progress progress;
	double started_s; /* clock_s() */
	double heard_s;	  /* the same, of its first event, when it begins to train; 0: none yet */
	int64_t resumed;  /* the step from which it went on; 0: it began at the start */
};

/* How a job ended. */
struct pool_end {
	enum trial_state state;
	const char *reason;
	const struct evaluation_row *last; /* its last row */
	double start_s, whole_s;	   /* until it began to train, and until its end */
	int64_t resumed;		   /* as in struct pool_slot */
};

struct pool_counts {
	size_t by_state[TRIAL_N_STATES]; /* of the jobs of this run */
	size_t elsewhere;		 /* claimed by another process */
	double cost_done;		 /* of ended jobs */
};

/* Any of them may be NULL. */
struct pool_watch {
	void *context;
	/* A worker was started for the job, the `tries`th of this run. */
	void (*started)(void *context, const struct pool_job *job, int tries);
	void (*evaluation)(void *context, const struct pool_job *job,
			   const struct evaluation_row *row);
	/* After anything changed, and at least five times a second. */
	void (*tick)(void *context, const struct pool_slot *slots, size_t n_slots,
		     const struct pool_counts *counts);
	void (*ended)(void *context, const struct pool_job *job, const struct pool_end *end);
};

struct pool_config {
	struct store *store;
	struct trial_run run;
	struct pool_source source;
	const char *const *worker_argv; /* ends with NULL; the job's arguments are appended */
	const char *worker_input;	/* what each worker reads on its standard input; NULL: "" */
	int jobs;			/* workers at once */
	bool fail_fast;			/* stop at the first failure */
	int retries;			/* of a failed (not diverged) trial */
	const char *checkpoints;	/* folder; those of ended trials are removed; NULL: none */
	double time_budget_s;		/* 0: none */
	double hang_after_s; /* a worker silent for so long is killed; 0: see silence.h */
	double heartbeat_s;  /* from one sign of life in the store to the next; 0: 5 s */
	struct pool_watch watch;
};

/* Runs the jobs in the order in which the source offers them.  0 when every job was tried;
 * -ERR_STOPPED on a signal (stop_signals.h), `fail_fast` or the time budget (running trials are
 * marked interrupted); -ERR_STORE when rows could no longer be stored; -ERR_IO when no worker can
 * be started, while fewer than asked for will do.  A trial that another process takes over while
 * this one sleeps is left to it and counted in `elsewhere`.  `signal_seen` (or NULL) receives the
 * signal that stopped it, else 0. */
int pool_run(const struct pool_config *config, struct pool_counts *counts, int *signal_seen,
	     struct error *err);

#endif
