/* SPDX-License-Identifier: MIT
 *
 * Figures of sizes and settings: isoflop, contour, efficiency, batch, transfer.
 */
#include "plots/gnuplot_script.h"
#include "tests/surface_fixture.h"

static const struct surface_plan one_batch = {1, 2, 1, "chinchilla,isoflop,power_offset"};
static const struct surface_plan six_batches = {6, 2, 1, "power"};

static int set_up(void **state)
{
	struct surface *s = xcalloc(1, sizeof(*s));

	surface_init(s, &one_batch);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	surface_release(*state);
	free(*state);
	return 0;
}

static size_t count_points(const struct chart_panel *panel, enum chart_mark mark, bool open,
			   double size)
{
	size_t n = 0;

	for (size_t i = 0; i < panel->n_series; i++) {
		const struct chart_look *look = &panel->series[i]->look;

		if (look->mark == mark && look->open == open && look->size == size)
			n += panel->series[i]->n;
	}
	return n;
}

static void parabolas_have_their_points_and_vertices(void **state)
{
	const struct surface *s = *state;
	const struct chart_series *line, *points;
	struct chart chart;

	draw_chart(&figure_isoflop, &s->input, &chart);
	assert_int_equal(chart.n_panels, 2);
	assert_string_equal(chart.panels[1]->title, "muon");
	line = chart_series_named(chart.panels[0], "adamw, C 6.4×10¹², parabola");
	points = chart_series_named(chart.panels[0], "adamw, C 6.4×10¹², points");
	assert_int_equal(points->n, S_SIZES);
	check_near(points->rows[0].y, surface_loss(0, 4e4, 6.4e12 / 6 / 4e4, 1024), 2e-3, 0);
	check_near(line->rows[0].x, surface_params(0), 1e-9, 0);
	check_near(line->rows[line->n - 1].x, surface_params(S_SIZES - 1), 1e-9, 0);
	for (size_t i = 0; i < line->n; i++)
		check_near(line->rows[i].y,
			   surface_loss(0, line->rows[i].x, 6.4e12 / 6 / line->rows[i].x, 1024),
			   0.03, 0);
	assert_int_equal(count_points(chart.panels[0], CHART_POINTS, false, 0.95) +
				 count_points(chart.panels[0], CHART_POINTS, true, 0.95),
			 S_BUDGETS);
	check_contains(text_string(&chart.caption), " adamw: N* ∝ C^0.");
	check_contains(text_string(&chart.caption), "n = 200 trials, 4 sizes;");
	check_drawable(&chart);
	chart_release(&chart);
}

static void a_vertex_outside_is_open_and_counted(void **state)
{
	struct surface *s = *state;
	struct study_point *points = s->report.points, *copy;
	struct figure_input input = s->input;
	struct chart chart;

	copy = xmalloc(s->report.study.n_cells * sizeof(*copy));
	memcpy(copy, points, s->report.study.n_cells * sizeof(*copy));
	for (size_t i = 0; i < s->report.study.n_cells; i++)
		copy[i].loss = 2 + 0.1 * pow(log(copy[i].params / 2e4), 2);
	input.points = copy;
	draw_chart(&figure_isoflop, &input, &chart);
	assert_int_equal(count_points(chart.panels[0], CHART_POINTS, true, 0.95), S_BUDGETS);
	assert_int_equal(count_points(chart.panels[0], CHART_POINTS, false, 0.95), 0);
	check_contains(text_string(&chart.caption), " Outside: 10 of 10.");
	chart_release(&chart);
	free(copy);
}

static void every_line_of_a_contour_has_its_loss(void **state)
{
	const struct surface *s = *state;
	const struct fit_law *law = fit_report_law(&s->report, "chinchilla", 1);
	struct chart chart;
	size_t n_levels = 0;

	draw_chart(&figure_contour, &s->input, &chart);
	for (size_t i = 0; i < chart.panels[1]->n_series; i++) {
		const struct chart_series *series = chart.panels[1]->series[i];
		double loss;

		if (sscanf(series->name, "L = %lf", &loss) != 1)
			continue;
		n_levels += series->n > 0;
		for (size_t k = 0; k < series->n; k++) {
			const struct law_point at = {.params = series->rows[k].x,
						     .tokens = series->rows[k].y};

			check_near(law->law->predict(law->fit.parameters, &at), loss, 1e-6, 0);
		}
	}
	assert_true(n_levels >= 3 && n_levels <= 12);
	assert_true(chart.panels[1]->n_labels >= n_levels);
	check_contains(text_string(&chart.caption), " muon, chinchilla: E ");
	check_drawable(&chart);
	chart_release(&chart);
}

