/* SPDX-License-Identifier: MIT
 *
 * What is written on a panel beside its series: levels with their names, spans, labels.
 */
#ifndef PLOTS_GNUPLOT_ANNOTATIONS_H
#define PLOTS_GNUPLOT_ANNOTATIONS_H

#include "base/text.h"
#include "plots/chart.h"
#include "plots/chart_layout.h"
#include "plots/gnuplot_script.h"

/* Columns of a terminal of `columns` for the names of levels, which would lie on bars of
 * categories; 0: they stand inside, or nowhere if the categories leave no room. */
int gnuplot_names_columns(const struct chart_panel *panel, int columns);

/* `x`, `y`: the ranges that are drawn. */
void gnuplot_add_annotations(const struct chart_panel *panel, const struct gnuplot_target *target,
			     const struct chart_layout *layout, struct chart_range x,
			     struct chart_range y, struct text *out);

#endif
