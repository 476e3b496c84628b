/* SPDX-License-Identifier: MIT
 *
 * Figures that put laws to the test: residuals, gap, backtest, specification.
 */
#include "tests/chart_fixture.h"

static const struct plan two_seeds = {.seeds = 2, .noise = 0.002};

static int set_up(void **state)
{
	struct chart_fixture *f = xcalloc(1, sizeof(*f));

	chart_fixture_init(f, &two_seeds, "power_offset,chinchilla");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	chart_fixture_release(*state);
	free(*state);
	return 0;
}

static void residuals_are_per_cents_of_the_law(void **state)
{
	const struct chart_fixture *f = *state;
	const struct fit_law *law = fit_report_law(&f->report, "chinchilla", 0);
	const struct chart_series *series;
	struct chart chart;
	double sum = 0, want = 0;

	draw_chart(&figure_residuals, &f->input, &chart);
	assert_int_equal(chart.n_panels, 3);
	assert_string_equal(chart.panels[1]->x.title, "parameters N");
	series = chart_series_named(chart.panels[0], "adamw");
	assert_int_equal(series->n, SIZES * BUDGETS);
	for (size_t i = 0; i < series->n; i++)
		sum += fabs(series->rows[i].y);
	for (size_t i = 0; i < f->report.study.n_cells; i++) {
		const struct study_point *point = &f->report.points[i];
		const struct law_point at = {
			.flops = point->compute, .params = point->params, .tokens = point->tokens};

		if (point->arm == 0)
			want += fabs(100 * log(point->loss /
					       law->law->predict(law->fit.parameters, &at)));
	}
	check_near(sum, want, 1e-9, 0);
	check_contains(text_string(&chart.caption), "n = 36 points (best of tuning");
	check_drawable(&chart);
	chart_release(&chart);
}

static void residuals_follow_the_law_that_is_there(void **state)
{
	struct chart_fixture f;
	struct chart chart;

	(void)state;
	chart_fixture_init(&f, &two_seeds, "power");
	draw_chart(&figure_residuals, &f.input, &chart);
	assert_string_equal(chart.title, "What power misses");
	assert_int_equal(chart_series_named(chart.panels[0], "muon")->n, BUDGETS);
	chart_release(&chart);
	f.input.report = NULL;
	f.input.unfitted = "too few points";
	check_not_drawn(&figure_residuals, &f.input, "no law was fitted: too few points");
	chart_fixture_release(&f);
}

/* The best point of one cell is moved: a name in the caption, labels, the key in the data. */
static void an_outlier_is_named(void **state)
{
	const struct chart_fixture *f = *state;
	struct study_point *points = xmalloc(f->report.study.n_cells * sizeof(*points));
	struct figure_input input = f->input;
	struct text data = {0};
	struct chart chart;

	memcpy(points, f->report.points, f->report.study.n_cells * sizeof(*points));
	points[7].loss *= 3;
	input.points = points;
	draw_chart(&figure_residuals, &input, &chart);
	assert_true(chart.panels[0]->n_labels >= 1);
	check_contains(text_string(&chart.caption), "Off by more than 4 SD: ");
	gnuplot_add_data(&chart, &data);
	check_contains(text_string(&data), ", outlier\n");
	check_drawable(&chart);
	text_release(&data);
	chart_release(&chart);
	free(points);
}

static void the_gap_is_that_of_the_laws_and_of_the_points(void **state)
{
	const struct chart_fixture *f = *state;
	const struct chart_series *line, *band, *observed;
	struct chart chart;

	draw_chart(&figure_gap, &f->input, &chart);
	line = chart_series_named(chart.panels[0], "muon, difference of the laws");
	band = chart_series_named(chart.panels[0], "muon, 90 % band");
	observed = chart_series_named(chart.panels[0], "muon, observed");
	assert_int_equal(line->n, band->n);
	for (size_t i = 0; i < line->n; i++) {
		double flops = line->rows[i].x;

		check_near(line->rows[i].y, best_loss(0, flops) - best_loss(1, flops), 0.4, 0.01);
		assert_true(band->rows[i].low < band->rows[i].high);
	}
	assert_int_equal(observed->n, BUDGETS);
	for (size_t i = 0; i < observed->n; i++)
		assert_true(observed->rows[i].low < observed->rows[i].y &&
			    observed->rows[i].y < observed->rows[i].high);
	check_contains(text_string(&chart.caption), "6 differences observed");
	check_contains(text_string(&chart.caption), "band of their difference (60 replicates)");
	check_drawable(&chart);
	chart_release(&chart);
}

