/* SPDX-License-Identifier: MIT
 *
 * The passes of fit_study(), private to the files fit*.c.
 */
#ifndef RESULTS_FIT_PASSES_H
#define RESULTS_FIT_PASSES_H

#include "results/fit.h"
#include "results/sample.h"

/* The objective that the options ask of a law. */
struct robust fit_robust(const struct fit_options *options, const struct law *law);

/* Fits the laws that the options ask for.  ERR_USAGE, ERR_FIT. */
int fit_laws(struct fit_report *report, struct error *err);

/* The points of one law of the report, or of each of the two arms of a pair. */
void fit_law_sample(const struct fit_report *report, const struct fit_law *law,
		    const struct study_point *points, struct sample *sample);
void fit_pair_samples(const struct fit_report *report, const struct efficiency *pair,
		      const struct study_point *points, struct sample samples[2]);

/* The arm that others with the same `rest` are compared with: by name, by the first column, or
 * the only one of that optimizer; n_arms: none. */
size_t fit_find_baseline(const struct fit_report *report, const char *rest);

/* The pairs of every meaning but the factors of the joint law, which fit_add_factors() adds once
 * that law has its replicates.  ERR_USAGE: there are arms and none is the baseline asked for. */
int fit_make_pairs(struct fit_report *report, struct error *err);
void fit_add_pairs(struct fit_report *report, enum efficiency_meaning meaning);
void fit_add_factors(struct fit_report *report);

/* Replicates and intervals of every law and pair. */
void fit_bootstrap(struct fit_report *report);

/* What the primary ratio of each arm becomes under other choices. */
void fit_add_specifications(struct fit_report *report);

/* What a reader must know before quoting a number. */
void fit_add_warnings(struct fit_report *report);

#endif
