/* SPDX-License-Identifier: MIT
 *
 * A cell of the product: which settings meet in it, in the order in which later ones win.
 */
#ifndef SWEEP_CELL_H
#define SWEEP_CELL_H

#include "sweep/spec.h"

/* The axes of one arm: those of the whole sweep that concern it, then its own. */
struct arm_grid {
	const struct spec *spec;
	int arm;
	const struct axis **axes;
	size_t *sizes;
	size_t n_axes, n_cells; /* SIZE_MAX: too many */
};

struct cell {
	const struct arm_grid *grid;
	const struct setting **settings; /* room for all, reused from cell to cell */
	size_t n_settings, capacity;
	size_t *coordinates;
};

void arm_grid_init(struct arm_grid *grid, const struct spec *spec, int arm, struct arena *arena);

void cell_release(struct cell *cell);

/* Gathers the settings of cell `index` of a grid. */
void cell_gather(struct cell *cell, const struct arm_grid *grid, size_t index, struct arena *arena);

/* Adds a setting that wins over those before it. */
void cell_add(struct cell *cell, const struct setting *setting);

/* The setting that decides a key, or NULL where it has its default. */
const struct setting *cell_find(const struct cell *cell, const struct target *target);

/* Every key without a default is given, of alternatives exactly one.  ERR_USAGE. */
int cell_check_given(const struct cell *cell, struct error *err);

/* Puts the place before an error whose first word in quotes names the key to blame; `otherwise`
 * is the place where that word is no key, NULL: the arm. */
int cell_blame(const struct cell *cell, const struct node *otherwise, struct error *err);

/* "muon lr_scale=jordan": the arm's label and the values of studied axes, but of those that fits
 * keep apart by a column (size, context, budget, batch, seeds, kind of schedule). */
const char *cell_label(const struct cell *cell, struct arena *arena);

/* "lr,batch_tokens": the keys that the arm tunes. */
const char *arm_grid_tuned(const struct arm_grid *grid, struct arena *arena);

#endif
