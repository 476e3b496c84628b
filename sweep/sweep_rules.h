/* SPDX-License-Identifier: MIT
 *
 * The rules of a sweep file at work on one cell: `when`, `exclude` and `require`.
 */
#ifndef SWEEP_SWEEP_RULES_H
#define SWEEP_SWEEP_RULES_H

#include "sweep/cell.h"
#include "sweep/sweep.h"

/* Sets the keys of every `when` whose conditions hold, and adds them to the cell. */
void sweep_apply_when(struct sweep *sweep, struct cell *cell, struct trial *trial,
		      void *optimizer_options, struct arena *arena);

/* "exclude on line 7", or NULL where no rule leaves the cell out.  Texts live in the arena. */
const char *sweep_excluded_by(struct sweep *sweep, const struct cell *cell, struct trial *trial,
			      struct arena *arena);

/* "require: steps at least 40", the bound that a resolved trial misses, or NULL. */
const char *sweep_requirement_missed(const struct trial *trial, struct arena *arena);

#endif
