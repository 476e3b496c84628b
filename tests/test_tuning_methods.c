/* SPDX-License-Identifier: MIT
 *
 * Arms that inherit, halving, and tuning one key at a time.
 */
#include "tests/tuning_fixture.h"

static void an_heir_trains_with_the_best_of_its_donor(void **state)
{
	struct tuned t = tuned_start(WHOLE_STUDY, of_all);
	struct text lines = {0};
	const struct trial *muon, *adamw;

	(void)state;
	tuner_describe_waiting(t.tuner, &lines);
	assert_non_null(strstr(text_string(&lines),
			       "muon: 2 further trials wait for the tuning of adamw\n"));
	end_all(&t);
	muon = lowest(&t, "muon");
	adamw = lowest(&t, "adamw");
	assert_int_equal(count_origin(&t, "inherited from adamw"), 2);
	check_near(trial_option(muon, "lr"), trial_option(adamw, "lr"), 0, 0);
	check_near(trial_option(muon, "weight_decay"), trial_option(adamw, "weight_decay"), 0, 0);
	text_release(&lines);
	tuned_release(&t);
}

static double of_kinds(const struct trial *trial)
{
	double best = trial->options.model.qk_norm ? 0.04 : 0.01;
	double x = octaves(trial, "lr", trial->options.train.batch_tokens > 1024 ? 2 * best : best);

	return 2 + 0.1 * x * x;
}

static void heirs_find_the_donor_of_their_kind_and_batch(void **state)
{
	struct tuned t = tuned_to_the_end(
		FIXTURE_DATA
		"model: {size: 64x2, context: 128, qk_norm: [true, false]}\n"
		"train: {budget: {tokens: 400k}, batch_tokens: [1k, 2k], seeds: [0, 1]}\n"
		"optimizer: [{name: muon, inherit: adamw}, {name: adamw, tune: {lr: "
		"[0.01, 0.02, 0.04, 0.08]}}]\n",
		of_kinds);
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < t.sweep->n_trials; i++)
		if (text_starts_with(t.sweep->trials[i]->label, "muon")) {
			n++;
			check_near(of_kinds(t.sweep->trials[i]), 2, 1e-12, 0);
		}
	assert_int_equal(n, 2 * 2 * 2);
	tuned_release(&t);
}

static void halving_trains_the_better_half_twice_as_long(void **state)
{
	struct tuned t = tuned_to_the_end(WHOLE_STUDY, of_all);
	const struct trial *best = lowest(&t, "h");

	(void)state;
	assert_int_equal(count_origin(&t, "halving rung 1 of 3"), 2 * 4);
	assert_int_equal(count_origin(&t, "halving rung 2 of 3"), 2 * 2);
	assert_int_equal(count_origin(&t, "halving, whole budget"), 2 * 1);
	assert_int_equal(best->steps, 400);
	check_near(trial_option(best, "lr"), 0.02, 0, 0);
	for (size_t i = 0; i < t.sweep->n_trials; i++)
		if (strcmp(t.sweep->trials[i]->label, "h") == 0 &&
		    trial_option(t.sweep->trials[i], "lr") == trial_option(best, "lr") &&
		    t.sweep->trials[i]->options.model.d_model == best->options.model.d_model)
			assert_string_equal(t.sweep->trials[i]->trunk_key, best->trunk_key);
	tuned_release(&t);
}

static double of_coordinates(const struct trial *trial)
{
	return of_all(trial) - noise(trial) +
	       0.002 * (fabs(trial_option(trial, "momentum") - 0.9) < 1e-9);
}

static void coordinates_move_only_by_more_than_the_threshold(void **state)
{
	struct tuned t = tuned_to_the_end(TUNED_HEAD TUNED_TRAIN
					  "optimizer: [{name: muon, tune: {method: coordinate, lr: "
					  "[0.08, 0.04, 0.02], momentum: [0.9, 0.95], "
					  "weight_decay: [0, 0.1]}}]\n",
					  of_coordinates);

	(void)state;
	check_results(&t, "muon 64x2: lr=0.02 momentum=0.9 weight_decay=0.1, loss 2.0543, of 8 "
			  "settings\n");
	tuned_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_heir_trains_with_the_best_of_its_donor),
		cmocka_unit_test(heirs_find_the_donor_of_their_kind_and_batch),
		cmocka_unit_test(halving_trains_the_better_half_twice_as_long),
		cmocka_unit_test(coordinates_move_only_by_more_than_the_threshold),
	};

	log_set_level(LOG_QUIET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
