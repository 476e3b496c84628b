/* SPDX-License-Identifier: MIT
 *
 * Steps solve (H + damping (M + diag M)) s = -g: with damping 0 Newton's step, with much of it a
 * short step of steepest descent in the metric M.  Damping shrinks after a success and grows
 * after a failure (Nocedal and Wright, Numerical Optimization, 10.3).  A step that ends higher is
 * given a few more to recover before it is a failure.  It ends when the decrease that the model
 * promises is below the rounding of the value.
 */
#include "results/optimize.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define DAMPING_START 1e-3
#define DAMPING_LEAST 1e-12
#define DAMPING_MOST  1e12
#define ROUNDING      1e-15
#define LEAST	      1e-28 /* the same where the value is 0, for residuals of order 1 */
#define RECOVERIES    3
#define NEARER	      0.3 /* what a recovery must leave of the height */

static bool is_rounding(double decrease, double value)
{
	return decrease <= ROUNDING * fabs(value) + LEAST;
}

static void damp(const struct derivatives *d, size_t n, double damping, double *matrix)
{
	double largest = 0;

	for (size_t i = 0; i < n; i++)
		largest = fmax(largest, d->metric[i * n + i]);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++)
			matrix[i * n + j] = d->hessian[i * n + j] + damping * d->metric[i * n + j];
		matrix[i * n + i] += damping * (d->metric[i * n + i] + 1e-12 * largest);
	}
}

/* The step under one damping and the decrease that it promises; false: not a descent. */
static bool damped_step(const struct derivatives *d, size_t n, double damping, double *step,
			double *promise)
{
	double matrix[LINALG_MAX * LINALG_MAX], right[LINALG_MAX];

	matrix[0] = right[0] = 0; /* n is above 0, which not every compiler sees */
	damp(d, n, damping, matrix);
	for (size_t i = 0; i < n; i++)
		right[i] = -d->gradient[i];
	if (!cholesky_solve(matrix, right, step, n))
		return false;
	*promise = 0;
	for (size_t i = 0; i < n; i++)
		*promise += 0.5 * right[i] * step[i];
	return isfinite(*promise) && *promise >= 0;
}

/* Goes on from `next`, where the value is `trial`, no lower than `value`, by a few steps under the
 * same damping: after a long step along a curved valley, or over the kinks of Huber's objective,
 * they lead back to its floor.  Gives up where they do not come much nearer.  Returns the value. */
static double recover(const struct objective *objective, double damping, double value, double trial,
		      double *next)
{
	struct derivatives d;
	double step[LINALG_MAX], promise, above = HUGE_VAL;

	for (int i = 0; i < RECOVERIES && trial >= value && trial - value < above; i++) {
		above = NEARER * (trial - value);
		objective->derivatives(objective->context, next, &d);
		if (!damped_step(&d, objective->n, damping, step, &promise))
			break;
		for (size_t k = 0; k < objective->n; k++)
			next[k] += step[k];
		trial = objective->value(objective->context, next);
	}
	return trial;
}

/* Tries steps under growing damping; true when x moved to a lower value. */
static bool step_down(const struct objective *objective, const struct derivatives *d, double *x,
		      double *value, double *damping, double *promise)
{
	double step[LINALG_MAX], next[LINALG_MAX];
	size_t n = objective->n;

	for (; *damping < DAMPING_MOST; *damping = fmax(*damping * 8, DAMPING_LEAST)) {
		double trial;

		if (!damped_step(d, n, *damping, step, promise))
			continue;
		for (size_t i = 0; i < n; i++)
			next[i] = x[i] + step[i];
		trial = objective->value(objective->context, next);
		if (!(trial < *value) && !is_rounding(*promise, *value))
			trial = recover(objective, *damping, *value, trial, next);
		if (trial < *value) {
			memcpy(x, next, n * sizeof(*x));
			*value = trial;
			return true;
		}
		if (is_rounding(*promise, *value))
			return false;
	}
	return false;
}

double newton_minimise(const struct objective *objective, double *x, int max_steps)
{
	struct derivatives d;
	double damping = DAMPING_START, value = objective->value(objective->context, x);

	for (int i = 0; i < max_steps; i++) {
		double promise = 0;

		objective->derivatives(objective->context, x, &d);
		if (!step_down(objective, &d, x, &value, &damping, &promise))
			break;
		if (is_rounding(promise, value))
			break;
		damping = damping > 16 * DAMPING_LEAST ? damping / 16 : 0;
	}
	return value;
}
