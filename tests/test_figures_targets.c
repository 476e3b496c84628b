/* SPDX-License-Identifier: MIT
 *
 * Figures of what a loss costs: tokens_to_loss, steps_to_loss, pareto.
 */
#include "tests/surface_fixture.h"

static const struct surface_plan six_batches = {6, 2, 1, "critical_batch"};
static const double targets[] = {2.5, 2.2};

static int set_up(void **state)
{
	struct surface *s = xcalloc(1, sizeof(*s));

	surface_init(s, &six_batches);
	s->input.targets = targets;
	s->input.n_targets = ARRAY_SIZE(targets);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	surface_release(*state);
	free(*state);
	return 0;
}

/* Where the surface has the loss, at the best lr that was tried or better. */
static double true_tokens(int arm, double params, double batch, double loss)
{
	double rest = loss - 1 - 30 * pow(params, -0.35);

	return pow(60 / rest, 1 / 0.35) * (1 + batch / (arm ? 65536 : 8192)) / (arm ? S_RHO : 1);
}

static void tokens_to_a_loss_are_those_of_the_surface(void **state)
{
	const struct surface *s = *state;
	const struct chart_series *curve;
	struct chart chart;

	draw_chart(&figure_tokens_to_loss, &s->input, &chart);
	assert_int_equal(chart.n_panels, S_SIZES);
	assert_string_equal(chart.panels[1]->title, "N = 160k");
	for (int arm = 0; arm < 2; arm++) {
		curve = chart_series_named(chart.panels[1],
					   arm ? "muon, L = 2.2" : "adamw, L = 2.2");
		assert_int_equal(curve->n, 6);
		for (size_t i = 0; i < curve->n; i++)
			check_near(curve->rows[i].y, true_tokens(arm, 16e4, curve->rows[i].x, 2.2),
				   0.2, 0);
	}
	assert_string_equal(chart.legend[2].name, "L = 2.5");
	assert_string_equal(chart.legend[3].name, "L = 2.2");
	assert_true(chart.legend[2].look.strength < chart.legend[3].look.strength);
	check_drawable(&chart);
	chart_release(&chart);
}

static void the_batch_that_needs_least_is_marked(void **state)
{
	const struct surface *s = *state;
	const struct chart_series *least;
	struct chart chart;

	draw_chart(&figure_tokens_to_loss, &s->input, &chart);
	least = chart_series_named(chart.panels[1], "adamw, L = 2.2, least, on the edge");
	assert_int_equal(least->n, 1);
	assert_true(least->look.open);
	check_near(least->rows[0].x, 1024, 1e-9, 0);
	assert_int_equal(chart_series_named(chart.panels[1], "muon, least of each target")->n, 2);
	chart_release(&chart);
}

static void steps_are_tokens_over_the_batch(void **state)
{
	const struct surface *s = *state;
	const struct chart_series *steps, *tokens;
	struct chart one, other;

	draw_chart(&figure_steps_to_loss, &s->input, &one);
	draw_chart(&figure_tokens_to_loss, &s->input, &other);
	steps = chart_series_named(one.panels[2], "adamw, L = 2.5");
	tokens = chart_series_named(other.panels[2], "adamw, L = 2.5");
	assert_int_equal(steps->n, tokens->n);
	for (size_t i = 0; i < steps->n; i++)
		check_near(steps->rows[i].y * steps->rows[i].x, tokens->rows[i].y, 1e-6, 0);
	assert_string_equal(one.panels[2]->y.title, "optimizer steps to the loss");
	check_drawable(&one);
	chart_release(&one);
	chart_release(&other);
}

static void targets_out_of_reach_are_open_and_counted(void **state)
{
	static const double hard[] = {1.775};
	struct figure_input input = ((struct surface *)*state)->input;
	const struct chart_series *open;
	struct chart chart;

	input.targets = hard;
	input.n_targets = 1;
	draw_chart(&figure_tokens_to_loss, &input, &chart);
	open = chart_series_named(chart.panels[0], "adamw, L = 1.775, not reached");
	assert_true(open->n > 0 && open->look.open);
	assert_string_equal(open->rows[0].note, "more than this is needed");
	check_contains(text_string(&chart.caption), "not reached, more is needed (");
	chart_release(&chart);
}

/* Targets that the fit has chosen have their hyperbola. */
static void a_fitted_hyperbola_is_drawn(void **state)
{
	struct figure_input input = ((struct surface *)*state)->input;
	const struct fit_report *report = input.report;
	const struct chart_series *curve = NULL;
	struct chart chart;

	input.n_targets = 0;
	draw_chart(&figure_tokens_to_loss, &input, &chart);
	for (size_t i = 0; i < chart.panels[0]->n_series; i++)
		if (strstr(chart.panels[0]->series[i]->name, "critical_batch"))
			curve = chart.panels[0]->series[i];
	assert_non_null(curve);
	assert_true(report->n_laws > 0);
	check_near(curve->rows[0].x, 1024, 1e-9, 0);
	check_contains(text_string(&chart.caption), "S = S_min (1 + B_crit/B)");
	chart_release(&chart);
}

