/* SPDX-License-Identifier: MIT
 *
 * Everything that gnuplot would otherwise choose is chosen here (margins, ranges, ticks, label
 * places), so that the same chart looks the same in every format and with every version.  Texts
 * are never in enhanced mode: what a user wrote is drawn as it stands.
 */
#include "plots/gnuplot_script.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/chart_layout.h"
#include "plots/gnuplot_annotations.h"
#include "plots/gnuplot_hover.h"
#include "plots/gnuplot_terminal.h"
#include "plots/gnuplot_ticks.h"

#define NARROW_CM	 4.5 /* panels below that have few labels along x */
#define ABOVE_CAPTION_CM 1.4 /* titles of x and their ticks */

struct script {
	const struct chart *chart;
	const struct gnuplot_target *target;
	const char *data;
	struct chart_layout layout;
	struct chart_range all_y; /* of all panels, where they share it */
	struct text *out;
	size_t index; /* of the next block of numbers */
	bool hover;   /* there is a block of values to hover over */
};

static bool on_terminal(const struct script *s)
{
	return s->target->format == FORMAT_TERMINAL;
}

/* Two quotes at the very beginning would be an empty text: a leading one is apart. */
void gnuplot_add_quoted(struct text *out, const char *text)
{
	bool leading = *text == '\'';

	text_add(out, leading ? "\"'\".'" : "'");
	text += leading;
	for (; *text; text++) {
		if (*text == '\'')
			text_add_char(out, '\'');
		text_add_char(out, (unsigned char)*text < ' ' ? ' ' : *text);
	}
	text_add_char(out, '\'');
}

/* How a series or an entry of the legend is drawn. */
static void add_look(struct script *s, const struct chart_look *look)
{
	static const char *const styles[] = {[CHART_LINE] = "lines",
					     [CHART_POINTS] = "points",
					     [CHART_LINE_POINTS] = "linespoints",
					     [CHART_BAND] = "filledcurves",
					     [CHART_BARS_X] = "xerrorbars",
					     [CHART_BARS_Y] = "yerrorbars"};
	char colour[STYLE_COLOUR_SIZE];

	text_printf(s->out, " with %s", styles[look->mark]);
	if (on_terminal(s))
		text_printf(s->out, " lt %d", look->arm + 1 > 0 ? look->arm + 1 : 7);
	if (look->mark == CHART_BAND) {
		text_printf(s->out, " fc rgb '%s' fs transparent solid %.2f noborder",
			    style_colour(look->arm, 1, colour), look->strength);
		return;
	}
	text_printf(s->out, " lc rgb '%s'", style_colour(look->arm, look->strength, colour));
	if (look->mark != CHART_POINTS)
		text_printf(s->out, " lw %.3g dt %s", look->width,
			    look->dashed ? style_dash(look->arm) : "1");
	if (look->mark != CHART_LINE)
		text_printf(s->out, " pt %d ps %.3g",
			    style_point(look->arm, look->open, s->target->format), look->size);
	if (look->mark == CHART_POINTS && look->open)
		text_printf(s->out, " lw %.3g", look->width);
}

/* Names in place of numbers. */
static void add_categories(struct script *s, const struct chart_panel *panel, bool labels)
{
	text_printf(s->out, "unset logscale y\nset yrange [-0.5:%.10g]\nset ytics %s (",
		    (double)panel->n_categories - 0.5,
		    on_terminal(s) ? "mirror in" : "nomirror out scale 0");
	for (size_t i = 0; i < panel->n_categories; i++) {
		text_add(s->out, i ? ", " : "");
		gnuplot_add_quoted(s->out, labels ? panel->categories[i] : "");
		text_printf(s->out, " %.10g", chart_category_y(panel, i));
	}
	text_add(s->out, ")\n");
}

/* Faint lines of the grid lie at the ticks with labels. */
static void add_style(struct script *s)
{
	text_add(s->out, "set style line 100 lc rgb '#e4e4e4' lw 0.5\n"
			 "set border 3 lc rgb '#404040' lw 0.8\n"
			 "set grid xtics ytics back ls 100\n"
			 "set errorbars small\n");
	if (on_terminal(s))
		text_add(s->out, "unset grid\nset border 31\n"
				 "set key tmargin left horizontal Left reverse samplen 2\n");
}

