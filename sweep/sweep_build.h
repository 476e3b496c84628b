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

#endif
