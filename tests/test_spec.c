/* SPDX-License-Identifier: MIT */
#include "tests/spec_fixture.h"

static void a_list_is_an_axis_and_the_sweep_their_product(void **state)
{
	struct sweep *sweep = fixture_sweep(
		FIXTURE_DATA "model: {size: [32x2, 64x2], head_dim: [16, 32]}\n"
			     "train: {budget: {steps: {lin: [200, 400, 3]}}, batch_tokens: 1k,\n"
			     "  schedule: [cosine, {kind: wsd, warmup: {tokens: 8k}}]}\n"
			     "optimizer: [{name: adamw, tune: {lr: [0.1, 0.2]}}]\n");

	(void)state;
	assert_int_equal(sweep->n_trials, 2 * 2 * 3 * 2 * 2);
	assert_string_equal(sweep->name, "t");
	assert_string_equal(sweep->trials[0]->tuned, "lr");
	check_near(trial_option(sweep->trials[0], "lr"), 0.1, 0, 0);
	check_near(trial_option(sweep->trials[1], "lr"), 0.2, 0, 0);
	assert_int_equal(sweep->trials[0]->schedule.kind, SCHEDULE_COSINE);
	assert_int_equal(sweep->trials[2]->schedule.kind, SCHEDULE_WSD);
	assert_int_equal(sweep->trials[2]->schedule.warmup_steps, 8);
	assert_int_equal(sweep->trials[4]->steps, 300);
	assert_int_equal(sweep->trials[47]->options.model.d_model, 64);
	sweep_free(sweep);
}

static void a_pair_is_a_value_and_a_list_of_pairs_an_axis(void **state)
{
	struct sweep *sweep = fixture_sweep(
		FIXTURE_DATA FIXTURE_MODEL FIXTURE_TRAIN
		"optimizer: [{name: adamw, lr: 0.1, tune: {betas: [[0.9, 0.95], [0.8, 0.9]]}}]\n");
	struct trial_facts facts;

	(void)state;
	assert_int_equal(sweep->n_trials, 2);
	assert_string_equal(sweep->trials[1]->label, "adamw");
	trial_facts(sweep->trials[1], &facts);
	check_near(facts.beta1, 0.8, 0, 0);
	check_near(facts.beta2, 0.9, 0, 0);
	sweep_free(sweep);
}

