/* SPDX-License-Identifier: MIT
 *
 * The meanings that the joint law's factors have: an arm with rho_N does with N what the baseline
 * does with rho_N N, so that it needs 1/rho_N of the parameters (and 1/rho_D of the tokens) that
 * the baseline needs for the same loss.  One number over the whole range of C.
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "results/efficiency_kind.h"

static struct intervals intervals_of_inverse(const double *replicates, size_t n, size_t stride,
					     double estimate)
{
	double *inverse = xmalloc((n + 1) * sizeof(*inverse));
	struct intervals intervals;

	for (size_t i = 0; i < n; i++)
		inverse[i] = 1 / replicates[i * stride];
	intervals = bootstrap_intervals(inverse, n, 1, estimate);
	free(inverse);
	return intervals;
}

void efficiency_from_factor(struct efficiency *pair, double factor, const double *replicates,
			    size_t n, size_t stride, const double flops[2])
{
	double nan = (double)NAN;
	struct intervals intervals = intervals_of_inverse(replicates, n, stride, 1 / factor);
	size_t n_places = flops[1] > flops[0] ? 2 : 1;

	pair->slope = pair->crossing = nan;
	pair->slope_interval = (struct interval){nan, nan};
	pair->slope_intervals = (struct intervals){pair->slope_interval, pair->slope_interval};
	pair->shared.p[0] = pair->separate[0].p[0] = pair->separate[1].p[0] = nan;
	pair->x_low = flops[0];
	pair->x_high = flops[1];
	pair->n_replicates = n;
	pair->rows = xcalloc(n_places, sizeof(*pair->rows));
	for (size_t i = 0; i < n_places; i++) {
		struct efficiency_row *row = efficiency_add_row(pair);

		row->flops = flops[i];
		row->ratio[EFFICIENCY_PRIMARY] = 1 / factor;
		row->in_range[EFFICIENCY_PRIMARY] = true;
		row->intervals[EFFICIENCY_PRIMARY] = intervals;
		row->interval[EFFICIENCY_PRIMARY] = intervals_printed(&intervals);
	}
}

const struct efficiency_kind efficiency_rho_n = {
	.name = "rho_N",
	.what = "parameters, by the joint law's rho_N,",
	.methods = {"joint law, 1 / rho_N", NULL, NULL},
	.factor = "rho_N",
};
const struct efficiency_kind efficiency_rho_d = {
	.name = "rho_D",
	.what = "tokens, by the joint law's rho_D,",
	.methods = {"joint law, 1 / rho_D", NULL, NULL},
	.factor = "rho_D",
};
