/* SPDX-License-Identifier: MIT
 *
 * Targets: what each batch size needs to reach a loss.  From ends of schedules: at each (arm,
 * size, batch) the losses of the budgets are joined by straight pieces in (ln D, ln L) and read
 * at the target; a line that begins below it has no point.  Rows that give the cost of a target
 * themselves (column target_loss, or no loss at all) are taken as they are.
 */
#ifndef RESULTS_TARGETS_H
#define RESULTS_TARGETS_H

#include <stdbool.h>
#include <stddef.h>

#include "results/selection.h"

struct target_point {
	size_t arm, size;     /* ids of the study */
	size_t cell;	      /* that reached it, or came nearest */
	double params, batch; /* N; tokens per step */
	double target;	      /* loss */
	double tokens, steps, flops;
	double seconds; /* NAN: unknown */
	bool censored;	/* the target was not reached: costs are those of the largest budget, and
			 * more was needed */
};

/* Points by arm, size, target and rising batch, for one target loss, or with NAN for every target
 * that rows name and for one that each size chooses as target_choose() does for all of them.
 * *found receives them, to be freed; returns how many. */
size_t targets_find(const struct study *study, const struct study_point *points, double target,
		    struct target_point **found);

/* A target that tells most: the losses of most batches, of any arm and size, pass it between their
 * smallest and largest budget, and it is the lowest such loss that some batch has half-way between
 * its best and the budget before it; NAN where no arm has 3 batches at one size. */
double target_choose(const struct study *study, const struct study_point *points);

/* Whether two losses are one target; NAN, which no row named, is one too. */
bool target_same(double a, double b);

#endif
