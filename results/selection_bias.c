/* SPDX-License-Identifier: MIT */
#include "results/selection_bias.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "results/bootstrap.h"

#define REPLICATES 100

static bool is_chosen(const struct study_cell *cell)
{
	return cell->single && cell->n_settings > 1;
}

/* Settings of one size and budget are told apart as budgets of one stratum are. */
static void add_noise(const struct study *study, const struct residuals *residuals, uint64_t seed,
		      size_t replicate, double *loss)
{
	for (size_t i = 0; i < study->n_trials; i++) {
		const struct study_trial *trial = &study->trials[i];
		double u = bootstrap_uniform(seed, replicate, trial->stratum, trial->setting);

		loss[i] = trial->loss * exp(residuals->values[(size_t)(u * (double)residuals->n)]);
	}
}

double selection_bias(const struct study *study, const struct study_point *points,
		      const struct residuals *residuals, uint64_t seed)
{
	double *loss = xmalloc((study->n_trials + 1) * sizeof(*loss)), total = 0, n = 0;
	struct study_point *drawn = xmalloc((study->n_cells + 1) * sizeof(*drawn));

	for (size_t replicate = 0; replicate < REPLICATES && residuals->n > 0; replicate++) {
		add_noise(study, residuals, seed, replicate, loss);
		study_select(study, &(struct study_draw){.loss = loss}, drawn);
		for (size_t c = 0; c < study->n_cells; c++) {
			double change = log(drawn[c].loss / points[c].loss);

			if (!is_chosen(&study->cells[c]) || !isfinite(change))
				continue;
			total += change;
			n++;
		}
	}
	free(loss);
	free(drawn);
	return n > 0 ? total / n : (double)NAN;
}
