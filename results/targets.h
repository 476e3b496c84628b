/* SPDX-License-Identifier: MIT
 *
 * Targets: what each batch size needs to reach a loss.  From ends of schedules: at each (arm,
 * size, batch) the losses of the budgets are joined by straight pieces in (ln D, ln L) and read
 * at the target.  Rows that give the cost of a target themselves (column target_loss) are taken
 * as they are.
 */
#ifndef RESULTS_TARGETS_H
#define RESULTS_TARGETS_H

#include <stdbool.h>
#include <stddef.h>

#include "results/selection.h"

struct target_point {
	size_t arm, size;     /* ids of the study */
	double params, batch; /* N; tokens per step */
	double target;	      /* loss */
	double tokens, steps, flops;
	double seconds; /* NAN: unknown */
	bool censored;	/* the target was not reached: costs are more than the largest seen */
};

/* Points by arm, size, target and rising batch, for one target loss, or with NAN for every target
 * that rows name, else for target_choose().  *found receives them, to be freed; returns how
 * many. */
size_t targets_find(const struct study *study, const struct study_point *points, double target,
		    struct target_point **found);

/* A target that tells most: the lowest loss that every batch of every arm has reached; NAN where
 * no size has 3 batches. */
double target_choose(const struct study *study, const struct study_point *points);

#endif
