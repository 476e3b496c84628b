/* SPDX-License-Identifier: MIT */
#include "plots/chart.h"

#include <math.h>
#include <stdlib.h>

#define ROOM 0.04 /* share of an axis left free on each side */

void chart_release(struct chart *chart)
{
	for (size_t i = 0; i < chart->n_panels; i++) {
		struct chart_panel *panel = chart->panels[i];

		for (size_t k = 0; k < panel->n_series; k++)
			free(panel->series[k]->rows);
		free(panel->series);
		free(panel->levels);
		free(panel->spans);
		free(panel->labels);
		free(panel->categories);
	}
	free(chart->panels);
	free(chart->legend);
	text_release(&chart->caption);
	arena_release(&chart->arena);
	*chart = (struct chart){0};
}

struct chart_panel *chart_add_panel(struct chart *chart, const char *title,
				    const struct chart_axis *x, const struct chart_axis *y)
{
	struct chart_panel *panel = arena_alloc(&chart->arena, sizeof(*panel));

	panel->title = arena_strdup(&chart->arena, title);
	panel->x = *x;
	panel->y = *y;
	panel->x.title = arena_strdup(&chart->arena, x->title);
	panel->y.title = arena_strdup(&chart->arena, y->title);
	chart->panels = grow_array(chart->panels, &chart->panels_capacity, chart->n_panels + 1,
				   sizeof(struct chart_panel *));
	return chart->panels[chart->n_panels++] = panel;
}

struct chart_series *chart_add_series(struct chart *chart, struct chart_panel *panel,
				      const char *name, const struct chart_look *look)
{
	struct chart_series *series = arena_alloc(&chart->arena, sizeof(*series));

	series->name = arena_strdup(&chart->arena, name);
	series->look = *look;
	series->x_log = panel->x.log;
	series->y_log = panel->y.log;
	panel->series = grow_array(panel->series, &panel->series_capacity, panel->n_series + 1,
				   sizeof(struct chart_series *));
	return panel->series[panel->n_series++] = series;
}

void chart_add_legend(struct chart *chart, const char *name, const struct chart_look *look)
{
	chart->legend = grow_array(chart->legend, &chart->legend_capacity, chart->n_legend + 1,
				   sizeof(*chart->legend));
	chart->legend[chart->n_legend++] =
		(struct chart_entry){arena_strdup(&chart->arena, name), *look};
}

void chart_add_level(struct chart *chart, struct chart_panel *panel, const char *name, double y)
{
	panel->levels = grow_array(panel->levels, &panel->levels_capacity, panel->n_levels + 1,
				   sizeof(*panel->levels));
	panel->levels[panel->n_levels++] =
		(struct chart_level){arena_strdup(&chart->arena, name), y};
}

void chart_add_span(struct chart *chart, struct chart_panel *panel, double from, double to,
		    double y, const char *text)
{
	panel->spans = grow_array(panel->spans, &panel->spans_capacity, panel->n_spans + 1,
				  sizeof(*panel->spans));
	panel->spans[panel->n_spans++] =
		(struct chart_span){from, to, y, arena_strdup(&chart->arena, text)};
}

void chart_add_category(struct chart *chart, struct chart_panel *panel, const char *name)
{
	panel->categories = grow_array(panel->categories, &panel->categories_capacity,
				       panel->n_categories + 1, sizeof(const char *));
	panel->categories[panel->n_categories++] = arena_strdup(&chart->arena, name);
}

double chart_category_y(const struct chart_panel *panel, size_t category)
{
	return (double)panel->n_categories - 1 - (double)category;
}

static bool drawable(double value, bool log_axis)
{
	return isfinite(value) && (!log_axis || value > 0);
}

void chart_add_label(struct chart *chart, struct chart_panel *panel, double x, double y,
		     const char *text)
{
	if (!drawable(x, panel->x.log) || !drawable(y, panel->y.log))
		return;
	panel->labels = grow_array(panel->labels, &panel->labels_capacity, panel->n_labels + 1,
				   sizeof(*panel->labels));
	panel->labels[panel->n_labels++] =
		(struct chart_label){x, y, arena_strdup(&chart->arena, text)};
}

