/* SPDX-License-Identifier: MIT */
#include "results/spread.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/order.h"

#define NORMAL_MAD 1.4826 /* standard deviation over median absolute deviation, of a normal */

size_t spread_setting(const struct study *study, const struct study_cell *cell, size_t setting,
		      double *losses)
{
	size_t n = 0;

	for (size_t i = cell->first; i < cell->first + cell->n_trials; i++)
		if (study->trials[i].setting == setting)
			losses[n++] = log(study->trials[i].loss);
	qsort(losses, n, sizeof(*losses), double_ascending);
	return n;
}

/* Adds the squares of a setting's deviations to *squares, and them, scaled to what a single
 * trial's would be, to `deviations`; returns how many. */
static size_t add_deviations(const double *losses, size_t n, double *squares, double *deviations)
{
	double mean = 0;

	if (n < 2)
		return 0;
	for (size_t i = 0; i < n; i++)
		mean += losses[i] / (double)n;
	for (size_t i = 0; i < n; i++) {
		*squares += (losses[i] - mean) * (losses[i] - mean);
		deviations[i] = fabs(losses[i] - mean) * sqrt((double)n / (double)(n - 1));
	}
	return n;
}

struct spread spread_of_seeds(const struct study *study)
{
	double *losses = xmalloc((study->n_trials + 1) * sizeof(*losses));
	double *deviations = xmalloc((study->n_trials + 1) * sizeof(*deviations));
	struct spread spread = {(double)NAN, (double)NAN, 0};
	double squares = 0;
	size_t n = 0;

	for (size_t c = 0; c < study->n_cells && !study->as_is; c++)
		for (size_t s = 0; s < study->cells[c].n_settings; s++) {
			size_t seeds = study->cells[c].n_clusters > 1
					       ? spread_setting(study, &study->cells[c], s, losses)
					       : 0;

			n += add_deviations(losses, seeds, &squares, deviations + n);
			spread.freedom += seeds > 1 ? seeds - 1 : 0;
		}
	if (spread.freedom > 0) {
		spread.pooled = sqrt(squares / (double)spread.freedom);
		qsort(deviations, n, sizeof(*deviations), double_ascending);
		spread.robust = NORMAL_MAD * 0.5 * (deviations[(n - 1) / 2] + deviations[n / 2]);
	}
	free(losses);
	free(deviations);
	return spread;
}

double spread_cell_error(const struct spread *spread, const struct study_cell *cell)
{
	return spread->pooled / sqrt((double)cell->n_clusters);
}
