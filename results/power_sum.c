/* SPDX-License-Identifier: MIT
 *
 * With p_t the share of term t in L and v_t the gradient of its exponent, ln L has gradient
 * g = sum p_t v_t and Hessian sum p_t v_t v_t' - g g'.  Each v_t has one or two entries.
 *
 * Least absolute deviations have no second derivative: their minimum is followed from Huber's
 * with delta going to zero.  So is Huber's own from a larger delta where that is hard to find:
 * steps are held up by the kinks of points that enter and leave the square part.
 */
#include "results/power_sum.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/optimize.h"

#define MAX_STEPS	200
#define FEW_STEPS	10
#define STILL_MOVING	1e-8 /* relative, of the objective, over FEW_STEPS */
#define HUBER_START	1e2  /* times delta */
#define LAD_DELTA_START 1e-2
#define LAD_DELTA_END	1e-12
#define LEAST_AMPLITUDE 1e-15 /* nats per token */
#define AGREEMENT	1e-6  /* relative, of the objective */
#define NEGLIGIBLE	1e-16 /* of the objective, a point */
#define SUNK		1e-3  /* of the lowest loss: below, a constant term is on its way to 0 */
#define AS_GOOD		1e-9  /* relative difference of objectives that is rounding */

void power_sum_init(struct power_sum *sum, size_t n, const struct robust *robust)
{
	*sum = (struct power_sum){.n = n, .robust = *robust};
	sum->points = xcalloc(n + 1, sizeof(*sum->points));
}

void power_sum_release(struct power_sum *sum)
{
	free(sum->points);
	sum->points = NULL;
}

void power_point_set(struct power_point *point, double loss, double weight)
{
	point->loss = loss;
	point->ln_loss = log(loss);
	point->weight = weight;
}

double power_sum_centre(const struct law_data *data, double (*value)(const struct law_point *))
{
	double total = 0;

	for (size_t i = 0; i < data->n; i++)
		total += log(value(&data->points[i]));
	return total / (double)data->n;
}

double power_sum_log_amplitude(double amplitude)
{
	return amplitude > LEAST_AMPLITUDE ? log(amplitude) : log(LEAST_AMPLITUDE);
}

double power_sum_amplitude(double log_amplitude)
{
	double amplitude = exp(log_amplitude);

	return amplitude > 2 * LEAST_AMPLITUDE ? amplitude : 0;
}

/* The largest term has 0. */
static double exp_of(double x)
{
	return x == 0 ? 1 : exp(x);
}

/* ln L and the share of each term. */
static double log_loss(const struct power_sum *sum, const struct power_point *point,
		       const double *theta, double *shares)
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

