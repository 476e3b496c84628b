/* SPDX-License-Identifier: MIT
 *
 * Targets and the laws of batches on made runs of known truth.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "base/random.h"
#include "results/bent_line.h"
#include "results/targets.h"
#include "tests/fit_fixture.h"

#define BATCHES 6
#define BUDGETS 6
#define ALPHA	0.2 /* L = (D / (1 + B / B_crit))^-ALPHA times what the size decides */

static const double critical[] = {4e4, 1.6e5}; /* of the two arms */

static double loss_of(size_t arm, double params, double batch, double tokens)
{
	return 400 * pow(params, -0.1) * pow(tokens / (1 + batch / critical[arm]), -ALPHA);
}

/* S_min of the hyperbola at a loss: T = S_min (B + B_crit). */
static double least_steps(size_t arm, double params, double target)
{
	return pow(400 * pow(params, -0.1) / target, 1 / ALPHA) / critical[arm];
}

static void make_runs(struct observations *set, size_t sizes, double noise)
{
	struct random random = random_stream(9, 4);

	for (size_t at = 0; at < 2 * sizes * BATCHES * BUDGETS; at++) {
		struct observation *row = observations_add(set);
		size_t arm = at % 2, size = at / 2 % sizes;

		row->optimizer = arm ? "muon" : "adamw";
		row->params = 1e7 * pow(4, (double)size);
		row->batch_tokens = 4096 * pow(4, (double)(at / 2 / sizes % BATCHES));
		row->tokens = 1e8 * pow(4, (double)(at / 2 / sizes / BATCHES));
		row->steps = row->tokens / row->batch_tokens;
		row->flops = 6 * row->params * row->tokens;
		row->seconds = 1e-12 * row->flops;
		row->seed = 0;
		row->loss = loss_of(arm, row->params, row->batch_tokens, row->tokens) *
			    exp(noise * random_normal(&random));
	}
}

/* What a target cost, without any loss. */
static void make_costs(struct observations *set, size_t n, double noise)
{
	struct random random = random_stream(6, 6);

	for (size_t i = 0; i < n; i++) {
		struct observation *row = observations_add(set);

		row->batch_tokens = 64 * pow(2, (double)i);
		row->steps =
			2000 * (1 + 1500 / row->batch_tokens) * exp(noise * random_normal(&random));
	}
}

static double parameter(const struct fit_law *law, const char *name)
{
	for (size_t k = 0; k < law->n_parameters; k++)
		if (strcmp(law->names[k], name) == 0)
			return law->fit.parameters[k];
	return (double)NAN;
}

static void targets_are_read_between_budgets(void **state)
{
	struct fit_options options = asking("critical_batch", 0);
	struct observations set = {0};
	struct target_point *found;
	struct fit_report report;
	size_t n;

	(void)state;
	make_runs(&set, 1, 0);
	options.target = 1.2;
	report = fit_set(&set, options);
	n = targets_find(&report.study, report.points, 1.2, &found);
	for (size_t i = 0; i < n; i++) {
		double tokens = least_steps(found[i].arm, 1e7, 1.2) *
				(found[i].batch + critical[found[i].arm]);

		assert_int_equal(found[i].censored, tokens > 1e8 * pow(4, BUDGETS - 1));
		if (found[i].censored)
			continue;
		check_near(found[i].tokens, tokens, 1e-9, 0);
		check_near(found[i].steps, tokens / found[i].batch, 1e-9, 0);
		check_near(found[i].flops, 6e7 * tokens, 1e-9, 0);
		check_near(found[i].seconds, 6e-5 * tokens, 1e-9, 0);
	}
	assert_int_equal(n, 2 * BATCHES);
	assert_int_equal(report.n_laws, 2);
	assert_string_equal(report.laws[0].group, "adamw, L = 1.2");
	assert_true(report.laws[0].n_left_out > 0);
	check_contains(text_string(&report.laws[0].warnings), "never reached the target");
	for (size_t arm = 0; arm < 2; arm++) {
		check_near(parameter(&report.laws[arm], "B_crit"), critical[arm], 1e-6, 0);
		check_near(parameter(&report.laws[arm], "S_min"), least_steps(arm, 1e7, 1.2), 1e-6,
			   0);
	}
	free(found);
	release(&report, &set);
}

static void each_size_chooses_a_target_that_its_batches_pass(void **state)
{
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	make_runs(&set, 3, 0);
	report = fit_set(&set, asking("", 0));
	for (size_t i = 0, seen = 0; i < report.n_laws; i++) {
		const struct fit_law *law = &report.laws[i];

		if (strcmp(law->law->name, "critical_batch") != 0)
			continue;
		assert_int_equal(law->size, seen++ % 3);
		assert_int_equal(law->fit.n, BATCHES);
		check_near(parameter(law, "B_crit"), critical[law->arms[0]], 1e-5, 0);
	}
	assert_non_null(fit_report_law(&report, "critical_batch", 1));
	assert_true(isfinite(target_choose(&report.study, report.points)));
	release(&report, &set);
}

static void costs_alone_are_enough(void **state)
{
	struct fit_options options = asking("critical_batch", 100);
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	make_costs(&set, 9, 0);
	options.base_batch = 256;
	report = fit_set(&set, options);
	assert_int_equal(report.n_laws, 1);
	assert_string_equal(report.laws[0].group, "all");
	check_near(parameter(&report.laws[0], "S_min"), 2000, 1e-9, 0);
	check_near(parameter(&report.laws[0], "B_crit"), 1500, 1e-9, 0);
	check_near(parameter(&report.laws[0], "B_20"), 307.2 + 300, 1e-9, 0);
	check_near(parameter(&report.laws[0], "B_tok"), 64, 1e-9, 0);
	assert_int_equal(report.n_pairs, 0);
	release(&report, &set);
}

