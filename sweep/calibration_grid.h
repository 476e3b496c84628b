/* SPDX-License-Identifier: MIT
 *
 * The sweep that `bench --calibrate` measures where it is given none (calibration_grid.yaml).  It
 * needs no corpus.
 */
#ifndef SWEEP_CALIBRATION_GRID_H
#define SWEEP_CALIBRATION_GRID_H

#include "sweep/sweep.h"

/* Stands for it where the path of a sweep file is expected. */
#define CALIBRATION_GRID "(calibration grid)"

int calibration_grid_load(struct sweep **sweep, const char *const *settings, size_t n_settings,
			  struct error *err);

#endif