static void a_gap_needs_a_baseline(void **state)
{
	struct figure_input input = ((const struct chart_fixture *)*state)->input;
	struct fit_report report = *input.report;

	report.n_pairs = 0;
	input.report = &report;
	input.baseline = "sgd";
	check_not_drawn(&figure_gap, &input,
			"no arm 'sgd' to compare with: name one of 'adamw', 'muon' with "
			"--baseline");
}

static void put_held_out(struct fit_report *report, const struct law *law, size_t arm,
			 struct backtest_point *at)
{
	*at = (struct backtest_point){
		.law = law,
		.arm = arm,
		.point = {.flops = 1e20 * (double)(arm + 1), .params = 4e6, .loss = 2},
		.predicted = 2 * exp(0.01),
		.interval = {1.98, 2.05}};
	report->scores[report->n_scores++] = (struct backtest_score){
		.law = law, .arm = arm, .n = 1, .n_inside = 1, .error = 0.01, .best = !arm};
	report->n_held_out++;
}

static void a_backtest_has_a_line_a_law_and_arm_and_its_score(void **state)
{
	struct figure_input input = ((const struct chart_fixture *)*state)->input;
	struct fit_report report = *input.report;
	struct backtest_point points[3];
	struct backtest_score scores[3];
	const struct chart_series *series;
	struct chart chart;

	check_not_drawn(&figure_backtest, &input, "nothing was held out and predicted");
	report.held_out = points;
	report.scores = scores;
	report.options.holdout = 1;
	put_held_out(&report, &law_power, 0, &points[0]);
	put_held_out(&report, &law_power, 1, &points[1]);
	put_held_out(&report, &law_power_offset, 0, &points[2]);
	points[2].interval = (struct interval){(double)NAN, (double)NAN};
	input.report = &report;
	draw_chart(&figure_backtest, &input, &chart);
	assert_int_equal(chart.panels[0]->n_categories, 3);
	assert_string_equal(chart.panels[0]->categories[2], "power_offset, adamw");
	series = chart_series_named(chart.panels[0], "power, adamw");
	check_near(series->rows[0].x, 1, 1e-9, 0);
	check_near(series->rows[0].low, 100 * log(0.99), 1e-9, 0);
	check_near(series->rows[0].y, 2, 0, 0);
	check_near(chart_series_named(chart.panels[0], "power_offset, adamw")->rows[0].low, 1, 1e-9,
		   0);
	assert_string_equal(chart.panels[0]->levels[0].name, "1 %, best");
	check_contains(text_string(&chart.caption), "2 of 2 hold the observation");
	check_drawable(&chart);
	chart_release(&chart);
}

