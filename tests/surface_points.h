/* SPDX-License-Identifier: MIT
 *
 * Generated points of L = E + A N^-alpha + B D^-beta, for tests of laws over N and D.
 */
#ifndef TESTS_SURFACE_POINTS_H
#define TESTS_SURFACE_POINTS_H

#include <math.h>

#include "base/random.h"
#include "results/law.h"

static const double surface_truth[] = {1.69, 406.4, 410.7, 0.34, 0.28};

/* An 8 x 8 grid of (N, D) with the losses of `truth`, times exp(noise z). */
static inline struct law_data surface_grid(struct law_point points[64], const double *truth,
					   double noise)
{
	struct random random = random_stream(7, 1);

	for (size_t i = 0; i < 64; i++) {
		double params = 5e7 * pow(2, (double)(i / 8));
		double tokens = 1e9 * pow(2.2, (double)(i % 8));
		struct law_point *p = &points[i];

		*p = (struct law_point){
			.flops = 6 * params * tokens, .params = params, .tokens = tokens};
		p->loss = law_chinchilla.predict(truth, p) * exp(noise * random_normal(&random));
	}
	return (struct law_data){points, NULL, 64, 1};
}

/* Budgets 10^18, 10^19, ... with `sizes` sizes each, spaced by `step`, the middle one `off` times
 * the optimum of the surface; points has room for budgets x sizes. */
static inline struct law_data surface_budgets(struct law_point *points, size_t budgets,
					      size_t sizes, double step, double off,
					      const double *truth)
{
	double sum = truth[3] + truth[4];
	double g = pow(truth[3] * truth[1] / (truth[4] * truth[2]), 1 / sum);

	for (size_t b = 0; b < budgets; b++)
		for (size_t s = 0; s < sizes; s++) {
			double flops = 1e18 * pow(10, (double)b);
			double best = g * pow(flops / 6, truth[4] / sum);
			double place = (double)s - (double)(sizes - 1) / 2;
			struct law_point *p = &points[b * sizes + s];

			*p = (struct law_point){.flops = flops,
						.params = off * best * pow(step, place),
						.budget = b};
			p->tokens = flops / 6 / p->params;
			p->loss = law_chinchilla.predict(truth, p);
		}
	return (struct law_data){points, NULL, budgets * sizes, 1};
}

#endif
