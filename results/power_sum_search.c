/* SPDX-License-Identifier: MIT
 *
 * With p_t the share of term t in L and v_t the gradient of its exponent, ln L has gradient
 * g = sum p_t v_t and Hessian sum p_t v_t v_t' - g g'.  Each v_t has one or two entries.
 */
#include "results/power_sum_search.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* The largest term has 0. */
static double exp_of(double x)
{
	return x == 0 ? 1 : exp(x);
}

/* ln L and the share of each term. */
static double log_loss(const struct power_sum *sum, const struct power_point *point,
		       const double *theta, double shares[POWER_SUM_TERMS])
{
	double most = -HUGE_VAL, total = 0;

	for (size_t t = 0; t < sum->n_terms; t++) {
		const struct power_term *term = &point->terms[t];

		shares[t] = theta[term->amplitude] -
			    (term->exponent >= 0 ? theta[term->exponent] : 1) * term->x;
		most = shares[t] > most ? shares[t] : most;
	}
	for (size_t t = 0; t < sum->n_terms; t++)
		total += shares[t] = exp_of(shares[t] - most);
	for (size_t t = 0; t < sum->n_terms; t++)
		shares[t] /= total;
	return most + log(total);
}

/* r = ln L - fitted, or L - fitted; `slope` is dr / d fitted ln L. */
static double residual(const struct power_sum *sum, const struct power_point *point, double fitted,
		       double *slope)
{
	if (sum->robust.kind == ROBUST_LSQ) {
		*slope = -exp(fitted);
		return point->loss + *slope;
	}
	*slope = -1;
	return point->ln_loss - fitted;
}

/* ln L and the shares of a point at some theta. */
struct fitted {
	double ln_loss, shares[POWER_SUM_TERMS];
};

/* The objective; fitted[i] receives what was found of point i. */
static double objective_at(const struct power_sum *sum, const double *theta, struct fitted *fitted)
{
	double total = 0, slope;

	for (size_t i = 0; i < sum->n; i++) {
		const struct power_point *point = &sum->points[i];
		double r;

		if (point->weight == 0)
			continue;
		fitted[i].ln_loss = log_loss(sum, point, theta, fitted[i].shares);
		r = residual(sum, point, fitted[i].ln_loss, &slope);
		total += point->weight * robust_at(&sum->robust, r).value;
	}
	return total;
}

/* Where an entry of a symmetric matrix is summed: in the lower triangle. */
static size_t entry(size_t n, size_t i, size_t j)
{
	return i > j ? i * n + j : j * n + i;
}

/* Adds scale v v' of one term; v = (1 at the amplitude, -x at the exponent). */
static void add_term(double *matrix, size_t n, const struct power_term *term, double scale)
{
	size_t a = (size_t)term->amplitude;

	matrix[a * n + a] += scale;
	if (term->exponent >= 0) {
		size_t e = (size_t)term->exponent;

		matrix[entry(n, a, e)] -= scale * term->x;
		matrix[e * n + e] += scale * term->x * term->x;
	}
}

/* The unknowns that a point depends on, each once; returns how many. */
static size_t find_unknowns(const struct power_sum *sum, const struct power_point *point,
			    size_t unknowns[2 * POWER_SUM_TERMS])
{
	uint64_t seen = 0;
	size_t n = 0;

	for (size_t t = 0; t < sum->n_terms; t++) {
		int pair[] = {point->terms[t].amplitude, point->terms[t].exponent};

		for (int k = 0; k < 2; k++) {
			if (pair[k] < 0 || (seen >> pair[k] & 1))
				continue;
			seen |= UINT64_C(1) << pair[k];
			unknowns[n++] = (size_t)pair[k];
		}
	}
	return n;
}

