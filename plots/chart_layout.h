/* SPDX-License-Identifier: MIT
 *
 * Where the parts of a chart lie on the page, from the lengths of its texts: title, legend,
 * panels in a grid, names of levels to the right of their lines, caption.  Lengths are in cm at
 * the size a figure is printed, positions are shares of the page with 0 at its left and bottom.
 */
#ifndef PLOTS_CHART_LAYOUT_H
#define PLOTS_CHART_LAYOUT_H

#include <stddef.h>

#include "base/text.h"
#include "plots/chart.h"

/* Sizes of letters in points. */
#define FONT_TITLE   10
#define FONT_TEXT    9
#define FONT_LEGEND  8
#define FONT_CAPTION 7

#define Y_TICKS 7 /* about how many numbers stand beside y */

struct chart_layout {
	double width, height;		 /* of the page, cm */
	size_t columns, rows;		 /* of the grid of panels */
	double left, right, top, bottom; /* of the page, cm, around the grid */
	double gap_x, gap_y;		 /* between panels, cm */
	double panel_width, panel_height;
	size_t legend_columns;
	struct text caption; /* wrapped; each line ends with a newline */
	size_t caption_lines;
};

void chart_layout_make(const struct chart *chart, struct chart_layout *layout);
void chart_layout_release(struct chart_layout *layout);

/* Height of the chart's title and the space below it, cm; none for "". */
double chart_layout_title_cm(const struct chart *chart);

struct chart_box {
	double left, right, bottom, top; /* shares of the page */
};
struct chart_box chart_layout_panel(const struct chart_layout *layout, size_t index);

/* Height of a line of letters of that size. */
double text_line_cm(double points);

/* The width of so many letters of that size, about. */
double text_letters_cm(size_t letters, double points);

/* Letters of a UTF-8 text. */
size_t text_letters(const char *text);

/* Breaks `text` between words into lines of at most `letters`; adds them, each with a newline,
 * and returns how many.  Newlines in the text stay. */
size_t text_wrap(const char *text, size_t letters, struct text *out);

#endif
