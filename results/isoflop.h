/* SPDX-License-Identifier: MIT
 *
 * IsoFLOP parabolas: loss against ln N at one compute budget, approach 2 of Hoffmann et al. 2022
 * (arXiv 2203.15556).
 */
#ifndef RESULTS_ISOFLOP_H
#define RESULTS_ISOFLOP_H

#include <stdbool.h>
#include <stddef.h>

#include "results/law.h"

/* One budget: loss = c[0] + c[1] x + c[2] x^2 with x = ln(N / centre). */
struct isoflop_budget {
	size_t budget; /* law_point.budget */
	double flops;
	double centre, c[3];
	size_t n;			/* points */
	double params_low, params_high; /* their range */
	double params, tokens, loss;	/* of the vertex; NAN where the parabola has no minimum */
	bool convex, inside;		/* inside: the vertex lies within the range */
};

/* One entry for each budget of the data that has 3 sizes or more, by rising compute; `budgets` has
 * room for data->n.  Returns how many. */
size_t isoflop_budgets(const struct law_data *data, struct isoflop_budget *budgets);

/* The computes of the other budgets, in no order; `flops` has room for data->n. */
size_t isoflop_thin_budgets(const struct law_data *data, double *flops);

/* The parabola at a size. */
double isoflop_loss(const struct isoflop_budget *budget, double params);

#endif
