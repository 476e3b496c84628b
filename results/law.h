/* SPDX-License-Identifier: MIT
 *
 * Laws: formulas that are fitted to points of (C, N, D, L).  A law is one file law_NAME.c with
 * one const struct law, and one line in the table of law.c.  Laws take plain arrays; where the
 * points come from is not their business.
 */
#ifndef RESULTS_LAW_H
#define RESULTS_LAW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "results/robust.h"

#define LAW_MAX_PARAMETERS 8

/* Columns, as bits. */
enum law_column { LAW_FLOPS = 1, LAW_PARAMS = 2, LAW_TOKENS = 4, LAW_LOSS = 8 };

/* One point: model FLOPs, parameters, tokens, nats per token. */
struct law_point {
	double flops, params, tokens, loss;
};

struct law_data {
	const struct law_point *points;
	const double *weight; /* one per point, 0 leaves it out; NULL: all 1 */
	size_t n;
};

struct law_fit {
	double parameters[LAW_MAX_PARAMETERS];
	double objective;
	double condition;  /* of the Hessian in centred logarithms; inf: singular */
	size_t n;	   /* points of weight above 0 */
	int starts, agree; /* starts, and those that ended at the best objective */
};

struct law {
	const char *name, *alias; /* alias NULL: none */
	const char *formula;
	const char *how;     /* one line for help */
	unsigned columns;    /* enum law_column */
	bool frontier;	     /* fits the frontier, not all points */
	size_t n_parameters; /* also the least number of points */
	const char *parameters[LAW_MAX_PARAMETERS];
	unsigned amplitudes;  /* bits: parameters that are not negative and may be given as ln_X */
	struct robust robust; /* unless asked otherwise */
	/* `warm`: parameters to start from, NULL: many starts.  ERR_FIT. */
	int (*fit)(const struct law_data *data, const struct robust *robust, const double *warm,
		   struct law_fit *fit, struct error *err);
	/* The objective and condition at given parameters. */
	void (*evaluate)(const struct law_data *data, const struct robust *robust,
			 const double *parameters, struct law_fit *fit);
	double (*predict)(const double *parameters, const struct law_point *at);
	/* The FLOPs that reach a loss, NAN where none do; NULL: not a law of C alone. */
	double (*invert)(const double *parameters, double loss);
	/* A parameter is where no scaling law can have it: E at 0 or at the lowest loss, an
	 * exponent outside (0, 2]. */
	bool (*at_bound)(const struct law_data *data, const struct law_fit *fit);
	/* Adds what is wrong with a fit, one line each. */
	void (*check)(const struct law_data *data, const struct law_fit *fit,
		      struct text *warnings);
};

/* All laws, in the order of help; ends with NULL. */
extern const struct law *const laws[];

extern const struct law law_power, law_power_offset, law_chinchilla;

const struct law *law_find(const char *name); /* or alias; NULL */

/* Reads "A=406.4,ln_B=6.02,..." into the law's parameters: every one must be given, in any order;
 * "ln_X" gives the logarithm.  ERR_USAGE. */
int law_read_parameters(const struct law *law, const char *text, double *parameters,
			struct error *err);

/* How many values differ by more than a part in a thousand. */
size_t law_distinct(const struct law_data *data, double (*value)(const struct law_point *point));

/* What law checks share: too few points for an interval, an ill-determined fit, starts that
 * disagree. */
void law_check_common(const struct law *law, const struct law_fit *fit, struct text *warnings);

/* The Hessian is singular: parameters can trade against each other freely. */
bool law_fit_singular(const struct law_fit *fit);

/* Points of weight above 0. */
size_t law_count(const struct law_data *data);

/* The text of 'muon-sweep help laws'. */
void laws_describe(struct text *out);

#endif
