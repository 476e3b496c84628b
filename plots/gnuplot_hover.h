/* SPDX-License-Identifier: MIT
 *
 * Values to hover over, for a chart that becomes part of a page: at every point of a series an
 * invisible one, which gnuplot gives a text.  Its quoting of such texts is broken, so that what it
 * is given is only the number of the text; svg_inline() puts in the texts.
 */
#ifndef PLOTS_GNUPLOT_HOVER_H
#define PLOTS_GNUPLOT_HOVER_H

#include <stdbool.h>

#include "base/text.h"
#include "plots/chart.h"

#define HOVER_PREFIX "hover" /* of the number */

/* Adds the block $hover of one panel; false: it has no point. */
bool gnuplot_add_hover_data(const struct chart *chart, size_t panel, struct text *out);

/* Adds how it is drawn, as one more part of a plot command. */
void gnuplot_add_hover_plot(struct text *out);

/* Adds the text of number `hover`: names, values and the note of its point.  Nothing where there
 * is none. */
void gnuplot_hover_text(const struct chart *chart, size_t hover, struct text *out);

#endif
