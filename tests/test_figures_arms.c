/* SPDX-License-Identifier: MIT
 *
 * Figures that set arms side by side: ablation, token_ratio, telemetry; and what they are made of.
 */
#include "plots/target_points.h"
#include "results/best_at.h"
#include "tests/chart_fixture.h"
#include "tests/store_fixture.h"

#define METRIC "update_rms"

static const struct plan two_seeds = {.seeds = 2, .noise = 0.002};
static const struct plan one_seed = {.seeds = 1, .noise = 0.002};

static void the_ablation_is_sorted_and_says_the_difference(void **state)
{
	const struct chart_series *muon;
	const struct chart_panel *panel;
	struct chart_fixture f;
	struct chart chart;

	(void)state;
	chart_fixture_init(&f, &two_seeds, "power");
	draw_chart(&figure_ablation, &f.input, &chart);
	panel = chart.panels[0];
	assert_int_equal(panel->n_categories, 2);
	assert_string_equal(panel->categories[0], "muon");
	muon = chart_series_named(panel, "muon");
	check_near(muon->rows[0].x, best_loss(1, 1e17 * pow(4, BUDGETS - 1)), 0.01, 0);
	check_near(muon->rows[0].y, 1, 0, 0);
	assert_true(muon->rows[0].low < muon->rows[0].x && muon->rows[0].x < muon->rows[0].high);
	check_contains(panel->levels[0].name, " ± 0.");
	assert_int_equal(panel->levels[0].name[0], '-');
	assert_string_equal(panel->levels[1].name, "baseline");
	check_contains(text_string(&chart.caption), "at C = 1.02×10²⁰ FLOP");
	check_drawable(&chart);
	chart_release(&chart);
	chart_fixture_release(&f);
}

static void an_ablation_of_one_seed_has_no_intervals(void **state)
{
	struct chart_fixture f;
	struct chart chart;

	(void)state;
	chart_fixture_init(&f, &one_seed, "power");
	draw_chart(&figure_ablation, &f.input, &chart);
	check_contains(text_string(&chart.caption), "No bars: too few seeds");
	assert_null(strstr(chart.panels[0]->levels[0].name, "±"));
	chart_release(&chart);
	chart_fixture_release(&f);
}

/* Muon's larger budgets are taken away, then all that it shares with the baseline. */
static void arms_are_compared_in_the_largest_budget_they_share(void **state)
{
	struct chart_fixture f;
	size_t budget;

	(void)state;
	chart_fixture_init(&f, &one_seed, "power");
	budget = study_common_budget(&f.report.study, f.report.points);
	for (size_t i = 0; i < f.report.study.n_cells; i++)
		if (f.report.points[i].arm == 1 && f.report.points[i].flops > 3e18)
			f.report.points[i].loss = (double)NAN;
	assert_int_not_equal(study_common_budget(&f.report.study, f.report.points), budget);
	for (size_t i = 0; i < f.report.study.n_cells; i++)
		if ((f.report.points[i].arm == 1) == (f.report.points[i].flops > 3e17))
			f.report.points[i].loss = (double)NAN;
	check_not_drawn(&figure_ablation, &f.input, "no compute budget was trained by every arm");
	chart_fixture_release(&f);
}

static void margins_are_those_of_student(void **state)
{
	const struct spread few = {0.01, 0.01, 2}, many = {0.01, 0.01, 1000};
	const struct spread three = {0.01, 0.01, 3};

	(void)state;
	assert_true(isnan(best_margin(&few, 2, 2, 0)));
	assert_true(isnan(best_margin(&many, 2, 0, 0)));
	check_near(best_margin(&many, 2, 4, 0), 2 * 1.646 * 0.01 / 2, 1e-3, 0);
	check_near(best_margin(&three, 1, 1, 1), 2.353 * 0.01 * sqrt(2), 5e-3, 0);
}

/* Two arms, six batches, six budgets: the baseline's tokens grow with the batch. */
static double tokens_for(int arm, double batch, double loss)
{
	return 1e6 * pow(loss, -3) * (1 + batch / (arm ? 64e3 : 8e3)) * (arm ? 0.75 : 1) * 200;
}

static void make_batches(struct observations *set)
{
	for (int at = 0; at < 2 * 6 * 6; at++) {
		struct observation *row = observations_add(set);
		int arm = at / 36, batch = at / 6 % 6, budget = at % 6;

		row->label = row->optimizer = arm ? "muon" : "adamw";
		row->params = 1e5;
		row->batch_tokens = 2048 * pow(2, batch);
		row->tokens = 1e6 * pow(2, budget);
		row->flops = 6 * row->params * row->tokens;
		row->steps = row->tokens / row->batch_tokens;
		row->lr = 1e-3;
		row->seed = 0;
		row->state = "done";
		row->loss = cbrt(tokens_for(arm, row->batch_tokens, 1) / row->tokens);
		row->trial_key = arena_printf(&set->arena, "%d", at);
	}
}

