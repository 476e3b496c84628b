/* SPDX-License-Identifier: MIT
 *
 * Laws against generated data of known truth, and the minimiser and linear algebra under them.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "base/random.h"
#include "results/law.h"
#include "results/linalg.h"
#include "results/optimize.h"
#include "results/power_offset.h"

static const struct robust huber = {ROBUST_HUBER, 1e-3};
static const struct robust lsq_log = {ROBUST_LSQ_LOG, 1e-3};
static const double chinchilla_truth[] = {1.69, 406.4, 410.7, 0.34, 0.28};

/* An 8 x 8 grid of (N, D) with the losses of `truth`, times exp(noise z). */
static struct law_data grid(struct law_point points[64], const double *truth, double noise)
{
	struct random random = random_stream(7, 1);

	for (size_t i = 0; i < 64; i++) {
		struct law_point *p = &points[i];

		p->params = 5e7 * pow(2, (double)(i / 8));
		p->tokens = 1e9 * pow(2.2, (double)(i % 8));
		p->flops = 6 * p->params * p->tokens;
		p->loss = law_chinchilla.predict(truth, p) * exp(noise * random_normal(&random));
	}
	return (struct law_data){points, NULL, 64, 1};
}

static struct law_data line(struct law_point *points, size_t n, const struct law *law,
			    const double *truth)
{
	for (size_t i = 0; i < n; i++) {
		points[i] = (struct law_point){.flops = 1e17 * pow(3.5, (double)i)};
		points[i].loss = law->predict(truth, &points[i]);
	}
	return (struct law_data){points, NULL, n, 1};
}

static void a_power_law_is_recovered_exactly(void **state)
{
	const double truth[] = {25, 0.05};
	struct law_point points[10];
	struct law_data data = line(points, 10, &law_power, truth);
	struct law_fit fit;
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(law_power.fit(&data, &lsq_log, NULL, &fit, &err), &err);
	check_close(fit.parameters, truth, 2, 1e-10, 0);
	check_near(law_power.invert(fit.parameters, points[3].loss), points[3].flops, 1e-9, 0);
}

static void an_offset_power_law_is_recovered_under_every_objective(void **state)
{
	const double truth[] = {1.7, 3000, 0.19};
	struct law_point points[12];
	struct law_data data = line(points, 12, &law_power_offset, truth);

	(void)state;
	for (int kind = ROBUST_HUBER; kind <= ROBUST_LSQ; kind++) {
		struct robust robust = {(enum robust_kind)kind, 1e-3};
		struct law_fit fit;
		struct error err = ERROR_INIT;

		check_ok(law_power_offset.fit(&data, &robust, NULL, &fit, &err), &err);
		check_close(fit.parameters, truth, 3, 1e-6, 0);
		check_near(fit.objective, 0, 0, 1e-8);
	}
}

static void chinchilla_is_recovered_exactly(void **state)
{
	struct law_point points[64];
	struct law_data data = grid(points, chinchilla_truth, 0);
	struct law_fit fit;
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(law_chinchilla.fit(&data, &huber, NULL, &fit, &err), &err);
	check_close(fit.parameters, chinchilla_truth, 5, 1e-7, 0);
	check_near(fit.objective, 0, 0, 1e-15);
	assert_true(fit.agree > fit.starts / 2);
}

static void units_change_only_the_amplitudes(void **state)
{
	struct law_point points[64];
	struct law_data data = grid(points, chinchilla_truth, 0.005);
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
	struct law_data data = grid(points, chinchilla_truth, 0.01), other = {reversed, NULL, 64, 1};
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
	struct law_data data = grid(points, chinchilla_truth, 0.01), twice = {repeated, NULL, 0, 1};
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
	struct law_data data = grid(points, chinchilla_truth, 0.01);
	struct law_fit cold, warm;
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(law_chinchilla.fit(&data, &huber, NULL, &cold, &err), &err);
	check_ok(law_chinchilla.fit(&data, &huber, chinchilla_truth, &warm, &err), &err);
	check_near(warm.objective, cold.objective, 1e-10, 0);
	check_close(warm.parameters, cold.parameters, 5, 1e-5, 0);
}

