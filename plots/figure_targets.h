/* SPDX-License-Identifier: MIT
 *
 * What the figures tokens_to_loss, steps_to_loss and pareto share: what each batch needs to reach
 * a loss, a panel per size, a curve per arm and target, darker for lower losses (arXiv 2505.02222,
 * figures 1 and 8 to 11).  Open: the target was not reached, and more than this was needed.
 */
#ifndef PLOTS_FIGURE_TARGETS_H
#define PLOTS_FIGURE_TARGETS_H

#include "plots/figure.h"
#include "plots/target_curves.h"

struct target_kind {
	const char *title;
	struct chart_axis x, y;
	bool time;	     /* against seconds, the batch on y */
	bool minima;	     /* the batch that needs least is of interest */
	const char *missing; /* the column without which there is nothing */
	double (*cost)(const struct target_point *point);
};

/* The draw function of a figure. */
int figure_draw_targets(const struct figure_input *input, const struct target_kind *kind,
			struct chart *chart, struct error *err);

#endif
