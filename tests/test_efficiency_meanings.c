/* SPDX-License-Identifier: MIT
 *
 * Efficiency in tokens, by the joint law's factors, in seconds, and with the optimizer's FLOPs:
 * each against its truth.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "base/random.h"
#include "results/efficiency_kind.h"
#include "results/frontier.h"
#include "tests/study_fixture.h"

#define RATIO_D 0.7 /* tokens of muon over those of adamw */

static double surface(double params, double tokens)
{
	return 1.5 + 300 * pow(params, -0.3) + 500 * pow(tokens, -0.35);
}

/* n_sizes x n_budgets points of each arm, without seeds; muon sees D as D / RATIO_D. */
static void make_surface(struct observations *set, int n_sizes, int n_budgets, double noise)
{
	struct random random = random_stream(21, 4);

	for (int arm = 0; arm < 2; arm++)
		for (int n = 0; n < n_sizes; n++)
			for (int d = 0; d < n_budgets; d++) {
				struct observation *row = observations_add(set);
				double scale = arm ? RATIO_D : 1;

				row->optimizer = arm ? "muon" : "adamw";
				row->params = 1e6 * pow(3, n);
				row->tokens = 2e7 * pow(2, n + d);
				row->flops = 6 * row->params * row->tokens;
				row->loss = surface(row->params, row->tokens / scale) *
					    exp(noise * random_normal(&random));
			}
}

static void tokens_at_equal_size_and_loss_are_those_of_the_truth(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	const struct efficiency *pair;
	size_t beyond = 0;

	(void)state;
	make_surface(&set, 3, 5, 0);
	report = fit_set(&set, asking("power", 0));
	pair = fit_report_pair(&report, EFFICIENCY_TOKENS, 1);
	assert_int_equal(pair->n_rows, 15);
	for (size_t i = 0; i < pair->n_rows; i++) {
		const struct efficiency_row *row = &pair->rows[i];

		check_near(row->ratio[EFFICIENCY_PRIMARY], RATIO_D, 1e-3, 0);
		check_near(row->loss, surface(row->params, row->tokens / RATIO_D), 1e-12, 0);
		assert_int_equal(row->in_range[EFFICIENCY_PRIMARY],
				 isfinite(row->ratio[EFFICIENCY_INTERPOLATION]));
		if (row->in_range[EFFICIENCY_PRIMARY])
			check_near(row->ratio[EFFICIENCY_INTERPOLATION], RATIO_D, 0.03, 0);
		beyond += !row->in_range[EFFICIENCY_PRIMARY];
	}
	assert_int_equal(beyond, 3); /* the last of each size: lower than all of the baseline's */
	check_near(pair->slope, 0, 0, 1e-3);
	release(&report, &set);
}

static void noise_in_tokens_stays_inside_the_interval(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	const struct efficiency *pair;
	size_t n = 0, inside = 0;

	(void)state;
	make_surface(&set, 3, 6, 0.001);
	report = fit_set(&set, asking("power", 200));
	pair = fit_report_pair(&report, EFFICIENCY_TOKENS, 1);
	for (size_t i = 0; i < pair->n_rows; i++) {
		const struct interval *in = &pair->rows[i].interval[EFFICIENCY_PRIMARY];

		if (!pair->rows[i].in_range[EFFICIENCY_PRIMARY])
			continue;
		n++;
		inside += in->low < RATIO_D && RATIO_D < in->high;
		assert_true(in->high / in->low < 1.4);
	}
	assert_true(n >= 14 && inside * 10 >= n * 7);
	assert_true(pair->slope_interval.low < 0 && pair->slope_interval.high > 0);
	release(&report, &set);
}

