/* SPDX-License-Identifier: MIT */
#include "results/best_at.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

#define NORMAL_95 1.6448536269514722

static bool usable(const struct study_point *point)
{
	return isfinite(point->loss) && point->weight > 0;
}

size_t study_best_cell(const struct study *study, const struct study_point *points, size_t arm,
		       size_t budget)
{
	size_t best = study->n_cells;

	for (size_t i = 0; i < study->n_cells; i++)
		if (points[i].arm == arm && study->cells[i].budget_group == budget &&
		    usable(&points[i]) &&
		    (best == study->n_cells || points[i].loss < points[best].loss))
			best = i;
	return best;
}

static bool has_points(const struct study *study, const struct study_point *points, size_t arm)
{
	for (size_t i = 0; i < study->n_cells; i++)
		if (points[i].arm == arm && usable(&points[i]))
			return true;
	return false;
}

/* The least compute of a budget over all arms; NAN where one of them has no point in it. */
static double common_compute(const struct study *study, const struct study_point *points,
			     size_t budget)
{
	double compute = HUGE_VAL;

	for (size_t arm = 0; arm < study->n_arms; arm++) {
		size_t best = study_best_cell(study, points, arm, budget);

		if (best == study->n_cells && has_points(study, points, arm))
			return (double)NAN;
		if (best < study->n_cells)
			compute = fmin(compute, points[best].flops);
	}
	return compute;
}

size_t study_common_budget(const struct study *study, const struct study_point *points)
{
	size_t best = study->n_budget_groups;
	double most = 0;

	for (size_t budget = 0; budget < study->n_budget_groups; budget++) {
		double compute = common_compute(study, points, budget);

		if (isfinite(compute) && compute > most) {
			most = compute;
			best = budget;
		}
	}
	return best;
}

size_t study_best_of_largest(const struct study *study, const struct study_point *points,
			     size_t arm)
{
	size_t largest = study->n_cells;

	for (size_t i = 0; i < study->n_cells; i++)
		if (points[i].arm == arm && usable(&points[i]) && isfinite(points[i].flops) &&
		    (largest == study->n_cells || points[i].flops > points[largest].flops))
			largest = i;
	if (largest == study->n_cells)
		return largest;
	return study_best_cell(study, points, arm, study->cells[largest].budget_group);
}

const struct study_trial *study_best_trial(const struct study *study, size_t cell)
{
	const struct study_cell *about = &study->cells[cell];
	const struct study_trial *best = &study->trials[about->first];

	for (size_t i = about->first; i < about->first + about->n_trials; i++)
		if (study->trials[i].loss < best->loss)
			best = &study->trials[i];
	return best;
}

/* Student's t at 95 %, by the expansion in 1/freedom: within 0.3 % from 3 degrees on. */
static double student_95(size_t freedom)
{
	double z = NORMAL_95, z2 = z * z, v = (double)freedom;
	double first = (z2 + 1) / 4, second = (z2 * (5 * z2 + 16) + 3) / 96;
	double third = (z2 * (z2 * (3 * z2 + 19) + 17) - 15) / 384;

	return z * (1 + first / v + second / (v * v) + third / (v * v * v));
}

double best_margin(const struct spread *spread, double loss, size_t seeds, size_t other)
{
	double share = 1 / (double)seeds + (other ? 1 / (double)other : 0);

	if (spread->freedom < BEST_AT_LEAST_FREEDOM || !seeds)
		return (double)NAN;
	return loss * student_95(spread->freedom) * spread->pooled * sqrt(share);
}
