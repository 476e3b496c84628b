/* SPDX-License-Identifier: MIT
 *
 * Parabolas are fitted in x scaled to [-1, 1], where the normal equations are well conditioned.
 */
#include "results/isoflop.h"

#include <math.h>
#include <stdlib.h>

#include "base/linalg.h"
#include "base/memory.h"

#define FEWEST_SIZES 3

/* A point on its way into its budget. */
struct member {
	struct law_point point;
	double weight;
};

static int by_budget_and_params(const void *a, const void *b)
{
	const struct law_point *p = &((const struct member *)a)->point;
	const struct law_point *q = &((const struct member *)b)->point;

	if (p->budget != q->budget)
		return p->budget < q->budget ? -1 : 1;
	return (p->params > q->params) - (p->params < q->params);
}

/* Points of weight above 0, by budget; to be freed. */
static struct member *sort_members(const struct law_data *data, size_t *n)
{
	struct member *members = xmalloc((data->n + 1) * sizeof(*members));

	*n = 0;
	for (size_t i = 0; i < data->n; i++) {
		double weight = data->weight ? data->weight[i] : 1;

		if (weight > 0)
			members[(*n)++] = (struct member){data->points[i], weight};
	}
	qsort(members, *n, sizeof(*members), by_budget_and_params);
	return members;
}

static double params_of(const struct law_point *point)
{
	return point->params;
}

/* D, or C / 6N where it is not known. */
static double tokens_of(const struct law_point *point)
{
	return point->tokens > 0 ? point->tokens : point->flops / (6 * point->params);
}

/* The parabola of loss in ln value, about its centre. */
struct parabola {
	double centre, c[3];
};

/* Weighted least squares; false: fewer than 3 different values. */
static bool parabola_fit(const struct member *members, size_t n,
			 double (*value)(const struct law_point *), struct parabola *parabola)
{
	double low = HUGE_VAL, high = -HUGE_VAL, middle, half;
	double matrix[9] = {0}, right[3] = {0};

	for (size_t i = 0; i < n; i++) {
		low = fmin(low, log(value(&members[i].point)));
		high = fmax(high, log(value(&members[i].point)));
	}
	middle = (low + high) / 2;
	half = (high - low) / 2;
	for (size_t i = 0; i < n; i++) {
		double t = (log(value(&members[i].point)) - middle) / half;
		double row[] = {1, t, t * t};

		for (size_t j = 0; j < 3; j++) {
			right[j] += members[i].weight * row[j] * members[i].point.loss;
			for (size_t k = 0; k < 3; k++)
				matrix[j * 3 + k] += members[i].weight * row[j] * row[k];
		}
	}
	parabola->centre = exp(middle);
	if (!cholesky_solve(matrix, right, parabola->c, 3))
		return false;
	parabola->c[1] /= half;
	parabola->c[2] /= half * half;
	return true;
}

/* Where the parabola is lowest; NAN: it has no minimum. */
static double vertex(const struct parabola *parabola)
{
	if (!(parabola->c[2] > 0))
		return (double)NAN;
	return parabola->centre * exp(-parabola->c[1] / (2 * parabola->c[2]));
}

static double mean_flops(const struct member *members, size_t n)
{
	double sum = 0, weight = 0;

	for (size_t i = 0; i < n; i++) {
		sum += members[i].weight * log(members[i].point.flops);
		weight += members[i].weight;
	}
	return exp(sum / weight);
}

static struct isoflop_budget describe(const struct member *members, size_t n)
{
	struct parabola params = {0}, tokens = {0};
	bool fitted = parabola_fit(members, n, params_of, &params);
	bool by_tokens = parabola_fit(members, n, tokens_of, &tokens);
	struct isoflop_budget budget = {
		.budget = members[0].point.budget,
		.flops = mean_flops(members, n),
		.centre = params.centre,
		.c = {params.c[0], params.c[1], params.c[2]},
		.n = n,
		.params_low = members[0].point.params,
		.params_high = members[n - 1].point.params,
		.params = fitted ? vertex(&params) : (double)NAN,
		.tokens = by_tokens ? vertex(&tokens) : (double)NAN,
	};

	budget.convex = isfinite(budget.params);
	budget.loss = budget.convex ? params.c[0] - params.c[1] * params.c[1] / (4 * params.c[2])
				    : (double)NAN;
	budget.inside = budget.params >= budget.params_low && budget.params <= budget.params_high;
	return budget;
}

static size_t count_sizes(const struct member *members, size_t n)
{
	size_t sizes = 1;

	for (size_t i = 1; i < n; i++)
		sizes += members[i].point.params > members[i - 1].point.params * 1.001;
	return sizes;
}

/* The members of one budget from members[i] on; returns where they end. */
static size_t budget_end(const struct member *members, size_t n, size_t i)
{
	size_t end = i;

	while (end < n && members[end].point.budget == members[i].point.budget)
		end++;
	return end;
}

static int by_flops(const void *a, const void *b)
{
	double p = ((const struct isoflop_budget *)a)->flops;
	double q = ((const struct isoflop_budget *)b)->flops;

	return (p > q) - (p < q);
}

size_t isoflop_budgets(const struct law_data *data, struct isoflop_budget *budgets)
{
	size_t n, found = 0;
	struct member *members = sort_members(data, &n);

	for (size_t i = 0, end; i < n; i = end) {
		end = budget_end(members, n, i);
		if (count_sizes(&members[i], end - i) >= FEWEST_SIZES)
			budgets[found++] = describe(&members[i], end - i);
	}
	free(members);
	qsort(budgets, found, sizeof(*budgets), by_flops);
	return found;
}

size_t isoflop_thin_budgets(const struct law_data *data, double *flops)
{
	size_t n, found = 0;
	struct member *members = sort_members(data, &n);

	for (size_t i = 0, end; i < n; i = end) {
		end = budget_end(members, n, i);
		if (count_sizes(&members[i], end - i) < FEWEST_SIZES)
			flops[found++] = mean_flops(&members[i], end - i);
	}
	free(members);
	return found;
}

double isoflop_loss(const struct isoflop_budget *budget, double params)
{
	double x = log(params / budget->centre);

	return budget->c[0] + x * (budget->c[1] + x * budget->c[2]);
}