static void two_token_counts_of_a_size_are_joined_by_a_straight_piece(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	const struct efficiency *pair;
	const struct efficiency_row *row;
	enum efficiency_method method;

	(void)state;
	make_surface(&set, 3, 2, 0);
	report = fit_set(&set, asking("power", 0));
	pair = fit_report_pair(&report, EFFICIENCY_TOKENS, 1);
	assert_true(isnan(pair->rows[0].ratio[EFFICIENCY_PRIMARY]));
	check_near(pair->rows[0].ratio[EFFICIENCY_INTERPOLATION], RATIO_D, 0.05, 0);
	row = efficiency_quoted(pair, false, &method);
	assert_non_null(row);
	assert_int_equal(method, EFFICIENCY_INTERPOLATION);
	release(&report, &set);
}

static void arms_without_a_common_size_have_no_ratio_in_tokens(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	const struct efficiency *pair;

	(void)state;
	make_surface(&set, 3, 4, 0);
	for (size_t i = set.n / 2; i < set.n; i++)
		set.rows[i].params *= 1.1;
	report = fit_set(&set, asking("power", 0));
	pair = fit_report_pair(&report, EFFICIENCY_TOKENS, 1);
	assert_int_equal(pair->n_rows, 0);
	check_contains(text_string(&pair->warnings), "'adamw' and 'muon' share no model size");
	release(&report, &set);
}

static void a_factor_of_the_joint_law_is_one_ratio_over_its_range(void **state)
{
	struct efficiency pair = {.meaning = EFFICIENCY_RHO_D};
	double replicates[2 * 101];
	enum efficiency_method method;

	(void)state;
	for (int i = 0; i <= 100; i++) {
		replicates[2 * i] = 1.25 + 0.002 * (i - 50);
		replicates[2 * i + 1] = 7; /* another parameter */
	}
	efficiency_from_factor(&pair, 1.25, replicates, 101, 2, (double[]){1e17, 1e20});
	assert_int_equal(pair.n_rows, 2);
	check_near(pair.rows[0].flops, 1e17, 0, 0);
	check_near(efficiency_quoted(&pair, false, &method)->flops, 1e20, 0, 0);
	check_near(pair.rows[1].ratio[EFFICIENCY_PRIMARY], 0.8, 1e-12, 0);
	check_near(pair.rows[1].interval[EFFICIENCY_PRIMARY].low, 1 / 1.34, 1e-9, 0);
	check_near(pair.rows[1].interval[EFFICIENCY_PRIMARY].high, 1 / 1.16, 1e-9, 0);
	efficiency_release(&pair);
}

static void the_joint_laws_factors_are_those_of_the_surface(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	const struct efficiency *pair;

	(void)state;
	make_surface(&set, 4, 5, 0);
	report = fit_set(&set, asking("joint", 0));
	pair = fit_report_pair(&report, EFFICIENCY_RHO_D, 1);
	check_near(pair->rows[0].ratio[EFFICIENCY_PRIMARY], RATIO_D, 1e-2, 0);
	pair = fit_report_pair(&report, EFFICIENCY_RHO_N, 1);
	check_near(pair->rows[0].ratio[EFFICIENCY_PRIMARY], 1, 1e-2, 0);
	release(&report, &set);
}

/* Seconds: muon takes 1.2 times as long for a FLOP. */
static void add_seconds(struct observations *set)
{
	for (size_t i = 0; i < set->n; i++) {
		struct observation *row = &set->rows[i];

		row->seconds = 1e-15 * row->flops * (strcmp(row->optimizer, "muon") ? 1 : 1.2);
		row->host = "h";
		row->backend = "cpu";
		row->threads = 2;
		row->jobs = 1;
	}
}

