/* SPDX-License-Identifier: MIT
 *
 * Columns are centred on their means, so that the constant is found apart from the slopes.
 */
#include "results/log_linear.h"

#include <math.h>
#include <string.h>

#include "results/linalg.h"

#define MAX_STEPS  500
#define CONVERGED  1e-13 /* change of ln y */
#define MOST_ALIKE 1e8	 /* condition number of slopes scaled to unit spread */

struct centred {
	const struct log_linear *of;
	double mean[LOG_LINEAR_MAX], spread[LOG_LINEAR_MAX]; /* spread: root of the mean square */
};

static double column(const struct centred *rows, size_t i, size_t k)
{
	if (k == 0)
		return 1;
	return (rows->of->x[i * rows->of->n_unknowns + k] - rows->mean[k]) / rows->spread[k];
}

static bool centre(const struct log_linear *problem, struct centred *rows)
{
	double total = 0;
	size_t p = problem->n_unknowns;

	*rows = (struct centred){.of = problem};
	for (size_t i = 0; i < problem->n; i++) {
		total += problem->weight[i];
		for (size_t k = 1; k < p; k++)
			rows->mean[k] += problem->weight[i] * problem->x[i * p + k];
	}
	for (size_t k = 1; k < p; k++)
		rows->mean[k] /= total;
	for (size_t i = 0; i < problem->n; i++)
		for (size_t k = 1; k < p; k++) {
			double d = problem->x[i * p + k] - rows->mean[k];

			rows->spread[k] += problem->weight[i] * d * d / total;
		}
	for (size_t k = 1; k < p; k++) {
		rows->spread[k] = sqrt(rows->spread[k]);
		if (!(rows->spread[k] > 1e-9))
			return false;
	}
	return total > 0;
}

static double fitted(const struct centred *rows, size_t i, const double *unknowns)
{
	double sum = 0;

	for (size_t k = 0; k < rows->of->n_unknowns; k++)
		sum += unknowns[k] * column(rows, i, k);
	return sum;
}

/* What a row is pulled towards and how strongly, about the present fit: Gauss and Newton's step
 * for squares of y, iterated weights for the others. */
static double pull(const struct log_linear *problem, size_t i, double at, double *weight)
{
	double y = exp(at), r = log(problem->y[i]) - at;

	if (problem->robust.kind == ROBUST_LSQ) {
		*weight = problem->weight[i] * y * y;
		return at + (problem->y[i] - y) / y;
	}
	*weight = problem->weight[i] * robust_at(&problem->robust, r).weight;
	return log(problem->y[i]);
}

/* One weighted least squares from `unknowns`, which it replaces; false: singular. */
static bool step(const struct centred *rows, bool plain, double *unknowns, double *matrix)
{
	const struct log_linear *problem = rows->of;
	double right[LOG_LINEAR_MAX] = {0}, solution[LOG_LINEAR_MAX];
	size_t p = problem->n_unknowns;

	memset(matrix, 0, p * p * sizeof(*matrix));
	for (size_t i = 0; i < problem->n; i++) {
		double weight = problem->weight[i], target = log(problem->y[i]);

		if (weight == 0)
			continue;
		if (!plain)
			target = pull(problem, i, fitted(rows, i, unknowns), &weight);
		for (size_t a = 0; a < p; a++) {
			right[a] += weight * column(rows, i, a) * target;
			for (size_t b = 0; b < p; b++)
				matrix[a * p + b] +=
					weight * column(rows, i, a) * column(rows, i, b);
		}
	}
	if (!cholesky_solve(matrix, right, solution, p))
		return false;
	memcpy(unknowns, solution, p * sizeof(*unknowns));
	return true;
}

static double objective(const struct centred *rows, const double *unknowns)
{
	const struct log_linear *problem = rows->of;
	double total = 0;

	for (size_t i = 0; i < problem->n; i++) {
		double at = fitted(rows, i, unknowns), r = log(problem->y[i]) - at;

		if (problem->robust.kind == ROBUST_LSQ)
			r = problem->y[i] - exp(at);
		if (problem->weight[i] > 0)
			total += problem->weight[i] * robust_at(&problem->robust, r).value;
	}
	return total;
}

/* Steps until nothing changes. */
static bool iterate(const struct centred *rows, double *unknowns, double *matrix)
{
	for (int n = 0; n < MAX_STEPS; n++) {
		double before[LOG_LINEAR_MAX], change = 0;

		memcpy(before, unknowns, sizeof(before));
		if (!step(rows, false, unknowns, matrix))
			return false;
		for (size_t k = 0; k < rows->of->n_unknowns; k++)
			change = fmax(change, fabs(unknowns[k] - before[k]));
		if (change < CONVERGED)
			break;
	}
	return true;
}

bool log_linear_fit(const struct log_linear *problem, struct log_linear_fit *fit)
{
	double matrix[LOG_LINEAR_MAX * LOG_LINEAR_MAX], unknowns[LOG_LINEAR_MAX] = {0};
	struct centred rows;
	bool known = centre(problem, &rows) && step(&rows, true, unknowns, matrix) &&
		     condition_number(matrix, problem->n_unknowns) < MOST_ALIKE;

	*fit = (struct log_linear_fit){.objective = (double)NAN, .condition = HUGE_VAL};
	for (size_t k = 0; k < LOG_LINEAR_MAX; k++)
		fit->unknowns[k] = (double)NAN;
	if (!known)
		return false;
	fit->condition = condition_number(matrix, problem->n_unknowns);
	if (problem->robust.kind != ROBUST_LSQ_LOG && !iterate(&rows, unknowns, matrix))
		return false;
	fit->objective = objective(&rows, unknowns);
	fit->unknowns[0] = unknowns[0];
	for (size_t k = 1; k < problem->n_unknowns; k++) {
		fit->unknowns[k] = unknowns[k] / rows.spread[k];
		fit->unknowns[0] -= fit->unknowns[k] * rows.mean[k];
	}
	return true;
}
