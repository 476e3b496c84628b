/* SPDX-License-Identifier: MIT
 *
 * Charts: ticks, looks, formats, texts, and what becomes of rows.
 */
#include <float.h>

#include "base/memory.h"
#include "plots/chart_layout.h"
#include "plots/gnuplot.h"
#include "plots/gnuplot_labels.h"
#include "plots/gnuplot_script.h"
#include "plots/style.h"
#include "plots/ticks.h"
#include "tests/chart_checks.h"

static void ticks_are_few_and_round(void **state)
{
	static const struct {
		double low, high;
		bool log;
		int wanted;
		const char *labels;
	} cases[] = {
		{2e8, 5e12, true, 8, "10⁹ 10¹⁰ 10¹¹ 10¹²"},
		{3.3e10, 5e12, true, 8, "10¹¹ 3×10¹¹ 10¹² 3×10¹²"},
		{1e3, 1e30, true, 7, "10⁴ 10⁸ 10¹² 10¹⁶ 10²⁰ 10²⁴ 10²⁸"},
		{0.0012, 0.06, true, 5, "0.003 0.01 0.03"},
		{0.0012, 0.0063, true, 5, "0.002 0.003 0.005"},
		{1.7, 3.8, true, 7, "2 2.5 3 3.5"},
		{1.9, 2.0, true, 5, "1.9 1.92 1.94 1.96 1.98 2"},
		{0.98, 2.04, false, 5, "1 1.25 1.5 1.75 2"},
		{-1, 1, false, 4, "-1 -0.5 0 0.5 1"},
	};
	struct ticks *ticks = xmalloc(sizeof(*ticks));
	char number[SHORT_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct text labels = {0};

		ticks_choose(ticks, (struct chart_range){cases[i].low, cases[i].high}, cases[i].log,
			     cases[i].wanted);
		for (size_t k = 0; k < ticks->n; k++)
			if (!ticks->list[k].minor)
				text_printf(&labels, "%s%s", labels.length ? " " : "",
					    style_number(ticks->list[k].at, false, number));
		assert_string_equal(text_string(&labels), cases[i].labels);
		text_release(&labels);
	}
	free(ticks);
}

