/* SPDX-License-Identifier: MIT
 *
 * The store: one SQLite file that holds everything a study measured.  Schema in schema.sql;
 * the public views are loss_vs_flops and telemetry.
 *
 * One process writes; others may read at any time (WAL).  Every function returns 0 or the
 * negative code of `err` (ERR_STORE unless said otherwise).
 */
#ifndef RESULTS_STORE_H
#define RESULTS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "results/observation.h"
#include "results/telemetry.h"

#define STORE_BUCKETS 128 /* buckets of held-out documents, by hash */

/* X(name): the life of a trial, stored by name. */
#define TRIAL_STATES(X) \
	X(planned)      \
	X(running)      \
	X(done)         \
	X(diverged)     \
	X(failed)       \
	X(interrupted)

enum trial_state {
#define X(name) TRIAL_##name,
	TRIAL_STATES(X)
#undef X
		TRIAL_N_STATES
};

const char *trial_state_name(enum trial_state state);

enum store_mode {
	STORE_READ, /* must exist; never written */
	STORE_WRITE /* made if missing; schema migrated forward */
};

struct store;

int store_open(struct store **store, const char *path, enum store_mode mode, struct error *err);
void store_close(struct store *store); /* NULL is fine */

/* Whether the file is the beginning of a store that is being made. */
bool store_is_empty(const char *path);

/* ERR_STORE where the file that is open for writing was deleted, moved or replaced meanwhile, which
 * the system lets happen unseen. */
int store_check_file(struct store *store, struct error *err);

/* X(field, SQL type): what is known of a trial before it runs.  NAN and NULL store as NULL. */
#define TRIAL_FACTS(X)            \
	X(trial_key, TEXT)        \
	X(optimizer, TEXT)        \
	X(family, TEXT)           \
	X(params, REAL)           \
	X(params_hidden, REAL)    \
	X(params_embedding, REAL) \
	X(params_head, REAL)      \
	X(params_norm, REAL)      \
	X(d_model, REAL)          \
	X(n_layers, REAL)         \
	X(context, REAL)          \
	X(vocab, REAL)            \
	X(lr, REAL)               \
	X(weight_decay, REAL)     \
	X(batch_tokens, REAL)     \
	X(schedule, TEXT)         \
	X(warmup, REAL)           \
	X(decay, REAL)            \
	X(grad_clip, REAL)        \
	X(beta1, REAL)            \
	X(beta2, REAL)            \
	X(momentum, REAL)         \
	X(lr_scale, TEXT)         \
	X(update_rms, REAL)       \
	X(ns_steps, REAL)         \
	X(adamw_lr_ratio, REAL)   \
	X(seed, REAL)             \
	X(init_seed, REAL)        \
	X(data_seed, REAL)        \
	X(corpus, TEXT)           \
	X(budget_flops, REAL)     \
	X(steps_total, REAL)      \
	X(tokens_total, REAL)     \
	X(flops_total, REAL)      \
	X(precision, TEXT)        \
	X(backend, TEXT)          \
	X(trunk_key, TEXT)        \
	X(resolved_spec, TEXT) /* the canonical JSON whose hash is the key */

#define SQL_FIELD_TEXT const char *
#define SQL_FIELD_REAL double
struct trial_facts {
#define X(field, type) SQL_FIELD_##type field;
	TRIAL_FACTS(X)
#undef X
};

/* What runs a trial; stored when it is claimed. */
struct trial_run {
	const char *host, *version, *blas;
	int pid, jobs, threads;
};

/* One recorded evaluation.  Losses in nats per token, NAN where not measured. */
#define EVALUATION_NUMBERS(X)    \
	X(step)                  \
	X(tokens)                \
	X(epochs)                \
	X(flops)                 \
	X(flops_attention)       \
	X(flops_head)            \
	X(flops_6nd)             \
	X(flops_optimizer)       \
	X(flops_optimizer_plain) \
	X(seconds)               \
	X(seconds_forward)       \
	X(seconds_backward)      \
	X(seconds_optimizer)     \
	X(seconds_eval)          \
	X(train_loss)            \
	X(probe_loss)            \
	X(val_loss)              \
	X(val_loss_se)           \
	X(val_bpb)               \
	X(test_loss)

struct evaluation_row {
#define X(field) double field;
	EVALUATION_NUMBERS(X)
#undef X
	bool final;
};

