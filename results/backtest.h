/* SPDX-License-Identifier: MIT
 *
 * Backtest: laws fitted without the largest budgets, and what they say of them.
 */
#ifndef RESULTS_BACKTEST_H
#define RESULTS_BACKTEST_H

#include <stdbool.h>
#include <stddef.h>

#include "results/bootstrap.h"
#include "results/law.h"

/* A point that was held out. */
struct backtest_point {
	const struct law *law;
	size_t arm;
	struct law_point point;	  /* as observed */
	double predicted;	  /* loss */
	struct interval interval; /* of the prediction, with the noise of a point; NAN: none */
};

/* A law over the points of one arm that were held out. */
struct backtest_score {
	const struct law *law;
	size_t arm;
	size_t n;		      /* points */
	size_t n_intervals, n_inside; /* those that have an interval; that lie inside it */
	double error;		      /* root mean square of ln(predicted / observed) */
	double frontier_error; /* the same over the lowest point of each budget alone, which all
				* laws predict; NAN: none */
	bool best;	       /* of its arm, by frontier_error */
};

#endif
