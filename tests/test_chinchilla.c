/* SPDX-License-Identifier: MIT
 *
 * The law chinchilla against generated data of known truth.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "tests/surface_points.h"

static const struct robust huber = {ROBUST_HUBER, 1e-3};

static void chinchilla_is_recovered_exactly(void **state)
{
	struct law_point points[64];
	struct law_data data = surface_grid(points, surface_truth, 0);
	struct law_fit fit;
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(law_chinchilla.fit(&data, &huber, NULL, &fit, &err), &err);
	check_close(fit.parameters, surface_truth, 5, 1e-7, 0);
	check_near(fit.objective, 0, 0, 1e-15);
	assert_true(fit.agree > fit.starts / 2);
}

static void units_change_only_the_amplitudes(void **state)
{
	struct law_point points[64];
	struct law_data data = surface_grid(points, surface_truth, 0.005);
	struct law_fit fit, scaled;
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(law_chinchilla.fit(&data, &huber, NULL, &fit, &err), &err);
	for (size_t i = 0; i < 64; i++) {
		points[i].params /= 1e6;
		points[i].tokens /= 1e9;
	}
	check_ok(law_chinchilla.fit(&data, &huber, NULL, &scaled, &err), &err);
	check_near(scaled.objective, fit.objective, 1e-9, 0);
	check_near(scaled.parameters[0], fit.parameters[0], 1e-6, 0);
	check_near(scaled.parameters[1], fit.parameters[1] * pow(1e6, -fit.parameters[3]), 1e-5, 0);
	check_near(scaled.parameters[2], fit.parameters[2] * pow(1e9, -fit.parameters[4]), 1e-5, 0);
	check_close(&scaled.parameters[3], &fit.parameters[3], 2, 1e-6, 0);
}

static void the_order_of_points_does_not_matter(void **state)
{
	struct law_point points[64], reversed[64];
	struct law_data data = surface_grid(points, surface_truth, 0.01),
			other = {reversed, NULL, 64, 1};
	struct law_fit fit, back;
	struct error err = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < 64; i++)
		reversed[i] = points[63 - i];
	check_ok(law_chinchilla.fit(&data, &huber, NULL, &fit, &err), &err);
	check_ok(law_chinchilla.fit(&other, &huber, NULL, &back, &err), &err);
	check_near(back.objective, fit.objective, 1e-9, 0);
	check_close(back.parameters, fit.parameters, 5, 1e-5, 0);
}

static void weights_count_as_repeated_points(void **state)
{
	struct law_point points[64], repeated[128];
	double weight[64];
	struct law_data data = surface_grid(points, surface_truth, 0.01),
			twice = {repeated, NULL, 0, 1};
	struct law_fit weighted, plain;
	struct error err = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < 64; i++) {
		weight[i] = (double)(i % 3);
		for (size_t k = 0; k < i % 3; k++)
			repeated[twice.n++] = points[i];
	}
	data.weight = weight;
	check_ok(law_chinchilla.fit(&data, &huber, NULL, &weighted, &err), &err);
	check_ok(law_chinchilla.fit(&twice, &huber, NULL, &plain, &err), &err);
	check_near(weighted.objective, plain.objective, 1e-10, 0);
	check_close(weighted.parameters, plain.parameters, 5, 1e-5, 0);
	assert_int_equal(weighted.n, 42);
}

static void a_warm_start_finds_the_same_minimum(void **state)
{
	struct law_point points[64];
	struct law_data data = surface_grid(points, surface_truth, 0.01);
	struct law_fit cold, warm;
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(law_chinchilla.fit(&data, &huber, NULL, &cold, &err), &err);
	check_ok(law_chinchilla.fit(&data, &huber, surface_truth, &warm, &err), &err);
	check_near(warm.objective, cold.objective, 1e-10, 0);
	check_close(warm.parameters, cold.parameters, 5, 1e-5, 0);
}

/* Each objective summed by hand. */
static void the_objective_at_given_parameters_is_exact(void **state)
{
	struct law_point points[64];
	struct law_data data = surface_grid(points, surface_truth, 0.002);
	const double at[] = {1.7, 400, 420, 0.34, 0.28};

	(void)state;
	for (int kind = ROBUST_HUBER; kind <= ROBUST_LSQ; kind++) {
		struct robust robust = {(enum robust_kind)kind, 1e-3};
		struct law_fit fit;
		double want = 0;

		for (size_t i = 0; i < 64; i++) {
			double loss = at[0] + at[1] * pow(points[i].params, -at[3]) +
				      at[2] * pow(points[i].tokens, -at[4]);
			double r = kind == ROBUST_LSQ ? points[i].loss - loss
						      : log(points[i].loss) - log(loss);

			if (kind == ROBUST_LAD)
				want += fabs(r);
			else if (kind == ROBUST_HUBER && fabs(r) > 1e-3)
				want += 1e-3 * (fabs(r) - 0.5e-3);
			else
				want += 0.5 * r * r;
		}
		law_chinchilla.evaluate(&data, &robust, at, &fit);
		check_near(fit.objective, want, 1e-12, 0);
		assert_int_equal(fit.n, 64);
	}
}

