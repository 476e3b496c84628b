/* SPDX-License-Identifier: MIT
 *
 * What is written on a panel beside its series: levels with their names, spans, labels.
 */
#ifndef PLOTS_GNUPLOT_ANNOTATIONS_H
#define PLOTS_GNUPLOT_ANNOTATIONS_H

#include "base/text.h"
#include "plots/chart.h"
#include "plots/gnuplot_script.h"

/* `panel_height` in cm; `y`: the range that is drawn. */
void gnuplot_add_annotations(const struct chart_panel *panel, const struct gnuplot_target *target,
			     double panel_height, struct chart_range y, struct text *out);

#endif
