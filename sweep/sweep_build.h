/* SPDX-License-Identifier: MIT
 *
 * From a specification to trials: every cell of every arm is resolved, checked and kept or
 * dropped for a reason.
 */
#ifndef SWEEP_SWEEP_BUILD_H
#define SWEEP_SWEEP_BUILD_H

#include "sweep/spec.h"
#include "sweep/sweep.h"

/* Fills trials, dropped and warnings from the sweep's spec, whose rules count what they matched. */
int sweep_build(struct sweep *sweep, struct error *err);

/* Counts a cell that is left out (sweep.c); keeps a copy of the reason. */
void sweep_drop(struct sweep *sweep, const char *reason);

/* Adds a warning, which must live as long as the sweep (sweep.c). */
void sweep_warn(struct sweep *sweep, const char *warning);

/* Warnings of rules that match nothing, short trials and risky tuning; ERR_USAGE for a sweep that
 * has no trial (sweep_findings.c). */
void sweep_warn_of_all(struct sweep *sweep);
int sweep_refuse_empty(const struct sweep *sweep, struct error *err);

#endif
