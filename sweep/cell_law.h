/* SPDX-License-Identifier: MIT */
#ifndef SWEEP_CELL_LAW_H
#define SWEEP_CELL_LAW_H

#include "sweep/cell.h"
#include "sweep/trial.h"

/* Sets the keys of a trial that its cell gives as laws, the batch first, and moves a batch that
 * was computed to the nearest multiple of the context.  The trial has its options, its corpus and
 * its optimizer.  ERR_USAGE with the place. */
int cell_apply_laws(const struct cell *cell, struct trial *trial, void *optimizer_options,
		    struct model_sizes *sizes, struct arena *arena, struct error *err);

#endif
