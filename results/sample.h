/* SPDX-License-Identifier: MIT
 *
 * Samples: the points of one arm that one law is fitted to, and their noisy copies for the
 * bootstrap.
 */
#ifndef RESULTS_SAMPLE_H
#define RESULTS_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "results/law.h"
#include "results/selection.h"

enum sample_compute { SAMPLE_COMPUTE, SAMPLE_FLOPS, SAMPLE_FLOPS_AND_OPTIMIZER };

struct sample {
	struct law_data data; /* its arrays are those below */
	struct law_point *points;
	double *weight;
	const struct study_point **from; /* into the points that were given */
	size_t n_without;		 /* points left out since a needed column is missing */
};

/* Points of an arm by rising compute: the frontier's or all, those that have the columns. */
void sample_gather(struct sample *sample, const struct study *study,
		   const struct study_point *points, size_t arm, unsigned columns, bool frontier,
		   enum sample_compute compute);
void sample_release(struct sample *sample);

/* What the points of single clusters missed a fit by, in ln L, for the p parameters that were
 * fitted to n points: times sqrt(n / (n - p)), and by as much as Student's t with n - p degrees of
 * freedom is wider than the normal, since percentiles alone would take the few residuals at their
 * word. */
struct residuals {
	double *values;
	size_t n;
	double (*predict)(const double *parameters, const struct law_point *at);
	double parameters[LAW_MAX_PARAMETERS];
};

/* `law` and parameters of the fit; n points and p parameters in all of it. */
void residuals_take(struct residuals *residuals, const struct sample *sample,
		    double (*predict)(const double *, const struct law_point *),
		    const double *parameters, size_t n, size_t p);
void residuals_release(struct residuals *residuals);

/* Gives every point of a single cluster the fitted loss and one of the residuals.  False: there
 * are such points and no residuals to draw. */
bool sample_add_noise(struct sample *sample, const struct study *study,
		      const struct residuals *residuals, uint64_t seed, size_t replicate);

#endif
