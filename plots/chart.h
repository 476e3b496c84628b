/* SPDX-License-Identifier: MIT
 *
 * A chart: what a figure shows, as plain data - panels of series with axes, a legend, levels
 * and a caption.  A figure fills it; gnuplot_script.h turns it into numbers and a script.
 * Texts are UTF-8 without any markup and are copied; everything lives in the chart's arena
 * until chart_release().
 */
#ifndef PLOTS_CHART_H
#define PLOTS_CHART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"
#include "base/text.h"

enum chart_mark {
	CHART_LINE,
	CHART_POINTS,
	CHART_LINE_POINTS,
	CHART_BAND,
	CHART_BARS_X, /* points, each with a bar from low to high along x */
	CHART_BARS_Y  /* along y */
};

struct chart_look {
	enum chart_mark mark;
	int arm;	 /* colour, point and dash type; STYLE_NEUTRAL: grey */
	double strength; /* of the colour, 0..1 */
	double width;	 /* of lines, 1 is a hair line */
	double size;	 /* of points, 1 is a text's dot */
	bool open;	 /* points */
	bool dashed;	 /* lines have the arm's dash type, else they are solid */
};

/* A band has low and high instead of y, a point with a bar has both. */
struct chart_row {
	double x, y, low, high;
	bool starts;	  /* a new line begins here */
	const char *note; /* for readers of the data file; NULL: none */
};

struct chart_series {
	const char *name; /* for readers of the data file */
	struct chart_look look;
	bool x_log, y_log; /* of its panel */
	struct chart_row *rows;
	size_t n, capacity;
	bool start_next;
	const char *note_next;
};

struct chart_axis {
	const char *name;  /* column name in the data file */
	const char *title; /* with the unit */
	bool log;
};

/* A thin labelled line across a panel, drawn where it is within the range of y. */
struct chart_level {
	const char *name;
	double y;
};

/* A double arrow between two x, with a text to its left, below it. */
struct chart_span {
	double from, to, y;
	const char *text;
};

/* A small text to the right of a point. */
struct chart_label {
	double x, y;
	const char *text;
};

struct chart_panel {
	const char *title; /* "" for the only one */
	struct chart_axis x, y;
	bool x_doubles, y_doubles; /* ticks are powers of two: batches, widths */
	const char **categories;   /* of y: names from top to bottom; NULL: numbers */
	size_t n_categories, categories_capacity;
	struct chart_series **series; /* drawn in this order */
	size_t n_series, series_capacity;
	struct chart_level *levels;
	size_t n_levels, levels_capacity;
	struct chart_span *spans;
	size_t n_spans, spans_capacity;
	struct chart_label *labels;
	size_t n_labels, labels_capacity;
};

struct chart_entry { /* of the legend */
	const char *name;
	struct chart_look look;
};

struct chart {
	const char *title;
	struct text caption;
	bool same_y; /* all panels have the same range of y */
	struct chart_panel **panels;
	size_t n_panels, panels_capacity;
	struct chart_entry *legend;
	size_t n_legend, legend_capacity;
	struct arena arena;
};

void chart_release(struct chart *chart);

struct chart_panel *chart_add_panel(struct chart *chart, const char *title,
				    const struct chart_axis *x, const struct chart_axis *y);
struct chart_series *chart_add_series(struct chart *chart, struct chart_panel *panel,
				      const char *name, const struct chart_look *look);
void chart_add_legend(struct chart *chart, const char *name, const struct chart_look *look);
void chart_add_level(struct chart *chart, struct chart_panel *panel, const char *name, double y);
void chart_add_span(struct chart *chart, struct chart_panel *panel, double from, double to,
		    double y, const char *text);

/* Left out like rows that cannot be drawn. */
void chart_add_label(struct chart *chart, struct chart_panel *panel, double x, double y,
		     const char *text);

/* y has names in place of numbers: each is added below the others. */
void chart_add_category(struct chart *chart, struct chart_panel *panel, const char *name);
/* Where a category lies on y, once all are there; 0 is the topmost. */
double chart_category_y(const struct chart_panel *panel, size_t category);

/* Rows that cannot be drawn (not finite, or not positive on a log axis) are left out;
 * returns whether it was added.  `note` is copied; NULL: none. */
bool chart_add_point(struct chart *chart, struct chart_series *series, double x, double y,
		     const char *note);
bool chart_add_band(struct chart_series *series, double x, double low, double high);
/* A bar that cannot be drawn has no length. */
bool chart_add_bar(struct chart *chart, struct chart_series *series, double x, double y, double low,
		   double high, const char *note);

/* The next row starts a new line; `note` describes it. */
void chart_break(struct chart *chart, struct chart_series *series, const char *note);

/* Smallest and largest x and y of what a panel's series hold; false: nothing. */
struct chart_range {
	double low, high;
};
bool chart_panel_range(const struct chart_panel *panel, struct chart_range *x,
		       struct chart_range *y);

/* A range with a little room on both sides. */
struct chart_range chart_range_padded(struct chart_range range, bool log);
/* Where a number lies in a range: 0 at its low end, 1 at its high one. */
double chart_range_share(struct chart_range range, bool log, double value);
struct chart_range chart_range_union(struct chart_range a, struct chart_range b);

#endif
