/* SPDX-License-Identifier: MIT
 *
 * Laws of compute against generated data of known truth, and what all laws share.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "results/law.h"
#include "results/power_offset.h"

static const struct robust huber = {ROBUST_HUBER, 1e-3};
static const struct robust lsq_log = {ROBUST_LSQ_LOG, 1e-3};

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

static void too_few_points_are_refused(void **state)
{
	const double truth[] = {1.7, 3000, 0.19};
	struct law_point points[2];
	struct law_data data = line(points, 2, &law_power_offset, truth);
	struct law_fit fit;
	struct error err = ERROR_INIT;

	(void)state;
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

/* Four points whose E goes to 0 through a valley as flat as rounding: every start must get there.
 */
static void starts_agree_where_the_floor_is_at_zero(void **state)
{
	struct law_point points[] = {{.flops = 4.00e10, .loss = 1.9594},
				     {.flops = 8.62e10, .loss = 1.8373},
				     {.flops = 1.86e11, .loss = 1.7103},
				     {.flops = 4.00e11, .loss = 1.5799}};
	struct law_data data = {points, NULL, 4, 1};
	struct law_fit fit;
	struct text warnings = {0};
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(law_power_offset.fit(&data, &huber, NULL, &fit, &err), &err);
	assert_true(fit.parameters[0] == 0);
	assert_int_equal(fit.agree, fit.starts);
	assert_true(fit.condition < 1e3); /* of k and p: E is at its bound */
	law_power_offset.check(&data, &fit, &warnings);
	assert_string_equal(text_string(&warnings),
			    "E is at 0: these computes do not show where the "
			    "loss levels off\n");
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
	check_contains(
		text_string(&help),
		"CSV columns: flops (or C, budget_flops), params (or N), loss (or val_loss)\n");
	text_release(&help);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_power_law_is_recovered_exactly),
		cmocka_unit_test(an_offset_power_law_is_recovered_under_every_objective),
		cmocka_unit_test(outliers_do_not_move_a_huber_fit),
		cmocka_unit_test(too_few_points_are_refused),
		cmocka_unit_test(a_loss_that_rises_is_reported),
		cmocka_unit_test(as_many_parameters_as_points_say_so),
		cmocka_unit_test(a_floor_that_the_data_do_not_show_is_reported),
		cmocka_unit_test(starts_agree_where_the_floor_is_at_zero),
		cmocka_unit_test(arms_share_their_floor),
		cmocka_unit_test(parameters_are_read_from_text),
		cmocka_unit_test(laws_are_found_by_name_and_alias),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
