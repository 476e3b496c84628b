/* SPDX-License-Identifier: MIT
 *
 * What the trials of a sweep share: trunks, and trainings of several arms.
 */
#include "sweep/sharing.h"
#include "tests/spec_fixture.h"

#define SCHEDULED(schedule)                                                             \
	FIXTURE_DATA FIXTURE_MODEL                                                      \
		"train: {budget: {steps: [1000, 2000, 4000, 8000]}, batch_tokens: 1k, " \
		"schedule: " schedule "}\n"                                             \
		"optimizer: [{name: adamw, lr: 0.01}, {name: muon, lr: 0.02}]\n"

static const struct {
	const char *text;
	double share;
	size_t n_trunks;
} shares[] = {
	{SCHEDULED("{kind: wsd, warmup_steps: 100, decay: 0.2}"), 9.4 / 15, 2},
	{SCHEDULED("{kind: wsd, warmup_tokens: 64k, decay: 0.1}"), 8.7 / 15, 2},
	{SCHEDULED("{kind: wsd, warmup: 0, decay: 0.2}"), 9.4 / 15, 2},
	{SCHEDULED("{kind: wsd, warmup: 0.05, decay: 0.2}"), 1, 0},
	{SCHEDULED("{kind: cosine, warmup_steps: 100}"), 1, 0},
	/* one trunk for both decays, and one carrier */
	{SCHEDULED("{kind: wsd, warmup_steps: 100, decay: [0.1, 0.2]}"), (8.7 + 3) / 30, 2},
};

static void a_ladder_costs_little_more_than_its_longest(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shares); i++) {
		struct sweep *sweep = fixture_sweep(shares[i].text);
		struct sharing sharing;

		sharing_find(&sharing, sweep);
		check_near(sharing.flops_trained / sharing.flops, shares[i].share, 1e-12, 0);
		assert_int_equal(sharing.n_trunks, shares[i].n_trunks);
		sharing_release(&sharing);
		sweep_free(sweep);
	}
	assert_true(shares[0].share <= 0.63 && shares[1].share <= 0.58);
}

static void a_training_of_two_arms_is_trained_once(void **state)
{
	struct sweep *sweep = fixture_sweep(FIXTURE_DATA FIXTURE_MODEL FIXTURE_TRAIN
					    "optimizer: [{name: adamw, label: a, lr: 0.01}, "
					    "{name: adamw, label: b, lr: 0.01}]\n");
	struct sharing sharing;

	(void)state;
	sharing_find(&sharing, sweep);
	check_near(sharing.flops_trained / sharing.flops, 0.5, 1e-12, 0);
	assert_int_equal(sharing.from[1], 300);
	sharing_release(&sharing);
	sweep_free(sweep);
}

static void a_fractional_warmup_is_advised_against(void **state)
{
	struct sweep *sweep = fixture_sweep(SCHEDULED("{kind: wsd, warmup: 0.05, decay: 0.2}"));
	struct sharing_advice advice = sharing_advise(sweep);

	(void)state;
	check_near(advice.flops_saved, 1 - 9.4 / 15, 1e-9, 0);
	check_near(advice.warmup, 0.05, 0, 0);
	assert_int_equal(advice.warmup_tokens, 50 * 1024);
	sweep_free(sweep);
	sweep = fixture_sweep(SCHEDULED("{kind: wsd, warmup_steps: 100, decay: 0.2}"));
	check_near(sharing_advise(sweep).flops_saved, 0, 0, 0);
	sweep_free(sweep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ladder_costs_little_more_than_its_longest),
		cmocka_unit_test(a_training_of_two_arms_is_trained_once),
		cmocka_unit_test(a_fractional_warmup_is_advised_against),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
