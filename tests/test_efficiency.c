/* SPDX-License-Identifier: MIT
 *
 * From observations to a ratio, its interval and its trend, on studies of known truth.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "base/random.h"
#include "cmd/fit_output.h"
#include "results/fit.h"
#include "results/frontier.h"
#include "tests/study_fixture.h"

static void a_known_ratio_is_recovered_exactly(void **state)
{
	const struct plan plan = {.seeds = 1, .optimizer_cost = 0.25};
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	report = fit_plan(&set, &plan, asking(NULL, 0));
	for (size_t p = 0; p < 2; p++) {
		const struct efficiency *pair = &report.pairs[p];
		double want = pair->meaning == EFFICIENCY_COMPUTE ? RATIO : RATIO * 1.25;

		assert_int_equal(pair->meaning, p);
		assert_true(pair->n_rows >= BUDGETS - 1);
		for (size_t i = 0; i < pair->n_rows; i++) {
			check_near(pair->rows[i].ratio[EFFICIENCY_PRIMARY], want, 1e-5, 0);
			check_near(pair->rows[i].ratio[EFFICIENCY_SEPARATE], want, 1e-5, 0);
			check_near(pair->rows[i].ratio[EFFICIENCY_INTERPOLATION], want, 0.05, 0);
		}
		check_near(pair->slope, 0, 0, 1e-6);
	}
	check_contains(text_string(&report.warnings), "plain Newton-Schulz costs up to 50 %");
	release(&report, &set);
}

static void noise_stays_inside_the_interval(void **state)
{
	const struct plan plans[] = {{.seeds = 1, .noise = 0.002}, {.seeds = 3, .noise = 0.002}};

	(void)state;
	for (size_t p = 0; p < ARRAY_SIZE(plans); p++) {
		struct observations set = {0};
		struct fit_report report = fit_plan(&set, &plans[p], asking(NULL, 200));
		const struct efficiency_row *row = &report.pairs[0].rows[2];
		const struct interval *interval = &row->interval[EFFICIENCY_PRIMARY];

		assert_int_equal(report.study.resampled, plans[p].seeds > 1);
		assert_true(interval->low < RATIO && RATIO < interval->high);
		assert_true(interval->high - interval->low < 0.2);
		assert_true(interval->low <= row->ratio[0] && row->ratio[0] <= interval->high);
		release(&report, &set);
	}
}

static void check_same(const struct fit_report *a, const struct fit_report *b)
{
	for (size_t i = 0; i < a->n_laws; i++) {
		assert_memory_equal(a->laws[i].fit.parameters, b->laws[i].fit.parameters,
				    a->laws[i].law->n_parameters * sizeof(double));
		assert_memory_equal(a->laws[i].interval, b->laws[i].interval,
				    a->laws[i].law->n_parameters * sizeof(struct interval));
	}
	for (size_t i = 0; i < a->n_pairs; i++)
		assert_memory_equal(a->pairs[i].rows, b->pairs[i].rows,
				    a->pairs[i].n_rows * sizeof(struct efficiency_row));
}

static void threads_change_no_number_and_seeds_do(void **state)
{
	const struct plan plan = {.seeds = 2, .noise = 0.005};
	struct fit_options options = asking(NULL, 20);
	struct observations sets[3] = {{0}, {0}, {0}};
	struct fit_report one, four, other;

	(void)state;
	options.threads = 1;
	one = fit_plan(&sets[0], &plan, options);
	options.threads = 4;
	four = fit_plan(&sets[1], &plan, options);
	options.seed = 2;
	other = fit_plan(&sets[2], &plan, options);
	check_same(&one, &four);
	assert_memory_not_equal(one.laws[0].interval, other.laws[0].interval,
				2 * sizeof(struct interval));
	release(&one, &sets[0]);
	release(&four, &sets[1]);
	release(&other, &sets[2]);
}

static void curves_without_a_common_loss_have_no_ratio(void **state)
{
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	add_line(&set, "adamw", 4, 1e17, 1);
	add_line(&set, "muon", 4, 1e21, 1);
	report = fit_set(&set, asking(NULL, 0));
	assert_int_equal(report.pairs[0].n_rows, 0);
	check_contains(text_string(&report.pairs[0].warnings),
		       "no loss was reached by both 'adamw'");
	release(&report, &set);
}

static void too_few_points_for_a_ratio_say_how_many_are_needed(void **state)
{
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	add_line(&set, "adamw", 2, 1e17, 1);
	add_line(&set, "muon", 2, 1e17, 0.5);
	report = fit_set(&set, asking(NULL, 0));
	check_contains(text_string(&report.pairs[0].warnings),
		       "a shared E needs 5 frontier points");
	assert_true(isnan(report.pairs[0].rows[0].ratio[EFFICIENCY_PRIMARY]));
	check_contains(text_string(&report.refused), "needs at least 3 different computes, not 2");
	release(&report, &set);
}

static void compute_to_a_target_is_the_inverse_of_the_law(void **state)
{
	struct fit_options options = asking(NULL, 0);
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	options.target = 1.7 + 3000 * pow(1e18, -0.19);
	add_line(&set, "adamw", 6, 1e17, 1);
	add_line(&set, "muon", 6, 1e17, 0.5);
	report = fit_set(&set, options);
	assert_int_equal(report.n_targets, 2);
	check_near(report.targets[0].flops, 1e18, 1e-5, 0);
	check_near(report.targets[1].flops, 5e17, 1e-5, 0);
	assert_true(report.targets[0].in_range);
	release(&report, &set);
}

/* Six arms: the headline names every challenger, details are of the compute alone. */
static void tables_of_many_arms_stay_readable(void **state)
{
	static const char *const names[] = {
		"adamw", "muon", "soap", "kron", "an optimizer with a long name", "lion"};
	struct observations set = {0};
	struct text table = {0};
	struct fit_report report;
	size_t n_lines = 0;

	(void)state;
	for (size_t a = 0; a < ARRAY_SIZE(names); a++)
		add_line(&set, names[a], 6, 1e17, 1 - 0.1 * (double)a);
	for (size_t i = 0; i < set.n; i++)
		set.rows[i].flops_optimizer = 0.1 * set.rows[i].flops;
	report = fit_set(&set, asking(NULL, 40));
	fit_add_tables(&report, false, &table);
	check_contains(table.data, "what an arm needs for the loss of its baseline");
	check_contains(table.data, "fragility  lion: 0.500 as asked");
	check_contains(table.data, "(every row of the other meanings: --json)");
	assert_null(strstr(table.data, "compute_with_optimizer  FLOPs"));
	for (char *line = strtok(table.data, "\n"); line; line = strtok(NULL, "\n")) {
		assert_true(strlen(line) <= 100);
		n_lines++;
	}
	assert_true(n_lines < 200);
	text_release(&table);
	release(&report, &set);
}

