/* SPDX-License-Identifier: MIT
 *
 * A trial: one cell of a sweep with every number resolved, and its identity.
 */
#ifndef SWEEP_TRIAL_H
#define SWEEP_TRIAL_H

#include "base/hash.h"
#include "results/store.h"
#include "sweep/keys.h"
#include "sweep/model_size.h"
#include "sweep/training.h"

/* Part of every trial key: raise it when a change of the program changes the numbers that a
 * trial gives beyond rounding. */
#define NUMERICS_VERSION 3

#define TRIAL_MIN_STEPS	  10  /* fewer are refused */
#define TRIAL_SHORT_STEPS 200 /* fewer are warned of */

/* A tuned key with a value that no axis of the file has; named as under `tune:`, and as key_set()
 * takes it. */
struct tuned_value {
	const char *path; /* "lr", "train.batch_tokens" */
	const char *text;
};

/* Strings and pointers live as long as the sweep. */
struct trial {
	size_t cell;	 /* of the product: those of the first arm, of the second, ... */
	size_t position; /* in the sweep's list of trials */
	const struct tuned_value *values; /* what tuning has set instead of the cell's own */
	size_t n_values;
	const char *origin; /* the step of the tuning that asked for it; NULL: the file's grid */
	/* the very same training of another arm, which had it first; NULL: none */
	const struct trial *same_as;
	struct trial *next_same; /* the next such of this key */
	const char *label;
	const char *tuned; /* names of the tuned keys, "lr,weight_decay"; "": none */
	const struct optimizer_type *optimizer;
	const void *optimizer_options;
	struct trial_options options; /* model resolved, micro_batch_tokens set */
	const struct corpus_facts *corpus;
	const struct sized_model *model;

	int64_t init_seed, data_seed; /* as the user numbers them */
	int64_t steps, tokens;
	double epochs;
	struct schedule schedule;
	double budget_flops;			/* as asked for; NAN where the budget is no FLOPs */
	double flops;				/* of the model, exact count */
	struct optimizer_flops optimizer_flops; /* of a step */

	const char *resolved;	    /* the canonical JSON */
	char key[SHA256_HEX];	    /* its hash */
	char trunk_key[SHA256_HEX]; /* shared by horizons of one trunk; "": has none */
};

/* What `require` bounds; in the order of REQUIREMENTS. */
struct trial_measures {
#define X(name, unit) double name;
	REQUIREMENTS(X)
#undef X
};

/* Resolves model, budget, steps and micro-batch from label, optimizer, options and corpus.
 * ERR_USAGE; the first word in quotes is the key to blame. */
int trial_resolve(struct trial *trial, struct model_sizes *sizes, struct error *err);

/* Tokens of the budget before they are rounded to steps; needs the model, and for a budget in steps
 * the batch. */
double trial_budget_tokens(const struct trial *trial);

/* What must hold of a trial that is kept: steps, schedule, epochs.  ERR_USAGE likewise. */
int trial_check(const struct trial *trial, struct error *err);

struct trial_measures trial_measures(const struct trial *trial);

/* Sets `resolved`, `key` and `trunk_key`. */
void trial_identify(struct trial *trial, struct arena *arena);

/* A key of all but the horizon and the warm-up, in the arena: trials that have it in common would
 * share a trunk if their warm-ups were the same. */
const char *trial_key_but_horizon(const struct trial *trial, struct arena *arena);

/* What the store is told; strings are the trial's. */
void trial_facts(const struct trial *trial, struct trial_facts *facts);

/* What training_run() needs; `corpus` is open. */
void trial_training(const struct trial *trial, const struct corpus *corpus,
		    struct training *training);

/* Appends the label with the values that are tuned, "muon lr=0.02"; the title has the size too,
 * "muon 64x2 lr=0.02". */
void trial_label(const struct trial *trial, struct text *label);
void trial_title(const struct trial *trial, struct text *title);

/* The value of an optimizer's numeric key, NAN where it has none; of a choice, NULL. */
double trial_option(const struct trial *trial, const char *name);
const char *trial_choice(const struct trial *trial, const char *name);

#endif
