/* SPDX-License-Identifier: MIT
 *
 * What each meaning of efficiency is of its own.  A meaning is one const struct efficiency_kind
 * in its file, and one line in the table of efficiency.c.
 */
#ifndef RESULTS_EFFICIENCY_KIND_H
#define RESULTS_EFFICIENCY_KIND_H

#include <math.h>

#include "results/efficiency.h"
#include "results/sample.h"

struct efficiency_kind {
	const char *name;  /* "compute" */
	const char *what;  /* is compared: "FLOPs" */
	const char *per;   /* the slope is d ln ratio / d ln of this: "C"; NULL: has no slope */
	const char *slope; /* its name in JSON: "d_ln_ratio_d_ln_flops" */
	const char *methods[EFFICIENCY_N_METHODS]; /* NULL: has no such method */
	enum law_source source;			   /* the points of an arm */
	unsigned columns;			   /* enum law_column that they need */
	enum sample_compute x;			   /* what their `flops` are */
	/* A factor of the joint law, named so: the ratio is 1 over it.  The functions below are
	 * NULL then. */
	const char *factor;
	void (*estimate)(struct efficiency *pair, const struct law_data arms[2],
			 const struct robust *robust, const char *const names[2]);
	void (*replicate)(const struct efficiency *pair, const struct law_data arms[2],
			  const struct robust *robust, double *numbers,
			  bool degenerate[EFFICIENCY_N_METHODS]);
	void (*take_residuals)(const struct efficiency *pair, const struct sample samples[2],
			       struct residuals residuals[2]);
};

extern const struct efficiency_kind efficiency_compute, efficiency_compute_with_optimizer,
	efficiency_tokens, efficiency_rho_n, efficiency_rho_d, efficiency_time;

const struct efficiency_kind *efficiency_kind(enum efficiency_meaning meaning);

/* Whether there is such a curve, see efficiency.h. */
static inline bool efficiency_fitted(const struct power_offset *law)
{
	return isfinite(law->p[0]);
}

/* Appends a row whose numbers are all NAN; the array has room. */
struct efficiency_row *efficiency_add_row(struct efficiency *pair);

/* The ratio 1 / factor over a range of C, from the factor of a joint law and n replicates of it
 * with a stride. */
void efficiency_from_factor(struct efficiency *pair, double factor, const double *replicates,
			    size_t n, size_t stride, const double flops[2]);

#endif
