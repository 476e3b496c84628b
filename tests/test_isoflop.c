/* SPDX-License-Identifier: MIT
 *
 * Approach 2 on generated budgets.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "results/isoflop.h"
#include "tests/surface_points.h"

#define BUDGETS 5
#define SIZES	7

static const struct robust lsq = {ROBUST_LSQ, 1e-3};

/* Parabolas of known vertices N* = 0.3 C^0.46, tokens 6ND. */
static struct law_data parabolas(struct law_point points[BUDGETS * SIZES], double curvature)
{
	for (size_t b = 0; b < BUDGETS; b++)
		for (size_t s = 0; s < SIZES; s++) {
			struct law_point *p = &points[b * SIZES + s];
			double x = 0.5 * (double)s - 1.7;

			*p = (struct law_point){.flops = 1e18 * pow(4, (double)b), .budget = b};
			p->params = 0.3 * pow(p->flops, 0.46) * exp(x);
			p->tokens = p->flops / (6 * p->params);
			p->loss = 3 - 0.1 * (double)b + curvature * x * x;
		}
	return (struct law_data){points, NULL, BUDGETS * SIZES, 1};
}

static void expect(const struct law_data *data, const char *text)
{
	struct law_fit fit;
	struct text warnings = {0};
	struct error err = ERROR_INIT;

	check_ok(law_isoflop.fit(data, &lsq, NULL, &fit, &err), &err);
	law_isoflop.check(data, &fit, &warnings);
	if (text[0])
		check_contains(text_string(&warnings), text);
	else
		assert_string_equal(text_string(&warnings), "");
	text_release(&warnings);
}

static void parabolas_are_recovered_exactly(void **state)
{
	struct law_point points[BUDGETS * SIZES];
	struct law_data data = parabolas(points, 0.05);
	struct isoflop_budget budgets[BUDGETS * SIZES];
	struct law_fit fit;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(isoflop_budgets(&data, budgets), BUDGETS);
	for (size_t b = 0; b < BUDGETS; b++) {
		double flops = 1e18 * pow(4, (double)b), params = 0.3 * pow(flops, 0.46);

		check_near(budgets[b].flops, flops, 1e-12, 0);
		check_near(budgets[b].params, params, 1e-10, 0);
		check_near(budgets[b].tokens, flops / (6 * params), 1e-10, 0);
		check_near(budgets[b].loss, 3 - 0.1 * (double)b, 1e-12, 0);
		check_near(budgets[b].c[2], 0.05, 1e-10, 0);
		assert_true(budgets[b].inside && budgets[b].convex);
	}
	check_ok(law_isoflop.fit(&data, &lsq, NULL, &fit, &err), &err);
	check_near(fit.parameters[0], 0.46, 1e-10, 0);
	check_near(fit.parameters[1], 0.54, 1e-10, 0);
	check_near(fit.parameters[2], 0.3, 1e-8, 0);
	check_near(fit.parameters[3], 1 / 1.8, 1e-8, 0);
	expect(&data, "");
}

/* Symmetric valleys have their parabola's vertex where the surface is lowest. */
static void a_symmetric_surface_gives_its_exponents(void **state)
{
	const double truth[] = {1.69, 400, 400, 0.31, 0.31};
	struct law_point points[BUDGETS * SIZES];
	struct law_data data = surface_budgets(points, BUDGETS, SIZES, 1.5, 1, truth);
	struct law_fit fit;
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(law_isoflop.fit(&data, &lsq, NULL, &fit, &err), &err);
	check_near(fit.parameters[0], 0.5, 1e-9, 0);
	check_near(fit.parameters[1], 0.5, 1e-9, 0);
}

static void tokens_that_are_not_known_are_taken_from_compute(void **state)
{
	struct law_point points[BUDGETS * SIZES];
	struct law_data data = parabolas(points, 0.05);
	struct law_fit fit;
	struct error err = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < data.n; i++)
		points[i].tokens = (double)NAN;
	check_ok(law_isoflop.fit(&data, &lsq, NULL, &fit, &err), &err);
	check_near(fit.parameters[1], 0.54, 1e-10, 0);
}