struct telemetry_row {
	double step;
	int layer;	    /* -1: the whole model */
	const char *role;   /* as in the contract; "" for the whole model */
	const char *metric; /* update_rms, weight_rms, orthogonality_error, ... */
	double value;
};

/* A trial's place in a sweep. */
struct sweep_member {
	const char *sweep;
	const char *label;  /* the arm */
	const char *tuned;  /* the tuned keys, "lr,weight_decay"; NULL: none */
	const char *origin; /* what asked for it, "grid" or a step of the tuning; NULL: "grid" */
	int position;	    /* in the plan */
};

/* Registers a sweep (by name; the newest text wins) and its trials.  A trial that is there
 * keeps its state and rows; it may belong to several sweeps and arms. */
int store_put_sweep(struct store *store, const char *sweep, const char *spec_text,
		    struct error *err);
/* The `run` that is now training it, as one types it again, and the part of the sweep, "K/N", that
 * it is of (NULL: all).  For people: nothing else reads them. */
int store_put_command(struct store *store, const char *sweep, const char *command,
		      const char *shard, struct error *err);
int store_put_trial(struct store *store, const struct sweep_member *member,
		    const struct trial_facts *facts, struct error *err);
/* Drops the membership of trials that the sweep no longer names (their rows stay).  Returns how
 * many, or a negative error. */
int store_trim_sweep(struct store *store, const char *sweep, const char *const *keys, size_t n,
		     struct error *err);

/* Package, version and checksums of a corpus, and a note where they differ from the recipe. */
int store_put_corpus(struct store *store, const char *content_hash, const char *name,
		     const char *provenance, struct error *err);

/* Facts of one trial's state.  An unknown key is planned, with no rows. */
struct trial_status {
	enum trial_state state;
	double seconds, step; /* of the last recorded row */
	double loss;	      /* final held-out, else last probe */
};
int store_trial_status(struct store *store, const char *trial_key, struct trial_status *status,
		       struct error *err);
/* The same of all trials that the store has, in one pass. */
int store_each_status(struct store *store,
		      void (*each)(void *context, const char *trial_key,
				   const struct trial_status *status),
		      void *context, struct error *err);

/* Whether checkpoints of a trunk are of use to nobody any more: the store has trials of it; none
 * was begun and is not over; no sweep has one that is planned, or that it tuned, which may ask for
 * others; and nothing at all is running, of which a sweep that was edited since may be. */
int store_trunk_is_spent(struct store *store, const char *trunk_key, bool *spent,
			 struct error *err);

/* planned/failed/interrupted/(stale) running -> running, in one BEGIN IMMEDIATE; earlier rows of
 * the trial stay, since it goes on or makes them anew.  *claimed tells whether this process got it.
 * Stale: 60 s without a heartbeat, or owned by a process of this host that has ended. */
int store_claim(struct store *store, const char *trial_key, const struct trial_run *run,
		bool *claimed, struct error *err);
/* The same, but a failed trial stays: it was none when it was chosen, and another process has just
 * trained it. */
int store_claim_unless_failed(struct store *store, const char *trial_key,
			      const struct trial_run *run, bool *claimed, struct error *err);
/* Whether store_claim() would get it now. */
int store_is_free(struct store *store, const char *trial_key, const struct trial_run *run,
		  bool *is_free, struct error *err);
/* Heartbeat and finish are ERR_TAKEN for a trial that another process has taken over. */
int store_heartbeat(struct store *store, const char *trial_key, struct error *err);
/* running -> done, diverged, failed or interrupted, with the reason (NULL: none).  When it returns,
 * that and all that was committed before is on the disk.  Only what is done keeps its final row,
 * buckets and hash. */
int store_finish(struct store *store, const char *trial_key, enum trial_state state,
		 const char *reason, struct error *err);
/* What a worker said last, until the trial is claimed again. */
int store_put_log(struct store *store, const char *trial_key, const char *log, struct error *err);
/* diverged, failed or interrupted -> planned, without rows, so that it can start over. */
int store_requeue(struct store *store, const char *trial_key, struct error *err);

/* Rows upsert by (trial_key, step).  Wrap several calls in begin/commit; an error in between
 * rolls all of them back. */
int store_begin(struct store *store, struct error *err);
int store_commit(struct store *store, struct error *err);
int store_put_evaluation(struct store *store, const char *trial_key,
			 const struct evaluation_row *row, struct error *err);
