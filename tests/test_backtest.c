/* SPDX-License-Identifier: MIT
 *
 * The backtest, on futures that are known.
 */
#include "tests/warning_fixture.h"

#include "cmd/fit_output.h"
#include "tests/study_fixture.h"

#define POINTS 9

/* L = E + k C^-p with a little noise. */
static void make_future(struct observations *set, double E, double k, double p)
{
	struct random random = random_stream(2, 4);

	for (int i = 0; i < POINTS; i++) {
		struct observation *row = observations_add(set);

		row->optimizer = "adamw";
		row->flops = 1e17 * pow(4, i);
		row->loss = (E + k * pow(row->flops, -p)) * exp(3e-4 * random_normal(&random));
	}
}

static struct fit_report backtest(const struct observations *set, const char *names, int holdout)
{
	struct fit_options options = asking(names, 100);

	options.holdout = holdout;
	return fit_set(set, options);
}

static const struct backtest_score *score_of(const struct fit_report *report, const char *law,
					     const char *arm)
{
	for (size_t i = 0; i < report->n_scores; i++)
		if (strcmp(report->scores[i].law->name, law) == 0 &&
		    strcmp(report->study.arms[report->scores[i].arm].name, arm) == 0)
			return &report->scores[i];
	fail_msg("no score of '%s' for '%s'", law, arm);
	return NULL;
}

static void a_power_law_misses_the_future_of_a_loss_that_levels_off(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	const struct backtest_score *power, *offset;

	(void)state;
	make_future(&set, 1.7, 3000, 0.19);
	report = backtest(&set, "power,power_offset", 2);
	assert_int_equal(report.n_held_out, 4);
	assert_int_equal(report.n_scores, 2);
	power = score_of(&report, "power", "adamw");
	offset = score_of(&report, "power_offset", "adamw");
	assert_int_equal(power->n, 2);
	assert_true(power->error > 0.03);
	assert_true(power->n_inside < 2);
	assert_false(power->best);
	assert_true(offset->error < 0.003);
	assert_int_equal(offset->n_inside, 2);
	assert_true(offset->best);
	for (size_t i = 0; i < report.n_held_out; i++) {
		const struct backtest_point *point = &report.held_out[i];

		assert_true(point->point.flops >= 1e17 * pow(4, POINTS - 2) * 0.999);
		assert_true(point->interval.low < point->predicted);
		assert_true(point->predicted < point->interval.high);
	}
	release(&report, &set);
}

static void a_power_law_hits_its_own_future(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	const struct backtest_score *score;

	(void)state;
	make_future(&set, 0, 25, 0.05);
	report = backtest(&set, "power", 3);
	score = score_of(&report, "power", "adamw");
	assert_int_equal(score->n, 3);
	assert_int_equal(score->n_inside, 3);
	assert_true(score->error < 0.002);
	release(&report, &set);
}

/* The point of the law and of its score is the same single one. */
static void every_fit_tells_what_it_would_have_said_of_its_largest_budget(void **state)
{
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	make_future(&set, 1.7, 3000, 0.19);
	report = backtest(&set, "power,power_offset", 1);
	for (size_t i = 0; i < report.n_laws; i++) {
		assert_int_equal(report.laws[i].n_holdout, 1);
		check_near(report.laws[i].holdout_error, report.scores[i].error, 1e-6, 0);
	}
	assert_true(report.laws[0].holdout_error > report.laws[1].holdout_error);
	release(&report, &set);
}

static void laws_of_all_points_are_compared_on_the_frontier(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	struct text table = {0}, json = {0};

	(void)state;
	make_grid(&set, &flawless);
	report = backtest(&set, "power,power_offset,chinchilla", 1);
	for (int arm = 0; arm < 2; arm++) {
		const char *name = arm ? "muon" : "adamw";
		const struct backtest_score *all = score_of(&report, "chinchilla", name);

		assert_int_equal(all->n, GRID_SIZES);
		assert_true(all->error < 0.005);
		assert_false(score_of(&report, "power", name)->best);
		assert_int_equal(all->best + score_of(&report, "power_offset", name)->best, 1);
		assert_true(score_of(&report, "power", name)->frontier_error > 0.005);
		check_near(score_of(&report, "power", name)->error,
			   score_of(&report, "power", name)->frontier_error, 0, 0);
	}
	fit_add_tables(&report, false, &table);
	check_contains(table.data, "fitted without the largest budget, which is then predicted");
	check_contains(table.data, "predicts best");
	check_contains(table.data, "% off at the largest C");
	fit_add_json(&report, 0, &json);
	check_json(json.data);
	check_contains(json.data,
		       "\"backtest\": {\"holdout\": 1, \"points\": [{\"law\": \"power\"");
	check_contains(json.data, "\"rms_error_frontier\"");
	check_contains(json.data, "\"holdout_error\"");
	text_release(&table);
	text_release(&json);
	release(&report, &set);
}

static void what_cannot_be_tested_is_refused_with_what_it_needs(void **state)
{
	struct fit_options options = asking("power", 0);
	struct observations set = {0};
	struct fit_report report;
	struct error err = ERROR_INIT;

	(void)state;
	make_grid(&set, &flawless);
	report = backtest(&set, "power,power_offset", 2);
	check_contains(text_string(&report.refused),
		       "backtest of 'muon': law 'power_offset' cannot be fitted without the 2 "
		       "largest budgets: it needs 3 different computes");
	assert_int_equal(report.n_scores, 2);
	fit_report_release(&report);
	options.holdout = 1;
	options.at = "k=1,p=1";
	assert_int_equal(fit_study(&set, &options, &report, &err), -ERR_USAGE);
	check_contains(err.text, "'--holdout' has nothing to test");
	options.laws = options.at = NULL;
	options.holdout = 3;
	assert_int_equal(fit_study(&set, &options, &report, &err), -ERR_FIT);
	check_contains(err.text, "--holdout 3 of 4 compute budgets leaves 1 to fit");
	options.holdout = 9;
	assert_int_equal(fit_study(&set, &options, &report, &err), -ERR_FIT);
	check_contains(err.text, "--holdout 9 of 4 compute budgets leaves 0 to fit");
	observations_release(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_power_law_misses_the_future_of_a_loss_that_levels_off),
		cmocka_unit_test(a_power_law_hits_its_own_future),
		cmocka_unit_test(every_fit_tells_what_it_would_have_said_of_its_largest_budget),
		cmocka_unit_test(laws_of_all_points_are_compared_on_the_frontier),
		cmocka_unit_test(what_cannot_be_tested_is_refused_with_what_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
