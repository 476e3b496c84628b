/* SPDX-License-Identifier: MIT
 *
 * The three-term law of size, batch and steps, and the law of widths, on made data of known truth.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "base/random.h"
#include "results/law.h"
#include "tests/fit_fixture.h"

#define SIZES	4
#define BATCHES 5
#define STEPS	5
#define POINTS	(SIZES * BATCHES * STEPS)

static const double three_truth[] = {1.8, 300, 40, 12, 0.33, 0.28, 0.4};
static const double width_truth[] = {1.31, 4, 0.31};
static const struct robust huber = {ROBUST_HUBER, 1e-3};

static struct law_data make_grid(struct law_point points[POINTS], double noise)
{
	struct random random = random_stream(4, 4);

	for (size_t i = 0; i < POINTS; i++) {
		points[i] = (struct law_point){
			.params = 1e7 * pow(3, (double)(i % SIZES)),
			.batch = 8192 * pow(3, (double)(i / SIZES % BATCHES)),
			.steps = 500 * pow(3, (double)(i / SIZES / BATCHES)),
		};
		points[i].tokens = points[i].batch * points[i].steps;
		points[i].loss = law_three_term.predict(three_truth, &points[i]) *
				 exp(noise * random_normal(&random));
	}
	return (struct law_data){points, NULL, POINTS, 1};
}

static void three_terms_are_recovered_exactly(void **state)
{
	struct law_point points[POINTS];
	struct law_data data = make_grid(points, 0);
	struct law_fit fit;
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(law_three_term.fit(&data, &huber, NULL, &fit, &err), &err);
	check_close(fit.parameters, three_truth, 7, 1e-6, 0);
	check_near(fit.objective, 0, 0, 1e-15);
	assert_true(fit.agree * 2 > fit.starts);
	assert_false(law_three_term.at_bound(&data, &fit));
}

static void a_warm_start_finds_the_same_three_terms(void **state)
{
	struct law_point points[POINTS];
	struct law_data data = make_grid(points, 0.003);
	struct law_fit cold, warm;
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(law_three_term.fit(&data, &huber, NULL, &cold, &err), &err);
	check_ok(law_three_term.fit(&data, &huber, three_truth, &warm, &err), &err);
	check_near(warm.objective, cold.objective, 1e-9, 0);
	check_close(warm.parameters, cold.parameters, 7, 1e-4, 0);
}

static void the_objective_of_three_terms_is_exact(void **state)
{
	struct law_point points[POINTS];
	struct law_data data = make_grid(points, 0.002);
	const double at[] = {1.7, 280, 50, 13, 0.33, 0.3, 0.4};
	struct law_fit fit;
	double want = 0;

	(void)state;
	for (size_t i = 0; i < POINTS; i++) {
		double loss = at[0] + at[1] * pow(points[i].params, -at[4]) +
			      at[2] * pow(points[i].batch, -at[5]) +
			      at[3] * pow(points[i].steps, -at[6]);
		double r = fabs(log(points[i].loss / loss));

		want += r > 1e-3 ? 1e-3 * (r - 0.5e-3) : 0.5 * r * r;
	}
	law_three_term.evaluate(&data, &huber, at, &fit);
	check_near(fit.objective, want, 1e-11, 0);
	assert_int_equal(fit.n, POINTS);
}

/* Rows of a study without tuning or seeds. */
static void make_rows(struct observations *set, size_t sizes, size_t batches, double noise)
{
	struct random random = random_stream(8, 1);

	for (size_t i = 0; i < sizes * batches * STEPS; i++) {
		struct observation *row = observations_add(set);
		struct law_point point;

		row->params = 1e7 * pow(3, (double)(i % sizes));
		row->batch_tokens = 8192 * pow(3, (double)(i / sizes % batches));
		row->steps = 500 * pow(3, (double)(i / sizes / batches));
		row->tokens = row->batch_tokens * row->steps;
		row->flops = 6 * row->params * row->tokens;
		point = (struct law_point){
			.params = row->params, .batch = row->batch_tokens, .steps = row->steps};
		row->loss = law_three_term.predict(three_truth, &point) *
			    exp(noise * random_normal(&random));
	}
}