static void add_point(const struct power_sum *sum, const struct power_point *point,
		      const struct fitted *fitted, struct derivatives *d)
{
	size_t unknowns[2 * POWER_SUM_TERMS], n_unknowns = find_unknowns(sum, point, unknowns);
	const double *shares = fitted->shares;
	double g[LINALG_MAX], slope, r = residual(sum, point, fitted->ln_loss, &slope);
	struct robust_value rho = robust_at(&sum->robust, r);
	/* d rho / d fitted, and the coefficient of g g' in the Hessian; d slope / d fitted is slope
	 * for ROBUST_LSQ and 0 else. */
	double first = point->weight * rho.first * slope;
	double bend = sum->robust.kind == ROBUST_LSQ ? first : 0;
	double square = point->weight * slope * slope;
	size_t n = sum->n_parameters;

	for (size_t k = 0; k < n_unknowns; k++)
		g[unknowns[k]] = 0;
	for (size_t t = 0; t < sum->n_terms; t++) {
		g[point->terms[t].amplitude] += shares[t];
		if (point->terms[t].exponent >= 0)
			g[point->terms[t].exponent] -= shares[t] * point->terms[t].x;
		add_term(d->hessian, n, &point->terms[t], first * shares[t]);
	}
	d->value += point->weight * rho.value;
	for (size_t k = 0; k < n_unknowns; k++) {
		size_t i = unknowns[k];

		d->gradient[i] += first * g[i];
		for (size_t l = 0; l <= k; l++) {
			size_t at = entry(n, i, unknowns[l]);
			double gg = g[i] * g[unknowns[l]];

			d->hessian[at] += (square * rho.second + bend - first) * gg;
			d->metric[at] += square * rho.weight * gg;
		}
	}
}

static void add_derivatives(const struct power_sum *sum, const struct fitted *fitted,
			    struct derivatives *d)
{
	size_t n = sum->n_parameters;

	d->value = 0;
	memset(d->gradient, 0, n * sizeof(double));
	memset(d->hessian, 0, n * n * sizeof(double));
	memset(d->metric, 0, n * n * sizeof(double));
	for (size_t i = 0; i < sum->n; i++)
		if (sum->points[i].weight != 0)
			add_point(sum, &sum->points[i], &fitted[i], d);
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++) {
			d->hessian[i * n + j] = d->hessian[j * n + i];
			d->metric[i * n + j] = d->metric[j * n + i];
		}
}

/* A search for the minimum: derivatives are asked for where the value was just found. */
struct search {
	const struct power_sum *sum;
	double *theta; /* the last */
	struct fitted *fitted;
};

static double sum_value(const void *context, const double *theta)
{
	const struct search *search = context;

	memcpy(search->theta, theta, search->sum->n_parameters * sizeof(*theta));
	return objective_at(search->sum, theta, search->fitted);
}

static void sum_derivatives(const void *context, const double *theta, struct derivatives *d)
{
	const struct search *search = context;
	size_t n = search->sum->n_parameters;

	if (memcmp(search->theta, theta, n * sizeof(*theta)) != 0)
		sum_value(context, theta);
	add_derivatives(search->sum, search->fitted, d);
}

double power_sum_objective(const struct power_sum *sum, const double *theta)
{
	struct fitted *fitted = xmalloc((sum->n + 1) * sizeof(*fitted));
	double value = objective_at(sum, theta, fitted);

	free(fitted);
	return value;
}

void power_sum_derivatives(const struct power_sum *sum, const double *theta, struct derivatives *d)
{
	struct fitted *fitted = xmalloc((sum->n + 1) * sizeof(*fitted));

	objective_at(sum, theta, fitted);
	add_derivatives(sum, fitted, d);
	free(fitted);
}

double power_sum_search(const struct power_sum *sum, double *theta, int max_steps)
{
	struct fitted *fitted = xmalloc((sum->n + 1) * sizeof(*fitted));
	double last[LINALG_MAX];
	struct search search = {sum, last, fitted};
	struct objective objective = {sum->n_parameters, &search, sum_value, sum_derivatives};
	double value = newton_minimise(&objective, theta, max_steps);

	free(fitted);
	return value;
}
