/* SPDX-License-Identifier: MIT
 *
 * Colours of a drawing on white, as colours of any ground: greys are the text's colour and tints
 * are an arm's, at an opacity.
 */
#ifndef PLOTS_SVG_PAINT_H
#define PLOTS_SVG_PAINT_H

#define PAINT_SIZE 32

struct svg_paint {
	char value[PAINT_SIZE];
	double opacity; /* 1: opaque */
};

/* `colour`: "black", "white", "#rrggbb" or "rgb(r,g,b)"; anything else stays as it is. */
struct svg_paint svg_paint_of(const char *colour);

#endif
