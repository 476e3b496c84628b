/* SPDX-License-Identifier: MIT */
#include "tests/check.h"

#include "base/memory.h"
#include "optim/schedule.h"

static struct schedule_config config_of(enum schedule_kind kind)
{
	struct schedule_config config = {0};
	struct arena arena = {0};

	keys_set_defaults(schedule_keys, n_schedule_keys, &config, &arena);
	arena_release(&arena);
	config.kind = kind;
	return config;
}

static void check_table(const struct schedule_config *config, const double *want, size_t steps)
{
	struct schedule schedule = schedule_resolve(config, (int64_t)steps, 1024);
	double got[32];

	for (size_t s = 0; s < steps; s++)
		got[s] = schedule_factor(&schedule, (int64_t)s);
	check_close(got, want, steps, 1e-14, 0);
}

static void defaults_are_those_of_the_contract(void **unused)
{
	struct schedule_config config = config_of(SCHEDULE_WSD);

	(void)unused;
	assert_int_equal(config.decay_shape, DECAY_LINEAR);
	check_near(config.warmup, 0.05, 0, 0);
	check_near(config.decay, 0.2, 0, 0);
	check_near(config.final_lr_ratio, 0, 0, 0);
	assert_int_equal(config.warmup_steps, 0);
	assert_int_equal(config.warmup_tokens, 0);
}

static void wsd_warms_up_stays_and_decays(void **unused)
{
	struct schedule_config config = config_of(SCHEDULE_WSD);
	static const double want[] = {0.25, 0.5, 0.75, 1, 1, 1, 1, 0.75, 0.5, 0.25};

	(void)unused;
	config.warmup = 0.4;
	config.decay = 0.4;
	config.decay_shape = DECAY_LINEAR;
	check_table(&config, want, 10);
	config.warmup = 0;
	config.warmup_steps = 4;
	check_table(&config, want, 10);
	config.warmup_steps = 0;
	config.warmup_tokens = 3 * 1024 + 1; /* rounded up to 4 steps */
	check_table(&config, want, 10);
}

/* Steps 2..5 of 6 decay: x = 0, 1/4, 1/2, 3/4. */
static void decay_shapes_match_tables_worked_by_hand(void **unused)
{
	static const struct {
		enum decay_shape shape;
		double ratio;
		double want[6];
	} cases[] = {
		{DECAY_LINEAR, 0, {1, 1, 1, 0.75, 0.5, 0.25}},
		{DECAY_LINEAR, 0.2, {1, 1, 1, 0.8, 0.6, 0.4}},
		{DECAY_COSINE, 0, {1, 1, 1, 0.85355339059327373, 0.5, 0.14644660940672627}},
		{DECAY_COSINE, 0.1, {1, 1, 1, 0.86819805153394636, 0.55, 0.23180194846605364}},
		{DECAY_SQRT, 0, {1, 1, 1, 0.5, 0.29289321881345254, 0.13397459621556135}},
		{DECAY_SQRT, 0.5, {1, 1, 1, 0.75, 0.64644660940672627, 0.56698729810778068}},
		{DECAY_EXPONENTIAL, 0, {1, 1, 1, 0.31622776601683794, 0.1, 0.031622776601683791}},
		{DECAY_EXPONENTIAL, 0.0625, {1, 1, 1, 0.5, 0.25, 0.125}},
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct schedule_config config = config_of(SCHEDULE_WSD);

		config.warmup = 0;
		config.decay = 2.0 / 3.0;
		config.decay_shape = cases[i].shape;
		config.final_lr_ratio = cases[i].ratio;
		check_table(&config, cases[i].want, 6);
	}
}

static void cosine_linear_and_constant_match_tables_worked_by_hand(void **unused)
{
	struct schedule_config config = config_of(SCHEDULE_COSINE);

	(void)unused;
	config.warmup_steps = 2;
	check_table(&config,
		    (const double[]){0.5, 1, 1, 0.85355339059327373, 0.5, 0.14644660940672627}, 6);
	config.kind = SCHEDULE_LINEAR;
	config.final_lr_ratio = 0.1;
	check_table(&config, (const double[]){0.5, 1, 1, 0.775, 0.55, 0.325}, 6);
	config.kind = SCHEDULE_CONSTANT;
	check_table(&config, (const double[]){0.5, 1, 1, 1, 1, 1}, 6);
}

