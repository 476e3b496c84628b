/* SPDX-License-Identifier: MIT
 *
 * How a sweep is split: wholly, once, evenly, and the same everywhere.
 */
#include "tests/spec_fixture.h"

#include "sweep/shard.h"

#include "base/memory.h"

#define LADDER                                                                                  \
	FIXTURE_DATA "model: {size: [32x2, 64x2, 96x3], context: 128}\n"                        \
		     "train: {budget: {steps: [300, 600, 1200, 2400]}, batch_tokens: 1k, "      \
		     "seeds: [0, 1], schedule: {kind: wsd, warmup: {steps: 50}, decay: 0.2}}\n" \
		     "optimizer: [{name: adamw, tune: {lr: [0.003, 0.006, 0.012]}}, "           \
		     "{name: muon, tune: {lr: [0.01, 0.02, 0.04]}}]\n"

static int *split(const struct sweep *sweep, const size_t *groups, int n_shards)
{
	int *shards = xcalloc(sweep->n_trials, sizeof(*shards));

	shard_assign(sweep, groups, n_shards, shards);
	return shards;
}

static double flops_of(const struct trial *trial)
{
	return trial->flops + (double)trial->steps * trial->optimizer_flops.spent;
}

static void every_trial_is_in_one_shard_and_families_stay_together(void **state)
{
	struct sweep *sweep = fixture_sweep(LADDER);

	(void)state;
	assert_int_equal(sweep->n_trials, 144);
	for (int n_shards = 1; n_shards <= 7; n_shards++) {
		int *shards = split(sweep, NULL, n_shards);

		for (size_t i = 0; i < sweep->n_trials; i++) {
			assert_in_range(shards[i], 1, n_shards);
			for (size_t j = 0; j < i; j++)
				if (!strcmp(sweep->trials[i]->trunk_key,
					    sweep->trials[j]->trunk_key))
					assert_int_equal(shards[i], shards[j]);
		}
		free(shards);
	}
	sweep_free(sweep);
}

static void shards_cost_about_the_same(void **state)
{
	struct sweep *sweep = fixture_sweep(LADDER);

	(void)state;
	for (int n_shards = 2; n_shards <= 6; n_shards++) {
		int *shards = split(sweep, NULL, n_shards);
		double sum = 0, largest = 0;

		for (int k = 1; k <= n_shards; k++) {
			double load = 0;

			for (size_t i = 0; i < sweep->n_trials; i++)
				load += shards[i] == k ? flops_of(sweep->trials[i]) : 0;
			largest = fmax(largest, load);
			sum += load;
		}
		assert_true(largest <= 1.1 * sum / n_shards);
		free(shards);
	}
	sweep_free(sweep);
}

/* The shard of a trial by its key. */
static int shard_of(const struct sweep *sweep, const int *shards, const char *key)
{
	for (size_t i = 0; i < sweep->n_trials; i++)
		if (strcmp(sweep->trials[i]->key, key) == 0)
			return shards[i];
	return 0;
}

static void the_split_does_not_depend_on_the_order_of_the_file(void **state)
{
	struct sweep *a = fixture_sweep(FIXTURE_DATA FIXTURE_MODEL
					"train: {budget: {steps: [300, 400, 500, 1000]}, "
					"batch_tokens: 1k}\n"
					"optimizer: [{name: adamw, lr: [0.01, 0.02]}, "
					"{name: muon, lr: [0.02, 0.04]}]\n");
	struct sweep *b = fixture_sweep(FIXTURE_DATA FIXTURE_MODEL
					"train: {budget: {steps: [1000, 400, 300, 500]}, "
					"batch_tokens: 1k}\n"
					"optimizer: [{name: muon, lr: [0.04, 0.02]}, "
					"{name: adamw, lr: [0.02, 0.01]}]\n");
	int *of_a = split(a, NULL, 3), *of_b = split(b, NULL, 3);

	(void)state;
	assert_int_equal(a->n_trials, 16);
	assert_int_equal(b->n_trials, 16);
	for (size_t i = 0; i < a->n_trials; i++)
		assert_int_equal(of_a[i], shard_of(b, of_b, a->trials[i]->key));
	free(of_a);
	free(of_b);
	sweep_free(a);
	sweep_free(b);
}

static void groups_stay_together(void **state)
{
	struct sweep *sweep = fixture_sweep(LADDER);
	size_t *groups = xcalloc(sweep->n_trials, sizeof(*groups));
	int seen[8] = {0}, *shards;

	(void)state;
	for (size_t i = 0; i < sweep->n_trials; i++)
		groups[i] = i % 7; /* 0 is none */
	shards = split(sweep, groups, 3);
	for (size_t i = 0; i < sweep->n_trials; i++) {
		int *of_group = &seen[groups[i]];

		if (groups[i] > 0 && *of_group)
			assert_int_equal(shards[i], *of_group);
		*of_group = shards[i];
	}
	free(shards);
	free(groups);
	sweep_free(sweep);
}

static void the_same_training_of_two_arms_is_one_unit(void **state)
{
	struct sweep *sweep =
		fixture_sweep(FIXTURE_DATA FIXTURE_MODEL FIXTURE_TRAIN
			      "optimizer: [{label: a, name: adamw, lr: [0.01, 0.02]}, "
			      "{label: b, name: adamw, lr: [0.02, 0.04]}]\n");
	int *shards = split(sweep, NULL, 3);

	(void)state;
	assert_int_equal(sweep->n_trials, 4);
	assert_non_null(sweep->trials[2]->same_as);
	assert_int_equal(shards[1], shards[2]);
	assert_int_equal(shards[0] + shards[1] + shards[3], 1 + 2 + 3);
	free(shards);
	sweep_free(sweep);
}

static void shards_without_work_are_empty(void **state)
{
	struct sweep *sweep = fixture_sweep(FIXTURE_DATA FIXTURE_MODEL FIXTURE_TRAIN FIXTURE_ARMS);
	int *shards = split(sweep, NULL, 5);

	(void)state;
	assert_int_equal(sweep->n_trials, 1);
	assert_int_equal(shards[0], 1);
	free(shards);
	sweep_free(sweep);
}

static void shards_are_read_and_refused(void **state)
{
	static const char *const wrong[] = {"",	    "2",   "0/4",  "5/4",      "-1/4", "1/0",
					    "1/4x", "a/b", " 1/4", "1/100000", "1/",   "1.5/4"};
	struct error err = ERROR_INIT;
	struct shard shard;

	(void)state;
	check_ok(shard_parse("2/4", &shard, &err), &err);
	assert_int_equal(shard.number, 2);
	assert_int_equal(shard.count, 4);
	check_ok(shard_parse("1/1", &shard, &err), &err);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(shard_parse(wrong[i], &shard, &err), -ERR_USAGE);
		check_contains(err.text, "K/N with K from 1 to N");
		check_contains(err.text, wrong[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_trial_is_in_one_shard_and_families_stay_together),
		cmocka_unit_test(shards_cost_about_the_same),
		cmocka_unit_test(the_split_does_not_depend_on_the_order_of_the_file),
		cmocka_unit_test(groups_stay_together),
		cmocka_unit_test(the_same_training_of_two_arms_is_one_unit),
		cmocka_unit_test(shards_without_work_are_empty),
		cmocka_unit_test(shards_are_read_and_refused),
	};

	return cmocka_run_group_tests_name("shard", tests, NULL, NULL);
}