static void weights_of_points_count(void **state)
{
	struct law_point points[BUDGETS * SIZES], twice[BUDGETS * SIZES + 1];
	struct law_data data = parabolas(points, 0.05);
	double weight[BUDGETS * SIZES];
	struct law_data repeated = {twice, NULL, data.n, 1};
	struct law_fit weighted, plain;
	struct error err = ERROR_INIT;

	(void)state;
	points[2].loss *= 1.01;
	for (size_t i = 0; i < data.n; i++) {
		weight[i] = i == 2 ? 2 : i != 3;
		twice[i] = points[i];
	}
	data.weight = weight;
	twice[3] = points[2];
	check_ok(law_isoflop.fit(&data, &lsq, NULL, &weighted, &err), &err);
	check_ok(law_isoflop.fit(&repeated, &lsq, NULL, &plain, &err), &err);
	check_close(weighted.parameters, plain.parameters, 4, 1e-9, 0);
}

static void concave_budgets_are_left_out_by_name(void **state)
{
	struct law_point points[BUDGETS * SIZES];
	struct law_data data = parabolas(points, 0.05);

	(void)state;
	for (size_t s = 0; s < SIZES; s++)
		points[2 * SIZES + s].loss = 6 - points[2 * SIZES + s].loss;
	expect(&data, "1 of 5 budgets (1.6e+19) have no minimum, their parabola is concave");
}

static void budgets_of_few_sizes_are_left_out_by_name(void **state)
{
	struct law_point points[BUDGETS * SIZES];
	struct law_data data = parabolas(points, 0.05);
	double weight[BUDGETS * SIZES];

	(void)state;
	for (size_t i = 0; i < data.n; i++)
		weight[i] = i / SIZES > 0 || i % SIZES < 2;
	data.weight = weight;
	expect(&data, "1 budget (1e+18) with under 3 sizes is left out: no parabola");
	weight[2] = 1;
	expect(&data, "1 of 5 budgets (1e+18) have 3 points: two or three points say nothing of "
		      "noise");
}

static void vertices_outside_the_sizes_are_told_with_their_side(void **state)
{
	struct law_point points[BUDGETS * SIZES];
	struct law_data data = surface_budgets(points, BUDGETS, SIZES, 1.2, 4, surface_truth);

	(void)state;
	expect(&data, "5 of 5 budgets (1e+18, 1e+19, 1e+20, 1e+21, 1e+22) have their vertex below "
		      "the smallest size: the optimum is extrapolated, add smaller sizes");
	data = surface_budgets(points, BUDGETS, SIZES, 1.2, 0.25, surface_truth);
	expect(&data, "vertex above the largest size: the optimum is extrapolated, add larger "
		      "sizes");
}

static void one_budget_is_refused(void **state)
{
	struct law_point points[BUDGETS * SIZES];
	struct law_data data = parabolas(points, 0.05);
	struct law_fit fit;
	struct error err = ERROR_INIT;

	(void)state;
	data.n = 2 * SIZES;
	expect(&data, "a line through 2 optima: nothing is left to check the exponents with");
	data.n = SIZES;
	assert_int_equal(law_isoflop.fit(&data, &lsq, NULL, &fit, &err), -ERR_FIT);
	assert_string_equal(err.text, "law 'isoflop' needs at least 2 compute budgets with 3 sizes "
				      "or more and a minimum between them, not 1");
}

static void points_without_a_parabola_have_no_fitted_loss(void **state)
{
	struct law_point points[BUDGETS * SIZES];
	struct law_data data = parabolas(points, 0.05);
	double fitted[BUDGETS * SIZES];
	struct law_fit fit;
	struct error err = ERROR_INIT;

	(void)state;
	data.n = 2 * SIZES + 2;
	check_ok(law_isoflop.fit(&data, &lsq, NULL, &fit, &err), &err);
	assert_true(law_fitted(&law_isoflop, &data, &fit, fitted));
	for (size_t i = 0; i < 2 * SIZES; i++)
		check_near(fitted[i], points[i].loss, 1e-12, 0);
	assert_true(isnan(fitted[2 * SIZES]) && isnan(fitted[2 * SIZES + 1]));
	assert_int_equal(law_isoflop.n_spent(&data), 2 * 3 + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parabolas_are_recovered_exactly),
		cmocka_unit_test(a_symmetric_surface_gives_its_exponents),
		cmocka_unit_test(tokens_that_are_not_known_are_taken_from_compute),
		cmocka_unit_test(weights_of_points_count),
		cmocka_unit_test(concave_budgets_are_left_out_by_name),
		cmocka_unit_test(budgets_of_few_sizes_are_left_out_by_name),
		cmocka_unit_test(vertices_outside_the_sizes_are_told_with_their_side),
		cmocka_unit_test(one_budget_is_refused),
		cmocka_unit_test(points_without_a_parabola_have_no_fitted_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