static void add_legend(struct script *s, const char *separator)
{
	for (size_t i = 0; i < s->chart->n_legend; i++) {
		text_printf(s->out, "%sNaN", separator);
		add_look(s, &s->chart->legend[i].look);
		text_add(s->out, " title ");
		gnuplot_add_quoted(s->out, s->chart->legend[i].name);
		separator = ", \\\n  ";
	}
	text_add_char(s->out, '\n');
}

static void add_title_and_caption(struct script *s)
{
	const struct chart_layout *at = &s->layout;
	const char *line = text_string(&at->caption);
	double y = at->bottom - ABOVE_CAPTION_CM;

	text_add(s->out, "set label ");
	gnuplot_add_quoted(s->out, s->chart->title);
	text_printf(s->out, " at screen %.4f, screen %.4f left font 'Sans:Bold,%d'\n",
		    0.35 / at->width, 1 - 0.5 / at->height, FONT_TITLE);
	for (size_t i = 0; i < at->caption_lines; i++) {
		char *copy = xstrndup(line, strcspn(line, "\n"));

		text_add(s->out, "set label ");
		gnuplot_add_quoted(s->out, copy);
		text_printf(s->out,
			    " at screen %.4f, screen %.4f left font ',%d' tc rgb '#505050'\n",
			    0.35 / at->width, y / at->height, FONT_CAPTION);
		y -= text_line_cm(FONT_CAPTION);
		line += strlen(copy) + 1;
		free(copy);
	}
}

/* Title, caption and legend belong to the page: they are drawn first, by a plot of nothing that
 * covers it. */
static void add_page(struct script *s)
{
	const struct chart_layout *at = &s->layout;

	add_title_and_caption(s);
	text_printf(s->out,
		    "set key at screen %.4f, screen %.4f left top horizontal Left reverse "
		    "samplen 1.6 width 2 maxcols %zu font ',%d'\n"
		    "unset border\nunset tics\nset xrange [0:1]\nset yrange [0:1]\n"
		    "set lmargin at screen 0\nset rmargin at screen 1\n"
		    "set bmargin at screen 0\nset tmargin at screen 1\nplot NaN notitle",
		    0.17 / at->width, 1 - (0.26 + chart_layout_title_cm(s->chart)) / at->height,
		    at->legend_columns, FONT_LEGEND);
	add_legend(s, ", \\\n  ");
	text_add(s->out, "unset key\n");
}

static void add_place(struct script *s, size_t index)
{
	struct chart_box box = chart_layout_panel(&s->layout, index);

	text_printf(s->out,
		    "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
		    "set bmargin at screen %.4f\nset tmargin at screen %.4f\n",
		    box.left, box.right, box.bottom, box.top);
}

/* The largest letters in which a title stays over its panel. */
static int title_font(const struct script *s, const char *title)
{
	double room = s->layout.panel_width + s->layout.gap_x - 0.2;
	int font = FONT_TEXT;

	while (font > FONT_CAPTION && text_letters_cm(text_letters(title), font) > room)
		font--;
	return font;
}

/* In a terminal there is no room for a title of y beside the axis. */
static void add_panel_title(struct script *s, const struct chart_panel *panel)
{
	struct text title = {0};

	if (on_terminal(s))
		text_printf(&title, "%s%s%s%s%s", s->chart->title, panel->title[0] ? ", " : "",
			    panel->title, panel->y.title[0] ? ": " : "", panel->y.title);
	else
		text_add(&title, panel->title);
	gnuplot_add_quoted(s->out, text_string(&title));
	text_release(&title);
}

static void add_ticks(struct script *s, const struct gnuplot_axis *axis)
{
	gnuplot_add_ticks(axis, on_terminal(s), &s->layout, s->out);
}

static void add_axes(struct script *s, const struct chart_panel *panel, size_t index,
		     struct chart_range *x, struct chart_range *y)
{
	bool outer = on_terminal(s) || !s->chart->same_y || index % s->layout.columns == 0;
	bool lowest = on_terminal(s) || index + s->layout.columns >= s->chart->n_panels;
	int wanted = s->chart->n_panels > 1 || on_terminal(s) ? 5 : 8;

