/* SPDX-License-Identifier: MIT
 *
 * Samples: the points that one law is fitted to, and their noisy copies for the bootstrap.
 */
#ifndef RESULTS_SAMPLE_H
#define RESULTS_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "results/law.h"
#include "results/selection.h"

enum sample_compute { SAMPLE_COMPUTE, SAMPLE_FLOPS, SAMPLE_FLOPS_AND_OPTIMIZER, SAMPLE_SECONDS };

/* Which points. */
struct sample_choice {
	enum law_source source;
	unsigned columns; /* enum law_column; points that lack one are left out and counted */
	const size_t *arms;
	size_t n_arms;
	enum sample_compute compute; /* what C is */
	double target;		     /* of LAW_OF_TARGETS: the loss; NAN: rows name none */
	size_t size;		     /* likewise: the id of the size */
	double base_batch;	     /* see struct law_point */
};

struct sample {
	struct law_data data;	  /* its arrays are the next two */
	struct law_point *points; /* by arm, then by rising compute */
	double *weight;
	struct sample_noise *noise; /* one a point */
	size_t n_without;	    /* points left out since a needed column is missing */
	size_t n_left_out;	    /* those that show no optimum, or never reach the target */
};

/* Where the noise of a point comes from. */
struct sample_noise {
	bool single;		/* nothing to draw: a residual of the fit */
	bool linked;		/* its trunks carry other budgets: they share one factor */
	size_t stratum, budget; /* points that share both draw the same residual */
	size_t n_clusters;
	double change; /* of the loss in this replicate; 1: none */
};

void sample_gather(struct sample *sample, const struct study *study,
		   const struct study_point *points, const struct sample_choice *choice);
void sample_release(struct sample *sample);

/* What the points of single clusters missed a fit by, in the logarithm of the response, for the p
 * parameters that were fitted to n points: times sqrt(n / (n - p)), and by as much as Student's t
 * with n - p degrees of freedom is wider than the normal, since percentiles alone would take the
 * few residuals at their word. */
struct residuals {
	const struct law *law;
	struct law_fit fit;
	double *values;
	size_t n;
	double spread; /* their root mean square */
	double scale;  /* of residuals that stay where they are */
	double width;  /* what draws of clusters are widened by, see student_width() */
};

/* `fit` of `law` to the sample; n points and p parameters in all of it. */
void residuals_take(struct residuals *residuals, const struct sample *sample, const struct law *law,
		    const struct law_fit *fit, size_t n, size_t p);
/* Clusters of the points that are drawn, beyond the first of each. */
size_t sample_spare(const struct sample *sample);
/* What a deviation seen in so many spare clusters is widened by: Student's t over the normal; 1
 * where there are none. */
double student_width(size_t dof);

void residuals_release(struct residuals *residuals);

/* Gives every point of a single cluster the fitted response, changed as its loss was drawn, and one
 * of the residuals; where trunks link budgets its own, times a factor of its stratum.  False: there
 * are such points and no residuals to draw.  Widens what was drawn of other points. */
bool sample_add_noise(struct sample *sample, const struct residuals *residuals, uint64_t seed,
		      size_t replicate);

#endif
