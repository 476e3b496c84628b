/* SPDX-License-Identifier: MIT
 *
 * What `plan` says of memory: each trial at its peak, all that run at once, and micro-batches.
 */
#ifndef CMD_PLAN_MEMORY_H
#define CMD_PLAN_MEMORY_H

#include <stdbool.h>

#include "sweep/peak_memory.h"
#include "sweep/sweep.h"

struct plan_memory {
	size_t *peaks;	 /* bytes, one per trial of the sweep */
	size_t largest;	 /* of them */
	size_t at_once;	 /* bytes of `jobs` trials, none larger than the largest */
	int jobs;	 /* at once */
	size_t n_parted; /* trials that compute their batches in parts */
	size_t n_beyond; /* those whose one context has more activations than it should */
};

/* Of the trials that are `mine`, for `jobs` at once with so many threads each.  `peaks` comes from
 * the arena. */
void plan_memory_find(struct plan_memory *memory, const struct sweep *sweep, const bool *mine,
		      int jobs, int threads, struct arena *arena);

/* The lines below the table; a warning where the machine has less. */
void plan_memory_print(const struct plan_memory *memory);
void plan_memory_warn(const struct plan_memory *memory);

#endif
