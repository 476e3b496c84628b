/* SPDX-License-Identifier: MIT
 *
 * The bias of approach 2 on a grid: none where the valleys are symmetric and centred, and what it
 * really is where they are not.
 */
#include "tests/check.h"
#include "tests/fit_fixture.h"

#define SIZES	7
#define BUDGETS 5

/* L = 1.7 + 406.4 N^-alpha + 410.7 D^-beta, C = 6ND: N* = G (C/6)^a. */
struct valley {
	double alpha, beta;
	double off;   /* of the middle of the grid, in ln N, at the first budget */
	double drift; /* of `off`, by budget */
};

static double best_size(const struct valley *valley, double flops)
{
	double G = pow(valley->alpha * 406.4 / (valley->beta * 410.7),
		       1 / (valley->alpha + valley->beta));

	return G * pow(flops / 6, valley->beta / (valley->alpha + valley->beta));
}

static void make_valley(struct observations *set, const struct valley *valley)
{
	for (int b = 0; b < BUDGETS; b++)
		for (int s = 0; s < SIZES; s++) {
			struct observation *row = observations_add(set);
			double shift = valley->off + valley->drift * b + 0.6 * (s - SIZES / 2);

			row->optimizer = "adamw";
			row->flops = row->budget_flops = pow(10, 18 + b);
			row->params = best_size(valley, row->flops) * exp(shift);
			row->tokens = row->flops / 6 / row->params;
			row->loss = 1.7 + 406.4 * pow(row->params, -valley->alpha) +
				    410.7 * pow(row->tokens, -valley->beta);
		}
}

static struct fit_report fit_valley(struct observations *set, const struct valley *valley)
{
	make_valley(set, valley);
	return fit_set(set, asking("isoflop,chinchilla", 0));
}

static void centred_symmetric_valleys_have_no_bias(void **state)
{
	const struct valley valley = {0.3, 0.3, 0, 0};
	struct observations set = {0};
	struct fit_report report = fit_valley(&set, &valley);
	const struct fit_law *law = fit_report_law(&report, "isoflop", 0);

	(void)state;
	assert_non_null(law);
	assert_null(strstr(text_string(&law->warnings), "approach 2"));
	release(&report, &set);
}

/* Without noise what is told must be what the fit of the grid itself is off by. */
static void the_bias_that_is_told_is_the_bias_of_the_grid(void **state)
{
	const struct valley valley = {0.45, 0.15, 0.8, -0.3};
	struct observations set = {0};
	struct fit_report report = fit_valley(&set, &valley);
	const struct fit_law *law = fit_report_law(&report, "isoflop", 0);
	double off, here;
	char want[80];

	(void)state;
	assert_non_null(law);
	assert_string_equal(law->names[0], "a");
	off = law->fit.parameters[0] - 0.15 / 0.6;
	here = law->fit.parameters[2] * pow(1e22, law->fit.parameters[0]) /
		       best_size(&valley, 1e22) -
	       1;
	assert_true(fabs(off) > 0.005);
	snprintf(want, sizeof(want), "a is off by %+.3f, N* at 1e+22 FLOPs by %+.0f %%", off,
		 100 * here);
	check_contains(text_string(&law->warnings), want);
	release(&report, &set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(centred_symmetric_valleys_have_no_bias),
		cmocka_unit_test(the_bias_that_is_told_is_the_bias_of_the_grid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
