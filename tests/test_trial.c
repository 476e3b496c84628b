/* SPDX-License-Identifier: MIT */
#include "tests/spec_fixture.h"

/* The contract's count, written out for a model without grouped heads. */
static double flops_per_token(double d, double layers, double ffn, double vocab, double context)
{
	return 3 * (2 * layers * (4 * d * d + 3 * d * ffn) + 2 * d * vocab +
		    2 * (context + 1) * layers * d);
}

static void budgets_become_whole_steps(void **state)
{
	const double per_token = flops_per_token(64, 2, 192, 257, 128);
	const double hidden = 2 * (4 * 64 * 64 + 3 * 64 * 192), norm = 5 * 64;
	const double total = hidden + norm + 2 * 64 * 257;
	const struct {
		const char *budget;
		double tokens;
	} cases[] = {
		{"{steps: 300}", 300 * 1024},
		{"{tokens: 1e6}", 1e6},
		{"{flops: 4e11}", 4e11 / per_token},
		{"{flops: 4e11, count: exact}", 4e11 / per_token},
		{"{flops: 4e11, count: 6n_total_d}", 4e11 / (6 * total)},
		{"{flops: 4e11, count: 6n_hidden_d}", 4e11 / (6 * hidden)},
		{"{tokens_per_param: 20}", 20 * total},
		{"{tokens_per_param: 20, params: non_embedding}", 20 * (hidden + norm)},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arena arena = {0};
		struct sweep *sweep = fixture_sweep(
			arena_printf(&arena, "%strain: {batch_tokens: 1k, budget: %s}\n%s",
				     FIXTURE_DATA FIXTURE_MODEL, cases[i].budget, FIXTURE_ARMS));
		const struct trial *trial = sweep->trials[0];

		check_near(trial->model->costs.params, total, 0, 0);
		assert_int_equal(trial->steps, (int64_t)round(cases[i].tokens / 1024));
		assert_int_equal(trial->tokens, trial->steps * 1024);
		check_near(trial->flops, per_token * (double)trial->tokens, 1e-12, 0);
		if (strstr(cases[i].budget, "flops"))
			check_near(trial->budget_flops, 4e11, 0, 0);
		else
			assert_true(isnan(trial->budget_flops));
		sweep_free(sweep);
		arena_release(&arena);
	}
}

