/* SPDX-License-Identifier: MIT
 *
 * From observations to points: arms, selection, frontier, and what studies say of their limits.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "base/random.h"
#include "results/fit.h"
#include "results/frontier.h"
#include "tests/study_fixture.h"

static void the_vertex_of_the_bowl_is_the_point_of_a_cell(void **state)
{
	const struct plan plan = {.seeds = 1, .lr_shift = 0.3};
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	report = fit_plan(&set, &plan, asking(NULL, 0));
	assert_int_equal(report.study.n_cells, 2 * SIZES * BUDGETS);
	for (size_t i = 0; i < report.study.n_cells; i++) {
		const struct study_point *point = &report.points[i];
		bool best = point->params ==
			    1e6 * pow(2, floor(log(point->flops / 1e17) / log(4) / 2 + 1e-9));

		assert_true(point->bowl);
		check_near(point->lr, 4e-3 * pow(2, 0.3), 1e-9, 0);
		check_near(point->loss,
			   best_loss((int)point->arm, point->flops) + (best ? 0 : 0.03), 1e-12, 0);
		assert_int_equal(point->frontier, best);
		assert_int_equal(point->edges, 0);
	}
	release(&report, &set);
}

/* With pure noise the lowest of five is 1.16 standard deviations below the mean; what is quoted
 * on other seeds is not. */
static void the_luck_of_the_winner_is_removed_by_seeds(void **state)
{
	double bias[2] = {0, 0};

	(void)state;
	for (int cross = 0; cross < 2; cross++) {
		struct random random = random_stream(5, 9);

		for (int repeat = 0; repeat < 100; repeat++) {
			struct observations set = {0};
			struct study study;
			struct study_point point;
			struct error err = ERROR_INIT;

			for (int i = 0; i < 10; i++) {
				struct observation *row = observations_add(&set);

				row->optimizer = "adamw";
				row->tuned = "weight_decay";
				row->params = row->tokens = row->flops = 1e9;
				row->weight_decay = 0.1 * (i / 2);
				row->lr = 1;
				row->seed = cross ? i % 2 : 0;
				row->loss = 2 + 0.1 * random_normal(&random);
			}
			check_ok(study_build(&study, &set, &(struct study_options){0}, &err), &err);
			study_select(&study, NULL, &point);
			bias[cross] += (point.loss - 2) / 100;
			study_release(&study);
			observations_release(&set);
		}
	}
	assert_true(bias[0] < -0.1);
	check_near(bias[1], 0, 0, 0.03);
}

struct warning_case {
	const char *warning;
	struct plan plan;
};

static void studies_say_what_limits_them(void **state)
{
	static const struct warning_case cases[] = {
		{"selection bias not removed (one seed)", {.seeds = 1}},
		{"adamw: in 18 of 18 cells the highest lr is the best",
		 {.seeds = 1, .lr_shift = 3}},
		{"muon: in 18 of 18 cells the lowest lr is the best", {.seeds = 1, .lr_shift = -3}},
		{"tuning was unequal: 3 to 5 settings a cell", {.seeds = 2, .muon_lrs = 3}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct observations set = {0};
		struct fit_report report = fit_plan(&set, &cases[i].plan, asking(NULL, 0));

		check_contains(text_string(&report.warnings), cases[i].warning);
		release(&report, &set);
	}
}

static void short_diverged_and_repeating_trials_are_told(void **state)
{
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 1});
	set.rows[0].state = "diverged";
	set.rows[1].steps = 100;
	set.rows[2].epochs = 2.5;
	set.rows[3].state = "running";
	set.rows[4].loss = (double)NAN;
	set.rows[7].final = false;
	report = fit_set(&set, asking(NULL, 0));
	check_contains(text_string(&report.warnings), "adamw: 1 diverged trial is missing");
	check_contains(text_string(&report.warnings), "1 of 176 trials have under 200 steps");
	check_contains(text_string(&report.warnings), "1 of 176 trials repeat data");
	assert_int_equal(report.study.dropped.diverged, 1);
	assert_int_equal(report.study.dropped.unfinished, 1);
	assert_int_equal(report.study.dropped.missing, 1);
	assert_int_equal(report.study.dropped.curve_points, 1);
	release(&report, &set);
}