struct degenerate_case {
	const char *name, *warning;
	bool noisy;
	void (*shape)(struct law_point *point, size_t i);
};

static void fixed_ratio(struct law_point *point, size_t i)
{
	point->params = 5e7 * pow(1.3, (double)i);
	point->tokens = 20 * point->params;
}

static void one_budget(struct law_point *point, size_t i)
{
	point->params = 5e7 * pow(1.3, (double)i);
	point->tokens = 1e20 / 6 / point->params;
}

static void one_size(struct law_point *point, size_t i)
{
	point->params = 1e9;
	point->tokens = 1e9 * pow(1.3, (double)i);
}

static void degenerate_designs_are_reported(void **state)
{
	static const struct degenerate_case cases[] = {
		{"fixed ratio", "tokens per parameter are the same everywhere", false, fixed_ratio},
		{"one budget", "one compute budget", true, one_budget},
		{"one size", "1 model size: E, A and alpha need at least 3", false, one_size},
		{"one size", "not identifiable", false, one_size},
	};

	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
		struct random random = random_stream(3, c);
		struct law_point points[16];
		struct law_data data = {points, NULL, 16, 1};
		struct law_fit fit;
		struct text warnings = {0};
		struct error err = ERROR_INIT;

		for (size_t i = 0; i < 16; i++) {
			cases[c].shape(&points[i], i);
			points[i].loss = law_chinchilla.predict(surface_truth, &points[i]);
			if (cases[c].noisy)
				points[i].loss *= exp(0.002 * random_normal(&random));
		}
		check_ok(law_chinchilla.fit(&data, &huber, NULL, &fit, &err), &err);
		law_chinchilla.check(&data, &fit, &warnings);
		check_contains(text_string(&warnings), cases[c].warning);
		text_release(&warnings);
	}
}

static void too_few_points_are_refused(void **state)
{
	struct law_point points[64];
	struct law_data data = surface_grid(points, surface_truth, 0);
	struct law_fit fit;
	struct error err = ERROR_INIT;

	(void)state;
	data.n = 4;
	assert_int_equal(law_chinchilla.fit(&data, &huber, NULL, &fit, &err), -ERR_FIT);
	assert_string_equal(err.text, "law 'chinchilla' needs at least 5 points, not 4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chinchilla_is_recovered_exactly),
		cmocka_unit_test(units_change_only_the_amplitudes),
		cmocka_unit_test(the_order_of_points_does_not_matter),
		cmocka_unit_test(weights_count_as_repeated_points),
		cmocka_unit_test(a_warm_start_finds_the_same_minimum),
		cmocka_unit_test(the_objective_at_given_parameters_is_exact),
		cmocka_unit_test(degenerate_designs_are_reported),
		cmocka_unit_test(too_few_points_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