static void time_is_the_ratio_of_seconds_and_says_how_it_was_measured(void **state)
{
	(void)state;
	for (int alone = 0; alone < 2; alone++) {
		struct observations set = {0};
		struct fit_report report;
		const struct efficiency *pair;

		make_study(&set, &(struct plan){.seeds = 1});
		add_seconds(&set);
		set.rows[7].jobs = alone ? 1 : 2;
		report = fit_set(&set, asking("power", 0));
		pair = fit_report_pair(&report, EFFICIENCY_TIME, 1);
		assert_int_equal(pair->isolated, alone);
		assert_int_equal(
			strstr(text_string(&pair->warnings), "not measured in isolation") == NULL,
			alone);
		assert_true(pair->n_rows >= BUDGETS - 1);
		for (size_t i = 0; i < pair->n_rows; i++) {
			check_near(pair->rows[i].ratio[EFFICIENCY_PRIMARY], 1.2 * RATIO, 1e-4, 0);
			check_near(pair->rows[i].flops, 1e15 * pair->rows[i].seconds, 1e-9, 0);
		}
		release(&report, &set);
	}
}

/* The second budget took adamw as long as the third did, for a higher loss. */
static void a_frontier_of_time_has_no_point_that_a_faster_one_beats(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	const struct efficiency *pair;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 1});
	add_seconds(&set);
	for (size_t i = 0; i < set.n / 2; i++)
		if (fabs(set.rows[i].flops / 4e17 - 1) < 0.1)
			set.rows[i].seconds *= 4.5;
	report = fit_set(&set, asking("power", 0));
	pair = fit_report_pair(&report, EFFICIENCY_TIME, 1);
	assert_true(pair->n_rows >= BUDGETS - 2);
	for (size_t i = 0; i < pair->n_rows; i++) {
		assert_true(fabs(pair->rows[i].flops / 4e17 - 1) > 0.1);
		check_near(pair->rows[i].ratio[EFFICIENCY_PRIMARY], 1.2 * RATIO, 1e-4, 0);
	}
	release(&report, &set);
}

static void without_seconds_there_is_no_time(void **state)
{
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 1});
	report = fit_set(&set, asking("power", 0));
	assert_null(fit_report_pair(&report, EFFICIENCY_TIME, 1));
	release(&report, &set);
}

/* Two sizes at each budget: the small one is a little lower at equal model FLOPs, but its optimizer
 * doubles them. */
static void the_frontier_with_the_optimizers_flops_is_chosen_by_them(void **state)
{
	struct observations set = {0};
	struct study study;
	struct study_point points[8];
	struct error err = ERROR_INIT;

	(void)state;
	for (int i = 0; i < 8; i++) {
		struct observation *row = observations_add(&set);
		bool small = i % 2 == 0;

		row->flops = row->budget_flops = 1e17 * pow(4, i / 2);
		row->params = small ? 1e6 : 4e6;
		row->tokens = row->flops / 6 / row->params;
		row->flops_optimizer = small ? row->flops : 0.01 * row->flops;
		row->loss = 10 * pow(row->flops / 1e17, -0.1) * (small ? 1 : 1.01);
	}
	for (int counted = 0; counted < 2; counted++) {
		const struct study_options options = {.count_optimizer = counted};

		check_ok(study_build(&study, &set, &options, &err), &err);
		study_select(&study, NULL, points);
		for (size_t i = 0; i < study.n_cells; i++)
			assert_int_equal(points[i].frontier, (points[i].params > 2e6) == counted);
		study_release(&study);
	}
	observations_release(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_at_equal_size_and_loss_are_those_of_the_truth),
		cmocka_unit_test(noise_in_tokens_stays_inside_the_interval),
		cmocka_unit_test(two_token_counts_of_a_size_are_joined_by_a_straight_piece),
		cmocka_unit_test(arms_without_a_common_size_have_no_ratio_in_tokens),
		cmocka_unit_test(a_factor_of_the_joint_law_is_one_ratio_over_its_range),
		cmocka_unit_test(the_joint_laws_factors_are_those_of_the_surface),
		cmocka_unit_test(time_is_the_ratio_of_seconds_and_says_how_it_was_measured),
		cmocka_unit_test(a_frontier_of_time_has_no_point_that_a_faster_one_beats),
		cmocka_unit_test(without_seconds_there_is_no_time),
		cmocka_unit_test(the_frontier_with_the_optimizers_flops_is_chosen_by_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
