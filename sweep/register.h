/* SPDX-License-Identifier: MIT
 *
 * A sweep in the store: its text, its corpora and its trials.
 */
#ifndef SWEEP_REGISTER_H
#define SWEEP_REGISTER_H

#include "results/store.h"
#include "sweep/sweep.h"

/* Puts all of it into the store.  Trials that the sweep had before and no longer names are no
 * members of it any more; their rows stay.  To be called in a transaction that began before the
 * agenda was made: trials that the tuning of another process adds meanwhile would be taken for such
 * that the sweep no longer names. */
int sweep_register(const struct sweep *sweep, struct store *store, struct error *err);

/* The trials that were added since there were `n_known`, in one transaction. */
int sweep_register_added(const struct sweep *sweep, size_t n_known, struct store *store,
			 struct error *err);

/* Calls `each` for one trial of every corpus, up to the first error. */
int sweep_each_corpus(const struct sweep *sweep,
		      int (*each)(const struct trial *trial, void *context, struct error *err),
		      void *context, struct error *err);

#endif
