/* SPDX-License-Identifier: MIT
 *
 * Curves of what each batch needs for a loss, in the order in which figures draw them.
 */
#ifndef PLOTS_TARGET_CURVES_H
#define PLOTS_TARGET_CURVES_H

#include <stdbool.h>
#include <stddef.h>

#include "plots/chart.h"
#include "plots/figure.h"
#include "results/targets.h"

struct target_curves {
	struct target_point *points; /* by size, arm, falling target, rising batch */
	size_t n;
	double (*cost)(const struct target_point *point);
	double longest; /* the largest cost */
	bool shared;	/* few enough targets for a legend; else each size tells its own */
};

/* Points without a batch or a cost are left out. */
void target_curves_gather(struct target_curves *curves, const struct figure_input *input,
			  double (*cost)(const struct target_point *point));
void target_curves_release(struct target_curves *curves);

/* points[first .. end) are one curve; returns end. */
size_t target_curve_end(const struct target_curves *curves, size_t first);

/* The largest batch of those on a curve that cost least; NULL: none has reached the loss.  `edge`:
 * no smaller or no larger one was tried. */
const struct target_point *target_curve_cheapest(const struct target_curves *curves, size_t first,
						 size_t end, bool *edge);

/* The targets that shades tell apart: all of them where they are shared, else those of a size. */
struct chart_range target_curves_range(const struct target_curves *curves, size_t size);

/* The highest target below a loss, of a size or (NULL) of all; NAN: none. */
double target_curves_below(const struct target_curves *curves, double loss, const size_t *size);

/* Times are comparable: nothing else ran, on one host, one trial at a time. */
bool target_rows_isolated(const struct observations *rows);

#endif