int store_put_telemetry(struct store *store, const char *trial_key, const struct telemetry_row *row,
			struct error *err);
/* Sums per bucket of held-out documents; slice is "val" or "test". */
int store_put_bucket(struct store *store, const char *trial_key, const char *slice, int bucket,
		     double nats, double tokens, struct error *err);
/* Removes rows of other steps than these, which are of an earlier try that went another way. */
int store_keep_steps(struct store *store, const char *trial_key, const double *steps, size_t n,
		     struct error *err);
int store_put_weights(struct store *store, const char *trial_key, const char *hash,
		      struct error *err);

/* Which rows to read.  NULL: no condition. */
struct store_query {
	const char *sweep; /* name of the sweep */
	const char *where; /* SQL over the columns of loss_vs_flops */
	bool curves;	   /* every recorded evaluation, else only final rows */
	bool no_buckets;   /* without the sums of buckets, which take most of the memory */
};
/* Appends rows in the order of the plan.  Without curves there is also one row, not final, for
 * every diverged trial: its last evaluation, or NAN where it had none.  A trial that several
 * sweeps have under one label comes once.  An unknown sweep is ERR_USAGE, and so is a wrong
 * `where`, with SQLite's message. */
int store_observations(struct store *store, const struct store_query *query,
		       struct observations *set, struct error *err);

/* Calls `each` for every trial of a sweep, and tells whether it fulfils a condition: SQL over the
 * columns of loss_vs_flops, those of an evaluation from the trial's last one, NULL where it has
 * none.  A trial of several arms fulfils it when it does so as a trial of one.  ERR_USAGE, with
 * SQLite's message, for a wrong condition. */
int store_select(struct store *store, const char *sweep, const char *where,
		 void (*each)(void *context, const char *trial_key, bool fulfils), void *context,
		 struct error *err);

/* Appends what one metric of the view telemetry was in some trials.  ERR_USAGE: no metric of that
 * name ("": none was named), with those that there are; ERR_DATA: the store has none at all. */
int store_telemetry(struct store *store, const char *metric, const char *const *keys, size_t n,
		    struct telemetry *set, struct error *err);

/* Counts by state, and FLOPs of the trials of a sweep (NULL: all). */
struct store_totals {
	long counts[TRIAL_N_STATES];
	double flops_done, flops_total;
	double seconds;	   /* of training and evaluation */
	double flops_left; /* of the trials planned, running and interrupted */
};
int store_totals(struct store *store, const char *sweep, struct store_totals *totals,
		 struct error *err);

/* Calls `each` for every failed, diverged or interrupted trial. */
struct trial_failure {
	const char *trial_key, *label, *sweep, *reason;
	const char *log; /* the last lines of its worker, or NULL */
	enum trial_state state;
	double params, lr, steps_total, step;
};
int store_failures(struct store *store, const char *sweep,
		   void (*each)(const struct trial_failure *, void *), void *context,
		   struct error *err);

/* The last lines of a trial's worker, if it left any. */
int store_trial_log(struct store *store, const char *trial_key, struct text *log,
		    struct error *err);

/* Calls `each` for every trial that is running, here or elsewhere, or seems to. */
struct trial_running {
	const char *trial_key, *label, *sweep, *host;
	int pid;
	double running_s, silent_s; /* since it was claimed; since it was heard of */
	bool stale;		    /* whoever trained it is gone; the next run takes it over */
	bool gone;		    /* that is known: its process is of this host */
	double params, lr, flops_total;
	double flops, step, steps_total, loss; /* of its last evaluation; NAN before one */
};
int store_running(struct store *store, const char *sweep,
		  void (*each)(const struct trial_running *, void *), void *context,
		  struct error *err);

/* Calls `each` with what is left of every trial that is planned, running or interrupted: seconds at
 * the speed that trials like it had, NAN where none was trained. */
int store_seconds_left(struct store *store, const char *sweep,
		       void (*each)(void *context, double seconds), void *context,
		       struct error *err);

/* Calls `each` for what asked for the trials of every arm: "grid" or a step of the tuning. */
struct trial_origin {
	const char *sweep, *label, *origin;
	long trials, ended; /* done, diverged or failed */
};
int store_origins(struct store *store, const char *sweep,
		  void (*each)(const struct trial_origin *, void *), void *context,
		  struct error *err);

#endif
