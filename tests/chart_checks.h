/* SPDX-License-Identifier: MIT
 *
 * What tests of figures share: questions about a chart.
 */
#ifndef TESTS_CHART_CHECKS_H
#define TESTS_CHART_CHECKS_H

#include <string.h>

#include "plots/figure.h"
#include "plots/gnuplot.h"
#include "tests/check.h"

static inline void draw_chart(const struct figure *figure, const struct figure_input *input,
			      struct chart *chart)
{
	struct error err = ERROR_INIT;

	*chart = (struct chart){0};
	check_ok(figure_draw(figure, input, chart, &err), &err);
}

/* Of a fit and its rows, which must outlive it. */
static inline struct figure_input input_of(const struct observations *rows,
					   const struct fit_report *report)
{
	return (struct figure_input){.rows = rows,
				     .study = &report->study,
				     .points = report->points,
				     .report = report,
				     .counting = &report->options.study,
				     .baseline = "adamw"};
}

/* The figure says why it cannot be drawn. */
static inline void check_not_drawn(const struct figure *figure, const struct figure_input *input,
				   const char *why)
{
	struct error err = ERROR_INIT;
	struct chart chart = {0};

	assert_int_equal(figure_draw(figure, input, &chart, &err), -ERR_DATA);
	check_contains(err.text, why);
	chart_release(&chart);
}

static inline const struct chart_series *chart_series_named(const struct chart_panel *panel,
							    const char *name)
{
	for (size_t i = 0; i < panel->n_series; i++)
		if (strcmp(panel->series[i]->name, name) == 0)
			return panel->series[i];
	print_error("no series '%s'\n", name);
	fail();
	return NULL;
}

static inline bool have_gnuplot(void)
{
	return system("command -v gnuplot >/dev/null 2>&1") == 0;
}

/* gnuplot, where there is one, takes the script in every format. */
static inline void check_drawable(const struct chart *chart)
{
	for (enum figure_format format = FORMAT_PNG; format <= FORMAT_TERMINAL && have_gnuplot();
	     format++) {
		const struct gnuplot_target target = {format, 80, 24, false};
		struct error err = ERROR_INIT;
		struct text picture = {0};

		check_ok(gnuplot_draw(chart, &target, &picture, &err), &err);
		assert_true(picture.length > 1000);
		text_release(&picture);
	}
}

#endif
