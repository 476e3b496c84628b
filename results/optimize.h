/* SPDX-License-Identifier: MIT
 *
 * A minimiser for small smooth problems with exact derivatives: Newton's method, damped as
 * Levenberg and Marquardt do.
 */
#ifndef RESULTS_OPTIMIZE_H
#define RESULTS_OPTIMIZE_H

#include <stddef.h>

#include "base/linalg.h"

struct derivatives {
	double value;
	double gradient[LINALG_MAX];
	double hessian[LINALG_MAX * LINALG_MAX]; /* n x n */
	double metric[LINALG_MAX * LINALG_MAX]; /* n x n, positive semidefinite: scales the damping,
						 * for instance Gauss-Newton's matrix */
};

struct objective {
	size_t n; /* unknowns, at most LINALG_MAX */
	const void *context;
	double (*value)(const void *context, const double *x);
	void (*derivatives)(const void *context, const double *x, struct derivatives *d);
};

/* Steps from x downhill to a local minimum, at most `max_steps`; returns the value there.  Every
 * accepted step lowers the value, so that x never gets worse. */
double newton_minimise(const struct objective *objective, double *x, int max_steps);

#endif