static void specifications_are_sorted_below_the_choice_made(void **state)
{
	struct specification list[] = {
		{0, 1, "as asked", 1e20, 0.7, {0.6, 0.8}, NULL},
		{0, 1, "optimizer's FLOPs counted", 1e20, 0.9, {0.8, 1.1}, NULL},
		{0, 1, "largest budget dropped", 1e20, 0.6, {(double)NAN, (double)NAN}, NULL},
		{0, 1, "test slice", 1e20, (double)NAN, {(double)NAN, (double)NAN}, "no test loss"},
	};
	struct figure_input input = ((const struct chart_fixture *)*state)->input;
	struct fit_report report = *input.report;
	const struct chart_panel *panel;
	struct chart chart;

	report.n_specifications = 0;
	input.report = &report;
	check_not_drawn(&figure_specification, &input, "no choice gives a ratio");
	report.specifications = list;
	report.n_specifications = ARRAY_SIZE(list);
	draw_chart(&figure_specification, &input, &chart);
	panel = chart.panels[0];
	assert_int_equal(panel->n_categories, 3);
	assert_string_equal(panel->categories[0], "as asked");
	assert_string_equal(panel->categories[1], "largest budget dropped");
	assert_int_equal(chart_series_named(panel, "muon, the choice made")->n, 1);
	check_near(chart_series_named(panel, "muon, the choice made")->rows[0].y, 2, 0, 0);
	assert_int_equal(chart_series_named(panel, "muon, other choices")->n, 2);
	check_contains(text_string(&chart.caption), "Without a ratio: 'test slice': no test loss.");
	check_drawable(&chart);
	chart_release(&chart);
}

/* A bar as wide as all other numbers together would leave them no room. */
static void wide_bars_are_cut(void **state)
{
	struct specification list[] = {
		{0, 1, "as asked", 1e20, 0.8, {0.7, 0.9}, NULL},
		{0, 1, "noisy", 1e20, 0.9, {0.01, 300}, NULL},
	};
	struct figure_input input = ((const struct chart_fixture *)*state)->input;
	struct fit_report report = *input.report;
	const struct chart_series *others;
	struct chart chart;

	report.specifications = list;
	report.n_specifications = ARRAY_SIZE(list);
	input.report = &report;
	draw_chart(&figure_specification, &input, &chart);
	others = chart_series_named(chart.panels[0], "muon, other choices");
	check_near(others->rows[0].low, 0.4, 1e-12, 0);
	check_near(others->rows[0].high, 1.8, 1e-12, 0);
	check_contains(text_string(&chart.caption), "cut where they are wider");
	assert_string_equal(chart.panels[0]->levels[1].name, "0.90 [0.01, 300.00]");
	chart_release(&chart);
}

static void a_text_may_begin_with_a_quote(void **state)
{
	struct text out = {0};

	(void)state;
	gnuplot_add_quoted(&out, "'test slice': none");
	assert_string_equal(text_string(&out), "\"'\".'test slice'': none'");
	text_clear(&out);
	gnuplot_add_quoted(&out, "");
	assert_string_equal(text_string(&out), "''");
	text_release(&out);
}

static void several_challengers_have_a_panel_each(void **state)
{
	struct specification list[] = {
		{0, 1, "as asked", 1e20, 0.7, {0.6, 0.8}, NULL},
		{0, 1, "other law", 1e20, 0.9, {0.8, 1.1}, NULL},
		{1, 0, "as asked", 1e20, 1.4, {1.2, 1.8}, NULL},
		{1, 0, "second only", 1e20, 1.3, {1.2, 1.8}, NULL},
	};
	struct figure_input input = ((const struct chart_fixture *)*state)->input;
	struct fit_report report = *input.report;
	struct chart chart;

	report.specifications = list;
	report.n_specifications = ARRAY_SIZE(list);
	input.report = &report;
	draw_chart(&figure_specification, &input, &chart);
	assert_int_equal(chart.n_panels, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(chart.panels[i]->n_categories, 3);
	check_drawable(&chart);
	chart_release(&chart);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(residuals_are_per_cents_of_the_law),
		cmocka_unit_test(residuals_follow_the_law_that_is_there),
		cmocka_unit_test(an_outlier_is_named),
		cmocka_unit_test(the_gap_is_that_of_the_laws_and_of_the_points),
		cmocka_unit_test(a_gap_needs_a_baseline),
		cmocka_unit_test(a_backtest_has_a_line_a_law_and_arm_and_its_score),
		cmocka_unit_test(specifications_are_sorted_below_the_choice_made),
		cmocka_unit_test(wide_bars_are_cut),
		cmocka_unit_test(a_text_may_begin_with_a_quote),
		cmocka_unit_test(several_challengers_have_a_panel_each),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
