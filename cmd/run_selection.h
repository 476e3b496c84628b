/* SPDX-License-Identifier: MIT
 *
 * Which trials of a sweep are to be trained: by state (--only), by a condition (--where), by shard.
 */
#ifndef CMD_RUN_SELECTION_H
#define CMD_RUN_SELECTION_H

#include "cmd/run_options.h"
#include "results/store.h"
#include "sweep/sweep.h"

struct run_selection;

/* Of the sweep as it was read, before tuning has added trials.  All must outlive it.  ERR_USAGE
 * for a shard that is empty. */
int run_selection_new(struct run_selection **selection, const struct run_options *options,
		      struct sweep *sweep, struct store *store, struct error *err);
void run_selection_free(struct run_selection *selection); /* NULL is fine */

/* 1: it is to be trained, 0: not.  The trial is registered in the store by now.  ERR_USAGE for a
 * wrong condition. */
int run_selection_wants(struct run_selection *selection, const struct trial *trial,
			enum trial_state state, struct error *err);

/* The same whatever the state, that is by shard and condition alone; and by shard alone. */
int run_selection_covers(struct run_selection *selection, const struct trial *trial,
			 struct error *err);
bool run_selection_has_in_shard(const struct run_selection *selection, const struct trial *trial);

#endif
