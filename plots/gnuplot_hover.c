/* SPDX-License-Identifier: MIT
 *
 * Hovers are numbered over all panels, series and rows in their order, so that a number leads
 * back to its row.  Lines of many points have theirs at the points that are marked, if any.
 */
#include "plots/gnuplot_hover.h"

#include <math.h>

#define MOST_ON_LINES 1500 /* points of a chart's lines */

static bool has_hover(const struct chart *chart, const struct chart_series *series)
{
	size_t n = 0;

	if (series->look.mark == CHART_BAND)
		return false;
	if (series->look.mark != CHART_LINE)
		return true;
	for (size_t i = 0; i < chart->n_panels; i++)
		for (size_t k = 0; k < chart->panels[i]->n_series; k++)
			if (chart->panels[i]->series[k]->look.mark == CHART_LINE)
				n += chart->panels[i]->series[k]->n;
	return n <= MOST_ON_LINES;
}

/* The number of a panel's first. */
static size_t first_of(const struct chart *chart, size_t panel)
{
	size_t n = 0;

	for (size_t i = 0; i < panel; i++)
		for (size_t k = 0; k < chart->panels[i]->n_series; k++)
			if (has_hover(chart, chart->panels[i]->series[k]))
				n += chart->panels[i]->series[k]->n;
	return n;
}

bool gnuplot_add_hover_data(const struct chart *chart, size_t panel, struct text *out)
{
	const struct chart_panel *at = chart->panels[panel];
	size_t first = first_of(chart, panel), n = first;
	struct text rows = {0};

	for (size_t k = 0; k < at->n_series; k++) {
		const struct chart_series *series = at->series[k];

		for (size_t i = 0; i < series->n && has_hover(chart, series); i++)
			text_printf(&rows, "%.10g %.10g " HOVER_PREFIX "%zu\n", series->rows[i].x,
				    series->rows[i].y, n++);
	}
	if (n > first)
		text_printf(out, "$hover << END_OF_HOVER\n%sEND_OF_HOVER\n", rows.data);
	text_release(&rows);
	return n > first;
}

void gnuplot_add_hover_plot(struct text *out)
{
	text_add(out, ", \\\n  $hover using 1:2:3 with labels hypertext point pt 7 ps 0.7 "
		      "lc rgb '#ff000000' notitle");
}

/* The note of a row, else of the line that it belongs to. */
static const char *note_of(const struct chart_series *series, size_t row)
{
	while (row > 0 && !series->rows[row].note && !series->rows[row].starts)
		row--;
	return series->rows[row].note;
}

static void add_y(const struct chart_panel *panel, double y, struct text *out)
{
	for (size_t i = 0; i < panel->n_categories; i++)
		if (fabs(chart_category_y(panel, i) - y) < 0.5) {
			text_add(out, panel->categories[i]);
			return;
		}
	text_printf(out, "%s: %.5g", panel->y.title, y);
}

static void describe(const struct chart_panel *panel, const struct chart_series *series, size_t row,
		     struct text *out)
{
	const struct chart_row *at = &series->rows[row];
	const char *note = note_of(series, row);

	text_printf(out, "%s%s%s\n%s: %.5g\n", panel->title, panel->title[0] ? ": " : "",
		    series->name, panel->x.title, at->x);
	add_y(panel, at->y, out);
	if ((series->look.mark == CHART_BARS_X || series->look.mark == CHART_BARS_Y) &&
	    at->low < at->high)
		text_printf(out, "\n%.5g to %.5g", at->low, at->high);
	if (note)
		text_printf(out, "\n%s", note);
}

void gnuplot_hover_text(const struct chart *chart, size_t hover, struct text *out)
{
	for (size_t i = 0; i < chart->n_panels; i++)
		for (size_t k = 0; k < chart->panels[i]->n_series; k++) {
			const struct chart_series *series = chart->panels[i]->series[k];

			if (!has_hover(chart, series))
				continue;
			if (hover < series->n) {
				describe(chart->panels[i], series, hover, out);
				return;
			}
			hover -= series->n;
		}
}
