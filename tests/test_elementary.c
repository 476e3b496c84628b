/* SPDX-License-Identifier: MIT
 *
 * The elementary functions of the cpu backend: their errors and their ends, in every variant of
 * the instruction set that runs here.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "tensor/cpu/cpu_backend.h"
#include "tests/math_lanes.h"

/* |got - want| in units of the last place of `want` as a float. */
static double error_ulp(float got, double want)
{
	int exponent;

	frexp(want, &exponent);
	return fabs((double)got - want) / ldexp(1, exponent - 24);
}

static const struct variant_lanes {
	const char *variant;
	const struct math_lanes *lanes;
} variants[] = {
	{"baseline", &math_lanes_baseline},
#ifdef CPU_X86_LEVELS
	{"x86-64-v3", &math_lanes_v3},
	{"x86-64-v4", &math_lanes_v4},
#endif
};

static bool runs_here(const char *variant)
{
	for (const struct cpu_variant *v = cpu_variants; v->name; v++)
		if (strcmp(v->name, variant) == 0)
			return v->supported();
	fail_msg("no variant %s", variant);
	return false;
}

static void for_every_variant(void (*check)(const struct math_lanes *lanes))
{
	for (size_t i = 0; i < ARRAY_SIZE(variants); i++)
		if (runs_here(variants[i].variant)) {
			print_message("  %s\n", variants[i].variant);
			check(variants[i].lanes);
		}
}

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

static const struct function {
	const char *name;
	enum math_function fast;
	double (*exact)(double);
	double from, to, max_ulp;
} functions[] = {
	{"exp", LANE_EXP, exp, -86.6, 88.72, 1.5},
	{"exp2", LANE_EXP2, exp2, -126, 127.99, 1.5},
	{"sigmoid", LANE_SIGMOID, sigmoid, -86, 20, 4},
	{"log", LANE_LOG, log, 1.2e-38, 3.4e38, 1.5},
	{"log near 1", LANE_LOG, log, 0.5, 2, 1.5},
};

static void check_errors(const struct math_lanes *lanes)
{
	enum { POINTS = 200000 };

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		const struct function *f = &functions[i];
		double worst = 0;
		bool geometric = f->from > 0 && f->to / f->from > 1e3;

		for (int j = 0; j <= POINTS; j++) {
			double share = (double)j / POINTS, off;
			float x = (float)(geometric ? f->from * pow(f->to / f->from, share)
						    : f->from + (f->to - f->from) * share);

			off = error_ulp(lanes->of[f->fast](x), f->exact((double)x));
			worst = off <= worst ? worst : off;
		}
		if (!(worst <= f->max_ulp))
			fail_msg("%s is off by %g ulp", f->name, worst);
	}
}

static void elementary_functions_keep_their_stated_errors(void **state)
{
	(void)state;
	for_every_variant(check_errors);
}

static void check_ends(const struct math_lanes *lanes)
{
	float (*power)(float) = lanes->of[LANE_EXP], (*power2)(float) = lanes->of[LANE_EXP2];
	float (*log_of)(float) = lanes->of[LANE_LOG], (*logistic)(float) = lanes->of[LANE_SIGMOID];

	assert_true(isnan(power(NAN)) && isnan(power2(NAN)));
	assert_true(isnan(power(-NAN)) && isnan(power2(-NAN)));
	assert_true(isnan(log_of(NAN)) && isnan(logistic(NAN)));
	assert_true(power(-87.4f) == 0 && power2(-INFINITY) == 0 && power2(-200) == 0);
	assert_true(fabsf(power2(-126.7f)) < 1.2e-38f);
	assert_true(isinf(power(89)) && isinf(power2(INFINITY)) && isinf(power2(128)));
	assert_true(power(0) == 1 && power2(0) == 1 && power2(10) == 1024);
	assert_true(log_of(1) == 0 && isinf(log_of(INFINITY)));
	assert_true(logistic(INFINITY) == 1 && logistic(0) == 0.5f);
	assert_true(logistic(-INFINITY) >= 0 && logistic(-INFINITY) < 1e-38f);
}

static void elementary_functions_are_right_at_the_ends(void **state)
{
	(void)state;
	for_every_variant(check_ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elementary_functions_keep_their_stated_errors),
		cmocka_unit_test(elementary_functions_are_right_at_the_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
