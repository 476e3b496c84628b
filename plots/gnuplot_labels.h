/* SPDX-License-Identifier: MIT
 *
 * Where the small texts beside points stand: on the side of the point where they hide least.
 */
#ifndef PLOTS_GNUPLOT_LABELS_H
#define PLOTS_GNUPLOT_LABELS_H

#include "base/text.h"
#include "plots/chart.h"
#include "plots/chart_layout.h"

/* Adds the labels of a panel drawn over these ranges; `terminal`: in lines of letters, where each
 * stands to the right of its point or, without room there, above it. */
void gnuplot_add_labels(const struct chart_panel *panel, bool terminal,
			const struct chart_layout *layout, struct chart_range x,
			struct chart_range y, struct text *out);

#endif
