/* SPDX-License-Identifier: MIT
 *
 * How long trials take here.  What one of each operation takes is fitted to the calibration, near a
 * typical machine where that says little; then the estimate is drawn to what was measured nearby,
 * so that it is the measurement itself where there is one of the very shape.
 */
#ifndef SWEEP_COST_MODEL_H
#define SWEEP_COST_MODEL_H

#include "sweep/calibration.h"

struct cost_model;

/* Without rows: the typical machine.  Rows must outlive the model. */
struct cost_model *cost_model_new(const struct cost_row *rows, size_t n);
void cost_model_free(struct cost_model *model); /* NULL is fine */

/* Measurements behind an estimate of that shape: rows of its backend, precision and threads; 0:
 * uncalibrated. */
size_t cost_model_measured(struct cost_model *model, const struct cost_shape *shape);

struct cost_parts cost_model_parts(struct cost_model *model, const struct cost_shape *shape);

#endif