static void a_range_of_one_value_has_room(void **state)
{
	static const struct chart_range cases[] = {
		{1, 1},		{1, 1 + DBL_EPSILON}, {1 - DBL_EPSILON, 1},
		{3, 3 + 1e-15}, {1e-30, 1e-30},	      {1e30, 1e30},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (int log = 0; log < 2; log++) {
			struct chart_range padded = chart_range_padded(cases[i], log);

			assert_true(padded.low < cases[i].low * (1 - 1e-7) ||
				    (!log && padded.low < cases[i].low - 1e-7));
			assert_true(padded.high > cases[i].high * (1 + 1e-7) ||
				    (!log && padded.high > cases[i].high + 1e-7));
		}
}

/* Labels of a square panel with 0 to 1 on both axes. */
static void place_labels(const struct chart_panel *panel, struct text *out)
{
	const struct chart_layout layout = {.panel_width = 5, .panel_height = 5};
	const struct chart_range unit = {0, 1};

	text_clear(out);
	gnuplot_add_labels(panel, false, &layout, unit, unit, out);
}

static void labels_keep_clear_of_points_and_labels(void **state)
{
	const struct chart_axis axis = {"x", "x", false};
	struct text out = {0};
	struct chart chart = {0};
	struct chart_panel *panel = chart_add_panel(&chart, "", &axis, &axis);
	struct chart_series *points = chart_add_series(&chart, panel, "points",
						       &(struct chart_look){.mark = CHART_POINTS});

	(void)state;
	chart_add_label(&chart, panel, 0.5, 0.5, "one");
	place_labels(panel, &out);
	check_contains(text_string(&out), "'one' at graph 0.5240, graph 0.5000 left");
	chart_add_point(&chart, points, 0.55, 0.5, NULL);
	place_labels(panel, &out);
	check_contains(text_string(&out), "'one' at graph 0.5000, graph 0.5480 left");
	chart_add_label(&chart, panel, 0.99, 0.5, "edge");
	place_labels(panel, &out);
	check_contains(text_string(&out), "'edge' at graph 0.9900, graph 0.5480 right");
	for (int i = 0; i < 6; i++)
		chart_add_label(&chart, panel, 0.5, 0.5, "again");
	place_labels(panel, &out);
	assert_int_equal(count_of(text_string(&out), "'again'"), 3); /* above and below */
	text_release(&out);
	chart_release(&chart);
}

static void arms_differ_in_colour_point_and_dash(void **state)
{
	char one[STYLE_COLOUR_SIZE], other[STYLE_COLOUR_SIZE];

	(void)state;
	assert_string_equal(style_colour(0, 1, one), "#0072b2");
	assert_string_equal(style_colour(1, 1, one), "#d55e00");
	assert_string_equal(style_colour(0, 0, one), "#ffffff");
	assert_string_equal(style_colour(STYLE_NEUTRAL, 1, one), "#5f5f5f");
	for (int i = 0; i < 6; i++)
		for (int k = 0; k < i; k++) {
			assert_string_not_equal(style_colour(i, 1, one), style_colour(k, 1, other));
			assert_string_not_equal(style_dash(i), style_dash(k));
			assert_int_not_equal(style_point(i, false, FORMAT_PNG),
					     style_point(k, false, FORMAT_PNG));
		}
}

static void formats_go_by_the_ending(void **state)
{
	static const struct {
		const char *path, *message;
		enum figure_format format;
	} cases[] = {
		{"a.png", NULL, FORMAT_PNG},
		{"dir.svg/a.b.pdf", NULL, FORMAT_PDF},
		{"x.svg", NULL, FORMAT_SVG},
		{"x.pgn",
		 "cannot draw into 'x.pgn': the name must end with .png, .svg or .pdf; did you "
		 "mean "
		 "'.png'?",
		 0},
		{"dir.png/x",
		 "cannot draw into 'dir.png/x': the name must end with .png, .svg or .pdf", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		enum figure_format format = FORMAT_TERMINAL;
		int result = figure_format_of(cases[i].path, &format, &err);

		assert_string_equal(err.text, cases[i].message ? cases[i].message : "");
		assert_int_equal(result, cases[i].message ? -ERR_USAGE : 0);
		if (!cases[i].message)
			assert_int_equal(format, cases[i].format);
	}
}

static void texts_are_quoted_and_wrapped(void **state)
{
	struct text out = {0};

	(void)state;
	gnuplot_add_quoted(&out, "it's \"a_b\" {x}^2 \\n\n`ls`");
	assert_string_equal(text_string(&out), "'it''s \"a_b\" {x}^2 \\n `ls`'");
	text_clear(&out);
	gnuplot_add_quoted(&out, "'test slice': none");
	assert_string_equal(text_string(&out), "\"'\".'test slice'': none'");
	text_clear(&out);
	assert_int_equal(text_wrap("one two three four", 9, &out), 3);
	assert_string_equal(text_string(&out), "one two\nthree\nfour\n");
	text_clear(&out);
	assert_int_equal(text_wrap("", 9, &out), 0);
	assert_int_equal(text_wrap("µµµµ µµµµ\nlongerthanthat x", 9, &out), 3);
	assert_string_equal(text_string(&out), "µµµµ µµµµ\nlongerthanthat\nx\n");
	text_release(&out);
}

static void rows_that_cannot_be_drawn_are_left_out(void **state)
{
	const struct chart_axis x = {"x", "x", true}, y = {"y", "y", false};
	struct chart chart = {0};
	struct chart_panel *panel = chart_add_panel(&chart, "", &x, &y);
	struct chart_series *line =
		chart_add_series(&chart, panel, "line", &(struct chart_look){.mark = CHART_LINE});
	struct chart_series *band =
		chart_add_series(&chart, panel, "band", &(struct chart_look){.mark = CHART_BAND});
	struct chart_range range_x, range_y;
	struct text data = {0};

	(void)state;
	chart.title = "t";
	assert_false(chart_panel_range(panel, &range_x, &range_y));
	assert_false(chart_add_point(&chart, line, (double)NAN, 1, NULL));
	assert_false(chart_add_point(&chart, line, 1, HUGE_VAL, NULL));
	assert_false(chart_add_point(&chart, line, 0, 1, NULL));
	assert_true(chart_add_point(&chart, line, 1, -2, "a\nb"));
	chart_break(&chart, line, "second");
	assert_true(chart_add_point(&chart, line, 2, 0, NULL));
	assert_false(chart_add_band(band, 1, (double)NAN, 2));
	assert_true(chart_add_band(band, 3, 1, 2));
	assert_true(chart_panel_range(panel, &range_x, &range_y));
	check_near(range_x.high, 3, 0, 0);
	check_near(range_y.low, -2, 0, 0);
	gnuplot_add_data(&chart, &data);
	check_contains(text_string(&data),
		       "# index 0: line\n# x y\n1 -2 # a b\n\n2 0 # second\n\n\n");
	check_contains(text_string(&data), "# index 1: band\n# x y_low y_high\n3 1 2\n\n\n");
	text_release(&data);
	chart_release(&chart);
}

static void trouble_with_gnuplot_is_told(void **state)
{
	struct error err = ERROR_INIT;
	struct text picture = {0};
	char *path = xstrdup(getenv("PATH"));

	(void)state;
	if (have_gnuplot()) {
		assert_int_equal(gnuplot_run("plot 'a\nplot nonsense(\n", &picture, &err), -ERR_IO);
		check_contains(err.text, "gnuplot failed: line ");
	}
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(gnuplot_run("plot x\n", &picture, &err), -ERR_IO);
	setenv("PATH", path, 1);
	assert_string_equal(err.text,
			    "cannot find gnuplot; install it ('apt-get install gnuplot-nox'), or "
			    "write the numbers and the script with --data FILE");
	text_release(&picture);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticks_are_few_and_round),
		cmocka_unit_test(a_range_of_one_value_has_room),
		cmocka_unit_test(labels_keep_clear_of_points_and_labels),
		cmocka_unit_test(arms_differ_in_colour_point_and_dash),
		cmocka_unit_test(formats_go_by_the_ending),
		cmocka_unit_test(texts_are_quoted_and_wrapped),
		cmocka_unit_test(rows_that_cannot_be_drawn_are_left_out),
		cmocka_unit_test(trouble_with_gnuplot_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
