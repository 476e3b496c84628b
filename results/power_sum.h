/* SPDX-License-Identifier: MIT
 *
 * Sums of powers: L_i = sum over t of exp(theta[amplitude] - theta[exponent] x), the form of
 * every law with amplitudes and exponents, one arm or several with shared parameters.
 *
 * In ln L this is a log-sum-exp of functions linear in theta, which has exact and cheap first and
 * second derivatives.  Amplitudes are positive because theta is their logarithm; x should be a
 * logarithm minus its mean, so that amplitude and exponent are nearly orthogonal.
 */
#ifndef RESULTS_POWER_SUM_H
#define RESULTS_POWER_SUM_H

#include <stddef.h>

#include "results/law.h"
#include "results/robust.h"

#define POWER_SUM_TERMS	   4
#define POWER_SUM_STARTS   64
#define POWER_SUM_CONSTANT (-1) /* as exponent: 1; with x = 0 the term is its amplitude */

struct power_term {
	int amplitude, exponent; /* indices into theta */
	double x;
};

struct power_point {
	struct power_term terms[POWER_SUM_TERMS];
	double loss, ln_loss, weight;
};

struct power_sum {
	struct power_point *points;
	size_t n, n_terms, n_parameters;
	struct robust robust;
};

/* Takes n points, all weights 0; free with power_sum_release(). */
void power_sum_init(struct power_sum *sum, size_t n, const struct robust *robust);
void power_sum_release(struct power_sum *sum);

/* Sets all but the terms. */
void power_point_set(struct power_point *point, double loss, double weight);

/* The mean of ln value over the points of a law: what x is centred with. */
double power_sum_centre(const struct law_data *data, double (*value)(const struct law_point *));

/* ln of an amplitude, with 0 replaced by something that no loss would notice. */
double power_sum_log_amplitude(double amplitude);
double power_sum_amplitude(double log_amplitude); /* and back */

/* Polishes theta; returns the objective. */
double power_sum_minimise(const struct power_sum *sum, double *theta);

/* Polishes each of the starts (n_starts x n_parameters) and keeps the best in theta; fills
 * objective, starts, agree, condition and n of `fit`.  A constant term may end at 0, see
 * power_sum_amplitude(); the condition is that of the other unknowns. */
void power_sum_best(const struct power_sum *sum, const double *starts, size_t n_starts,
		    double *theta, struct law_fit *fit);

/* Objective, n and condition at theta; no starts. */
void power_sum_evaluate(const struct power_sum *sum, const double *theta, struct law_fit *fit);

#endif