static void fractions_are_rounded_to_the_nearest_step(void **unused)
{
	struct schedule_config config = config_of(SCHEDULE_WSD);
	struct schedule schedule = schedule_resolve(&config, 50, 1024);

	(void)unused;
	assert_int_equal(schedule.warmup_steps, 3); /* 2.5, halves up */
	assert_int_equal(schedule.decay_steps, 10);
	schedule = schedule_resolve(&config, 49, 1024);
	assert_int_equal(schedule.warmup_steps, 2);
	config.warmup = config.decay = 0.5;
	schedule = schedule_resolve(&config, 3, 1024);
	assert_int_equal(schedule.warmup_steps, 2);
	assert_int_equal(schedule.decay_steps, 1);
}

static void horizons_share_a_trunk_when_warmup_is_absolute(void **unused)
{
	struct schedule_config config = config_of(SCHEDULE_WSD);
	struct schedule near, far;

	(void)unused;
	config.warmup_tokens = 16 * 1024;
	near = schedule_resolve(&config, 100, 1024);
	far = schedule_resolve(&config, 1000, 1024);
	for (int64_t s = 0; s < 80; s++)
		check_near(schedule_factor(&near, s), schedule_factor(&far, s), 0, 0);
	assert_true(schedule_factor(&near, 81) < schedule_factor(&far, 81));
}

static void a_factor_is_above_zero_and_at_most_one(void **unused)
{
	(void)unused;
	for (int kind = SCHEDULE_WSD; kind <= SCHEDULE_CONSTANT; kind++)
		for (int shape = DECAY_LINEAR; shape <= DECAY_EXPONENTIAL; shape++)
			for (int64_t steps = 10; steps < 400; steps += 37) {
				struct schedule_config config = config_of((enum schedule_kind)kind);
				struct schedule schedule;

				config.decay_shape = shape;
				schedule = schedule_resolve(&config, steps, 1024);
				for (int64_t s = 0; s < steps; s++) {
					double factor = schedule_factor(&schedule, s);

					assert_true(factor > 0 && factor <= 1);
				}
			}
}

static void check_refuses_what_does_not_fit(void **unused)
{
	struct error err = ERROR_INIT;
	struct schedule_config config = config_of(SCHEDULE_WSD);

	(void)unused;
	check_ok(schedule_check(&config, 100, 1024, &err), &err);
	config.warmup = 0.1;
	config.decay = 0.9;
	check_ok(schedule_check(&config, 97, 1024, &err), &err);
	config.warmup = 0.3;
	assert_int_equal(schedule_check(&config, 100, 1024, &err), -ERR_USAGE);
	check_contains(err.text, "a warm-up of 30 steps and a decay of 90 steps do not fit into a "
				 "trial of 100 steps");
	config.kind = SCHEDULE_COSINE;
	check_ok(schedule_check(&config, 100, 1024, &err), &err);
	config.warmup_tokens = 100 * 1024;
	assert_int_equal(schedule_check(&config, 100, 1024, &err), -ERR_USAGE);
	check_contains(err.text, "a warm-up of 100 steps leaves nothing of a trial of 100 steps");
	check_ok(schedule_check(&config, 101, 1024, &err), &err);
	config.warmup_steps = 3;
	assert_int_equal(schedule_check(&config, 101, 1024, &err), -ERR_USAGE);
	check_contains(err.text, "'warmup_steps' and 'warmup_tokens' are both given");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_the_contract),
		cmocka_unit_test(wsd_warms_up_stays_and_decays),
		cmocka_unit_test(decay_shapes_match_tables_worked_by_hand),
		cmocka_unit_test(cosine_linear_and_constant_match_tables_worked_by_hand),
		cmocka_unit_test(fractions_are_rounded_to_the_nearest_step),
		cmocka_unit_test(horizons_share_a_trunk_when_warmup_is_absolute),
		cmocka_unit_test(a_factor_is_above_zero_and_at_most_one),
		cmocka_unit_test(check_refuses_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
