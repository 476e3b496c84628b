/* SPDX-License-Identifier: MIT
 *
 * Brackets, and what holds for whatever way an arm is tuned.
 */
#include "tests/tuning_fixture.h"

#define ARM(tune)  TUNED_HEAD TUNED_TRAIN "optimizer: [{name: adamw, tune: {" tune "}}]\n"
#define LR_BRACKET "lr: {bracket: {from: 3e-3, factor: 2, points: 3}}"

static double bowl(const struct trial *trial)
{
	double x = octaves(trial, "lr", 0.0055);

	return 2 + 0.05 * x * x + noise(trial);
}

static double far_bowl(const struct trial *trial)
{
	double x = octaves(trial, "lr", 0.13);

	return 2 + 0.05 * x * x;
}

static double far_below(const struct trial *trial)
{
	double x = octaves(trial, "lr", 1e-5);

	return 2 + 0.05 * x * x;
}

static double plateau(const struct trial *trial)
{
	(void)trial;
	return 2;
}

static double steep(const struct trial *trial)
{
	return 3 + octaves(trial, "lr", 1e-3) * 0.1;
}

/* Best at the highest lr that does not diverge. */
static double cliff(const struct trial *trial)
{
	return trial_option(trial, "lr") > 5e-3 ? (double)NAN
						: 2 - octaves(trial, "lr", 1e-3) * 0.1;
}

static double always_diverging(const struct trial *trial)
{
	(void)trial;
	return (double)NAN;
}

static double diverging_above(const struct trial *trial)
{
	return trial_option(trial, "lr") > 4e-4 ? (double)NAN : bowl(trial);
}

/* A valley along lr x weight_decay = constant. */
static double valley(const struct trial *trial)
{
	double x = octaves(trial, "lr", 0.024), y = octaves(trial, "weight_decay", 0.025);

	return 2 + 0.05 * (x + y) * (x + y) + 0.005 * (x - y) * (x - y);
}

static double failing_at_006(const struct trial *trial)
{
	return fabs(trial_option(trial, "lr") - 6e-3) < 1e-9 ? -1 : bowl(trial);
}

static void a_bracket_finds_the_optimum_to_its_resolution(void **state)
{
	static const struct {
		const char *tune;
		surface *loss;
		double optimum;	    /* NAN: any */
		double octaves_off; /* how far the best setting may be */
		size_t n_settings;
	} cases[] = {
		{LR_BRACKET, bowl, 0.0055, 0.5, 5},
		{LR_BRACKET, far_bowl, 0.13, 0.5, 9},
		{"lr: {bracket: {from: 3e-3, factor: 2, points: 3, limit: 30}}", far_below, 1e-5,
		 0.5, 14},
		{"lr: {bracket: {from: 3e-3, factor: 2, points: 3, resolution: 2}}", bowl, 0.0055,
		 0.51, 3},
		{"lr: {bracket: {from: 3e-3, factor: 4, points: 3, resolution: 1.1}}", far_bowl,
		 0.13, 0.14, 13},
		{"lr: {bracket: {from: 3e-3}}", cliff, 5e-3, 0.8, 6},
		{LR_BRACKET, plateau, (double)NAN, 0, 6},
		{LR_BRACKET, diverging_above, 3.75e-4, 0.51, 9},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = NULL;
		struct tuned t;

		assert_true(asprintf(&text, ARM("%s"), cases[i].tune) > 0);
		t = tuned_to_the_end(text, cases[i].loss);
		assert_int_equal(t.sweep->n_trials, cases[i].n_settings);
		if (!isnan(cases[i].optimum))
			assert_true(fabs(octaves(lowest(&t, "adamw"), "lr", cases[i].optimum)) <=
				    cases[i].octaves_off);
		assert_int_equal(tuner_waiting(t.tuner).groups, 0);
		tuned_release(&t);
		free(text);
	}
}

static void what_was_asked_for_says_why(void **state)
{
	struct tuned t = tuned_to_the_end(ARM(LR_BRACKET), far_bowl);

	(void)state;
	assert_int_equal(count_origin(&t, "grid"), 3);
	assert_int_equal(count_origin(&t, "extended up"), 4);
	assert_int_equal(count_origin(&t, "refined"), 2);
	check_results(&t, "adamw 64x2: lr=0.135764501988, loss 2.0002, of 9 settings\n");
	tuned_release(&t);
}

static void an_axis_ends_at_its_limit(void **state)
{
	struct tuned t = tuned_to_the_end(ARM(LR_BRACKET), steep);

	(void)state;
	assert_int_equal(count_origin(&t, "extended down"), 6);
	assert_int_equal(count_origin(&t, "refined"), 1);
	tuned_release(&t);
	t = tuned_to_the_end(ARM(LR_BRACKET), always_diverging);
	assert_int_equal(t.sweep->n_trials, 9);
	check_results(&t, "adamw 64x2: no setting that did not diverge, of 9 settings\n");
	tuned_release(&t);
}

static void several_keys_are_followed_along_a_valley(void **state)
{
	struct tuned t = tuned_to_the_end(
		ARM("lr: {bracket: {from: 3e-3, factor: 2}}, weight_decay: {bracket: {from: 0.1, "
		    "factor: 2}}"),
		valley);

	(void)state;
	check_near(trial_option(lowest(&t, "adamw"), "lr"), 0.024, 1e-9, 0);
	check_near(trial_option(lowest(&t, "adamw"), "weight_decay"), 0.025, 1e-9, 0);
	assert_true(t.sweep->n_trials < 40);
	tuned_release(&t);
}