static void a_parameter_count_finds_the_nearest_size(void **state)
{
	static const struct {
		const char *size;
		int64_t d_model, n_layers;
	} cases[] = {
		/* aspect 32: 32x1 has 29,856, 64x2 139,712, 96x3 412,704, 128x4 919,168 */
		{"{params: 3e4}", 32, 1},
		{"{params: 1e5}", 64, 2},
		{"{params: 3e5}", 96, 3},
		{"{params: 1e6}", 128, 4},
		{"{params: 1e5, aspect: 64}", 64, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arena arena = {0};
		struct sweep *sweep = fixture_sweep(
			arena_printf(&arena, "%smodel: {size: %s}\n%s%s", FIXTURE_DATA,
				     cases[i].size, FIXTURE_TRAIN, FIXTURE_ARMS));

		assert_int_equal(sweep->trials[0]->options.model.d_model, cases[i].d_model);
		assert_int_equal(sweep->trials[0]->options.model.n_layers, cases[i].n_layers);
		sweep_free(sweep);
		arena_release(&arena);
	}
}

static void the_micro_batch_is_the_largest_part_up_to_8k_tokens(void **state)
{
	static const struct {
		const char *batch;
		int64_t context, micro;
	} cases[] = {
		{"1k", 128, 1024},  {"8k", 128, 8192},	{"16k", 128, 8192},  {"24k", 128, 8192},
		{"9088", 128, 128}, {"12k", 128, 6144}, {"64k", 2048, 8192},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arena arena = {0};
		struct sweep *sweep = fixture_sweep(arena_printf(
			&arena,
			"%smodel: {size: 64x2, context: %d}\n"
			"train: {budget: {steps: 20}, batch_tokens: %s}\n%s",
			FIXTURE_DATA, (int)cases[i].context, cases[i].batch, FIXTURE_ARMS));

		assert_int_equal(sweep->trials[0]->options.train.micro_batch_tokens,
				 cases[i].micro);
		sweep_free(sweep);
		arena_release(&arena);
	}
}

static int64_t micro_batch_of(const char *model, const char *batch)
{
	struct arena arena = {0};
	struct sweep *sweep = fixture_sweep(
		arena_printf(&arena, "%s%strain: {budget: {steps: 20}, batch_tokens: %s}\n%s",
			     FIXTURE_DATA, model, batch, FIXTURE_ARMS));
	int64_t tokens = sweep->trials[0]->options.train.micro_batch_tokens;
	const struct model_config *config = &sweep->trials[0]->options.model;
	size_t sequences = (size_t)(tokens / config->context);

	assert_true(sequences == 1 ||
		    model_memory(config, sequences).activations <= MICRO_BATCH_BYTES);
	sweep_free(sweep);
	arena_release(&arena);
	return tokens;
}

static void the_micro_batch_of_a_large_model_keeps_to_its_memory(void **state)
{
	int64_t wide = micro_batch_of("model: {size: 1024x8, context: 256}\n", "16k");

	(void)state;
	assert_true(wide < 8192 && wide >= 1024);
	assert_int_equal(16384 % wide, 0);
	assert_int_equal(micro_batch_of("model: {size: 8192x32, context: 2048}\n", "16k"), 2048);
}

static void the_key_knows_what_decides_the_numbers(void **state)
{
	static const char *const decisive[] = {"seed=2",
					       "data.corpus=other",
					       "data.val_tokens=64k",
					       "data.unique_tokens=8M",
					       "data.block_tokens=4096",
					       "model.size=96x2",
					       "model.size=64x3",
					       "model.head_dim=16",
					       "model.context=64",
					       "model.qk_norm=true",
					       "model.tie_embeddings=true",
					       "model.ffn_hidden=96",
					       "train.batch_tokens=2k",
					       "train.budget.steps=301",
					       "train.micro_batch_tokens=512",
					       "train.grad_clip=0",
					       "train.backend=ref",
					       "train.schedule=wsd",
					       "train.schedule.warmup_steps=3",
					       "train.schedule.final_lr_ratio=0.1",
					       "train.seeds=1",
					       "train.seeds.init=1",
					       "train.seeds.data=1",
					       "eval.points=3",
					       "eval.tokens=8k",
					       "optimizer.adamw.lr=0.3",
					       "optimizer.adamw.betas=[0.9, 0.99]",
					       "optimizer.adamw.weight_decay=0"};
	static const char *const idle[] = {"name=other",
					   "data.allow_leak=true",
					   "data.epochs=3",
					   "model.ffn_hidden=192",
					   "model.kv_heads=2",
					   "train.micro_batch_tokens=1k",
					   "train.seeds=[0, 1]",
					   "train.budget.tokens=307200",
					   "train.schedule={kind: cosine, warmup_steps: 15}",
					   "optimizer.adamw.tune.lr=[0.1]",
					   "optimizer.adamw.label=x",
					   "require={steps: [10, null]}",
					   "train.schedule={kind: cosine, decay: 0.5}"};
	struct sweep *plain = fixture_with("seed=1");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(decisive); i++) {
		struct sweep *sweep = fixture_with(decisive[i]);

		if (sweep_find(sweep, plain->trials[0]->key))
			fail_msg("'%s' does not change the key", decisive[i]);
		sweep_free(sweep);
	}
	for (size_t i = 0; i < ARRAY_SIZE(idle); i++) {
		struct sweep *sweep = fixture_with(idle[i]);

		if (!sweep_find(sweep, plain->trials[0]->key))
			fail_msg("'%s' changes the key", idle[i]);
		sweep_free(sweep);
	}
	sweep_free(plain);
}

