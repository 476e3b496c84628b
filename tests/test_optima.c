/* SPDX-License-Identifier: MIT
 *
 * Optima of lr and batch, and the laws of them, on made bowls of known truth.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "base/random.h"
#include "results/optima.h"
#include "tests/fit_fixture.h"

/* Optima of a made study: k N^n D^d in lr and in batch. */
static const double lr_truth[] = {5, -0.3, -0.15}, batch_truth[] = {3, 0.1, 0.4};

struct design {
	size_t sizes, budgets, lrs, batches, seeds;
	bool ladder;	   /* one size a budget, 20 tokens a parameter */
	bool batch_tuned;  /* else studied */
	double noise;	   /* of ln L */
	double shift;	   /* of the lr axis from the optimum, in steps */
	size_t stream;	   /* of random numbers */
	double divergence; /* loss of the highest lr; 0: no divergence */
};

static double power(const double truth[3], double params, double tokens)
{
	return truth[0] * pow(params, truth[1]) * pow(tokens, truth[2]);
}

/* Bowls of both about their optimum, on axes that do not have it. */
static void add_row(struct observations *set, const struct design *design, struct random *random,
		    const size_t at[5])
{
	struct observation *row = observations_add(set);
	double lr_step = (double)at[2] - (double)(design->lrs / 2) + 0.2 + design->shift;
	double batch_step = (double)at[3] - (double)(design->batches / 2) + 0.3;

	row->optimizer = "adamw";
	row->tuned = design->batch_tuned ? "lr,train.batch_tokens" : "lr";
	row->flops = 1e17 * pow(4, (double)at[1]);
	row->params = 1e7 * pow(2, (double)(design->ladder ? at[1] : at[0]));
	row->tokens = row->flops / 6 / row->params;
	if (design->ladder) {
		row->tokens = 20 * row->params;
		row->flops = 6 * row->params * row->tokens;
	}
	row->lr = power(lr_truth, row->params, row->tokens) * pow(2, lr_step);
	row->batch_tokens = power(batch_truth, row->params, row->tokens);
	if (design->batches > 1)
		row->batch_tokens *= pow(2, batch_step);
	row->seed = (double)at[4];
	row->loss = 2 + 1e4 * pow(row->flops, -0.25) + 0.01 * lr_step * lr_step +
		    (design->batches > 1 ? 0.02 * batch_step * batch_step : 0);
	row->loss *= exp(design->noise * random_normal(random));
	if (design->divergence > 0 && at[2] + 1 == design->lrs)
		row->loss = design->divergence;
}

static void make(struct observations *set, const struct design *design)
{
	struct random random = random_stream(5, design->stream);
	size_t at[5];

	for (at[0] = 0; at[0] < design->sizes; at[0]++)
		for (at[1] = 0; at[1] < design->budgets; at[1]++)
			for (at[2] = 0; at[2] < design->lrs; at[2]++)
				for (at[3] = 0; at[3] < design->batches; at[3]++)
					for (at[4] = 0; at[4] < design->seeds; at[4]++)
						add_row(set, design, &random, at);
}

static struct fit_report fit(struct observations *set, const struct design *design,
			     const char *names, int bootstrap)
{
	make(set, design);
	return fit_set(set, asking(names, bootstrap));
}

static void a_parabola_gives_its_vertex(void **state)
{
	struct bowl_point points[] = {{3, 0}, {1, 0}, {2, 0}, {2, 9}, {5, (double)NAN}}, best;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		points[i].loss = 2 + 0.1 * pow(points[i].x - 2.2, 2);
	assert_true(bowl_vertex(points, ARRAY_SIZE(points), &best));
	check_near(best.x, 2.2, 1e-12, 0);
	check_near(best.loss, 2, 1e-12, 0);
}