static void labels_tell_the_arms_apart(void **state)
{
	static const struct {
		const char *arms, *first, *last;
	} cases[] = {
		{"[{name: muon, lr: 1}]", "muon", "muon"},
		{"{name: muon, lr: 1}", "muon", "muon"},
		{"[{name: muon, lr: 1}, {name: muon, lr: 1, lr_scale: spectral}]",
		 "muon lr_scale=match_rms", "muon lr_scale=spectral"},
		{"[{name: muon, lr: 1}, {name: muon, lr: 2, label: x}]", "muon", "x"},
		{"[{name: muon, lr: 1, ns_steps: 3}, {name: muon, lr: 2, ns_steps: 6}]",
		 "muon lr=1 ns_steps=3", "muon lr=2 ns_steps=6"},
		{"[{name: muon, lr: 1, lr_scale: [none, jordan]}]", "muon lr_scale=none",
		 "muon lr_scale=jordan"},
		{"[{label: m, name: muon, lr: 1, adamw: {lr_ratio: [1, 2]}}]", "m adamw.lr_ratio=1",
		 "m adamw.lr_ratio=2"},
		{"[{name: muon, tune: {lr: [1, 2], momentum: [0.9, 0.95]}}]", "muon", "muon"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arena arena = {0};
		struct sweep *sweep = fixture_sweep(
			arena_printf(&arena, "%soptimizer: %s\n",
				     FIXTURE_DATA FIXTURE_MODEL FIXTURE_TRAIN, cases[i].arms));

		assert_string_equal(sweep->trials[0]->label, cases[i].first);
		assert_string_equal(sweep->trials[sweep->n_trials - 1]->label, cases[i].last);
		sweep_free(sweep);
		arena_release(&arena);
	}
}

/* What fits have no column for would be taken for tuned. */
static void labels_hold_what_is_studied_for_all_arms(void **state)
{
	static const struct {
		const char *setting, *first, *last;
	} cases[] = {
		{"model.qk_norm=[true, false]", "adamw qk_norm=true", "m qk_norm=false"},
		{"train.grad_clip=[0, 1]", "adamw grad_clip=0", "m grad_clip=1"},
		{"train.grad_clip=[1]", "adamw", "m"},
		{"train.schedule=[{kind: wsd, decay: 0.1}, {kind: wsd, decay: 0.3}]",
		 "adamw decay=0.1", "m decay=0.3"},
		{"train.schedule=[linear, cosine]", "adamw", "m"},
		{"train.seeds=[0, 1]", "adamw", "m"},
		{"train.batch_tokens=[1k, 2k]", "adamw", "m"},
		{"zip=[{model.qk_norm: [true, false], m.ns_steps: [3, 6]}]", "adamw qk_norm=true",
		 "m qk_norm=false ns_steps=6"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sweep *sweep = fixture_with(cases[i].setting);

		assert_string_equal(sweep->trials[0]->label, cases[i].first);
		assert_string_equal(sweep->trials[sweep->n_trials - 1]->label, cases[i].last);
		sweep_free(sweep);
	}
}

static void zip_ties_axes_also_those_of_one_arm(void **state)
{
	struct sweep *sweep = fixture_sweep(
		FIXTURE_DATA "train: {budget: {steps: 300}, batch_tokens: 1k}\n"
			     "optimizer: [{name: adamw, lr: 0.1}, {name: muon, label: m}]\n"
			     "zip: [{model.size: [32x2, 64x2, 96x3], m.lr: [3, 2, 1]}]\n");

	(void)state;
	assert_int_equal(sweep->n_trials, 6);
	for (int i = 0; i < 3; i++) {
		const struct trial *adamw = sweep->trials[i], *muon = sweep->trials[3 + i];

		assert_int_equal(adamw->options.model.d_model, 32 * (i + 1));
		assert_int_equal(muon->options.model.d_model, 32 * (i + 1));
		check_near(trial_option(adamw, "lr"), 0.1, 0, 0);
		check_near(trial_option(muon, "lr"), 3 - i, 0, 0);
		assert_string_equal(muon->label, "m");
		assert_string_equal(muon->tuned, "");
	}
	sweep_free(sweep);
}

static void exclude_drops_cells_and_says_so(void **state)
{
	struct sweep *sweep =
		fixture_sweep(FIXTURE_DATA "model: {size: [32x2, 64x2]}\n" FIXTURE_TRAIN
					   "optimizer: [{name: adamw, tune: {lr: [0.1, 0.2]}},\n"
					   "  {name: muon, tune: {lr: [0.1, 0.2, 0.4]}}]\n"
					   "exclude:\n"
					   "  - {model.size: 64x2, muon.lr: [2e-1, 0.4]}\n"
					   "  - {optimizer: adamw, model.size: 32x2}\n"
					   "  - {model.size: 128x2}\n");

	(void)state;
	assert_int_equal(sweep->n_trials, 10 - 2 - 2);
	assert_int_equal(sweep->n_dropped, 2);
	assert_string_equal(sweep->dropped[0].reason, "exclude on line 8");
	assert_int_equal(sweep->dropped[0].n, 2);
	assert_int_equal(sweep->dropped[1].n, 2);
	assert_int_equal(sweep->n_warnings, 1);
	assert_string_equal(sweep->warnings[0], "t.yaml:9:5: 'exclude' matches no cell");
	sweep_free(sweep);
}

static void when_sets_keys_where_its_conditions_hold(void **state)
{
	struct sweep *sweep = fixture_sweep(
		FIXTURE_DATA "model: {size: [32x2, 64x2]}\n" FIXTURE_TRAIN
			     "optimizer: [{name: adamw, lr: 0.1}, {name: muon, lr: 0.1}]\n"
			     "when: [{if: {model.size: 64x2, optimizer: muon},\n"
			     "        set: {train.batch_tokens: 2k, muon.lr: 0.3}}]\n");

	(void)state;
	assert_int_equal(sweep->n_trials, 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(sweep->trials[i]->options.train.batch_tokens,
				 i == 3 ? 2048 : 1024);
		check_near(trial_option(sweep->trials[i], "lr"), i == 3 ? 0.3 : 0.1, 0, 0);
	}
	sweep_free(sweep);
}

static void an_arm_may_tune_its_own_batch(void **state)
{
	struct sweep *sweep =
		fixture_sweep(FIXTURE_DATA FIXTURE_MODEL
			      "train: {budget: {tokens: 1M}, batch_tokens: [1k, 2k, 4k]}\n"
			      "optimizer:\n  - {name: adamw, lr: 0.1}\n"
			      "  - {name: muon, lr: 0.1, tune: {train.batch_tokens: [8k, 16k],\n"
			      "     train: {schedule: {warmup: [0, 0.1]}}}}\n");

	(void)state;
	assert_int_equal(sweep->n_trials, 3 + 4);
	assert_string_equal(sweep->trials[0]->tuned, "");
	assert_string_equal(sweep->trials[3]->tuned, "batch_tokens,warmup");
	assert_int_equal(sweep->trials[3]->options.train.batch_tokens, 8192);
	assert_int_equal(sweep->trials[6]->options.train.batch_tokens, 16384);
	assert_int_equal(sweep->trials[6]->schedule.warmup_steps, 6);
	sweep_free(sweep);
}

static void seeds_go_together_or_apart(void **state)
{
	struct sweep *both = fixture_sweep(
		FIXTURE_DATA FIXTURE_MODEL
		"train: {budget: {steps: 300}, batch_tokens: 1k, seeds: [3, 4]}\n" FIXTURE_ARMS);
	struct sweep *apart =
		fixture_sweep(FIXTURE_DATA FIXTURE_MODEL
			      "train: {budget: {steps: 300}, batch_tokens: 1k,\n"
			      "  seeds: {init: [0, 1], data: [5, 6, 7]}}\n" FIXTURE_ARMS);
	struct trial_facts facts;

	(void)state;
	assert_int_equal(both->n_trials, 2);
	assert_int_equal(both->trials[1]->init_seed, 4);
	assert_int_equal(both->trials[1]->data_seed, 4);
	trial_facts(both->trials[1], &facts);
	check_near(facts.seed, 4, 0, 0);
	assert_int_equal(apart->n_trials, 6);
	assert_int_equal(apart->trials[5]->init_seed, 1);
	assert_int_equal(apart->trials[5]->data_seed, 7);
	trial_facts(apart->trials[5], &facts);
	assert_true(isnan(facts.seed));
	sweep_free(both);
	sweep_free(apart);
}

static void requirements_drop_cells_and_say_so(void **state)
{
	struct sweep *sweep = fixture_sweep(
		FIXTURE_DATA FIXTURE_MODEL
		"train: {budget: {tokens: [4k, 1M, 2M, 100M]}, batch_tokens: 1k}\n" FIXTURE_ARMS
		"require: {steps: [10, null], epochs: [0, 1], tokens_per_param: [10, null]}\n");

	(void)state;
	assert_int_equal(sweep->n_trials, 1);
	assert_int_equal(sweep->trials[0]->tokens, 2 << 20);
	assert_int_equal(sweep->n_dropped, 3);
	assert_string_equal(sweep->dropped[0].reason, "require: steps at least 10");
	assert_string_equal(sweep->dropped[1].reason, "require: tokens_per_param at least 10");
	assert_string_equal(sweep->dropped[2].reason, "require: epochs at most 1");
	sweep_free(sweep);
}

static void rules_of_the_command_line_are_called_by_their_setting(void **state)
{
	struct sweep *dropping = fixture_with("exclude=[{optimizer: m}]");
	struct sweep *idle = fixture_with("exclude=[{optimizer: m, model.size: 32x2}]");

	(void)state;
	assert_string_equal(dropping->dropped[0].reason, "-s exclude=[{optimizer: m}]");
	assert_string_equal(
		idle->warnings[0],
		"-s exclude=[{optimizer: m, model.size: 32x2}]: 'exclude' matches no cell");
	sweep_free(dropping);
	sweep_free(idle);
}

static void settings_mean_what_the_file_would(void **state)
{
	static const struct {
		const char *setting;
		size_t n_trials;
	} cases[] = {
		{"model.size=[32x2, 64x2]", 6},
		{"model.size.params=1e5", 3},
		{"train.budget.flops={log: [1e11, 1e12, 3]}", 9},
		{"train.schedule.final_lr_ratio=[0, 0.1]", 6},
		{"train.seeds={init: [0, 1]}", 6},
		{"optimizer.adamw.lr=0.3", 2},
		{"optimizer.adamw.tune.lr=[1, 2, 3]", 4},
		{"optimizer.m.tune.lr=[1, 2, 3]", 5},
		{"optimizer.muon.adamw.lr_ratio=[0.5, 1]", 4},
		{"optimizer=[{name: sgd, lr: 1}]", 1},
		{"eval.points=3", 3},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sweep *sweep = fixture_with(cases[i].setting);

		assert_int_equal(sweep->n_trials, cases[i].n_trials);
		check_contains(sweep->text, cases[i].setting);
		sweep_free(sweep);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_an_axis_and_the_sweep_their_product),
		cmocka_unit_test(a_pair_is_a_value_and_a_list_of_pairs_an_axis),
		cmocka_unit_test(labels_tell_the_arms_apart),
		cmocka_unit_test(labels_hold_what_is_studied_for_all_arms),
		cmocka_unit_test(zip_ties_axes_also_those_of_one_arm),
		cmocka_unit_test(exclude_drops_cells_and_says_so),
		cmocka_unit_test(when_sets_keys_where_its_conditions_hold),
		cmocka_unit_test(an_arm_may_tune_its_own_batch),
		cmocka_unit_test(seeds_go_together_or_apart),
		cmocka_unit_test(requirements_drop_cells_and_say_so),
		cmocka_unit_test(rules_of_the_command_line_are_called_by_their_setting),
		cmocka_unit_test(settings_mean_what_the_file_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