struct batches {
	struct observations rows;
	struct study study;
	struct study_point *points;
	struct study_options options;
	struct figure_input input;
};

static void batches_init(struct batches *b)
{
	struct error err = ERROR_INIT;

	*b = (struct batches){.input = {.baseline = "adamw"}};
	make_batches(&b->rows);
	check_ok(study_build(&b->study, &b->rows, &b->options, &err), &err);
	b->points = xcalloc(b->study.n_cells, sizeof(*b->points));
	study_select(&b->study, NULL, b->points);
	b->input.rows = &b->rows;
	b->input.study = &b->study;
	b->input.points = b->points;
	b->input.counting = &b->options;
}

static void batches_release(struct batches *b)
{
	free(b->points);
	study_release(&b->study);
	observations_release(&b->rows);
}

static void token_ratios_are_those_of_the_curves(void **state)
{
	const double target = 3.5;
	const struct chart_series *ratio, *extra;
	struct batches b;
	struct chart chart;

	(void)state;
	batches_init(&b);
	b.input.targets = &target;
	b.input.n_targets = 1;
	draw_chart(&figure_token_ratio, &b.input, &chart);
	assert_int_equal(chart.n_panels, 2);
	ratio = chart_series_named(chart.panels[0], "muon, L = 3.5");
	extra = chart_series_named(chart.panels[1], "muon, L = 3.5");
	assert_true(ratio->n >= 4);
	assert_int_equal(extra->n, ratio->n);
	for (size_t i = 0; i < ratio->n; i++) {
		double batch = ratio->rows[i].x, first = tokens_for(0, batch, target),
		       second = tokens_for(1, batch, target);

		check_near(ratio->rows[i].y, first / second, 1e-3, 0);
		check_near(extra->rows[i].y, (first - second) / 1e6, 1e-2, 0);
	}
	assert_string_equal(chart.panels[1]->y.title, "T of adamw - T (millions)");
	check_drawable(&chart);
	chart_release(&chart);
	batches_release(&b);
}

static void a_target_that_one_arm_missed_gives_a_bound(void **state)
{
	const double target = 2.3; /* the baseline does not reach it at large batches */
	const struct chart_series *bounds;
	struct batches b;
	struct chart chart;

	(void)state;
	batches_init(&b);
	b.input.targets = &target;
	b.input.n_targets = 1;
	draw_chart(&figure_token_ratio, &b.input, &chart);
	bounds = chart_series_named(chart.panels[0], "muon, L = 2.3, bounds");
	assert_true(bounds->n > 0);
	assert_string_equal(bounds->rows[0].note, "at least: the baseline missed the target");
	check_contains(text_string(&chart.caption), "bounds, since one of the two missed");
	chart_release(&chart);
	batches_release(&b);
}

static void without_a_target_the_rows_suggest_several(void **state)
{
	struct target_point *points;
	struct batches b;
	size_t n, n_targets = 0;

	(void)state;
	batches_init(&b);
	n = figure_target_points(&b.input, &points);
	for (size_t i = 0; i < n; i++)
		n_targets += i == 0 || points[i].target > 1.01 * points[i - 1].target;
	assert_int_equal(n_targets, 3);
	free(points);
	b.input.baseline = "sgd";
	check_not_drawn(&figure_token_ratio, &b.input, "no arm 'sgd' to compare with");
	batches_release(&b);
}

static void a_token_ratio_needs_batches(void **state)
{
	struct chart_fixture f;

	(void)state;
	chart_fixture_init(&f, &one_seed, "power");
	check_not_drawn(&figure_token_ratio, &f.input, "it needs 3 batches or more");
	chart_fixture_release(&f);
}

static void put_metric(struct store *store, const char *key, double step, int layer,
		       const char *role, double value)
{
	const struct telemetry_row row = {step, layer, role, METRIC, value};
	struct error err = ERROR_INIT;

	check_ok(store_put_telemetry(store, key, &row, &err), &err);
}

static struct store *telemetry_store(const char *path, const char *const keys[2])
{
	struct store *store = open_store(path);

	for (int t = 0; t < 2; t++) {
		put_trial(store, "s", t ? "muon" : "adamw", keys[t], t);
		for (int step = 10; step <= 40; step += 10) {
			put_metric(store, keys[t], step, -1, "head", 0.1);
			for (int layer = 0; layer < 3; layer++)
				put_metric(store, keys[t], step, layer, "attn_q",
					   0.2 + 0.01 * layer + 0.001 * step);
		}
	}
	return store;
}