double power_sum_objective(const struct power_sum *sum, const double *theta)
{
	double total = 0, shares[POWER_SUM_TERMS], slope;

	for (size_t i = 0; i < sum->n; i++) {
		const struct power_point *point = &sum->points[i];
		double r;

		if (point->weight == 0)
			continue;
		r = residual(sum, point, log_loss(sum, point, theta, shares), &slope);
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
		      const double *theta, struct derivatives *d)
{
	size_t unknowns[2 * POWER_SUM_TERMS], n_unknowns = find_unknowns(sum, point, unknowns);
	double shares[POWER_SUM_TERMS], g[LINALG_MAX], slope;
	double fitted = log_loss(sum, point, theta, shares);
	double r = residual(sum, point, fitted, &slope);
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

static void sum_derivatives(const void *context, const double *theta, struct derivatives *d)
{
	const struct power_sum *sum = context;
	size_t n = sum->n_parameters;

	d->value = 0;
	memset(d->gradient, 0, n * sizeof(double));
	memset(d->hessian, 0, n * n * sizeof(double));
	memset(d->metric, 0, n * n * sizeof(double));
	for (size_t i = 0; i < sum->n; i++)
		if (sum->points[i].weight != 0)
			add_point(sum, &sum->points[i], theta, d);
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++) {
			d->hessian[i * n + j] = d->hessian[j * n + i];
			d->metric[i * n + j] = d->metric[j * n + i];
		}
}

static double sum_value(const void *context, const double *theta)
{
	return power_sum_objective(context, theta);
}

static double minimise(const struct power_sum *sum, double *theta, int max_steps)
{
	struct objective objective = {sum->n_parameters, sum, sum_value, sum_derivatives};

	return newton_minimise(&objective, theta, max_steps);
}

/* Follows the minimum of Huber's objective from delta = `from` down to above `to`. */
static void follow_delta(const struct power_sum *sum, double from, double to, double *theta)
{
	struct power_sum smooth = *sum;

	smooth.robust.kind = ROBUST_HUBER;
	for (double delta = from; delta > to * 1.5; delta /= 10) {
		smooth.robust.delta = delta;
		minimise(&smooth, theta, MAX_STEPS);
	}
}

/* Where the minimum is not reached since it is hidden behind kinks: also on the way through larger
 * deltas, if that leads lower than `value`. */
static double minimise_around(const struct power_sum *sum, double value, double *theta)
{
	double other[LINALG_MAX], end;

	memcpy(other, theta, sum->n_parameters * sizeof(*other));
	follow_delta(sum, sum->robust.delta * HUBER_START, sum->robust.delta, other);
	end = minimise(sum, other, MAX_STEPS);
	if (!(end < value))
		return value;
	memcpy(theta, other, sum->n_parameters * sizeof(*theta));
	return end;
}

/* What two values of the objective may differ by and mean the same. */
static double negligible(const struct power_sum *sum)
{
	double weight = 0;

	for (size_t i = 0; i < sum->n; i++)
		weight += sum->points[i].weight;
	return NEGLIGIBLE * weight;
}

double power_sum_minimise(const struct power_sum *sum, double *theta)
{
	double value, next;

	assert(sum->n_parameters <= LINALG_MAX && sum->n_terms <= POWER_SUM_TERMS);
	if (sum->robust.kind == ROBUST_LAD) {
		follow_delta(sum, LAD_DELTA_START, LAD_DELTA_END, theta);
		return power_sum_objective(sum, theta);
	}
	value = minimise(sum, theta, MAX_STEPS);
	next = minimise(sum, theta, FEW_STEPS);
	if (sum->robust.kind == ROBUST_HUBER && next < value * (1 - STILL_MOVING) - negligible(sum))
		return minimise_around(sum, next, theta);
	return next;
}

/* Whether a term is a constant whose amplitude is at 0. */
static bool at_zero(const struct power_term *term, const double *theta)
{
	return term->exponent == POWER_SUM_CONSTANT &&
	       power_sum_amplitude(theta[term->amplitude]) == 0;
}

/* Whether an unknown is free: an amplitude at its bound of 0 is not. */
static bool is_free(const struct power_sum *sum, const double *theta, size_t unknown)
{
	for (size_t t = 0; t < sum->n_terms; t++) {
		const struct power_term *term = &sum->points[0].terms[t];

		if ((size_t)term->amplitude == unknown && at_zero(term, theta))
			return false;
	}
	return true;
}

/* Condition number of the Hessian of the free unknowns at theta; HUGE_VAL: singular. */
static double condition(const struct power_sum *sum, const double *theta)
{
	struct power_sum smooth = *sum;
	struct derivatives d;
	double part[LINALG_MAX * LINALG_MAX];
	size_t n = sum->n_parameters, unknowns[LINALG_MAX], n_free = 0;

	if (sum->robust.kind == ROBUST_LAD)
		smooth.robust = (struct robust){ROBUST_HUBER, 1e-3};
	sum_derivatives(&smooth, theta, &d);
	for (size_t i = 0; i < n; i++)
		if (is_free(sum, theta, i))
			unknowns[n_free++] = i;
	for (size_t i = 0; i < n_free; i++)
		for (size_t j = 0; j < n_free; j++)
			part[i * n_free + j] = d.hessian[unknowns[i] * n + unknowns[j]];
	return condition_number(part, n_free);
}

void power_sum_evaluate(const struct power_sum *sum, const double *theta, struct law_fit *fit)
{
	fit->objective = power_sum_objective(sum, theta);
	fit->condition = condition(sum, theta);
	fit->starts = fit->agree = 0;
	fit->n = 0;
	for (size_t i = 0; i < sum->n; i++)
		fit->n += sum->points[i].weight > 0;
}

static double lowest_loss(const struct power_sum *sum)
{
	double lowest = HUGE_VAL;

	for (size_t i = 0; i < sum->n; i++)
		if (sum->points[i].weight > 0)
			lowest = fmin(lowest, sum->points[i].loss);
	return lowest;
}

/* A constant term that goes to 0 would creep there in its logarithm: jumps, and stays when that
 * is no worse than `value`.  Returns the objective. */
static double settle_at_zero(const struct power_sum *sum, double lowest, double *theta,
			     double value)
{
	double trial[LINALG_MAX], settled;
	bool sunk = false;

	memcpy(trial, theta, sum->n_parameters * sizeof(*trial));
	for (size_t t = 0; t < sum->n_terms; t++) {
		const struct power_term *term = &sum->points[0].terms[t];

		if (term->exponent != POWER_SUM_CONSTANT ||
		    exp(theta[term->amplitude]) > SUNK * lowest)
			continue;
		trial[term->amplitude] = power_sum_log_amplitude(0);
		sunk = true;
	}
	settled = sunk ? power_sum_minimise(sum, trial) : HUGE_VAL;
	if (!(settled <= value * (1 + AS_GOOD)))
		return value;
	memcpy(theta, trial, sum->n_parameters * sizeof(*trial));
	return settled;
}

void power_sum_best(const struct power_sum *sum, const double *starts, size_t n_starts,
		    double *theta, struct law_fit *fit)
{
	double ends[POWER_SUM_STARTS], trial[LINALG_MAX], best = HUGE_VAL;
	double lowest = lowest_loss(sum);
	size_t n = sum->n_parameters;

	assert(n_starts > 0 && n_starts <= POWER_SUM_STARTS);
	for (size_t s = 0; s < n_starts; s++) {
		memcpy(trial, &starts[s * n], n * sizeof(*trial));
		ends[s] = settle_at_zero(sum, lowest, trial, power_sum_minimise(sum, trial));
		if (s == 0 || ends[s] < best) {
			best = ends[s];
			memcpy(theta, trial, n * sizeof(*trial));
		}
	}
	power_sum_evaluate(sum, theta, fit);
	fit->starts = (int)n_starts;
	fit->agree = 0;
	for (size_t s = 0; s < n_starts; s++)
		fit->agree += ends[s] <= best * (1 + AGREEMENT) + negligible(sum);
}
