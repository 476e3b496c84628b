/* SPDX-License-Identifier: MIT
 *
 * The points that laws fit: one a cell, the best of its settings.  That is the vertex of the
 * parabola of loss in ln lr through the best setting and its neighbours where it is interior, else
 * the best setting itself.  With several seeds each seed's loss is quoted where the *other* seeds
 * have their optimum, so that the winner's luck is not part of its score.
 */
#ifndef RESULTS_SELECTION_H
#define RESULTS_SELECTION_H

#include <stdbool.h>

#include "results/study.h"
#include "results/tuned_keys.h"

/* Optima on the edge of what was tried, as bits. */
enum study_edge { EDGE_LR_LOW = 1, EDGE_LR_HIGH = 2 };
#define EDGE_OF_KEY(key) (4u << (key)) /* of an enum tuned_key */

/* The point of one cell.  `loss` is NAN where the weights left no trial. */
struct study_point {
	size_t arm, cell;
	double params, tokens, flops, flops_optimizer, loss;
	double compute;		 /* what laws and frontiers take for C: flops, with the
				  * optimizer's where the options say so */
	double lr, batch_tokens; /* of the optimum; NAN: unknown */
	double steps, width;	 /* likewise */
	double seconds;		 /* likewise, mean over the trials of the best setting */
	double change;		 /* of the loss against the study itself, in a replicate; else 1 */
	double frontier_change;	 /* likewise of the frontier at its budget */
	double weight;		 /* in fits; 0: left out */
	unsigned edges;		 /* enum study_edge */
	bool bowl;		 /* lr is the vertex of a parabola */
	bool batch_tried;	 /* its tuning had several batches */
	double batch_vertex;	 /* the best of them, of a parabola; NAN: none */
	bool single;		 /* of its cell, see study.h */
	bool frontier;		 /* of its arm, see study_mark_frontier() */
};

/* One replicate's view of the trials; an array that is NULL: as they are. */
struct study_draw {
	const double *weight; /* how often each trial was drawn */
	const double *loss;
};

/* Fills one point a cell and marks the frontier.  `draw` NULL: the study itself. */
void study_select(const struct study *study, const struct study_draw *draw,
		  struct study_point *points);

#endif
