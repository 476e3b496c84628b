/* SPDX-License-Identifier: MIT
 *
 * How much the best of tuning flatters cells of one seed, where nothing can remove it.
 */
#ifndef RESULTS_SELECTION_BIAS_H
#define RESULTS_SELECTION_BIAS_H

#include "results/sample.h"

/* The mean of ln(loss selected anew / loss selected) over cells of one cluster and several
 * settings, where every trial's loss gets one of the residuals of a fit: what choosing among noisy
 * losses takes off.  The same residual for the same setting of every arm.  NAN: no such cell, or
 * no residuals. */
double selection_bias(const struct study *study, const struct study_point *points,
		      const struct residuals *residuals, uint64_t seed);

#endif
