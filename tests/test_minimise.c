/* SPDX-License-Identifier: MIT
 *
 * The minimiser, the linear algebra and the hull under the laws.
 */
#include "tests/check.h"

#include "base/linalg.h"
#include "base/memory.h"
#include "results/hull.h"
#include "results/optimize.h"
#include "results/power_line.h"

static void eigenvalues_and_condition_of_a_known_matrix(void **state)
{
	const double a[] = {2, -1, 0, -1, 2, -1, 0, -1, 2};
	const double want[] = {2 - sqrt(2), 2, 2 + sqrt(2)};
	const double singular[] = {1, 1, 1, 1};
	double values[3];

	(void)state;
	symmetric_eigenvalues(a, values, 3);
	check_close(values, want, 3, 1e-14, 0);
	check_near(condition_number(a, 3), want[2] / want[0], 1e-13, 0);
	assert_true(condition_number(singular, 2) > 1e15);
}

static void nonnegative_least_squares_keeps_its_sign(void **state)
{
	const double a[] = {2, 1, 1, 2}, inside[] = {3, 3}, outside[] = {3, -1};
	const double want_inside[] = {1, 1}, want_outside[] = {1.5, 0};
	double x[2];

	(void)state;
	check_near(nonnegative_minimum(a, inside, x, 2), -3, 1e-14, 0);
	check_close(x, want_inside, 2, 1e-14, 0);
	check_near(nonnegative_minimum(a, outside, x, 2), -2.25, 1e-14, 0);
	check_close(x, want_outside, 2, 1e-14, 1e-300);
}

static double rosenbrock(const void *context, const double *x)
{
	(void)context;
	return pow(1 - x[0], 2) + 100 * pow(x[1] - x[0] * x[0], 2);
}

static void rosenbrock_derivatives(const void *context, const double *x, struct derivatives *d)
{
	double gap = x[1] - x[0] * x[0];

	d->value = rosenbrock(context, x);
	d->gradient[0] = -2 * (1 - x[0]) - 400 * x[0] * gap;
	d->gradient[1] = 200 * gap;
	d->hessian[0] = 2 - 400 * gap + 800 * x[0] * x[0];
	d->hessian[1] = d->hessian[2] = -400 * x[0];
	d->hessian[3] = 200;
	d->metric[0] = d->metric[3] = 1;
	d->metric[1] = d->metric[2] = 0;
}

static void newton_descends_a_curved_valley(void **state)
{
	const struct objective valley = {2, NULL, rosenbrock, rosenbrock_derivatives};
	const double want[] = {1, 1};
	double x[] = {-1.2, 1};

	(void)state;
	check_near(newton_minimise(&valley, x, 200), 0, 0, 1e-20);
	check_close(x, want, 2, 1e-9, 0);
}

static void the_falling_hull_leaves_out_what_rises_or_lies_above(void **state)
{
	const double x[] = {3, 0, 1, 2, 4, 1, 0, 5}, y[] = {1, 8, 5, 2, 0.5, 3, 9, 4};
	const size_t want[] = {1, 5, 0, 4};
	size_t indices[8];

	(void)state;
	assert_int_equal(hull_falling(x, y, 8, indices), 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(indices[i], want[i]);
	assert_int_equal(hull_falling(x, y, 1, indices), 1);
	assert_int_equal(hull_falling(x, y, 0, indices), 0);
}

static void a_power_line_is_exact_and_needs_two_places(void **state)
{
	const double x[] = {1e17, 1e18, 1e20}, y[] = {3e8, 6e8, 2.4e9};
	struct power_line line;

	(void)state;
	assert_true(power_line_fit(x, y, 3, &line));
	check_near(line.exponent, log10(2), 1e-12, 0);
	check_near(line.coefficient * pow(1e17, line.exponent), 3e8, 1e-12, 0);
	check_near(line.objective, 0, 0, 1e-25);
	assert_false(power_line_fit(x, y, 1, &line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eigenvalues_and_condition_of_a_known_matrix),
		cmocka_unit_test(nonnegative_least_squares_keeps_its_sign),
		cmocka_unit_test(newton_descends_a_curved_valley),
		cmocka_unit_test(the_falling_hull_leaves_out_what_rises_or_lies_above),
		cmocka_unit_test(a_power_line_is_exact_and_needs_two_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
