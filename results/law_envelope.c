/* SPDX-License-Identifier: MIT
 *
 * Approach 1 of Hoffmann et al. 2022 (arXiv 2203.15556): N and D of the runs that have the lowest
 * loss for their compute, as power laws of compute.  Which runs these are is told by the lower
 * convex hull of (ln C, ln L), as McLeish et al. 2025 (arXiv 2502.06857) do, or by the lowest loss
 * in each of 1,500 logarithmic bins of C, where those that a smaller compute beats are left out.
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "results/hull.h"
#include "results/optimum.h"

#define N_BINS 1500
#define FEWEST 3
#define FEW    5

/* The points that count, as coordinates; index[i] is the point's place in the data. */
struct plane_points {
	double *x, *y; /* ln C, ln L */
	size_t *index, *chosen;
	size_t n;
};

static void gather(const struct law_data *data, struct plane_points *points)
{
	*points = (struct plane_points){
		.x = xmalloc((data->n + 1) * sizeof(double)),
		.y = xmalloc((data->n + 1) * sizeof(double)),
		.index = xmalloc((data->n + 1) * sizeof(size_t)),
		.chosen = xmalloc((data->n + 1) * sizeof(size_t)),
	};
	for (size_t i = 0; i < data->n; i++) {
		if (data->weight && !(data->weight[i] > 0))
			continue;
		points->x[points->n] = log(data->points[i].flops);
		points->y[points->n] = log(data->points[i].loss);
		points->index[points->n++] = i;
	}
}

static void release(struct plane_points *points)
{
	free(points->x);
	free(points->y);
	free(points->index);
	free(points->chosen);
}

/* The lowest point of each bin, if it is lower than all before. */
static size_t choose_by_bins(struct plane_points *points)
{
	double low = HUGE_VAL, high = -HUGE_VAL, lowest = HUGE_VAL;
	size_t best[N_BINS], n = 0;

	for (size_t b = 0; b < N_BINS; b++)
		best[b] = points->n;
	for (size_t i = 0; i < points->n; i++) {
		low = fmin(low, points->x[i]);
		high = fmax(high, points->x[i]);
	}
	for (size_t i = 0; i < points->n && high > low; i++) {
		size_t bin = (size_t)((points->x[i] - low) / (high - low) * (N_BINS - 1) + 0.5);

		if (best[bin] == points->n || points->y[i] < points->y[best[bin]])
			best[bin] = i;
	}
	for (size_t b = 0; b < N_BINS; b++) {
		if (best[b] == points->n || !(points->y[best[b]] < lowest))
			continue;
		lowest = points->y[best[b]];
		points->chosen[n++] = best[b];
	}
	return n;
}

static int fit_envelope(const struct law_data *data, bool bins, struct law_fit *fit,
			struct error *err)
{
	struct plane_points points;
	struct optima optima;
	size_t n;

	gather(data, &points);
	n = bins ? choose_by_bins(&points)
		 : hull_falling(points.x, points.y, points.n, points.chosen);
	optima_init(&optima, n);
	for (size_t i = 0; i < n; i++) {
		const struct law_point *point = &data->points[points.index[points.chosen[i]]];

		optima_add(&optima, point->flops, point->params, point->tokens);
	}
	release(&points);
	if (n >= FEWEST)
		optimum_fit(&optima, fit);
	optima_release(&optima);
	if (n < FEWEST)
		return error_set(err, ERR_FIT,
				 "law 'envelope' needs at least %d points on the lower edge of "
				 "loss against compute, not %zu",
				 FEWEST, n);
	return 0;
}

static int hull_fit(const struct law_data *data, const struct robust *robust, const double *warm,
		    struct law_fit *fit, struct error *err)
{
	(void)robust;
	(void)warm;
	return fit_envelope(data, false, fit, err);
}

static int bins_fit(const struct law_data *data, const struct robust *robust, const double *warm,
		    struct law_fit *fit, struct error *err)
{
	(void)robust;
	(void)warm;
	return fit_envelope(data, true, fit, err);
}

static void envelope_check(const struct law_data *data, const struct law_fit *fit,
			   struct text *warnings)
{
	(void)data;
	optimum_check(fit, warnings);
	if (fit->n < FEW)
		text_printf(warnings, "only %zu points are on the envelope\n", fit->n);
}

#define ENVELOPE(how_text, fit_function)                                                           \
	{                                                                                          \
		.name = "envelope", .alias = "approach1",                                          \
		.formula = "N* = N_coefficient C^a, D* = D_coefficient C^b", .how = how_text,      \
		.needs = "3 points on the envelope",                                               \
		.columns = LAW_FLOPS | LAW_PARAMS | LAW_TOKENS | LAW_LOSS, .source = LAW_OF_CELLS, \
		.response = LAW_LOSS, .n_parameters = OPTIMUM_PARAMETERS,                          \
		.parameters = OPTIMUM_NAMES, .robust = {ROBUST_LSQ_LOG, 1e-3},                     \
		.fit = fit_function, .at_bound = optimum_at_bound, .check = envelope_check,        \
	}

const struct law law_envelope = ENVELOPE(
	"least squares of ln N and ln D on ln C over the lower convex hull of (ln C, ln L)",
	hull_fit);
const struct law law_envelope_bins =
	ENVELOPE("least squares of ln N and ln D on ln C over the lowest losses of 1,500 bins of C",
		 bins_fit);
