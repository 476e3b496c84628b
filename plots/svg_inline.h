/* SPDX-License-Identifier: MIT
 *
 * gnuplot's SVG as a part of a page: it takes the page's font and the colour of its text, its
 * shades become opacities so that it reads on light and dark ground, its ids carry a name of
 * their own, and values to hover over (gnuplot_hover.h) get their texts.
 */
#ifndef PLOTS_SVG_INLINE_H
#define PLOTS_SVG_INLINE_H

#include "base/text.h"
#include "plots/chart.h"

/* `name`: of the figure, before its ids; `label`: what it is, for those who cannot see it. */
void svg_inline(const char *svg, const struct chart *chart, const char *name, const char *label,
		struct text *out);

#endif