static void json_and_tables_hold_what_was_fitted(void **state)
{
	const struct plan plan = {.seeds = 1, .noise = 0.002, .optimizer_cost = 0.1};
	struct observations set = {0};
	struct text json = {0}, table = {0};
	struct fit_report report;

	(void)state;
	report = fit_plan(&set, &plan, asking(NULL, 40));
	fit_add_json(&report, 3, &json);
	check_json(json.data);
	check_contains(json.data, "{\"laws\": ");
	check_contains(json.data, "\"law\": \"chinchilla\"");
	check_contains(json.data, "\"meaning\": \"compute_with_optimizer\"");
	check_contains(json.data, "\"method\": \"power_offset shared E\"");
	check_contains(json.data, "\"missing_values\": 3");
	check_contains(json.data, "\"choice\": \"largest budget dropped\"");
	fit_add_tables(&report, false, &table);
	check_contains(table.data, "chinchilla  L = E + A N^-alpha + B D^-beta");
	check_contains(table.data, "FLOPs that muon needs for the loss of adamw");
	check_contains(table.data, "best of adamw 5, muon 5 settings a cell");
	check_contains(table.data, "fragility  muon: ");
	assert_null(strstr(table.data, "\033"));
	for (char *line = strtok(table.data, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 100);
	text_release(&json);
	text_release(&table);
	release(&report, &set);
}

/* A row of L = 1.7 + k (C / 1e17)^-p. */
static void add_point(struct observations *set, const char *optimizer, double flops, double k,
		      double p)
{
	struct observation *row = observations_add(set);

	row->optimizer = optimizer;
	row->flops = flops;
	row->loss = 1.7 + k * pow(flops / 1e17, -p);
}

static void curves_that_cross_say_where(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	const struct efficiency *pair;

	(void)state;
	for (int i = 0; i < 8; i++) {
		add_point(&set, "adamw", 1e17 * pow(3, i), 2, 0.20);
		add_point(&set, "muon", 1e17 * pow(3, i), 2 * pow(20, -0.02), 0.18);
	}
	report = fit_set(&set, asking(NULL, 0));
	pair = fit_report_pair(&report, EFFICIENCY_COMPUTE, 1);
	check_near(pair->crossing, 1e17 * 20, 1e-3, 0);
	check_near(pair->slope, 0.2 / 0.18 - 1, 1e-4, 0);
	check_contains(text_string(&pair->warnings),
		       "the curves cross at 2e+18 FLOPs: 'muon' needs less below, 'adamw' above");
	assert_true(pair->rows[0].ratio[0] < 1 && pair->rows[pair->n_rows - 1].ratio[0] > 1);
	/* All of the challenger's losses are seen by the baseline, or the other way round. */
	assert_true(pair->x_low >= 1e17 && pair->x_high <= 1e17 * pow(3, 7));
	release(&report, &set);
}

static void an_overlap_in_part_is_where_the_ratio_is_defined(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	const struct efficiency *pair;

	(void)state;
	add_line(&set, "adamw", 6, 1e17, 1);
	add_line(&set, "muon", 6, 1e18, 0.5);
	report = fit_set(&set, asking(NULL, 0));
	pair = fit_report_pair(&report, EFFICIENCY_COMPUTE, 1);
	check_near(pair->x_low, 1e18 * 2, 1e-4, 0);
	check_near(pair->x_high, 1e17 * 243, 1e-9, 0);
	for (size_t i = 0; i < pair->n_rows; i++)
		assert_true(pair->rows[i].flops >= 2e18);
	check_near(pair->rows[0].ratio[EFFICIENCY_PRIMARY], 0.5, 1e-4, 0);
	release(&report, &set);
}

struct trend_case {
	const char *trend;
	double exponent, noise; /* of muon's curve, adamw's has 0.20; of ln L */
};

static void the_trend_is_named_by_what_the_interval_allows(void **state)
{
	static const struct trend_case cases[] = {
		{"constant", 0.20, 1e-5},
		{"shrinking", 0.17, 3e-4},
		{"growing", 0.24, 3e-4},
		{"undecided", 0.20, 0.02},
	};

	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
		struct random random = random_stream(3, c);
		struct observations set = {0};
		struct fit_report report;

		for (int i = 0; i < 16; i++)
			for (int arm = 0; arm < 2; arm++) {
				add_point(&set, arm ? "muon" : "adamw", 1e17 * pow(3, i / 2.0),
					  arm ? 1.8 : 2, arm ? cases[c].exponent : 0.2);
				set.rows[set.n - 1].loss *=
					exp(cases[c].noise * random_normal(&random));
			}
		report = fit_set(&set, asking("power", 200));
		assert_string_equal(efficiency_trend(&report.pairs[0]), cases[c].trend);
		release(&report, &set);
	}
}