/* So do those that were asked for, each of them. */
static void asked_losses_have_their_hyperbolae(void **state)
{
	static const double asked[] = {2.5, 2.2};
	struct surface *s = *state;
	struct fit_options options = s->report.options;
	struct fit_report report;
	struct error err = {0};
	bool found[ARRAY_SIZE(asked)] = {false};

	options.targets = asked;
	options.n_targets = ARRAY_SIZE(asked);
	check_ok(fit_study(&s->rows, &options, &report, &err), &err);
	for (size_t i = 0; i < report.n_laws; i++)
		for (size_t t = 0; t < ARRAY_SIZE(asked); t++)
			found[t] |= report.laws[i].target == asked[t];
	assert_true(found[0] && found[1]);
	fit_report_release(&report);
}

/* More losses than a legend holds: each size tells its own. */
static void many_targets_are_told_by_the_titles(void **state)
{
	struct figure_input input = ((struct surface *)*state)->input;
	struct chart chart;

	input.n_targets = 0;
	draw_chart(&figure_steps_to_loss, &input, &chart);
	assert_int_equal(chart.n_legend, 2);
	check_contains(chart.panels[0]->title, "N = 40k: L = ");
	chart_release(&chart);
}

static void times_say_whether_they_were_measured_alone(void **state)
{
	struct surface *s = *state;
	const struct chart_series *curve;
	struct chart chart;

	draw_chart(&figure_pareto, &s->input, &chart);
	curve = chart_series_named(chart.panels[0], "adamw, L = 2.2");
	check_near(curve->rows[0].y, 1024, 1e-9, 0);
	assert_string_equal(chart.panels[0]->x.title, "time to the loss (s)");
	check_contains(text_string(&chart.caption), "one trial at a time on one host");
	check_drawable(&chart);
	chart_release(&chart);
	s->rows.rows[3].jobs = 2;
	draw_chart(&figure_pareto, &s->input, &chart);
	check_contains(text_string(&chart.caption), "not measured in isolation");
	chart_release(&chart);
	s->rows.rows[3].jobs = 1;
}

static void long_times_are_in_hours(void **state)
{
	struct surface *s = *state;
	double first;
	struct chart chart;

	draw_chart(&figure_pareto, &s->input, &chart);
	first = chart_series_named(chart.panels[0], "adamw, L = 2.2")->rows[0].x;
	chart_release(&chart);
	for (size_t i = 0; i < s->rows.n; i++)
		s->rows.rows[i].seconds *= 3600;
	draw_chart(&figure_pareto, &s->input, &chart);
	assert_string_equal(chart.panels[0]->x.title, "time to the loss (hours)");
	check_near(chart_series_named(chart.panels[0], "adamw, L = 2.2")->rows[0].x, first, 1e-9,
		   0);
	chart_release(&chart);
	for (size_t i = 0; i < s->rows.n; i++)
		s->rows.rows[i].seconds /= 3600;
}

static void what_is_missing_is_told(void **state)
{
	static const struct surface_plan one_batch = {1, 2, 1, "power"};
	static const double absurd[] = {0.5e-3};
	struct surface s;

	(void)state;
	surface_init(&s, &one_batch);
	check_not_drawn(&figure_tokens_to_loss, &s.input,
			"no target can be chosen: it needs 3 batches of an arm and size");
	s.input.targets = absurd;
	s.input.n_targets = 1;
	check_not_drawn(&figure_steps_to_loss, &s.input, "no batch passes the loss 0.0005");
	for (size_t i = 0; i < s.rows.n; i++)
		s.rows.rows[i].seconds = (double)NAN;
	check_not_drawn(&figure_pareto, &s.input, "no final row has 'seconds'");
	surface_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_to_a_loss_are_those_of_the_surface),
		cmocka_unit_test(the_batch_that_needs_least_is_marked),
		cmocka_unit_test(steps_are_tokens_over_the_batch),
		cmocka_unit_test(targets_out_of_reach_are_open_and_counted),
		cmocka_unit_test(a_fitted_hyperbola_is_drawn),
		cmocka_unit_test(asked_losses_have_their_hyperbolae),
		cmocka_unit_test(many_targets_are_told_by_the_titles),
		cmocka_unit_test(times_say_whether_they_were_measured_alone),
		cmocka_unit_test(long_times_are_in_hours),
		cmocka_unit_test(what_is_missing_is_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