static void telemetry_has_a_panel_a_role_and_a_line_a_layer(void **state)
{
	static const char *const keys[] = {"0-2-5-2-0", "1-2-5-2-0"};
	struct store *store = telemetry_store(scratch_path(state, "t.db"), keys);
	const struct chart_series *shallow, *deep;
	struct error err = ERROR_INIT;
	struct telemetry set = {0};
	struct chart_fixture f;
	struct chart chart;

	check_ok(store_telemetry(store, METRIC, keys, 2, &set, &err), &err);
	assert_int_equal(set.n, 2 * 4 * 4);
	chart_fixture_init(&f, &one_seed, "power");
	check_not_drawn(&figure_telemetry, &f.input, "no metric was read: it needs a store");
	f.input.telemetry = &set;
	draw_chart(&figure_telemetry, &f.input, &chart);
	assert_int_equal(chart.n_panels, 2);
	assert_string_equal(chart.panels[0]->title, "attn_q");
	assert_string_equal(chart.panels[1]->title, "head");
	assert_int_equal(chart.panels[0]->n_series, 6);
	shallow = chart_series_named(chart.panels[0], "muon, layer 0, trial 1-2-5-2-0");
	deep = chart_series_named(chart.panels[0], "muon, layer 2, trial 1-2-5-2-0");
	assert_true(shallow->look.strength < deep->look.strength);
	assert_int_equal(deep->n, 4);
	check_near(deep->rows[3].y, 0.26, 1e-12, 0);
	check_contains(text_string(&chart.caption), "adamw: trial 0-2-5-2-, N 4M, lr 0.004");
	check_drawable(&chart);
	chart_release(&chart);
	chart_fixture_release(&f);
	telemetry_release(&set);
	store_close(store);
}

static void metrics_are_listed_and_suggested(void **state)
{
	static const char *const keys[] = {"a", "b"};
	struct store *store = telemetry_store(scratch_path(state, "t.db"), keys);
	struct store *empty = open_store(scratch_path(state, "e.db"));
	struct telemetry set = {0};
	struct error err = ERROR_INIT;

	assert_int_equal(store_telemetry(store, "", keys, 2, &set, &err), -ERR_USAGE);
	assert_string_equal(err.text, "name a metric with --metric; there are " METRIC);
	assert_int_equal(store_telemetry(store, "updaterms", keys, 2, &set, &err), -ERR_USAGE);
	assert_string_equal(err.text, "unknown metric 'updaterms'; did you mean '" METRIC "'?");
	assert_int_equal(store_telemetry(store, "bananas", keys, 2, &set, &err), -ERR_USAGE);
	assert_string_equal(err.text, "unknown metric 'bananas'; there are " METRIC);
	assert_int_equal(store_telemetry(empty, METRIC, keys, 2, &set, &err), -ERR_DATA);
	check_contains(err.text, "has no telemetry");
	assert_int_equal(set.n, 0);
	telemetry_release(&set);
	store_close(store);
	store_close(empty);
}

static void the_best_trial_is_of_the_largest_budget(void **state)
{
	struct chart_fixture f;

	(void)state;
	chart_fixture_init(&f, &one_seed, "power");
	for (size_t arm = 0; arm < 2; arm++) {
		size_t cell = study_best_of_largest(&f.report.study, f.report.points, arm);
		const struct study_trial *best = study_best_trial(&f.report.study, cell);

		assert_int_equal(best->arm, arm);
		check_near(best->flops, 1e17 * pow(4, BUDGETS - 1), 1e-9, 0);
		for (size_t i = 0; i < f.report.study.n_trials; i++)
			assert_true(f.report.study.trials[i].cell != cell ||
				    f.report.study.trials[i].loss >= best->loss);
	}
	chart_fixture_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ablation_is_sorted_and_says_the_difference),
		cmocka_unit_test(an_ablation_of_one_seed_has_no_intervals),
		cmocka_unit_test(arms_are_compared_in_the_largest_budget_they_share),
		cmocka_unit_test(margins_are_those_of_student),
		cmocka_unit_test(token_ratios_are_those_of_the_curves),
		cmocka_unit_test(a_target_that_one_arm_missed_gives_a_bound),
		cmocka_unit_test(without_a_target_the_rows_suggest_several),
		cmocka_unit_test(a_token_ratio_needs_batches),
		SCRATCH(telemetry_has_a_panel_a_role_and_a_line_a_layer),
		SCRATCH(metrics_are_listed_and_suggested),
		cmocka_unit_test(the_best_trial_is_of_the_largest_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
