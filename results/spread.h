/* SPDX-License-Identifier: MIT
 *
 * The spread of seeds: how far ln L of trials that differ in their seed alone lies apart.
 */
#ifndef RESULTS_SPREAD_H
#define RESULTS_SPREAD_H

#include <stddef.h>

#include "results/study.h"

struct spread {
	double pooled;	/* standard deviation over all settings; NAN without repeated seeds */
	double robust;	/* the same from the median deviation, which few settings cannot move */
	size_t freedom; /* degrees of freedom of `pooled` */
};

struct spread spread_of_seeds(const struct study *study);

/* ln L of the trials of one setting, by rising loss; `losses` has room for the cell's trials.
 * Returns how many. */
size_t spread_setting(const struct study *study, const struct study_cell *cell, size_t setting,
		      double *losses);

/* The standard error of a cell's mean over its seeds, of ln L; NAN: unknown. */
double spread_cell_error(const struct spread *spread, const struct study_cell *cell);

#endif
