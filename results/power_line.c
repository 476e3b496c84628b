/* SPDX-License-Identifier: MIT */
#include "results/power_line.h"

#include <math.h>

#define LEAST_SPREAD 1e-6 /* of ln x; below, all x are one */

static double mean_log(const double *values, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += log(values[i]);
	return sum / (double)n;
}

bool power_line_fit(const double *x, const double *y, size_t n, struct power_line *line)
{
	double mean_x = mean_log(x, n), mean_y = mean_log(y, n), xx = 0, xy = 0, spread;

	for (size_t i = 0; i < n; i++) {
		xx += (log(x[i]) - mean_x) * (log(x[i]) - mean_x);
		xy += (log(x[i]) - mean_x) * (log(y[i]) - mean_y);
	}
	if (!(xx > LEAST_SPREAD * LEAST_SPREAD))
		return false;
	spread = xx / (double)n;
	*line = (struct power_line){.exponent = xy / xx,
				    .coefficient = exp(mean_y - xy / xx * mean_x),
				    .condition = fmax(spread, 1 / spread)};
	for (size_t i = 0; i < n; i++) {
		double r = log(y[i]) - mean_y - line->exponent * (log(x[i]) - mean_x);

		line->objective += 0.5 * r * r;
	}
	return true;
}
