/* SPDX-License-Identifier: MIT
 *
 * Two stores into one: sweeps, trials with all that they logged, memberships and corpora.
 *
 * Merging again changes nothing.  A trial that both have is taken from the one that has got
 * further: done before diverged before anything else; of others the one with more steps, else the
 * one that was tried, with its reason, else the one that was heard of last.  What they are equal in
 * stays as the target has it.
 */
#ifndef RESULTS_STORE_MERGE_H
#define RESULTS_STORE_MERGE_H

#include "results/store.h"

/* A trial that ended in both, with different numbers; the target's stay. */
struct merge_conflict {
	const char *trial_key, *label; /* label NULL: of no sweep */
	const char *column;	       /* the first that differs: "val_loss" */
	const char *target, *source;   /* its values, as text */
};

struct merge_counts {
	long added;    /* trials that the target did not have */
	long replaced; /* that were further in the source */
	long kept;     /* that were as far or further in the target, or the same */
	long conflicts;
	long running;	  /* taken while they were running in the source: interrupted here */
	long other_files; /* sweeps of one name with different files; the newer file stays */
};

struct merge_options {
	bool mixed_versions; /* take trials of another version of the program */
	void *context;
	void (*conflict)(void *context, const struct merge_conflict *conflict);
};

/* What another store, which is only read and may be closed then, has now, in temporary tables of
 * `target`.  To be made before store_begin(): others can write to the target meanwhile.  Both are
 * ERR_STORE. */
struct merge_copy;
int merge_copy_make(struct merge_copy **copy, struct store *target, struct store *source,
		    struct error *err);
void merge_copy_free(struct merge_copy *copy); /* before the target is closed; NULL is fine */

/* Adds a copy that was made for `target`.  To be called between store_begin() and store_commit(),
 * so that several stores are taken together or not at all; an error rolls all of them back.
 * ERR_STORE; ERR_DATA where it would take trials of a version of the program of which the target
 * has none, unless nothing in the target was trained. */
int store_merge(struct store *target, struct merge_copy *copy, const struct merge_options *options,
		struct merge_counts *counts, struct error *err);

/* Calls `each`, in the order of keys and then of steps, for every key of which a trial may yet want
 * checkpoints: that of a trial which is neither done nor diverged, with step 0; that of a trunk of
 * such a trial, with the last step that it shares; and with ANY_FORK that of a trunk from which
 * tuning may ask for a branch: of an arm that is tuned or inherits, while its sweep has trials that
 * are neither. */
#define ANY_FORK INT64_MAX
int store_each_checkpoint_key(struct store *store,
			      void (*each)(void *context, const char *key, int64_t fork),
			      void *context, struct error *err);

/* Whether a key is that of a trial or a trunk of the store. */
int store_has_key(struct store *store, const char *key, bool *has, struct error *err);

#endif