/* dL/dlnN = dL/dlnD on it. */
static void the_path_of_a_contour_is_optimal(void **state)
{
	const struct surface *s = *state;
	const struct fit_law *law = fit_report_law(&s->report, "chinchilla", 0);
	const double *p = law->fit.parameters; /* E, A, B, alpha, beta */
	const struct chart_series *path;
	struct chart chart;

	draw_chart(&figure_contour, &s->input, &chart);
	path = chart_series_named(chart.panels[0], "compute-optimal N and D");
	assert_true(path->n > 10);
	for (size_t i = 0; i < path->n; i++)
		check_near(p[3] * p[1] * pow(path->rows[i].x, -p[3]),
			   p[4] * p[2] * pow(path->rows[i].y, -p[4]), 1e-4, 0);
	chart_release(&chart);
}

static void a_contour_needs_a_law_of_both(void **state)
{
	const struct surface *s = *state;
	struct figure_input input = s->input;

	input.report = NULL;
	input.unfitted = "2 sizes are too few";
	check_not_drawn(
		&figure_contour, &input,
		"figure 'contour': it needs a law of N and D ('--law chinchilla' or joint): "
		"params, tokens and loss at 3 sizes or more; 2 sizes are too few");
}

static void efficiency_is_a_line_below_equal_cost(void **state)
{
	const struct surface *s = *state;
	const struct chart_series *ratio, *equal;
	struct chart chart;
	size_t filled;

	draw_chart(&figure_efficiency, &s->input, &chart);
	assert_int_equal(chart.n_panels, 3);
	assert_string_equal(chart.panels[0]->title, "compute");
	assert_string_equal(chart.panels[1]->title, "tokens at equal N");
	ratio = chart_series_named(chart.panels[0], "muon, ratio");
	filled = ratio->n;
	assert_true(filled >= 3);
	for (size_t i = 0; i < filled; i++)
		assert_true(ratio->rows[i].y > 0.5 && ratio->rows[i].y < 1);
	equal = chart_series_named(chart.panels[0], "equal");
	check_near(equal->rows[0].y, 1, 0, 0);
	check_near(equal->rows[0].x, ratio->rows[0].x, 0.9, 0);
	assert_string_equal(chart.legend[0].name, "muon / adamw");
	check_contains(text_string(&chart.caption), " muon: compute 0.");
	check_contains(text_string(&chart.caption), "1/ratio is the speed-up");
	check_drawable(&chart);
	chart_release(&chart);
}

/* Rows out of range are open points; where there is no ratio there is nothing. */
static void efficiency_shows_where_it_is_defined(void **state)
{
	struct surface *s = *state;
	struct efficiency *pair = &s->report.pairs[0];
	struct efficiency_row kept[2] = {pair->rows[0], pair->rows[1]};
	struct chart chart;
	size_t all;

	draw_chart(&figure_efficiency, &s->input, &chart);
	all = chart_series_named(chart.panels[0], "muon, ratio")->n;
	chart_release(&chart);
	for (size_t m = 0; m < EFFICIENCY_N_METHODS; m++) {
		pair->rows[0].in_range[m] = false;
		pair->rows[1].ratio[m] = (double)NAN;
	}
	draw_chart(&figure_efficiency, &s->input, &chart);
	assert_int_equal(chart_series_named(chart.panels[0], "muon, ratio")->n, all - 2);
	assert_int_equal(chart_series_named(chart.panels[0], "muon, ratio, out of range")->n, 1);
	chart_release(&chart);
	memcpy(pair->rows, kept, sizeof(kept));
}

static void efficiency_needs_two_arms(void **state)
{
	static const struct surface_plan alone = {1, 1, 1, "power"};
	struct surface s;

	(void)state;
	surface_init(&s, &alone);
	check_not_drawn(&figure_efficiency, &s.input, "there is one arm only");
	s.input.report = NULL;
	s.input.unfitted = "too few points";
	check_not_drawn(&figure_efficiency, &s.input, "nothing could be fitted: too few points");
	surface_release(&s);
}