static void outliers_do_not_move_a_huber_fit(void **state)
{
	const double truth[] = {1.7, 3000, 0.19};
	struct law_point points[12];
	struct law_data data = line(points, 12, &law_power_offset, truth);
	struct law_fit robust_fit, squares;
	struct error err = ERROR_INIT;

	(void)state;
	points[3].loss *= 1.3;
	check_ok(law_power_offset.fit(&data, &huber, NULL, &robust_fit, &err), &err);
	check_ok(law_power_offset.fit(&data, &lsq_log, NULL, &squares, &err), &err);
	check_near(robust_fit.parameters[2], 0.19, 0.02, 0);
	assert_true(fabs(squares.parameters[2] - 0.19) > 0.01);
}

/* Each objective summed by hand. */
static void the_objective_at_given_parameters_is_exact(void **state)
{
	struct law_point points[64];
	struct law_data data = grid(points, chinchilla_truth, 0.002);
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
			points[i].loss = law_chinchilla.predict(chinchilla_truth, &points[i]);
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
	struct law_data data = grid(points, chinchilla_truth, 0);
	struct law_fit fit;
	struct error err = ERROR_INIT;

	(void)state;
	data.n = 4;
	assert_int_equal(law_chinchilla.fit(&data, &huber, NULL, &fit, &err), -ERR_FIT);
	assert_string_equal(err.text, "law 'chinchilla' needs at least 5 points, not 4");
	data.n = 2;
	assert_int_equal(law_power_offset.fit(&data, &huber, NULL, &fit, &err), -ERR_FIT);
	assert_string_equal(err.text,
			    "law 'power_offset' needs at least 3 different computes, not 2");
	points[1].flops = points[0].flops;
	assert_int_equal(law_power.fit(&data, &lsq_log, NULL, &fit, &err), -ERR_FIT);
	assert_string_equal(err.text, "law 'power' needs at least 2 different computes, not 1");
}

static void a_loss_that_rises_is_reported(void **state)
{
	const double truth[] = {0.5, -0.03};
	struct law_point points[10];
	struct law_data data = line(points, 10, &law_power, truth);
	struct law_fit fit;
	struct text warnings = {0};
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(law_power.fit(&data, &lsq_log, NULL, &fit, &err), &err);
	check_near(fit.parameters[1], -0.03, 1e-9, 0);
	law_power.check(&data, &fit, &warnings);
	check_contains(text_string(&warnings), "the loss rises with compute: p = -0.03");
	text_release(&warnings);
}

static void as_many_parameters_as_points_say_so(void **state)
{
	const double truth[] = {1.7, 3000, 0.19};
	struct law_point points[3];
	struct law_data data = line(points, 3, &law_power_offset, truth);
	struct law_fit fit;
	struct text warnings = {0};
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(law_power_offset.fit(&data, &huber, NULL, &fit, &err), &err);
	check_close(fit.parameters, truth, 3, 1e-6, 0);
	law_power_offset.check(&data, &fit, &warnings);
	check_contains(text_string(&warnings), "as many parameters as points (3): nothing is left");
	text_release(&warnings);
}

static void a_floor_that_the_data_do_not_show_is_reported(void **state)
{
	const double truth[] = {31, 0.054};
	struct law_point points[8];
	struct law_data data = line(points, 8, &law_power, truth);
	struct law_fit fit;
	struct text warnings = {0};
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(law_power_offset.fit(&data, &huber, NULL, &fit, &err), &err);
	assert_true(law_power_offset.at_bound(&data, &fit));
	law_power_offset.check(&data, &fit, &warnings);
	check_contains(text_string(&warnings), "E is at 0");
	text_release(&warnings);
}

