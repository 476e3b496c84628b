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

/* Begins a report: the study, its points and the laws, no intervals.  To be released also after an
 * error.  Errors of fit_study(). */
int fit_points_and_laws(const struct observations *set, const struct fit_options *options,
			struct fit_report *report, struct error *err);

/* Fits the laws that the options ask for.  ERR_USAGE, ERR_FIT. */
int fit_laws(struct fit_report *report, struct error *err);

/* The points of one law of the report, or of each of the two arms of a pair. */
void fit_law_sample(const struct fit_report *report, const struct fit_law *law,
		    const struct study_point *points, struct sample *sample);
void fit_pair_samples(const struct fit_report *report, const struct efficiency *pair,
		      const struct study_point *points, struct sample samples[2]);

/* Whether laws were named. */
bool fit_asked(const struct fit_report *report);

/* Fits the law that is next in the report, or notes in `refused` why it cannot be; one that was
 * not asked for is fitted where the points suit it. */
int fit_one(struct fit_report *report, struct error *err);

/* At least as many as a law of targets has fits, and the fits. */
size_t fit_count_targets(const struct fit_report *report);
int fit_of_targets(struct fit_report *report, const struct law *kind, struct error *err);

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

/* Sets holdout_error of every law that predicts a loss. */
void fit_holdout_errors(struct fit_report *report);

/* Fits without the options.holdout largest budgets and predicts their points.  ERR_FIT: too few
 * budgets are left. */
int fit_backtest(struct fit_report *report, struct error *err);

/* What the primary ratio of each arm becomes under other choices. */
void fit_add_specifications(struct fit_report *report);

/* What a reader must know before quoting a number. */
void fit_add_warnings(struct fit_report *report);

#endif