static void lists_and_brackets_mix(void **state)
{
	struct tuned t = tuned_to_the_end(ARM(LR_BRACKET ", weight_decay: [0.1, 0.2]"), far_bowl);

	(void)state;
	assert_int_equal(t.sweep->n_trials, 6 + 4 + 2);
	tuned_release(&t);
}

static double bowl_of_seeds(const struct trial *trial)
{
	return far_bowl(trial) + (trial->init_seed == 1 ? 0.3 : 0) +
	       (trial->options.train.batch_tokens > 1024 ? 0.1 : 0);
}

static void seeds_are_averaged_and_batches_where_per_does_not_name_them(void **state)
{
	static const struct {
		const char *per;
		size_t n_groups, n_trials;
	} cases[] = {
		{"", 1, 9 * 4},
		{", per: [batch_tokens]", 2, 9 * 4},
		{", per: [batch_tokens, seeds]", 4, 9 * 4},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct text lines = {0};
		char *text = NULL;
		struct tuned t;
		size_t n = 0;

		assert_true(asprintf(&text,
				     TUNED_HEAD
				     "train: {budget: {steps: 400}, batch_tokens: [1k, 2k], seeds: "
				     "[0, 1]}\n"
				     "optimizer: [{name: adamw, tune: {lr: {bracket: {from: "
				     "3e-3%s}}}}]\n",
				     cases[i].per) > 0);
		t = tuned_to_the_end(text, bowl_of_seeds);
		assert_int_equal(t.sweep->n_trials, cases[i].n_trials);
		tuner_describe_results(t.tuner, &lines);
		for (const char *c = text_string(&lines); *c; c++)
			n += *c == '\n';
		assert_int_equal(n, cases[i].n_groups);
		text_release(&lines);
		tuned_release(&t);
		free(text);
	}
}

static double bowl_of_batches(const struct trial *trial)
{
	double x = log2((double)trial->options.train.batch_tokens / 700);

	return 2 + 0.1 * x * x;
}

static void batches_are_whole_contexts(void **state)
{
	struct tuned t = tuned_to_the_end(
		ARM("lr: [0.01], train.batch_tokens: {bracket: {from: 1k, factor: 2, resolution: "
		    "1.05}}"),
		bowl_of_batches);

	(void)state;
	for (size_t i = 0; i < t.sweep->n_trials; i++)
		assert_int_equal(t.sweep->trials[i]->options.train.batch_tokens % 128, 0);
	assert_int_equal(lowest(&t, "adamw")->options.train.batch_tokens, 640);
	tuned_release(&t);
}

static void a_failed_trial_blocks_its_group_until_it_is_done(void **state)
{
	struct tuned t = tuned_to_the_end(ARM(LR_BRACKET), failing_at_006);
	struct text lines = {0};

	(void)state;
	assert_int_equal(t.sweep->n_trials, 3);
	assert_int_equal(tuner_waiting(t.tuner).groups, 1);
	tuner_describe_waiting(t.tuner, &lines);
	assert_non_null(strstr(text_string(&lines), "adamw 64x2: tuning waits for trials that "
						    "failed"));
	t.loss = bowl;
	t.n_told = 0;
	end_all(&t);
	assert_int_equal(t.sweep->n_trials, 5);
	text_release(&lines);
	tuned_release(&t);
}

static void the_order_of_ends_changes_nothing(void **state)
{
	struct tuned first = tuned_to_the_end(WHOLE_STUDY, of_all);

	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct tuned t = tuned_start(WHOLE_STUDY, of_all);

		t.order = seed;
		end_all(&t);
		check_same_trials(first.sweep, t.sweep);
		tuned_release(&t);
	}
	tuned_release(&first);
}

static void a_restart_goes_on_where_it_was(void **state)
{
	struct tuned first = tuned_to_the_end(WHOLE_STUDY, of_all);

	(void)state;
	for (size_t n = 1; n < first.sweep->n_trials; n += 7) {
		struct tuned t = tuned_start(WHOLE_STUDY, of_all);
		size_t told = 0;

		/* What was done before the stop is told all at once. */
		while (told < t.sweep->n_trials && told < n) {
			for (; told < t.sweep->n_trials && told < n; told++)
				tell_end(&t, t.sweep->trials[told]);
			advance_tuner(&t);
		}
		end_all(&t);
		check_same_trials(first.sweep, t.sweep);
		tuned_release(&t);
	}
	tuned_release(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bracket_finds_the_optimum_to_its_resolution),
		cmocka_unit_test(what_was_asked_for_says_why),
		cmocka_unit_test(an_axis_ends_at_its_limit),
		cmocka_unit_test(several_keys_are_followed_along_a_valley),
		cmocka_unit_test(lists_and_brackets_mix),
		cmocka_unit_test(seeds_are_averaged_and_batches_where_per_does_not_name_them),
		cmocka_unit_test(batches_are_whole_contexts),
		cmocka_unit_test(a_failed_trial_blocks_its_group_until_it_is_done),
		cmocka_unit_test(the_order_of_ends_changes_nothing),
		cmocka_unit_test(a_restart_goes_on_where_it_was),
	};

	log_set_level(LOG_QUIET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