static void add_row(struct chart_series *series, struct chart_row row)
{
	row.starts = series->start_next && series->n > 0;
	if (series->note_next)
		row.note = series->note_next;
	series->start_next = false;
	series->note_next = NULL;
	series->rows =
		grow_array(series->rows, &series->capacity, series->n + 1, sizeof(*series->rows));
	series->rows[series->n++] = row;
}

bool chart_add_point(struct chart *chart, struct chart_series *series, double x, double y,
		     const char *note)
{
	if (!drawable(x, series->x_log) || !drawable(y, series->y_log))
		return false;
	add_row(series, (struct chart_row){x, y, y, y, false,
					   note ? arena_strdup(&chart->arena, note) : NULL});
	return true;
}

bool chart_add_band(struct chart_series *series, double x, double low, double high)
{
	if (!drawable(x, series->x_log) || !drawable(low, series->y_log) ||
	    !drawable(high, series->y_log))
		return false;
	add_row(series, (struct chart_row){x, low, low, high, false, NULL});
	return true;
}

bool chart_add_bar(struct chart *chart, struct chart_series *series, double x, double y, double low,
		   double high, const char *note)
{
	bool across = series->look.mark == CHART_BARS_X;
	bool log_axis = across ? series->x_log : series->y_log;

	if (!chart_add_point(chart, series, x, y, note))
		return false;
	if (!drawable(low, log_axis) || !drawable(high, log_axis))
		low = high = across ? x : y;
	series->rows[series->n - 1].low = low;
	series->rows[series->n - 1].high = high;
	return true;
}

void chart_break(struct chart *chart, struct chart_series *series, const char *note)
{
	series->start_next = true;
	series->note_next = note ? arena_strdup(&chart->arena, note) : NULL;
}

struct chart_range chart_range_union(struct chart_range a, struct chart_range b)
{
	return (struct chart_range){fmin(a.low, b.low), fmax(a.high, b.high)};
}

static void add_to_range(const struct chart_series *series, const struct chart_row *row,
			 struct chart_range *x, struct chart_range *y)
{
	const struct chart_range bar = {row->low, row->high};
	bool across = series->look.mark == CHART_BARS_X;

	*x = chart_range_union(*x, across ? bar : (struct chart_range){row->x, row->x});
	*y = chart_range_union(*y, across ? (struct chart_range){row->y, row->y} : bar);
}

bool chart_panel_range(const struct chart_panel *panel, struct chart_range *x,
		       struct chart_range *y)
{
	const struct chart_range nothing = {HUGE_VAL, -HUGE_VAL};

	*x = *y = nothing;
	for (size_t i = 0; i < panel->n_series; i++)
		for (size_t k = 0; k < panel->series[i]->n; k++)
			add_to_range(panel->series[i], &panel->series[i]->rows[k], x, y);
	if (panel->n_categories)
		*y = (struct chart_range){-0.5, (double)panel->n_categories - 0.5};
	return x->low <= x->high;
}

struct chart_range chart_range_padded(struct chart_range range, bool log_axis)
{
	double low = log_axis ? log(range.low) : range.low;
	double high = log_axis ? log(range.high) : range.high;
	double size = log_axis ? 1 : fmax(fabs(low), fabs(high)), room = ROOM * (high - low);

	if (!(room > 1e-9 * size)) /* all is one value, but for its last digits */
		room = log_axis ? 0.1 : fmax(0.05 * fabs(high), 1e-6);
	low -= room;
	high += room;
	return (struct chart_range){log_axis ? exp(low) : low, log_axis ? exp(high) : high};
}

double chart_range_share(struct chart_range range, bool log_axis, double value)
{
	if (log_axis)
		return log(value / range.low) / log(range.high / range.low);
	return (value - range.low) / (range.high - range.low);
}
