/* SPDX-License-Identifier: MIT
 *
 * Range, scale and ticks of an axis as gnuplot reads them.
 */
#ifndef PLOTS_GNUPLOT_TICKS_H
#define PLOTS_GNUPLOT_TICKS_H

#include <stdbool.h>

#include "base/text.h"
#include "plots/chart.h"
#include "plots/chart_layout.h"

struct gnuplot_axis {
	char name; /* 'x' or 'y' */
	bool log, doubles, labels;
	int wanted; /* ticks with a label, about */
	struct chart_range range;
};

/* `terminal`: in lines of letters; else labels along x that would touch are left out. */
void gnuplot_add_ticks(const struct gnuplot_axis *axis, bool terminal,
		       const struct chart_layout *layout, struct text *out);

#endif