	if (!on_terminal(s) && s->layout.panel_width < NARROW_CM)
		wanted = 3;
	chart_panel_range(panel, x, y);
	if (s->chart->same_y && !on_terminal(s))
		*y = s->all_y;
	*x = chart_range_padded(*x, panel->x.log);
	if (!panel->n_categories)
		*y = chart_range_padded(*y, panel->y.log);
	add_ticks(s, &(struct gnuplot_axis){'x', panel->x.log, panel->x_doubles, true, wanted, *x});
	if (panel->n_categories)
		add_categories(s, panel, outer);
	else
		add_ticks(s, &(struct gnuplot_axis){'y', panel->y.log, panel->y_doubles, outer,
						    Y_TICKS, *y});
	text_add(s->out, "set xlabel ");
	gnuplot_add_quoted(s->out, lowest ? panel->x.title : "");
	text_add(s->out, on_terminal(s) ? "\nset ylabel " : " offset 0,0.3\nset ylabel ");
	gnuplot_add_quoted(s->out, outer && !on_terminal(s) ? panel->y.title : "");
	text_add(s->out, "\nset title ");
	add_panel_title(s, panel);
	if (!on_terminal(s))
		text_printf(s->out, " offset 0,-0.6 font ',%d'", title_font(s, panel->title));
	text_add_char(s->out, '\n');
}

static void add_data_source(struct script *s)
{
	if (s->data)
		gnuplot_add_quoted(s->out, s->data);
	else
		text_add(s->out, "$numbers");
}

/* What is faint would hide the rest in a terminal, but for lines: they are all that is there. */
static bool is_drawn(const struct script *s, const struct chart_look *look)
{
	return !on_terminal(s) || look->mark == CHART_LINE ||
	       (look->mark != CHART_BAND && look->strength > 0.5);
}

static void add_plot(struct script *s, const struct chart_panel *panel)
{
	static const char *const columns[] = {"1:2", "1:2", "1:2", "1:2:3", "1:2:3:4", "1:2:3:4"};
	const char *separator = "plot ";

	for (size_t i = 0; i < panel->n_series; i++) {
		const struct chart_series *series = panel->series[i];

		if (!series->n)
			continue;
		if (is_drawn(s, &series->look)) {
			text_add(s->out, separator);
			add_data_source(s);
			text_printf(s->out, " index %zu using %s", s->index,
				    columns[series->look.mark]);
			add_look(s, &series->look);
			text_add(s->out, " notitle");
			separator = ", \\\n  ";
		}
		s->index++;
	}
	if (s->hover)
		gnuplot_add_hover_plot(s->out);
	if (on_terminal(s))
		add_legend(s, separator);
	text_add_char(s->out, '\n');
}

static void add_panel(struct script *s, size_t index)
{
	const struct chart_panel *panel = s->chart->panels[index];
	struct chart_range x, y;

	text_add(s->out, "\nunset label\nunset arrow\n");
	if (!on_terminal(s))
		add_place(s, index);
	else if (gnuplot_names_columns(panel, s->target->columns))
		text_printf(s->out, "set rmargin %d\n",
			    gnuplot_names_columns(panel, s->target->columns));
	add_axes(s, panel, index, &x, &y);
	gnuplot_add_annotations(panel, s->target, &s->layout, x, y, s->out);
	s->hover =
		s->target->format == FORMAT_PAGE && gnuplot_add_hover_data(s->chart, index, s->out);
	add_plot(s, panel);
}

static void add_numbers(struct script *s)
{
	text_add(s->out, "$numbers << END_OF_NUMBERS\n");
	gnuplot_add_data(s->chart, s->out);
	text_add(s->out, "END_OF_NUMBERS\n");
}

void gnuplot_add_script(const struct chart *chart, const struct gnuplot_target *target,
			const char *data, const char *output, struct text *out)
{
	struct script s = {.chart = chart, .target = target, .data = data, .out = out};
	struct chart_range x, y;
	bool pages = target->format == FORMAT_TERMINAL;

	chart_layout_make(chart, &s.layout);
	s.all_y = (struct chart_range){HUGE_VAL, -HUGE_VAL};
	for (size_t i = 0; i < chart->n_panels; i++)
		if (chart_panel_range(chart->panels[i], &x, &y))
			s.all_y = chart_range_union(s.all_y, y);
	if (!data)
		add_numbers(&s);
	gnuplot_add_terminal(target, s.layout.width, s.layout.height, out);
	if (output) {
		text_add(out, "set output ");
		gnuplot_add_quoted(out, output);
		text_add_char(out, '\n');
	}
	text_add(out, "set encoding utf8\n");
	if (!pages) {
		text_add(out, "set multiplot\n");
		add_page(&s);
	}
	add_style(&s);
	for (size_t i = 0; i < chart->n_panels; i++)
		add_panel(&s, i);
	text_add(out, pages ? "" : "unset multiplot\n");
	text_add(out, output ? "set output\n" : "");
	chart_layout_release(&s.layout);
}
