/* SPDX-License-Identifier: MIT */
#include "plots/gnuplot_script.h"

/* A comment takes one line, whatever the text holds. */
static void add_comment(struct text *out, const char *text)
{
	for (; *text; text++)
		text_add_char(out, (unsigned char)*text < ' ' ? ' ' : *text);
}

static bool has_bars(const struct chart_series *series)
{
	return series->look.mark == CHART_BARS_X || series->look.mark == CHART_BARS_Y;
}

static void add_row(const struct chart_series *series, const struct chart_row *row,
		    struct text *out)
{
	if (row->starts)
		text_add_char(out, '\n');
	text_printf(out, "%.10g", row->x);
	if (series->look.mark != CHART_BAND)
		text_printf(out, " %.10g", row->y);
	if (series->look.mark == CHART_BAND || has_bars(series))
		text_printf(out, " %.10g %.10g", row->low, row->high);
	if (row->note) {
		text_add(out, " # ");
		add_comment(out, row->note);
	}
	text_add_char(out, '\n');
}

static void add_columns(const struct chart_panel *panel, const struct chart_series *series,
			struct text *out)
{
	const char *bar = series->look.mark == CHART_BARS_X ? panel->x.name : panel->y.name;

	text_printf(out, "\n# %s", panel->x.name);
	if (series->look.mark != CHART_BAND)
		text_printf(out, " %s", panel->y.name);
	if (series->look.mark == CHART_BAND || has_bars(series))
		text_printf(out, " %s_low %s_high", bar, bar);
	text_add_char(out, '\n');
}

static void add_series(const struct chart_panel *panel, const struct chart_series *series,
		       size_t index, struct text *out)
{
	text_printf(out, "# index %zu: ", index);
	if (panel->title[0]) {
		add_comment(out, panel->title);
		text_add(out, ": ");
	}
	add_comment(out, series->name);
	add_columns(panel, series, out);
	for (size_t i = 0; i < series->n; i++)
		add_row(series, &series->rows[i], out);
	text_add(out, "\n\n");
}

static void add_panel_categories(const struct chart_panel *panel, struct text *out)
{
	for (size_t i = 0; i < panel->n_categories; i++) {
		text_printf(out, "# %s %.10g: ", panel->y.name, chart_category_y(panel, i));
		add_comment(out, panel->categories[i]);
		text_add_char(out, '\n');
	}
}

static void add_panel_comments(const struct chart_panel *panel, struct text *out)
{
	text_printf(out, "# %s: ", panel->x.name);
	add_comment(out, panel->x.title);
	text_printf(out, "; %s: ", panel->y.name);
	add_comment(out, panel->y.title);
	text_add_char(out, '\n');
	for (size_t i = 0; i < panel->n_levels; i++) {
		text_printf(out, "# level %.10g: ", panel->levels[i].y);
		add_comment(out, panel->levels[i].name);
		text_add_char(out, '\n');
	}
}

void gnuplot_add_data(const struct chart *chart, struct text *out)
{
	size_t index = 0;

	text_add(out, "# ");
	add_comment(out, chart->title);
	text_add(out, "\n# ");
	add_comment(out, text_string(&chart->caption));
	text_add_char(out, '\n');
	add_panel_comments(chart->panels[0], out);
	add_panel_categories(chart->panels[0], out);
	text_add_char(out, '\n');
	for (size_t i = 0; i < chart->n_panels; i++)
		for (size_t k = 0; k < chart->panels[i]->n_series; k++)
			if (chart->panels[i]->series[k]->n)
				add_series(chart->panels[i], chart->panels[i]->series[k], index++,
					   out);
}