static void noisy_exponents_stay_inside_their_intervals(void **state)
{
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	make_rows(&set, SIZES, BATCHES, 0.002);
	report = fit_set(&set, asking("three_term", 60));
	for (size_t k = 4; k < 7; k++) {
		assert_true(report.laws[0].interval[k].low < three_truth[k]);
		assert_true(report.laws[0].interval[k].high > three_truth[k]);
	}
	release(&report, &set);
}

static void three_terms_are_fitted_unasked_to_three_batches(void **state)
{
	(void)state;
	for (size_t batches = 1; batches < 4; batches++) {
		struct observations set = {0};
		struct fit_report report;

		make_rows(&set, 3, batches, 0.002);
		report = fit_set(&set, asking("", 0));
		assert_int_equal(fit_report_law(&report, "three_term", 0) != NULL, batches == 3);
		release(&report, &set);
	}
}

static void designs_that_cannot_tell_three_terms_are_told(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	const char *warnings;

	(void)state;
	make_rows(&set, 1, 2, 0);
	report = fit_set(&set, asking("three_term,power", 0));
	warnings = text_string(&fit_report_law(&report, "three_term", 0)->warnings);
	check_contains(warnings, "1 different model size: A and alpha need at least 3");
	check_contains(warnings, "2 different batch sizes: B and beta need at least 3");
	release(&report, &set);
	make_rows(&set, 3, 1, 0);
	report = fit_set(&set, asking("three_term,power", 0));
	check_contains(text_string(&report.refused),
		       "needs at least 7 points and 2 batches, not 15 and 1");
	release(&report, &set);
}

/* The best of each width follows the law; longer budgets of small widths do not lie below. */
static void make_widths(struct observations *set, size_t widths, double noise)
{
	struct random random = random_stream(3, 3);

	for (size_t i = 0; i < widths * 3; i++) {
		struct observation *row = observations_add(set);
		double excess = 1 + 0.05 * (double)(i % 3);

		row->d_model = 256 * pow(2, (double)(i / 3));
		row->params = 12 * row->d_model * row->d_model;
		row->tokens = 1e9 / excess;
		row->flops = 6 * row->params * row->tokens;
		row->loss = (width_truth[0] + width_truth[1] * pow(row->d_model, -width_truth[2])) *
			    excess * exp(noise * random_normal(&random));
	}
}

static void a_law_of_widths_is_recovered_exactly(void **state)
{
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	make_widths(&set, 5, 0);
	report = fit_set(&set, asking("width", 0));
	assert_int_equal(report.laws[0].fit.n, 5);
	check_close(report.laws[0].fit.parameters, width_truth, 3, 1e-6, 0);
	release(&report, &set);
}

static void few_widths_are_refused_or_not_fitted_unasked(void **state)
{
	(void)state;
	for (size_t widths = 2; widths < 5; widths++) {
		struct observations set = {0};
		struct fit_report report;

		make_widths(&set, widths, 0.001);
		report = fit_set(&set, asking("", 0));
		assert_int_equal(fit_report_law(&report, "width", 0) != NULL, widths == 4);
		fit_report_release(&report);
		report = fit_set(&set, asking("width,power", 0));
		if (widths == 2)
			check_contains(text_string(&report.refused),
				       "law 'width' needs at least 3 different widths, not 2");
		else
			assert_non_null(fit_report_law(&report, "width", 0));
		release(&report, &set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_terms_are_recovered_exactly),
		cmocka_unit_test(a_warm_start_finds_the_same_three_terms),
		cmocka_unit_test(the_objective_of_three_terms_is_exact),
		cmocka_unit_test(noisy_exponents_stay_inside_their_intervals),
		cmocka_unit_test(three_terms_are_fitted_unasked_to_three_batches),
		cmocka_unit_test(designs_that_cannot_tell_three_terms_are_told),
		cmocka_unit_test(a_law_of_widths_is_recovered_exactly),
		cmocka_unit_test(few_widths_are_refused_or_not_fitted_unasked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
