/* SPDX-License-Identifier: MIT
 *
 * Efficiency: how much of the baseline's compute (tokens, parameters, seconds) the challenger
 * needs for the same loss.
 *
 *     ratio(C) = C_challenger(L) / C,   L = the baseline's frontier at C,
 *
 * only where both arms have observed the loss.  The primary method fits L = E + k C^-p to both
 * frontiers with one E; beside it stand separate E and piecewise log-log interpolation.  What
 * each meaning is of its own stands in efficiency_kind.h and its files.
 */
#ifndef RESULTS_EFFICIENCY_H
#define RESULTS_EFFICIENCY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "results/bootstrap.h"
#include "results/law.h"
#include "results/power_offset.h"

enum efficiency_meaning {
	EFFICIENCY_COMPUTE,
	EFFICIENCY_COMPUTE_WITH_OPTIMIZER,
	EFFICIENCY_TOKENS, /* at equal N */
	EFFICIENCY_RHO_N,
	EFFICIENCY_RHO_D,
	EFFICIENCY_TIME,
	EFFICIENCY_N_MEANINGS
};

/* How a ratio is computed; meanings that know one way only have the primary one, and NAN for the
 * others. */
enum efficiency_method {
	EFFICIENCY_PRIMARY,
	EFFICIENCY_SEPARATE,
	EFFICIENCY_INTERPOLATION,
	EFFICIENCY_N_METHODS
};

/* One place: a compute of the baseline, for time with its seconds; for tokens the N, D and C of a
 * point of the challenger.  What a meaning does not have is NAN. */
struct efficiency_row {
	double flops, params, tokens, seconds;
	double loss; /* the baseline's, by the primary method where there is one */
	double method_loss[EFFICIENCY_N_METHODS];	/* the baseline's, as each method sees it */
	bool in_range[EFFICIENCY_N_METHODS];		/* both arms have observed that loss */
	double ratio[EFFICIENCY_N_METHODS];		/* NAN: not to be had */
	struct interval interval[EFFICIENCY_N_METHODS]; /* as printed */
	struct intervals intervals[EFFICIENCY_N_METHODS]; /* both kinds */
};

/* The baseline's loss against D at one N. */
struct efficiency_curve {
	double params;
	struct power_offset law; /* of tokens; p[0] NAN: could not be fitted */
};

struct efficiency {
	enum efficiency_meaning meaning;
	size_t baseline, challenger; /* arms */
	struct efficiency_row *rows; /* by rising C; tokens: by N, then D */
	size_t n_rows;
	double x_low, x_high; /* where the ratio is defined: C (seconds) of the baseline, D of the
			       * challenger; NAN: nowhere */
	double crossing;      /* there the primary curves cross; NAN: not within */
	struct power_offset shared;	 /* baseline, challenger; p[0] NAN: could not be fitted */
	struct power_offset separate[2]; /* each its own; p[0] NAN: could not be fitted */
	struct efficiency_curve *curves; /* of tokens, by rising N */
	size_t n_curves;
	bool at_bound[EFFICIENCY_N_METHODS]; /* its fit is, see power_offset.h */
	double slope;			     /* d ln ratio / d ln C, shared E; of tokens and time
					      * see efficiency_kind.h; NAN: none */
	struct interval slope_interval;	     /* as printed */
	struct intervals slope_intervals;
	bool isolated; /* time: all trials on one host, backend and thread count, one at a time */
	size_t n_trials, n_replicates;
	size_t seed_pairs;			   /* seeds that every cell of both arms has */
	size_t n_degenerate[EFFICIENCY_N_METHODS]; /* replicates at a bound or not fitted */
	struct text warnings;			   /* one line each; also why there is no row */
};

const char *efficiency_meaning_name(enum efficiency_meaning meaning);
/* Of the meanings that compare frontiers. */
const char *efficiency_method_name(enum efficiency_method method);
/* Of any meaning; NULL: has no such method. */
const char *efficiency_method_of(enum efficiency_meaning meaning, enum efficiency_method method);

/* What the interval of the slope allows to say of the advantage:
 *
 *     constant   within +-0.005 (a ratio that moves by under 1.2 % in a decade), or within +-0.05
 *                (12 %) with 0 inside
 *     shrinking  above 0: the ratio grows with C
 *     growing    below 0
 *     undecided  anything else, and without an interval */
const char *efficiency_trend(const struct efficiency *pair);

/* The row to quote: in range by its method, at the largest C, or `smallest`; NULL: none.  `method`
 * receives the primary method, or interpolation where the primary has no ratio. */
const struct efficiency_row *efficiency_quoted(const struct efficiency *pair, bool smallest,
					       enum efficiency_method *method);

/* Fits what the meaning compares, chooses the rows and fills in what needs no bootstrap.  `names`
 * are for the warnings. */
void efficiency_estimate(struct efficiency *pair, const struct law_data arms[2],
			 const struct robust *robust, const char *const names[2]);

/* The numbers of one replicate at the rows of `pair`: n_rows x EFFICIENCY_N_METHODS ratios, then
 * the slope.  degenerate[] receives whether a method's fit was at a bound or impossible. */
void efficiency_replicate(const struct efficiency *pair, const struct law_data arms[2],
			  const struct robust *robust, double *numbers,
			  bool degenerate[EFFICIENCY_N_METHODS]);
size_t efficiency_n_numbers(const struct efficiency *pair);

/* Intervals from n replicates of efficiency_n_numbers() each; none of a ratio that most
 * replicates do not have.  Replicates at a bound (E = 0) count: their curves pass through what was
 * observed all the same. */
void efficiency_intervals(struct efficiency *pair, const double *numbers, size_t n);

void efficiency_release(struct efficiency *pair);

#endif
