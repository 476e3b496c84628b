/* SPDX-License-Identifier: MIT
 *
 * N* = N_coefficient C^a and D* = D_coefficient C^b through optima at several computes: what
 * approaches 1 and 2 of Hoffmann et al. 2022 (arXiv 2203.15556) end with.
 */
#ifndef RESULTS_OPTIMUM_H
#define RESULTS_OPTIMUM_H

#include "results/law.h"

enum { OPTIMUM_A, OPTIMUM_B, OPTIMUM_N, OPTIMUM_D, OPTIMUM_PARAMETERS };
#define OPTIMUM_NAMES                                      \
	{                                                  \
		"a", "b", "N_coefficient", "D_coefficient" \
	}

/* Optima, one a compute. */
struct optima {
	double *flops, *params, *tokens;
	size_t n;
};

void optima_init(struct optima *optima, size_t capacity);
void optima_add(struct optima *optima, double flops, double params, double tokens);
void optima_release(struct optima *optima);

/* Fills parameters, objective (of both lines, r^2 / 2 summed), condition and n; no starts.  False:
 * fewer than 2 different computes. */
bool optimum_fit(const struct optima *optima, struct law_fit *fit);

/* An exponent is outside (0, 2]. */
bool optimum_at_bound(const struct law_data *data, const struct law_fit *fit);

/* Warns of that. */
void optimum_check(const struct law_fit *fit, struct text *warnings);

#endif
