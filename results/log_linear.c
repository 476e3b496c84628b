/* SPDX-License-Identifier: MIT
 *
 * Columns are centred on their means and scaled to unit spread, so that the constant is found
 * apart from the slopes and the condition number tells how alike columns are.
 */
#include "results/log_linear.h"

#include <assert.h>
#include <math.h>

#include "base/linalg.h"

#define LEAST_SPREAD 1e-9 /* of ln x */

struct scaled {
	const struct log_linear *of;
	double mean[LOG_LINEAR_MAX], spread[LOG_LINEAR_MAX]; /* spread: root of the mean square */
};

static double column(const struct scaled *rows, size_t i, size_t k)
{
	double x = rows->of->ln_x[i * rows->of->n_unknowns + k];

	return k == 0 ? 1 : (x - rows->mean[k]) / rows->spread[k];
}

/* The weighted mean of a column, or of its squares about `about`. */
static double moment(const struct log_linear *problem, size_t k, double about, int power)
{
	double total = 0, sum = 0;

	for (size_t i = 0; i < problem->n; i++) {
		double d = problem->ln_x[i * problem->n_unknowns + k] - about;

		total += problem->weight[i];
		sum += problem->weight[i] * (power == 1 ? d : d * d);
	}
	return sum / total;
}

/* False: some column does not vary. */
static bool scale(const struct log_linear *problem, struct scaled *rows)
{
	*rows = (struct scaled){.of = problem};
	for (size_t k = 1; k < problem->n_unknowns; k++) {
		rows->mean[k] = moment(problem, k, 0, 1);
		rows->spread[k] = sqrt(moment(problem, k, rows->mean[k], 2));
		if (!(rows->spread[k] > LEAST_SPREAD))
			return false;
	}
	return true;
}

static double objective(const struct scaled *rows, const double *unknowns)
{
	double total = 0;

	for (size_t i = 0; i < rows->of->n; i++) {
		double r = rows->of->ln_y[i];

		for (size_t k = 0; k < rows->of->n_unknowns; k++)
			r -= unknowns[k] * column(rows, i, k);
		total += 0.5 * rows->of->weight[i] * r * r;
	}
	return total;
}

bool log_linear_fit(const struct log_linear *problem, struct log_linear_fit *fit)
{
	double matrix[LOG_LINEAR_MAX * LOG_LINEAR_MAX] = {0}, right[LOG_LINEAR_MAX] = {0};
	double unknowns[LOG_LINEAR_MAX];
	size_t p = problem->n_unknowns;
	struct scaled rows;

	assert(p <= LOG_LINEAR_MAX);
	if (!scale(problem, &rows))
		return false;
	for (size_t i = 0; i < problem->n; i++)
		for (size_t a = 0; a < p; a++) {
			double weighted = problem->weight[i] * column(&rows, i, a);

			right[a] += weighted * problem->ln_y[i];
			for (size_t b = 0; b < p; b++)
				matrix[a * p + b] += weighted * column(&rows, i, b);
		}
	if (!cholesky_solve(matrix, right, unknowns, p))
		return false;
	fit->objective = objective(&rows, unknowns);
	fit->condition = condition_number(matrix, p);
	fit->unknowns[0] = unknowns[0];
	for (size_t k = 1; k < p; k++) {
		fit->unknowns[k] = unknowns[k] / rows.spread[k];
		fit->unknowns[0] -= fit->unknowns[k] * rows.mean[k];
	}
	return true;
}