static void an_unknown_baseline_is_an_error_where_there_are_arms(void **state)
{
	struct fit_options options = asking(NULL, 0);
	struct observations set = {0};
	struct fit_report report;
	struct error err = ERROR_INIT;

	(void)state;
	options.baseline = "sgd";
	options.baseline_given = true;
	add_line(&set, "muon", 4, 1e17, 0.5);
	report = fit_set(&set, options);
	fit_report_release(&report);
	add_line(&set, "soap", 4, 1e17, 1);
	assert_int_equal(fit_study(&set, &options, &report, &err), -ERR_USAGE);
	check_contains(err.text, "no arm 'sgd' for '--baseline'; name one of 'muon', 'soap'");
	options.baseline_given = false;
	report = fit_set(&set, options);
	assert_int_equal(report.n_pairs, 0);
	release(&report, &set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_known_ratio_is_recovered_exactly),
		cmocka_unit_test(noise_stays_inside_the_interval),
		cmocka_unit_test(threads_change_no_number_and_seeds_do),
		cmocka_unit_test(curves_without_a_common_loss_have_no_ratio),
		cmocka_unit_test(too_few_points_for_a_ratio_say_how_many_are_needed),
		cmocka_unit_test(compute_to_a_target_is_the_inverse_of_the_law),
		cmocka_unit_test(curves_that_cross_say_where),
		cmocka_unit_test(an_overlap_in_part_is_where_the_ratio_is_defined),
		cmocka_unit_test(the_trend_is_named_by_what_the_interval_allows),
		cmocka_unit_test(an_unknown_baseline_is_an_error_where_there_are_arms),
		cmocka_unit_test(tables_of_many_arms_stay_readable),
		cmocka_unit_test(json_and_tables_hold_what_was_fitted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
