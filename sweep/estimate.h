/* SPDX-License-Identifier: MIT
 *
 * How long trials take: a model of this kind of machine, corrected by what the store has measured.
 */
#ifndef SWEEP_ESTIMATE_H
#define SWEEP_ESTIMATE_H

#include "results/observation.h"
#include "sweep/trial.h"

struct estimate {
	double factor;	 /* measured over modelled seconds; 1 where nothing was measured */
	size_t measured; /* trials that the factor comes from; 0: uncalibrated */
};

/* From the final rows of trials that ended: the median of their ratios. */
struct estimate estimate_from(const struct observations *measured);

/* Seconds on one thread, evaluation included. */
double estimate_seconds(const struct estimate *estimate, const struct trial *trial);

#endif
