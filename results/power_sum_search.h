/* SPDX-License-Identifier: MIT
 *
 * The objective of sums of powers, its derivatives and the way to its minimum; private to
 * power_sum*.c.
 */
#ifndef RESULTS_POWER_SUM_SEARCH_H
#define RESULTS_POWER_SUM_SEARCH_H

#include "results/optimize.h"
#include "results/power_sum.h"

/* The sum over points of weight times rho, see robust.h. */
double power_sum_objective(const struct power_sum *sum, const double *theta);

/* Its value with gradient and Hessian at theta. */
void power_sum_derivatives(const struct power_sum *sum, const double *theta, struct derivatives *d);

/* Newton's steps from theta, at most so many; returns the objective where they end. */
double power_sum_search(const struct power_sum *sum, double *theta, int max_steps);

#endif
