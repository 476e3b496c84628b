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

#define LAW_MAX_PARAMETERS 32
#define LAW_MAX_ARMS	   12 /* of a joint law */
#define LAW_NAME_SIZE	   64 /* of a parameter with its arm: "rho_N:muon" */

/* Columns, as bits. */
enum law_column {
	LAW_FLOPS = 1,
	LAW_PARAMS = 2,
	LAW_TOKENS = 4,
	LAW_LOSS = 8,
	LAW_BATCH = 16,
	LAW_STEPS = 32,
	LAW_LR = 64,
	LAW_WIDTH = 128
};

/* X(name in C, meaning, what is left out): where the points of a law come from. */
#define LAW_SOURCES(X)                                                                 \
	X(CELLS, "best of tuning at each size and budget", "none")                     \
	X(FRONTIER, "lowest loss at each compute", "none")                             \
	X(LR_OPTIMA, "interior optima of lr at each size and budget",                  \
	  "optima of lr on the edge of what was tried, or beside a divergence")        \
	X(BATCH_OPTIMA, "interior optima of the batch at each size and budget",        \
	  "optima of the batch on the edge of what was tried, or beside a divergence") \
	X(TARGETS, "steps that each batch needs for a target loss",                    \
	  "batches that never reached the target (censored)")                          \
	X(WIDTHS, "lowest loss at each width", "none")

#define X(name, ...) LAW_OF_##name,
enum law_source { LAW_SOURCES(X) };
#undef X

const char *law_source_meaning(enum law_source source);

/* What points of a source are left out. */
const char *law_source_left_out(enum law_source source);

/* One point; a number that is not known is NAN. */
struct law_point {
	double flops, params, tokens; /* C, N, D */
	double loss;		      /* nats per token */
	double batch, steps;	      /* tokens per step; steps in all */
	double lr, width;	      /* the optimum's peak lr; d_model */
	double base_batch; /* of critical_batch, the same of all points; 0: the smallest */
	size_t arm;	   /* of a joint law: 0 is the baseline */
	size_t budget;	   /* points of one compute budget share it */
};

struct law_data {
	const struct law_point *points;
	const double *weight; /* one per point, 0 leaves it out; NULL: all 1 */
	size_t n, n_arms;     /* n_arms: 1 but for joint laws */
};

struct law_fit {
	double parameters[LAW_MAX_PARAMETERS]; /* NAN: the data do not determine it */
	double objective;
	double condition;  /* of the Hessian in centred logarithms; inf: singular */
	size_t n;	   /* points of weight above 0 */
	int starts, agree; /* starts, and those that ended at the best objective */
};

struct law {
	const char *name, *alias; /* alias NULL: none */
	const char *formula;
	const char *how;	  /* one line for help */
	const char *needs;	  /* the least that can be fitted: "3 different computes" */
	unsigned columns;	  /* enum law_column, what points must have */
	enum law_column response; /* what it fits: LAW_LOSS, mostly */
	enum law_source source;
	const char *parameters[LAW_MAX_PARAMETERS];
	size_t n_parameters;	/* of one arm; of a joint law those that arms share */
	bool joint;		/* one fit of all arms, the baseline first */
	const char *per_arm[2]; /* further parameters of every arm but the first; NULL: none */
	unsigned amplitudes;  /* bits: parameters that are not negative and may be given as ln_X */
	struct robust robust; /* unless asked otherwise */
	/* `warm`: parameters to start from, NULL: many starts.  ERR_FIT. */
	int (*fit)(const struct law_data *data, const struct robust *robust, const double *warm,
		   struct law_fit *fit, struct error *err);
	/* The objective and condition at given parameters; NULL: has no objective. */
	void (*evaluate)(const struct law_data *data, const struct robust *robust,
			 const double *parameters, struct law_fit *fit);
	/* The response at a point; NULL: predicts none. */
	double (*predict)(const double *parameters, const struct law_point *at);
	/* The fitted response of every point, where that is more than predict(), NAN of those
	 * that it leaves out; NULL: it is not. */
	void (*fitted)(const struct law_data *data, const struct law_fit *fit, double *responses);
	/* How many numbers the fitted responses take from the points; NULL: the parameters. */
	size_t (*n_spent)(const struct law_data *data);
	/* The FLOPs that reach a loss, NAN where none do; NULL: not a law of C alone. */
	double (*invert)(const double *parameters, double loss);
	/* A parameter is where no scaling law can have it: E at 0 or at the lowest loss, an
	 * exponent outside (0, 2].  Such replicates are degenerate. */
	bool (*at_bound)(const struct law_data *data, const struct law_fit *fit);
	/* Whether points are enough to fit it where it was not asked for; NULL: where it needs N,
	 * 3 sizes. */
	bool (*suits)(const struct law_data *data);
	/* Adds what is wrong with a fit, one line each. */
	void (*check)(const struct law_data *data, const struct law_fit *fit,
		      struct text *warnings);
};

/* All laws, in the order of help; ends with NULL. */
extern const struct law *const laws[];

extern const struct law law_power, law_power_offset, law_chinchilla, law_isoflop, law_envelope,
	law_envelope_bins, law_joint;
extern const struct law law_lr, law_batch, law_critical_batch, law_three_term, law_width;

const struct law *law_find(const char *name); /* or alias; NULL */

/* See struct law. */
bool law_suits(const struct law *law, const struct law_data *data);

/* With those of every further arm of a joint law. */
size_t law_n_parameters(const struct law *law, size_t n_arms);

/* "alpha", or "rho_N:muon" with the name of the arm it belongs to. */
void law_parameter_name(const struct law *law, size_t parameter, const char *const *arms,
			char name[LAW_NAME_SIZE]);

/* Reads "A=406.4,ln_B=6.02,..." into the law's parameters: every one must be given, in any order;
 * "ln_X" gives the logarithm.  `arms`: names of the arms of a joint law.  ERR_USAGE. */
int law_read_parameters(const struct law *law, const char *const *arms, size_t n_arms,
			const char *text, double *parameters, struct error *err);

/* What the law fits of a point. */
double law_response(const struct law *law, const struct law_point *point);
void law_set_response(const struct law *law, struct law_point *point, double value);

/* The fitted response of every point; false: the law has none. */
bool law_fitted(const struct law *law, const struct law_data *data, const struct law_fit *fit,
		double *responses);

/* How many values differ by more than a part in a thousand. */
size_t law_distinct(const struct law_data *data, double (*value)(const struct law_point *point));

/* What law checks share: too few points for an interval, an ill-determined fit, starts that
 * disagree. */
void law_check_common(const struct law *law, const struct law_fit *fit, struct text *warnings);

/* The first of these alone: as many parameters as points. */
void law_check_count(size_t n_parameters, const struct law_fit *fit, struct text *warnings);

/* The Hessian is singular: parameters can trade against each other freely. */
bool law_fit_singular(const struct law_fit *fit);

/* Points of weight above 0. */
size_t law_count(const struct law_data *data);

/* The text of 'muon-sweep help laws'. */
void laws_describe(struct text *out);

#endif
