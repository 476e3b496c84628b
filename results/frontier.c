/* SPDX-License-Identifier: MIT */
#include "results/frontier.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

static bool present(const struct study_point *point, size_t arm)
{
	return point->arm == arm && isfinite(point->loss);
}

static int by_compute(const void *a, const void *b, void *points)
{
	const struct study_point *p = (const struct study_point *)points + *(const size_t *)a;
	const struct study_point *q = (const struct study_point *)points + *(const size_t *)b;

	if (p->compute != q->compute)
		return p->compute < q->compute ? -1 : 1;
	return p->cell < q->cell ? -1 : p->cell > q->cell;
}

/* The exponent p of L = k C^-p by least squares through the best of each budget; 0: no line. `best`
 * holds study->n_cells where a budget has no point. */
static double exponent_through(const struct study *study, const struct study_point *points,
			       const size_t *best)
{
	double n = 0, x = 0, y = 0, xx = 0, xy = 0;

	for (size_t g = 0; g < study->n_budget_groups; g++) {
		double ln_c, ln_l;

		if (best[g] == study->n_cells)
			continue;
		ln_c = log(points[best[g]].compute);
		ln_l = log(points[best[g]].loss);
		n++;
		x += ln_c;
		y += ln_l;
		xx += ln_c * ln_c;
		xy += ln_c * ln_l;
	}
	return n * xx - x * x > 1e-9 * n * xx ? -(n * xy - x * y) / (n * xx - x * x) : 0;
}

/* Whether a point is lower than the best so far of its budget, both at the same compute. */
static bool is_lower(const struct study_point *point, const struct study_point *best,
		     double exponent)
{
	double apart = log(point->compute / best->compute);
	double gain = fabs(apart) > log(1 + BUDGET_TOLERANCE) ? exponent * apart : 0;

	return point->loss * exp(gain) < best->loss;
}

static void find_best(const struct study *study, const struct study_point *points, size_t arm,
		      double exponent, size_t *best)
{
	for (size_t g = 0; g < study->n_budget_groups; g++)
		best[g] = study->n_cells;
	for (size_t i = 0; i < study->n_cells; i++) {
		size_t *leader = &best[study->cells[i].budget_group];

		if (present(&points[i], arm) &&
		    (*leader == study->n_cells || is_lower(&points[i], &points[*leader], exponent)))
			*leader = i;
	}
}

static void mark_budgets(const struct study *study, struct study_point *points, size_t arm)
{
	size_t *best = xmalloc(study->n_budget_groups * sizeof(*best));

	find_best(study, points, arm, 0, best);
	find_best(study, points, arm, exponent_through(study, points, best), best);
	for (size_t g = 0; g < study->n_budget_groups; g++)
		if (best[g] < study->n_cells)
			points[best[g]].frontier = true;
	free(best);
}

/* Takes from the frontier what a smaller compute beats, unless sizes rise with compute: in such a
 * ladder every point is all that is known. */
static void keep_undominated(const struct study *study, struct study_point *points, size_t arm)
{
	size_t *order = xmalloc((study->n_cells + 1) * sizeof(*order)), n = 0;
	double lowest = HUGE_VAL, largest = 0;
	bool ladder = true;

	for (size_t i = 0; i < study->n_cells; i++)
		if (present(&points[i], arm) && points[i].frontier)
			order[n++] = i;
	qsort_r(order, n, sizeof(*order), by_compute, points);
	for (size_t k = 0; k < n; k++) {
		ladder = ladder && !(points[order[k]].params < largest * (1 - 1e-9));
		largest = fmax(largest, points[order[k]].params);
	}
	for (size_t k = 0; k < n; k++) {
		struct study_point *point = &points[order[k]];

		point->frontier = ladder || point->loss < lowest;
		lowest = fmin(lowest, point->loss);
	}
	free(order);
}

void study_mark_frontier(const struct study *study, struct study_point *points)
{
	for (size_t i = 0; i < study->n_cells; i++)
		points[i].frontier = false;
	for (size_t arm = 0; arm < study->n_arms; arm++) {
		mark_budgets(study, points, arm);
		if (study->scattered)
			keep_undominated(study, points, arm);
	}
}

size_t study_frontier(const struct study_point *points, size_t n, size_t arm, size_t *indices)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		if (points[i].frontier && present(&points[i], arm))
			indices[found++] = i;
	qsort_r(indices, found, sizeof(*indices), by_compute, (void *)points);
	return found;
}

static double between(double x, double x0, double y0, double x1, double y1)
{
	if (x0 == x1)
		return y0;
	return exp(log(y0) + log(x / x0) / log(x1 / x0) * log(y1 / y0));
}

double frontier_loss(const struct law_point *points, size_t n, double flops)
{
	for (size_t i = 1; i < n; i++)
		if (flops >= points[i - 1].flops && flops <= points[i].flops)
			return between(flops, points[i - 1].flops, points[i - 1].loss,
				       points[i].flops, points[i].loss);
	return (double)NAN;
}

double frontier_flops(const struct law_point *points, size_t n, double loss)
{
	for (size_t i = 1; i < n; i++)
		if (loss <= points[i - 1].loss && loss >= points[i].loss)
			return between(loss, points[i - 1].loss, points[i - 1].flops,
				       points[i].loss, points[i].flops);
	return (double)NAN;
}
