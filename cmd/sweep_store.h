/* SPDX-License-Identifier: MIT
 *
 * Where sweeps, corpora and the store meet: what `plan` and `run` share.
 */
#ifndef CMD_SWEEP_STORE_H
#define CMD_SWEEP_STORE_H

#include "results/store.h"
#include "sweep/sweep.h"

/* Never finished: planned, interrupted or running, which is what `run` trains. */
bool trial_is_missing(enum trial_state state);

/* Tells on stderr what the reader of the sweep found: dropped cells, warnings. */
void sweep_tell(const struct sweep *sweep);

/* Opens every corpus of the sweep and refuses those whose held-out text leaks into train.
 * ERR_DATA and the errors of corpus_open(). */
int sweep_check_corpora(const struct sweep *sweep, struct error *err);

/* Puts the sweep, its trials and its corpora into the store, in one transaction. */
int sweep_register(const struct sweep *sweep, struct store *store, struct error *err);

#endif
