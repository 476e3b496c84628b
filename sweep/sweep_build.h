/* SPDX-License-Identifier: MIT
 *
 * From a specification to trials: every cell of every arm is resolved, checked and kept or
 * dropped for a reason.
 */
#ifndef SWEEP_SWEEP_BUILD_H
#define SWEEP_SWEEP_BUILD_H

#include "sweep/spec.h"
#include "sweep/sweep.h"

/* Fills trials, dropped and warnings.  The rules of the spec count what they matched. */
int sweep_build(struct sweep *sweep, struct spec *spec, const struct corpus_source *source,
		struct error *err);

/* Builds the trial of one cell alone (struct trial), without the warnings that only the whole
 * gives; none where there is no such cell or it is dropped. */
int sweep_build_cell(struct sweep *sweep, struct spec *spec, size_t cell,
		     const struct corpus_source *source, struct error *err);

/* Counts a cell that is left out (sweep.c); keeps a copy of the reason. */
void sweep_drop(struct sweep *sweep, const char *reason);

/* Adds a warning, which must live as long as the sweep (sweep.c). */
void sweep_warn(struct sweep *sweep, const char *warning);

/* Cells that turn out to be one trial count once, for the arm that has it first; a warning names
 * arms that share trials (sweep_duplicates.c). */
void sweep_drop_duplicates(struct sweep *sweep);

#endif
