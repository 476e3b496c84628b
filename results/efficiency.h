/* SPDX-License-Identifier: MIT
 *
 * Efficiency: how much of the baseline's compute the challenger needs for the same loss.
 *
 *     ratio(C) = C_challenger(L) / C,   L = the baseline's frontier at C,
 *
 * only where both arms have observed the loss.  The primary method fits L = E + k C^-p to both
 * frontiers with one E; beside it stand separate E and piecewise log-log interpolation.
 */
#ifndef RESULTS_EFFICIENCY_H
#define RESULTS_EFFICIENCY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct interval {
	double low, high; /* NAN: none */
};

enum efficiency_meaning { EFFICIENCY_COMPUTE, EFFICIENCY_COMPUTE_WITH_OPTIMIZER };
enum efficiency_method {
	EFFICIENCY_SHARED,
	EFFICIENCY_SEPARATE,
	EFFICIENCY_INTERPOLATION,
	EFFICIENCY_N_METHODS
};

/* One compute of the baseline. */
struct efficiency_row {
	double flops, loss;		    /* loss: the baseline's, by the primary method */
	double ratio[EFFICIENCY_N_METHODS]; /* NAN: not to be had */
	struct interval interval[EFFICIENCY_N_METHODS];
};

struct efficiency {
	enum efficiency_meaning meaning;
	size_t baseline, challenger; /* arms */
	struct efficiency_row *rows; /* inside the overlap of observed losses */
	size_t n_rows;
	double E, k[2], p[2]; /* shared E; baseline, challenger */
	double slope;	      /* d ln ratio / d ln C, shared E */
	struct interval slope_interval;
	size_t n_trials, seed_pairs, n_replicates, n_degenerate;
	struct text warnings; /* one line each; why there is no row */
};

const char *efficiency_meaning_name(enum efficiency_meaning meaning);
const char *efficiency_method_name(enum efficiency_method method);
/* "constant", "shrinking" (the ratio grows with C), "growing" or "undecided". */
const char *efficiency_trend(const struct efficiency *pair);

#endif
