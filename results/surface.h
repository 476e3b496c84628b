/* SPDX-License-Identifier: MIT
 *
 * L = E + A_k N^-alpha + B_k D^-beta: the loss over N and D for one arm, or for several that share
 * E and the exponents.
 */
#ifndef RESULTS_SURFACE_H
#define RESULTS_SURFACE_H

#include <stdbool.h>

#include "results/law.h"

struct surface {
	double E, alpha, beta;
	double ln_A[LAW_MAX_ARMS], ln_B[LAW_MAX_ARMS]; /* -HUGE_VAL: the term is 0 */
};

/* Fits data->n_arms arms; `warm` NULL: many starts.  `fit` receives objective, n, condition and
 * starts, no parameters. */
void surface_fit(const struct law_data *data, const struct robust *robust,
		 const struct surface *warm, struct surface *fitted, struct law_fit *fit);

/* Objective, n and condition at given parameters. */
void surface_evaluate(const struct law_data *data, const struct robust *robust,
		      const struct surface *surface, struct law_fit *fit);

/* E at 0 or an exponent outside (0, 2]. */
bool surface_at_bound(const struct law_data *data, const struct surface *surface);

/* What keeps a fit of the law from meaning anything, one line each: too few sizes or durations,
 * one budget, one ratio of tokens to parameters, a bound. */
void surface_check(const struct law *law, const struct law_data *data,
		   const struct surface *surface, const struct law_fit *fit, struct text *warnings);

#endif
