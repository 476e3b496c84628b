/* SPDX-License-Identifier: MIT
 *
 * What each arm reaches at one compute budget, and how far seeds alone move a loss.
 */
#ifndef RESULTS_BEST_AT_H
#define RESULTS_BEST_AT_H

#include <stddef.h>

#include "results/selection.h"
#include "results/spread.h"

/* The largest budget (study_cell.budget_group) in which every arm that has points has one;
 * n_budget_groups: none. */
size_t study_common_budget(const struct study *study, const struct study_point *points);

/* The cell of an arm's lowest loss in a budget, over sizes and batches; n_cells: none. */
size_t study_best_cell(const struct study *study, const struct study_point *points, size_t arm,
		       size_t budget);

/* The same in the largest budget that the arm has. */
size_t study_best_of_largest(const struct study *study, const struct study_point *points,
			     size_t arm);

/* The trial of lowest loss in a cell. */
const struct study_trial *study_best_trial(const struct study *study, size_t cell);

/* 90 % of what seeds alone make of a loss: the mean of some seeds of one cell, or (`other` above 0)
 * its difference to such a mean of another cell.  NAN under BEST_AT_LEAST_FREEDOM. */
#define BEST_AT_LEAST_FREEDOM 3
double best_margin(const struct spread *spread, double loss, size_t seeds, size_t other);

#endif
