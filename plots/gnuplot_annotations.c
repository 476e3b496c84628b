/* SPDX-License-Identifier: MIT */
#include "plots/gnuplot_annotations.h"

#include <math.h>
#include <stdlib.h>

#include "plots/gnuplot_labels.h"

#define NEAR_LEVELS_CM 0.32 /* names of levels are at least this far apart */
#define TERMINAL_FRAME 7    /* lines of a terminal that are not inside the axes */
#define LEAST_COLUMNS  25   /* of a terminal, for what is inside the axes */

struct page {
	bool terminal;
	int names; /* columns of a terminal for those of levels, see gnuplot_names_columns() */
	struct chart_range x, y;
	double apart; /* names of levels, as a share of the panel's height */
	struct text *out;
};

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

int gnuplot_names_columns(const struct chart_panel *panel, int columns)
{
	size_t names = 0, categories = 0;

	for (size_t i = 0; i < panel->n_levels; i++)
		names = larger(names, text_letters(panel->levels[i].name));
	for (size_t i = 0; i < panel->n_categories; i++)
		categories = larger(categories, text_letters(panel->categories[i]));
	if (!names || !categories || columns < (int)(names + categories) + LEAST_COLUMNS)
		return 0;
	return (int)names + 2;
}

static int by_height(const void *a, const void *b)
{
	const struct chart_level *first = a, *second = b;

	return (first->y > second->y) - (first->y < second->y);
}

/* To the right of the line at `place`, a share of the height. */
static void add_name(const struct page *p, const char *name, double place)
{
	char colour[STYLE_COLOUR_SIZE];

	text_add(p->out, "set label ");
	gnuplot_add_quoted(p->out, name);
	if (!p->terminal)
		text_printf(p->out, " at graph 1.012, graph %.4f left font ',%d' tc rgb '%s'\n",
			    place, FONT_CAPTION, style_colour(STYLE_NEUTRAL, 0.8, colour));
	else if (p->names)
		text_printf(p->out, " at graph 1, graph %.4f left offset 1,0\n", place);
	else
		text_printf(p->out, " at graph 0.99, graph %.4f right\n", place);
}

static void add_line(const struct page *p, const struct chart_level *level)
{
	char colour[STYLE_COLOUR_SIZE];

	style_colour(STYLE_NEUTRAL, 0.8, colour);
	text_printf(p->out,
		    "set arrow from graph 0, first %.10g to graph 1, first %.10g nohead back "
		    "lc rgb '%s' lw 0.7 dt (3,4)\n",
		    level->y, level->y, colour);
}

/* Names are pushed upwards where they would overlap. */
static void add_levels(const struct page *p, const struct chart_panel *panel)
{
	double free_from = -1;
	struct chart_level *sorted = xcalloc(panel->n_levels + 1, sizeof(*sorted));

	for (size_t i = 0; i < panel->n_levels; i++)
		sorted[i] = panel->levels[i];
	qsort(sorted, panel->n_levels, sizeof(*sorted), by_height);
	for (size_t i = 0; i < panel->n_levels; i++) {
		double place = fmax(chart_range_share(p->y, panel->y.log, sorted[i].y), free_from);

		if (sorted[i].y < p->y.low || sorted[i].y > p->y.high)
			continue;
		add_line(p, &sorted[i]);
		if (!p->terminal || p->names || !panel->n_categories)
			add_name(p, sorted[i].name, place);
		free_from = place + p->apart;
	}
	free(sorted);
}

static void add_spans(const struct page *p, const struct chart_panel *panel)
{
	for (size_t i = 0; i < panel->n_spans; i++) {
		const struct chart_span *span = &panel->spans[i];

		text_printf(p->out,
			    "set arrow from %.10g,%.10g to %.10g,%.10g heads filled "
			    "size screen 0.012,20 front lc rgb '#202020' lw 1\nset label ",
			    span->from, span->y, span->to, span->y);
		gnuplot_add_quoted(p->out, span->text);
		text_printf(p->out, " at %.10g,%.10g right offset -0.6,-0.55 front font ',%d'\n",
			    fmin(span->from, span->to), span->y, FONT_LEGEND);
	}
}

void gnuplot_add_annotations(const struct chart_panel *panel, const struct gnuplot_target *target,
			     const struct chart_layout *layout, struct chart_range x,
			     struct chart_range y, struct text *out)
{
	bool terminal = target->format == FORMAT_TERMINAL;
	const struct page page = {
		.terminal = terminal,
		.names = terminal ? gnuplot_names_columns(panel, target->columns) : 0,
		.x = x,
		.y = y,
		.apart = terminal ? 1 / fmax(1, target->lines - TERMINAL_FRAME)
				  : NEAR_LEVELS_CM / layout->panel_height,
		.out = out,
	};

	add_levels(&page, panel);
	add_spans(&page, panel);
	gnuplot_add_labels(panel, terminal, layout, x, y, out);
}