static void arms_share_their_floor(void **state)
{
	const double a[] = {1.7, 3000, 0.19}, b[] = {1.7, 2000, 0.185};
	struct law_point points[2][6];
	struct law_data arms[] = {line(points[0], 6, &law_power_offset, a),
				  line(points[1], 6, &law_power_offset, b)};
	struct power_offset law;
	struct law_fit fit;
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(power_offset_fit(arms, 2, &huber, NULL, &law, &fit, &err), &err);
	check_near(law.E, 1.7, 1e-7, 0);
	check_near(law.k[0], 3000, 1e-5, 0);
	check_near(law.k[1], 2000, 1e-5, 0);
	check_near(law.p[1], 0.185, 1e-6, 0);
	check_near(power_offset_flops(&law, 1, power_offset_loss(&law, 1, 3e19)), 3e19, 1e-9, 0);
	assert_true(isnan(power_offset_flops(&law, 0, 1.6)));
	assert_false(power_offset_at_bound(&law, 2, points[0][5].loss));
}

static void parameters_are_read_from_text(void **state)
{
	static const struct {
		const char *text, *message;
	} wrong[] = {
		{"E=1.69,A=1,B=2,alpha=.3", "law 'chinchilla' needs 'beta' too"},
		{"E=1.69,C=1", "law 'chinchilla' has no parameter 'C'"},
		{"ln_alpha=1", "law 'chinchilla' has no parameter 'ln_alpha'"},
		{"E", "'E' is not NAME=NUMBER"},
		{"E=x", "'x' of 'E' is not a number"},
		{"A=-1", "'A' must not be negative, not '-1'"},
	};
	double parameters[LAW_MAX_PARAMETERS];
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(law_read_parameters(&law_chinchilla, NULL, 1,
				     "E=1.69,ln_A=6,B=410.7,alpha=.34,beta=0.28", parameters, &err),
		 &err);
	check_near(parameters[1], exp(6), 1e-15, 0);
	check_near(parameters[4], 0.28, 0, 0);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(law_read_parameters(&law_chinchilla, NULL, 1, wrong[i].text,
						     parameters, &err),
				 -ERR_USAGE);
		check_contains(err.text, wrong[i].message);
	}
}

static void laws_are_found_by_name_and_alias(void **state)
{
	struct text help = {0};

	(void)state;
	assert_ptr_equal(law_find("approach3"), &law_chinchilla);
	assert_ptr_equal(law_find("power_offset"), &law_power_offset);
	assert_null(law_find("cubic"));
	laws_describe(&help);
	for (size_t i = 0; laws[i]; i++)
		check_contains(text_string(&help), laws[i]->formula);
	text_release(&help);
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_power_law_is_recovered_exactly),
		cmocka_unit_test(an_offset_power_law_is_recovered_under_every_objective),
		cmocka_unit_test(chinchilla_is_recovered_exactly),
		cmocka_unit_test(units_change_only_the_amplitudes),
		cmocka_unit_test(the_order_of_points_does_not_matter),
		cmocka_unit_test(weights_count_as_repeated_points),
		cmocka_unit_test(a_warm_start_finds_the_same_minimum),
		cmocka_unit_test(outliers_do_not_move_a_huber_fit),
		cmocka_unit_test(the_objective_at_given_parameters_is_exact),
		cmocka_unit_test(degenerate_designs_are_reported),
		cmocka_unit_test(too_few_points_are_refused),
		cmocka_unit_test(a_loss_that_rises_is_reported),
		cmocka_unit_test(as_many_parameters_as_points_say_so),
		cmocka_unit_test(a_floor_that_the_data_do_not_show_is_reported),
		cmocka_unit_test(arms_share_their_floor),
		cmocka_unit_test(parameters_are_read_from_text),
		cmocka_unit_test(laws_are_found_by_name_and_alias),
		cmocka_unit_test(eigenvalues_and_condition_of_a_known_matrix),
		cmocka_unit_test(nonnegative_least_squares_keeps_its_sign),
		cmocka_unit_test(newton_descends_a_curved_valley),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
