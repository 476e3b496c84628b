/* SPDX-License-Identifier: MIT */
#include "plots/rule.h"

#include <string.h>

#include "plots/style.h"

/* Behind all others. */
static struct chart_series *add_series(struct chart *chart, struct chart_panel *panel,
				       const char *name, bool dashed)
{
	const struct chart_look look = {.mark = CHART_LINE,
					.arm = STYLE_NEUTRAL,
					.strength = dashed ? 0.6 : 0.8,
					.width = dashed ? 0.7 : 0.9,
					.dashed = dashed};

	struct chart_series *series = chart_add_series(chart, panel, name, &look);

	memmove(panel->series + 1, panel->series, (panel->n_series - 1) * sizeof(*panel->series));
	return panel->series[0] = series;
}

void chart_add_rule_across(struct chart *chart, struct chart_panel *panel, const char *name,
			   double y, bool dashed)
{
	struct chart_series *series;
	struct chart_range x, all_y;

	if (!chart_panel_range(panel, &x, &all_y))
		return;
	series = add_series(chart, panel, name, dashed);
	chart_add_point(chart, series, x.low, y, NULL);
	chart_add_point(chart, series, x.high, y, NULL);
}

void chart_add_rule_upright(struct chart *chart, struct chart_panel *panel, const char *name,
			    double x, bool dashed)
{
	struct chart_series *series;
	struct chart_range all_x, y;

	if (!chart_panel_range(panel, &all_x, &y))
		return;
	series = add_series(chart, panel, name, dashed);
	chart_add_point(chart, series, x, y.low, NULL);
	chart_add_point(chart, series, x, y.high, NULL);
}