static void noisy_costs_hold_the_truth_in_their_interval(void **state)
{
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	make_costs(&set, 9, 0.03);
	report = fit_set(&set, asking("critical_batch", 300));
	assert_true(report.laws[0].interval[1].low < 1500);
	assert_true(report.laws[0].interval[1].high > 1500);
	assert_true(report.laws[0].interval[1].high < 2500);
	release(&report, &set);
}

/* Tokens from steps and batch, steps from tokens and batch. */
static void either_of_steps_and_tokens_will_do(void **state)
{
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	make_costs(&set, 5, 0);
	for (size_t i = 0; i < set.n; i++) {
		set.rows[i].tokens = set.rows[i].steps * set.rows[i].batch_tokens;
		set.rows[i].steps = (double)NAN;
		set.rows[i].target_loss = i < 3 ? 3.25 : 3;
	}
	report = fit_set(&set, asking("critical_batch", 0));
	assert_int_equal(report.n_laws, 1);
	assert_string_equal(report.laws[0].group, "all, L = 3.25");
	check_near(parameter(&report.laws[0], "B_crit"), 1500, 1e-8, 0);
	check_contains(text_string(&report.refused), "'all, L = 3': law 'critical_batch' needs");
	release(&report, &set);
}

static void limits_of_a_critical_batch_are_told(void **state)
{
	static const struct {
		double power; /* of S in B */
		const char *warning;
	} rows[] = {
		{-1, "S_min is at 0"},
		{0, "B_crit is at 0"},
		{-1, "no bend"},
		{-0.5, "B_tok is the smallest batch"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct law_point points[6];
		struct law_data data = {points, NULL, 6, 1};
		struct text warnings = {0};
		struct law_fit fitted;
		struct error err = ERROR_INIT;

		for (size_t k = 0; k < 6; k++) {
			points[k] = (struct law_point){.batch = pow(2, (double)k)};
			points[k].steps = 1000 * pow(points[k].batch, rows[i].power);
		}
		check_ok(law_critical_batch.fit(&data, &law_critical_batch.robust, NULL, &fitted,
						&err),
			 &err);
		law_critical_batch.check(&data, &fitted, &warnings);
		check_contains(text_string(&warnings), rows[i].warning);
		assert_int_equal(law_critical_batch.at_bound(&data, &fitted), i != 3);
		text_release(&warnings);
	}
}

static void bend(struct bent_point points[12], double at, double level, double slope)
{
	for (size_t i = 0; i < 12; i++) {
		double x = (double)i;

		points[i] = (struct bent_point){x, level + slope * fmax(0, x - at), 1};
	}
}

static void a_bent_line_is_recovered_exactly(void **state)
{
	static const double truths[][3] = {
		{4.3, 7, 0.6}, {6, 2, 0.25}, {1.2, -3, 1}, {9.5, 11, 0.9}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(truths); i++) {
		struct bent_point points[12];
		struct bent_line line;

		bend(points, truths[i][0], truths[i][1], truths[i][2]);
		assert_true(bent_line_fit(points, 12, &line));
		check_near(line.bend, truths[i][0], 1e-9, 0);
		check_near(line.level, truths[i][1], 1e-9, 0);
		check_near(line.slope, truths[i][2], 1e-9, 0);
		check_near(line.squares, 0, 0, 1e-18);
	}
}

/* Against a search over the bend. */
static void a_noisy_bent_line_is_the_best_there_is(void **state)
{
	struct random random = random_stream(2, 8);

	(void)state;
	for (size_t round = 0; round < 20; round++) {
		struct bent_point points[12];
		struct bent_line line;

		bend(points, 5.5, 3, 0.5);
		for (size_t i = 0; i < 12; i++) {
			points[i].y += 0.3 * random_normal(&random);
			points[i].weight = (double)((i + round) % 3);
		}
		assert_true(bent_line_fit(points, 12, &line));
		for (double at = 1.5; at < 9.5; at += 0.05)
			for (double slope = 0.05; slope <= 1; slope += 0.05) {
				double squares = 0, level = 0, weight = 0;

				for (size_t i = 0; i < 12; i++) {
					double rise = slope * fmax(0, points[i].x - at);

					level += points[i].weight * (points[i].y - rise);
					weight += points[i].weight;
				}
				level /= weight;
				for (size_t i = 0; i < 12; i++) {
					double rise = slope * fmax(0, points[i].x - at);

					squares += points[i].weight *
						   pow(points[i].y - level - rise, 2);
				}
				if (at >= points[3].x && at <= points[8].x)
					assert_true(line.squares <= squares * (1 + 1e-9));
			}
	}
}

static void lines_that_do_not_bend_up_have_no_bend(void **state)
{
	struct bent_point points[12];
	struct bent_line line;

	(void)state;
	bend(points, 5.5, 3, -0.5);
	assert_false(bent_line_fit(points, 12, &line));
	bend(points, 5.5, 3, 0.5);
	assert_false(bent_line_fit(points, 3, &line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_are_read_between_budgets),
		cmocka_unit_test(each_size_chooses_a_target_that_its_batches_pass),
		cmocka_unit_test(costs_alone_are_enough),
		cmocka_unit_test(noisy_costs_hold_the_truth_in_their_interval),
		cmocka_unit_test(either_of_steps_and_tokens_will_do),
		cmocka_unit_test(limits_of_a_critical_batch_are_told),
		cmocka_unit_test(a_bent_line_is_recovered_exactly),
		cmocka_unit_test(a_noisy_bent_line_is_the_best_there_is),
		cmocka_unit_test(lines_that_do_not_bend_up_have_no_bend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