static void edges_level_bowls_and_divergences_have_no_vertex(void **state)
{
	static const struct {
		double losses[3];
		double best;
	} rows[] = {
		{{2.0, 2.1, 2.2}, 0}, {{2.2, 2.1, 2.0}, 2},	 {{2.0, 2.0, 2.0}, 0},
		{{2.1, 2.0, 7.7}, 1}, {{HUGE_VAL, 2.0, 2.1}, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bowl_point points[3], best;

		for (size_t k = 0; k < 3; k++)
			points[k] = (struct bowl_point){(double)k, rows[i].losses[k]};
		assert_false(bowl_vertex(points, 3, &best));
		check_near(best.x, rows[i].best, 1e-12, 1e-12);
	}
}

static void a_law_of_lr_is_recovered_exactly(void **state)
{
	const struct design design = {.sizes = 3, .budgets = 5, .lrs = 5, .batches = 1, .seeds = 1};
	struct observations set = {0};
	struct fit_report report = fit(&set, &design, "lr", 0);
	const struct law_fit *lr = &report.laws[0].fit;

	(void)state;
	assert_int_equal(lr->n, 15);
	check_close(&lr->parameters[2], lr_truth, 3, 1e-7, 0);
	assert_true(isfinite(lr->parameters[0]));
	assert_int_equal(report.laws[0].n_left_out, 0);
	release(&report, &set);
}

static void a_law_of_batches_is_recovered_whether_studied_or_tuned(void **state)
{
	struct design design = {.sizes = 3, .budgets = 4, .lrs = 3, .batches = 5, .seeds = 1};

	(void)state;
	for (int tuned = 0; tuned < 2; tuned++) {
		struct observations set = {0};
		struct fit_report report;

		design.batch_tuned = tuned;
		report = fit(&set, &design, "batch", 0);
		assert_int_equal(report.laws[0].fit.n, 12);
		check_close(&report.laws[0].fit.parameters[2], batch_truth, 3, 1e-7, 0);
		release(&report, &set);
	}
}

/* D = 20 N: C^(1/2) goes as N and as D. */
static void a_ladder_tells_c_alone(void **state)
{
	const struct design design = {
		.sizes = 1, .budgets = 5, .lrs = 5, .batches = 1, .seeds = 1, .ladder = true};
	struct observations set = {0};
	struct fit_report report = fit(&set, &design, "lr", 0);
	const struct fit_law *lr = &report.laws[0];

	(void)state;
	check_near(lr->fit.parameters[1], 0.5 * (lr_truth[1] + lr_truth[2]), 1e-6, 0);
	for (size_t k = 2; k < 5; k++)
		assert_true(isnan(lr->fit.parameters[k]));
	check_contains(text_string(&lr->warnings), "N and D vary together");
	release(&report, &set);
}

/* Whether the 90 % intervals of both exponents hold the truth, in how many of the studies. */
static size_t count_held(size_t seeds, size_t studies)
{
	size_t held = 0;

	for (size_t study = 0; study < studies; study++) {
		const struct design design = {.sizes = 3,
					      .budgets = 5,
					      .lrs = 5,
					      .batches = 1,
					      .seeds = seeds,
					      .noise = 0.0005,
					      .stream = study};
		struct observations set = {0};
		struct fit_report report = fit(&set, &design, "lr", 100);

		for (size_t k = 3; k < 5; k++) {
			struct interval interval = report.laws[0].interval[k];

			assert_true(interval.high - interval.low < 0.2);
			held += interval.low < lr_truth[k - 2] && interval.high > lr_truth[k - 2];
		}
		release(&report, &set);
	}
	return held;
}

static void intervals_of_exponents_hold_the_truth(void **state)
{
	(void)state;
	for (size_t seeds = 1; seeds < 4; seeds += 2) {
		size_t held = count_held(seeds, 20);

		assert_in_range(held, 31, 40); /* of 40; 36 expected */
	}
}

static void optima_on_an_edge_are_left_out_and_counted(void **state)
{
	const struct design design = {
		.sizes = 3, .budgets = 4, .lrs = 3, .batches = 1, .seeds = 1, .shift = 3};
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	report = fit(&set, &design, "lr,power", 0);
	check_contains(text_string(&report.refused), "needs at least 2 interior optima");
	check_contains(text_string(&report.refused), "12 left out: optima of lr on the edge");
	release(&report, &set);
}

/* Beside a divergence the best lr is known to a step of the axis only. */
static void a_divergence_is_no_arm_of_a_bowl(void **state)
{
	struct design design = {
		.sizes = 3, .budgets = 4, .lrs = 3, .batches = 1, .seeds = 1, .divergence = 7.7};
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	report = fit(&set, &design, NULL, 0);
	for (size_t i = 0; i < report.study.n_cells; i++) {
		assert_false(report.points[i].bowl);
		assert_int_equal(report.points[i].edges, 0);
	}
	assert_null(fit_report_law(&report, "lr", 0));
	release(&report, &set);
}

static void few_optima_are_told(void **state)
{
	const struct design design = {.sizes = 1, .budgets = 2, .lrs = 5, .batches = 1, .seeds = 1};
	struct observations set = {0};
	struct fit_report report = fit(&set, &design, "lr", 0);
	const char *warnings = text_string(&report.laws[0].warnings);

	(void)state;
	check_contains(warnings, "2 optima: a line through them is no test of a law");
	check_contains(warnings, "only one of the two varies");
	release(&report, &set);
}

static void optima_are_fitted_unasked_only_where_there_are_enough(void **state)
{
	struct design design = {.sizes = 3, .budgets = 3, .lrs = 5, .batches = 1, .seeds = 1};

	(void)state;
	for (size_t budgets = 2; budgets < 4; budgets++) {
		struct observations set = {0};
		struct fit_report report;

		design.budgets = budgets;
		report = fit(&set, &design, "", 0);
		assert_int_equal(fit_report_law(&report, "lr", 0) != NULL, budgets == 3);
		assert_null(fit_report_law(&report, "batch", 0));
		release(&report, &set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_parabola_gives_its_vertex),
		cmocka_unit_test(edges_level_bowls_and_divergences_have_no_vertex),
		cmocka_unit_test(a_law_of_lr_is_recovered_exactly),
		cmocka_unit_test(a_law_of_batches_is_recovered_whether_studied_or_tuned),
		cmocka_unit_test(a_ladder_tells_c_alone),
		cmocka_unit_test(intervals_of_exponents_hold_the_truth),
		cmocka_unit_test(optima_on_an_edge_are_left_out_and_counted),
		cmocka_unit_test(a_divergence_is_no_arm_of_a_bowl),
		cmocka_unit_test(few_optima_are_told),
		cmocka_unit_test(optima_are_fitted_unasked_only_where_there_are_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
