/* SPDX-License-Identifier: MIT
 *
 * Checkpoints beside a store that was merged into another one, taken along, so that what is open
 * goes on there where it was.
 */
#ifndef SWEEP_CHECKPOINT_MERGE_H
#define SWEEP_CHECKPOINT_MERGE_H

#include <stdint.h>

#include "base/error.h"
#include "results/store_merge.h"

struct checkpoint_merge {
	void *context;
	/* Told of each that is not taken, because it is damaged or cannot be read; NULL: nobody. */
	void (*skipped)(void *context, const char *path, const char *reason);
	/* sums, which grow */
	long taken, n_skipped;
	int64_t bytes;
};

/* After the trials of other stores were merged into `target`: copies from their folders `from` what
 * the folder `to` lacks, or has damaged, of the checkpoints that an open trial of `target` may go
 * on from, and keeps as many as a run would (sweep/checkpointer.h); of a trunk from which tuning
 * may ask for a branch, all.  Those in `to` of trials and trunks that are over are removed.  Each
 * is checked and is there wholly or not at all; nothing is removed from `from`, and doing it again
 * changes nothing.  No folder is no error.  ERR_IO: one could not be written, and the rest was
 * left; ERR_STORE. */
int checkpoint_merge(struct checkpoint_merge *merge, struct store *target, const char *to,
		     const char *const *from, size_t n_from, struct error *err);

#endif
