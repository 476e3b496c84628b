/* SPDX-License-Identifier: MIT
 *
 * Rungs of successive halving: trials of shorter budgets on the trunk of the whole one.
 */
#ifndef SWEEP_TUNING_RUNG_H
#define SWEEP_TUNING_RUNG_H

#include "sweep/sweep.h"

/* The choice of the same cell at a rung, from 0; rung n_rungs - 1 is the whole budget.  `whole` is
 * the cell's trial at the whole budget; strings live in the arena. */
struct cell_choice tuning_rung(const struct trial *whole, int64_t rung, int64_t n_rungs,
			       struct arena *arena);

/* Whether a choice is of a shorter budget than its cell's, which bounds of the sweep file do not
 * concern. */
bool tuning_is_rung(const struct cell_choice *choice);

#endif
