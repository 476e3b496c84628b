/* SPDX-License-Identifier: MIT
 *
 * The joint law on generated arms of known efficiency.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "tests/surface_points.h"

#define ARMS	   3
#define POINTS	   (64 * ARMS)
#define PARAMETERS (5 + 2 * (ARMS - 1))

static const struct robust huber = {ROBUST_HUBER, 1e-3};
static const double truth[PARAMETERS] = {1.69, 406.4, 410.7, 0.34, 0.28, 1.2, 1.4, 0.9, 0.8};
static const char *const names[] = {"adamw", "muon", "lion"};

/* The grid once for each arm, the losses times exp(noise z). */
static struct law_data arms(struct law_point points[POINTS], double noise)
{
	struct random random = random_stream(11, 1);

	for (size_t k = 0; k < ARMS; k++) {
		surface_grid(&points[64 * k], surface_truth, 0);
		for (size_t i = 64 * k; i < 64 * (k + 1); i++) {
			points[i].arm = k;
			points[i].loss = law_joint.predict(truth, &points[i]) *
					 exp(noise * random_normal(&random));
		}
	}
	return (struct law_data){points, NULL, POINTS, ARMS};
}

static void efficiencies_are_recovered_exactly(void **state)
{
	struct law_point points[POINTS];
	struct law_data data = arms(points, 0);
	struct law_fit fit;
	struct text warnings = {0};
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(law_n_parameters(&law_joint, ARMS), PARAMETERS);
	check_ok(law_joint.fit(&data, &huber, NULL, &fit, &err), &err);
	check_close(fit.parameters, truth, PARAMETERS, 1e-6, 0);
	check_near(fit.objective, 0, 0, 1e-15);
	assert_true(fit.agree * 2 > fit.starts);
	assert_false(law_joint.at_bound(&data, &fit));
	law_joint.check(&data, &fit, &warnings);
	assert_string_equal(text_string(&warnings), "");
	text_release(&warnings);
}

static void every_objective_recovers_them(void **state)
{
	struct law_point points[POINTS];
	struct law_data data = arms(points, 0);

	(void)state;
	for (int kind = ROBUST_HUBER; kind <= ROBUST_LSQ; kind++) {
		struct robust robust = {(enum robust_kind)kind, 1e-3};
		struct law_fit fit;
		struct error err = ERROR_INIT;

		check_ok(law_joint.fit(&data, &robust, truth, &fit, &err), &err);
		check_close(fit.parameters, truth, PARAMETERS, 1e-4, 0);
	}
}

static void noise_leaves_them_near_and_warm_starts_agree(void **state)
{
	struct law_point points[POINTS];
	struct law_data data = arms(points, 0.002);
	struct law_fit cold, warm;
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(law_joint.fit(&data, &huber, NULL, &cold, &err), &err);
	check_ok(law_joint.fit(&data, &huber, truth, &warm, &err), &err);
	check_near(warm.objective, cold.objective, 1e-10, 0);
	check_close(warm.parameters, cold.parameters, PARAMETERS, 1e-5, 0);
	check_close(&cold.parameters[5], &truth[5], PARAMETERS - 5, 0.05, 0);
	assert_int_equal(cold.n, POINTS);
}

static void the_objective_at_the_truth_is_zero(void **state)
{
	struct law_point points[POINTS];
	struct law_data data = arms(points, 0);
	double parameters[LAW_MAX_PARAMETERS];
	struct law_fit fit;
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(law_read_parameters(&law_joint, names, ARMS,
				     "E=1.69,A=406.4,B=410.7,alpha=.34,beta=.28,rho_N:muon=1.2,"
				     "rho_D:muon=1.4,rho_N:lion=.9,rho_D:lion=.8",
				     parameters, &err),
		 &err);
	check_close(parameters, truth, PARAMETERS, 0, 0);
	law_joint.evaluate(&data, &huber, parameters, &fit);
	check_near(fit.objective, 0, 0, 1e-20);
}

/* One size per arm, or one ratio of tokens to parameters. */
static void designs_that_do_not_tell_are_reported(void **state)
{
	struct law_point points[POINTS];
	struct law_data data = arms(points, 0);
	double weight[POINTS];
	struct law_fit fit;
	struct text warnings = {0};
	struct error err = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < POINTS; i++)
		weight[i] = points[i].arm == 2 ? i % 64 < 8 : i % 3 == 0;
	data.weight = weight;
	check_ok(law_joint.fit(&data, &huber, NULL, &fit, &err), &err);
	law_joint.check(&data, &fit, &warnings);
	check_contains(text_string(&warnings),
		       "1 of 3 arms have one model size: rho_N rests on the "
		       "exponents of the others");
	text_clear(&warnings);
	for (size_t i = 0; i < POINTS; i++) {
		weight[i] = i % 8 == 0;
		points[i].tokens = 20 * points[i].params;
		points[i].loss = law_joint.predict(truth, &points[i]);
	}
	check_ok(law_joint.fit(&data, &huber, NULL, &fit, &err), &err);
	law_joint.check(&data, &fit, &warnings);
	check_contains(text_string(&warnings), "tokens per parameter are the same everywhere");
	text_release(&warnings);
}

static void a_floor_at_zero_is_a_bound(void **state)
{
	const double no_floor[PARAMETERS] = {0, 4, 20, 0.05, 0.3, 1.2, 1.4, 0.9, 0.8};
	struct law_point points[POINTS];
	struct law_data data = arms(points, 0);
	double weight[POINTS];
	struct law_fit fit;
	struct text warnings = {0};
	struct error err = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < POINTS; i++) {
		weight[i] = i % 5 == 0;
		points[i].loss = law_joint.predict(no_floor, &points[i]);
	}
	data.weight = weight;
	check_ok(law_joint.fit(&data, &huber, NULL, &fit, &err), &err);
	assert_true(law_joint.at_bound(&data, &fit));
	law_joint.check(&data, &fit, &warnings);
	check_contains(text_string(&warnings), "E is at 0");
	text_release(&warnings);
}

static void too_little_is_refused(void **state)
{
	struct law_point points[POINTS];
	struct law_data data = arms(points, 0);
	double weight[POINTS];
	struct law_fit fit;
	struct error err = ERROR_INIT;

	(void)state;
	data.weight = weight;
	for (size_t i = 0; i < POINTS; i++)
		weight[i] = points[i].arm != 1 || i % 64 < 1;
	assert_int_equal(law_joint.fit(&data, &huber, NULL, &fit, &err), -ERR_FIT);
	assert_string_equal(err.text,
			    "law 'joint' needs 2 points of every arm that differ in N or D");
	for (size_t i = 0; i < POINTS; i++)
		weight[i] = i % 64 < 2;
	assert_int_equal(law_joint.fit(&data, &huber, NULL, &fit, &err), -ERR_FIT);
	assert_string_equal(err.text, "law 'joint' of 3 arms needs at least 9 points, not 6");
	data = (struct law_data){points, NULL, 64, 1};
	assert_int_equal(law_joint.fit(&data, &huber, NULL, &fit, &err), -ERR_FIT);
	check_contains(err.text, "needs at least 2 arms");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(efficiencies_are_recovered_exactly),
		cmocka_unit_test(every_objective_recovers_them),
		cmocka_unit_test(noise_leaves_them_near_and_warm_starts_agree),
		cmocka_unit_test(the_objective_at_the_truth_is_zero),
		cmocka_unit_test(designs_that_do_not_tell_are_reported),
		cmocka_unit_test(a_floor_at_zero_is_a_bound),
		cmocka_unit_test(too_little_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