static void a_trial_of_two_sweeps_counts_once(void **state)
{
	struct observations set = {0};
	struct study study;
	struct error err = ERROR_INIT;

	(void)state;
	for (int sweep = 0; sweep < 2; sweep++)
		make_study(&set, &(struct plan){.seeds = 1});
	for (size_t i = 0; i < set.n; i++)
		set.rows[i].sweep = i < set.n / 2 ? "first" : "second";
	check_ok(study_build(&study, &set, &(struct study_options){0}, &err), &err);
	assert_int_equal(study.n_trials, 2 * SIZES * BUDGETS * LRS);
	assert_int_equal(study.dropped.duplicates, 2 * SIZES * BUDGETS * LRS);
	study_release(&study);
	observations_release(&set);
}

static void a_scattered_frontier_has_only_undominated_points(void **state)
{
	struct observations set = {0};
	struct study study;
	struct study_point points[6];
	struct error err = ERROR_INIT;
	static const double params[] = {3, 1, 2, 1, 3, 2}, loss[] = {3, 3.2, 2.8, 2.9, 2.5, 2.6};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct observation *row = observations_add(&set);

		row->params = params[i] * 1e6;
		row->flops = 1e15 * pow(2, (double)i);
		row->tokens = row->flops / 6 / row->params;
		row->loss = loss[i];
	}
	check_ok(study_build(&study, &set, &(struct study_options){0}, &err), &err);
	assert_true(study.scattered);
	study_select(&study, NULL, points);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(points[i].frontier, points[i].loss == 3 || points[i].loss == 2.8 ||
							     points[i].loss == 2.5);
	study_release(&study);
	observations_release(&set);
}

static void arms_can_be_any_columns(void **state)
{
	struct fit_options options = asking(NULL, 0);
	struct observations set = {0};
	struct fit_report report;
	struct error err = ERROR_INIT;

	(void)state;
	for (int batch = 0; batch < 2; batch++) {
		size_t first = set.n;

		make_study(&set, &(struct plan){.seeds = 1});
		for (size_t i = first; i < set.n; i++)
			set.rows[i].batch_tokens = batch ? 4096 : 1024;
	}
	options.study.group_by = "optimizer,batch_tokens";
	report = fit_set(&set, options);
	assert_int_equal(report.study.n_arms, 4);
	assert_string_equal(report.study.arms[3].name, "muon 4096");
	assert_string_equal(report.study.arms[report.pairs[1].baseline].name, "adamw 4096");
	fit_report_release(&report);
	options.study.group_by = "optimiser";
	assert_int_equal(fit_study(&set, &options, &report, &err), -ERR_USAGE);
	check_contains(err.text, "cannot group by 'optimiser': no such column; did you mean "
				 "'optimizer'?");
	observations_release(&set);
}

static void a_law_of_sizes_is_not_fitted_unasked_to_two(void **state)
{
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 1});
	for (size_t i = 0; i < set.n; i++)
		if (set.rows[i].params > 3e6)
			set.rows[i].final = false;
	report = fit_set(&set, asking(NULL, 0));
	assert_null(fit_report_law(&report, "chinchilla", 0));
	check_contains(text_string(&report.refused), "chinchilla: 2 model sizes, it needs 3");
	fit_report_release(&report);
	report = fit_set(&set, asking("chinchilla", 0));
	assert_non_null(fit_report_law(&report, "chinchilla", 0));
	release(&report, &set);
}

static void unknown_laws_are_refused(void **state)
{
	struct fit_options options = fit_options_default();
	struct observations set = {0};
	struct fit_report report;
	struct error err = ERROR_INIT;

	(void)state;
	add_line(&set, "adamw", 6, 1e17, 1);
	options.laws = "power,chincilla";
	assert_int_equal(fit_study(&set, &options, &report, &err), -ERR_USAGE);
	check_contains(err.text, "unknown law 'chincilla'; did you mean 'chinchilla'?");
	options.laws = "chinchilla";
	assert_int_equal(fit_study(&set, &options, &report, &err), -ERR_FIT);
	check_contains(err.text, "no law could be fitted");
	observations_release(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vertex_of_the_bowl_is_the_point_of_a_cell),
		cmocka_unit_test(the_luck_of_the_winner_is_removed_by_seeds),
		cmocka_unit_test(studies_say_what_limits_them),
		cmocka_unit_test(short_diverged_and_repeating_trials_are_told),
		cmocka_unit_test(a_trial_of_two_sweeps_counts_once),
		cmocka_unit_test(a_scattered_frontier_has_only_undominated_points),
		cmocka_unit_test(arms_can_be_any_columns),
		cmocka_unit_test(a_law_of_sizes_is_not_fitted_unasked_to_two),
		cmocka_unit_test(unknown_laws_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
