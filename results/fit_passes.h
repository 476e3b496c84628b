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

/* The points of one law of the report, or of each of the two arms of a pair. */
void fit_law_sample(const struct fit_report *report, const struct fit_law *law,
		    const struct study_point *points, struct sample *sample);
void fit_pair_samples(const struct fit_report *report, const struct efficiency *pair,
		      const struct study_point *points, struct sample samples[2]);

/* Replicates and intervals of every law and pair. */
void fit_bootstrap(struct fit_report *report);

/* What a reader must know before quoting a number. */
void fit_add_warnings(struct fit_report *report);

#endif
