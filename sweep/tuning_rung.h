/* SPDX-License-Identifier: MIT
 *
 * Rungs of successive halving: trials of shorter budgets on the trunk of the whole one.
 */
#ifndef SWEEP_TUNING_RUNG_H
#define SWEEP_TUNING_RUNG_H

#include "sweep/sweep.h"

/* The origin of what halving trains at a whole budget of the arm; fits leave other rungs out. */
#define TUNING_WHOLE_BUDGET "halving, whole budget"

/* The choice of the same cell at a rung, from 0; rung n_rungs - 1 is the whole budget.  `whole` is
 * the cell's trial at the whole budget; strings live in the arena. */
struct cell_choice tuning_rung(const struct trial *whole, int64_t rung, int64_t n_rungs,
			       struct arena *arena);

/* Whether a choice is of a shorter budget than its cell's, which bounds of the sweep file do not
 * concern. */
bool tuning_is_rung(const struct cell_choice *choice);

/* Remembers the trial of a cell at its whole budget, which an arm that is tuned by halving may come
 * to train; and gives a trial that is one of these its origin, whatever rung it is of others. */
void tuning_know_whole(struct sweep *sweep, const struct trial *whole);
void tuning_mark_whole(const struct sweep *sweep, struct trial *trial);

#endif