static void a_constant_rate_has_no_end_to_run_to(void **state)
{
	struct sweep *sweep =
		fixture_with("train.schedule={kind: constant, final_lr_ratio: [0, 0.1]}");

	(void)state;
	assert_int_equal(sweep->n_trials, 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(sweep->trials[i]->same_as != NULL, i == 2 || i == 3 || i == 5);
	sweep_free(sweep);
}

static void the_key_is_the_hash_of_sorted_json(void **state)
{
	struct sweep *sweep = fixture_sweep(FIXTURE_DATA FIXTURE_MODEL FIXTURE_TRAIN FIXTURE_ARMS);
	const struct trial *trial = sweep->trials[0];
	char hex[SHA256_HEX];
	struct sha256 hash;

	(void)state;
	sha256_start(&hash);
	sha256_add(&hash, trial->resolved, strlen(trial->resolved));
	sha256_finish(&hash, hex);
	assert_string_equal(hex, trial->key);
	check_contains(trial->resolved,
		       "{\"corpus\":{\"block_tokens\":2048,\"bytes_per_token\":0,\"eot\":256,"
		       "\"hash\":\"hash of text\",");
	check_contains(trial->resolved,
		       "\"horizon\":{\"decay_shape\":\"linear\",\"decay_steps\":60,"
		       "\"final_lr_ratio\":0,\"steps\":300},\"model\":{\"context\":128,");
	check_contains(trial->resolved, "\"lr\":0.01,\"name\":\"adamw\",");
	check_contains(trial->resolved, "\"weight_decay\":0.10000000000000001},\"schedule\":{");
	sweep_free(sweep);
}

static void horizons_share_a_trunk_only_with_absolute_warmup(void **state)
{
	static const char file[] = FIXTURE_DATA FIXTURE_MODEL
		"train: {batch_tokens: 1k, budget: {steps: [300, 600]},\n"
		"  schedule: [{warmup: {steps: 10}}, {warmup: 0.1}, cosine]}\n" FIXTURE_ARMS;
	struct sweep *sweep = fixture_sweep(file);
	struct trial *const *t = sweep->trials;

	(void)state;
	assert_int_equal(sweep->n_trials, 6);
	assert_int_equal(strlen(t[0]->trunk_key), 64);
	assert_string_equal(t[0]->trunk_key, t[3]->trunk_key);
	assert_string_not_equal(t[0]->key, t[3]->key);
	for (int i = 0; i < 6; i++)
		if (i % 3)
			assert_string_equal(t[i]->trunk_key, "");
	sweep_free(sweep);
}

static void streams_do_not_depend_on_model_or_optimizer(void **state)
{
	struct sweep *sweep = fixture_sweep(
		FIXTURE_DATA
		"model: {size: [32x2, 64x2]}\n"
		"train: {budget: {steps: 300}, batch_tokens: [1k, 2k], seeds: [0, 1]}\n"
		"optimizer: [{name: adamw, lr: 1}, {name: muon, lr: 1}]\n");
	struct training first, training;

	(void)state;
	trial_training(sweep->trials[0], NULL, &first);
	assert_true(first.plan.init_seed != first.data_seed);
	for (size_t i = 0; i < sweep->n_trials; i++) {
		bool same = sweep->trials[i]->init_seed == sweep->trials[0]->init_seed;

		trial_training(sweep->trials[i], NULL, &training);
		assert_true((training.plan.init_seed == first.plan.init_seed) == same);
		assert_true((training.data_seed == first.data_seed) == same);
	}
	sweep_free(sweep);
}

static void fractions_are_stored_as_asked_for(void **state)
{
	struct sweep *sweep =
		fixture_sweep(FIXTURE_DATA FIXTURE_MODEL
			      "train: {budget: {steps: [211, 307]}, batch_tokens: 1k,\n"
			      "  schedule: {warmup: 0.03, decay: 0.15}}\n" FIXTURE_ARMS);
	struct trial_facts f;

	(void)state;
	for (size_t i = 0; i < sweep->n_trials; i++) {
		trial_facts(sweep->trials[i], &f);
		check_near(f.warmup, 0.03, 0, 0);
		check_near(f.decay, 0.15, 0, 0);
	}
	sweep_free(sweep);
}

static void facts_are_those_of_the_contract(void **state)
{
	struct sweep *sweep =
		fixture_sweep(FIXTURE_DATA FIXTURE_MODEL FIXTURE_TRAIN
			      "optimizer: [{name: muon, lr: 0.02, adamw: {lr_ratio: 0.5}}]\n");
	struct trial_facts f;

	(void)state;
	trial_facts(sweep->trials[0], &f);
	assert_string_equal(f.optimizer, "muon");
	assert_string_equal(f.family, "llama");
	assert_string_equal(f.schedule, "wsd");
	assert_string_equal(f.lr_scale, "match_rms");
	assert_string_equal(f.corpus, "text");
	assert_string_equal(f.precision, "fp32");
	assert_string_equal(f.backend, "cpu");
	assert_string_equal(f.trial_key, sweep->trials[0]->key);
	assert_null(f.trunk_key);
	check_near(f.params_hidden + f.params_embedding + f.params_head + f.params_norm, f.params,
		   0, 0);
	check_near(f.lr, 0.02, 0, 0);
	check_near(f.momentum, 0.95, 0, 0);
	check_near(f.beta1, 0.9, 0, 0);
	check_near(f.adamw_lr_ratio, 0.5, 0, 0);
	check_near(f.ns_steps, 5, 0, 0);
	check_near(f.warmup, 0.05, 0, 0);
	check_near(f.decay, 0.2, 0, 0);
	check_near(f.steps_total, 300, 0, 0);
	check_near(f.vocab, 257, 0, 0);
	sweep_free(sweep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(budgets_become_whole_steps),
		cmocka_unit_test(a_parameter_count_finds_the_nearest_size),
		cmocka_unit_test(the_micro_batch_is_the_largest_part_up_to_8k_tokens),
		cmocka_unit_test(the_micro_batch_of_a_large_model_keeps_to_its_memory),
		cmocka_unit_test(the_key_knows_what_decides_the_numbers),
		cmocka_unit_test(a_constant_rate_has_no_end_to_run_to),
		cmocka_unit_test(the_key_is_the_hash_of_sorted_json),
		cmocka_unit_test(horizons_share_a_trunk_only_with_absolute_warmup),
		cmocka_unit_test(streams_do_not_depend_on_model_or_optimizer),
		cmocka_unit_test(fractions_are_stored_as_asked_for),
		cmocka_unit_test(facts_are_those_of_the_contract),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
