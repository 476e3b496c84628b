/* SPDX-License-Identifier: MIT
 *
 * Optima of what was tried at several values: the vertex of the parabola of loss in ln x through
 * the best and its two neighbours.
 */
#ifndef RESULTS_OPTIMA_H
#define RESULTS_OPTIMA_H

#include <stdbool.h>
#include <stddef.h>

#include "results/selection.h"

/* The parabola through three points at x: its value where `*vertex` is, or with NAN there its
 * vertex, put into *vertex. */
double parabola(const double x[3], const double y[3], double *vertex);

/* One value that was tried. */
struct bowl_point {
	double x, loss; /* x: a logarithm */
};

/* The vertex of n points (any order; sorted in place; of equal x the lowest loss counts) into
 * *best.  False: there is none, and *best is the lowest point: it is the first or the last, the
 * three are level, or a neighbour is so high that it diverged and says nothing of the bowl. */
bool bowl_vertex(struct bowl_point *points, size_t n, struct bowl_point *best);

/* Whether a loss beside the lowest is that of a run which diverged. */
bool bowl_diverged(double loss, double lowest);

/* The optimum batch of every arm, size and budget where several were tried: the best point with
 * batch_tokens and loss of the vertex and `bowl` set, or without one as it is.  Batches are those
 * of different points, or inside one those of its tuning.  By arm, size, budget; *found receives
 * them, to be freed; returns how many. */
size_t batch_optima(const struct study *study, const struct study_point *points,
		    struct study_point **found);

#endif
