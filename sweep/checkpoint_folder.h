/* SPDX-License-Identifier: MIT
 *
 * Where checkpoints lie: FOLDER/KEY/STEP.checkpoint, beside the store.
 *
 * Up to the step at which its decay begins, the fork, a trial with a trunk shares every number with
 * the other horizons of that trunk: such checkpoints are kept under the trunk's key, and any trial
 * of the trunk may start from one up to its own fork.  Later ones, and all those of a trial without
 * a trunk, are kept under the trial's own key.
 */
#ifndef SWEEP_CHECKPOINT_FOLDER_H
#define SWEEP_CHECKPOINT_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "sweep/trial.h"

/* The folder of a store's checkpoints: its path with "-checkpoints" behind it. */
void checkpoint_folder(struct text *folder, const char *store_path);

/* The last step that a trial shares with its trunk; 0: it has none. */
int64_t trial_fork_step(const struct trial *trial);

void checkpoint_path(struct text *path, const char *folder, const char *key, int64_t step);

/* Calls `each` for every step of which the key has a checkpoint, in no order. */
void checkpoint_each(const char *folder, const char *key, void (*each)(void *context, int64_t step),
		     void *context);

/* The largest step up to `most` of which the key has a checkpoint; 0: none.  Only names are looked
 * at: what is in the file is checked when it is read. */
int64_t checkpoint_newest(const char *folder, const char *key, int64_t most);

/* Calls `each` for every key that has a folder, in no order. */
void checkpoint_each_key(const char *folder, void (*each)(void *context, const char *key),
			 void *context);

void checkpoint_remove(const char *folder, const char *key, int64_t step);

/* The newest of a key that are kept, beside those at which horizons branch. */
#define CHECKPOINTS_KEPT 2

/* Removes those of the key that are older than these, of which `step` is the newest, but for those
 * of which `stays` says so. */
void checkpoint_prune(const char *folder, const char *key, int64_t step,
		      bool (*stays)(const void *context, int64_t step), const void *context);

/* Removes what processes of this host that are gone have left half-written. */
void checkpoint_remove_leftovers(const char *folder, const char *key);

/* Removes the folder itself, unless something is in it. */
void checkpoint_folder_remove(const char *folder);

/* Removes all of a key's checkpoints, and the folder where there are no others. */
void checkpoint_remove_all(const char *folder, const char *key);

#endif