static void bowls_of_batches_gather_their_cells(void **state)
{
	const struct chart_series *bowl;
	struct surface s;
	struct chart chart;
	struct text script = {0};

	(void)state;
	surface_init(&s, &six_batches);
	draw_chart(&figure_batch, &s.input, &chart);
	assert_int_equal(chart.n_panels, S_SIZES);
	bowl = chart_series_named(chart.panels[1], "muon, C 6.4×10¹²");
	assert_int_equal(bowl->n, 6);
	check_near(bowl->rows[5].x, 32768, 1e-9, 0);
	assert_true(bowl->rows[5].y > bowl->rows[0].y);
	assert_int_equal(count_points(chart.panels[0], CHART_POINTS, true, 0.85), 2 * S_BUDGETS);
	check_contains(text_string(&chart.caption), "on the edge of the grid (40 of 40).");
	gnuplot_add_script(&chart, &(struct gnuplot_target){FORMAT_SVG, 80, 24, false}, NULL, NULL,
			   &script);
	check_contains(text_string(&script), "'1k' 1024");
	check_contains(text_string(&script), "'16k' 16384");
	check_drawable(&chart);
	text_release(&script);
	chart_release(&chart);
	surface_release(&s);
}

static void a_bowl_needs_several_batches(void **state)
{
	const struct surface *s = *state;

	check_not_drawn(&figure_batch, &s->input, "has one value of 'batch_tokens'");
}

static void the_slope_over_widths_is_found(void **state)
{
	const struct surface *s = *state;
	const struct chart_series *optima, *slope;
	struct chart chart;

	draw_chart(&figure_transfer, &s->input, &chart);
	assert_int_equal(chart.n_panels, 2);
	optima = chart_series_named(chart.panels[0], "adamw, C 6.4×10¹², optima");
	assert_true(optima->n >= 2);
	for (size_t i = 0; i < optima->n; i++)
		check_near(optima->rows[i].y, 0.01 * pow(optima->rows[i].x / 64, -0.5), 1e-6, 0);
	slope = chart_series_named(chart.panels[0], "fitted slope");
	check_near(log(slope->rows[1].y / slope->rows[0].y) /
			   log(slope->rows[1].x / slope->rows[0].x),
		   -0.5, 1e-6, 0);
	check_contains(text_string(&chart.caption), "adamw: lr ∝ width^-0.50 ± 0.00");
	check_drawable(&chart);
	chart_release(&chart);
}

static void transfer_needs_two_widths(void **state)
{
	const struct surface *s = *state;
	struct figure_input input = s->input;
	struct study_point *copy = xmalloc(s->report.study.n_cells * sizeof(*copy));

	memcpy(copy, s->report.points, s->report.study.n_cells * sizeof(*copy));
	input.points = copy;
	for (size_t i = 0; i < s->report.study.n_cells; i++)
		copy[i].width = 64;
	check_not_drawn(&figure_transfer, &input, "every trial has the same 'd_model'");
	for (size_t i = 0; i < s->report.study.n_cells; i++)
		copy[i].width = (double)NAN;
	check_not_drawn(&figure_transfer, &input, "no final row has 'd_model', 'lr' and 'loss'");
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parabolas_have_their_points_and_vertices),
		cmocka_unit_test(a_vertex_outside_is_open_and_counted),
		cmocka_unit_test(every_line_of_a_contour_has_its_loss),
		cmocka_unit_test(the_path_of_a_contour_is_optimal),
		cmocka_unit_test(a_contour_needs_a_law_of_both),
		cmocka_unit_test(efficiency_is_a_line_below_equal_cost),
		cmocka_unit_test(efficiency_shows_where_it_is_defined),
		cmocka_unit_test(efficiency_needs_two_arms),
		cmocka_unit_test(bowls_of_batches_gather_their_cells),
		cmocka_unit_test(a_bowl_needs_several_batches),
		cmocka_unit_test(the_slope_over_widths_is_found),
		cmocka_unit_test(transfer_needs_two_widths),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
