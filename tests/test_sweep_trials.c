/* SPDX-License-Identifier: MIT
 *
 * The trials of a sweep: those that are the same, those that are added, one alone, and very many.
 */
#include "tests/spec_fixture.h"

#include "sweep/sweep_build.h"

static void cells_that_are_one_trial_count_once(void **state)
{
	struct sweep *sweep = fixture_sweep(
		FIXTURE_DATA "model: {size: [{params: 1.3e5}, 64x2, {params: 1.4e5}]}\n"
			     "train: {budget: {steps: 100}, batch_tokens: 1k}\n" FIXTURE_ARMS);

	(void)state;
	assert_int_equal(sweep->n_trials, 1);
	assert_string_equal(sweep->dropped[0].reason, "same as another trial");
	assert_int_equal(sweep->dropped[0].n, 2);
	assert_string_equal(sweep->warnings[0],
			    "1 of 1 trials have under 200 steps, the shortest 100");
	sweep_free(sweep);
}

static void arms_that_share_trainings_have_them_both(void **state)
{
	struct sweep *sweep = fixture_sweep(
		FIXTURE_DATA FIXTURE_MODEL FIXTURE_TRAIN
		"optimizer:\n"
		"  - {name: muon, tune: {lr: [0.1, 0.2]}}\n"
		"  - {name: muon, label: ns, ns_steps: [3, 5], tune: {lr: [0.1, 0.2]}}\n");
	size_t shared = 0;

	(void)state;
	assert_int_equal(sweep->n_trials, 6);
	assert_int_equal(sweep->n_warnings, 0);
	for (size_t i = 0; i < 6; i++) {
		const struct trial *trial = sweep->trials[i];

		if (!trial->same_as)
			continue;
		shared++;
		assert_string_equal(trial->label, "ns ns_steps=5");
		assert_string_equal(trial->same_as->label, "muon");
		assert_string_equal(trial->same_as->key, trial->key);
		assert_ptr_equal(sweep_find(sweep, trial->key), trial->same_as);
	}
	assert_int_equal(shared, 2);
	sweep_free(sweep);
}

static struct trial *extend(struct sweep *sweep, size_t cell, const char *path, const char *text)
{
	const struct tuned_value value = {path, text};
	const struct cell_choice choice = {.cell = cell, .values = &value, .n_values = 1};
	struct error err = ERROR_INIT;
	struct trial *trial;

	check_ok(sweep_extend(sweep, &choice, &trial, &err), &err);
	return trial;
}

static void trials_are_added_with_other_values_of_tuned_keys(void **state)
{
	struct sweep *sweep = fixture_sweep(FIXTURE_DATA FIXTURE_MODEL FIXTURE_TRAIN
					    "optimizer: [{name: muon, tune: {lr: [0.1, 0.2], "
					    "train.batch_tokens: [1k, 2k]}}]\n");
	struct trial *added = extend(sweep, 3, "lr", "0.4"), *batch;

	(void)state;
	assert_int_equal(sweep->n_trials, 5);
	assert_ptr_equal(sweep->trials[4], added);
	check_near(trial_option(added, "lr"), 0.4, 0, 0);
	assert_int_equal(added->options.train.batch_tokens, 2048);
	assert_string_equal(added->label, sweep->trials[3]->label);
	assert_string_equal(added->tuned, "lr,batch_tokens");
	batch = extend(sweep, 0, "train.batch_tokens", "4k");
	assert_int_equal(batch->options.train.batch_tokens, 4096);
	/* what is there already is found */
	assert_ptr_equal(extend(sweep, 3, "lr", "0.1"), sweep->trials[1]);
	assert_int_equal(sweep->n_trials, 6);
	sweep_free(sweep);
}

static void ten_thousand_trials_are_planned(void **state)
{
	struct sweep *sweep = fixture_sweep(
		FIXTURE_DATA
		"model: {size: [32x1, 32x2, 64x2, 96x3, 128x4]}\n"
		"train: {budget: {steps: {lin: [300, 400, 20]}}, batch_tokens: [1k, 2k],\n"
		"  seeds: {lin: [0, 4, 5]}}\n"
		"optimizer: [{name: muon, tune: {lr: {log: [1e-3, 1, 10]}}}]\n");

	(void)state;
	assert_int_equal(sweep->n_trials, 10000);
	sweep_free(sweep);
}

/* As a worker does it. */
static struct sweep *build_cell(const char *text, size_t cell)
{
	struct sweep *sweep = xcalloc(1, sizeof(*sweep));
	const struct cell_choice choice = {.cell = cell};
	struct error err = ERROR_INIT;
	struct trial *trial;
	struct node *root;

	check_ok(yaml_parse(&root, "t.yaml", text, strlen(text), &sweep->arena, &err), &err);
	sweep->source = &fixture_source;
	sweep->spec = arena_alloc(&sweep->arena, sizeof(*sweep->spec));
	check_ok(spec_read(sweep->spec, root, &sweep->arena, &err), &err);
	check_ok(sweep_extend(sweep, &choice, &trial, &err), &err);
	return sweep;
}

static void a_cell_alone_is_the_trial_that_the_whole_sweep_has(void **state)
{
	static const char *const text = FIXTURE_DATA
		"model: {size: [32x1, 64x2], context: 128}\n"
		"train: {budget: {steps: [200, 300]}, batch_tokens: [1k, 2k]}\n"
		"exclude: [{model.size: 32x1, train.batch_tokens: 2k}]\n"
		"optimizer: [{name: adamw, tune: {lr: [0.1, 0.2]}}, {name: muon, tune: {lr: "
		"[0.1, 0.2, 0.3]}}]\n";
	struct sweep *whole = fixture_sweep(text), *none = build_cell(text, 5 * 8);

	(void)state;
	assert_int_equal(whole->n_trials, 5 * 6);
	for (size_t i = 0; i < whole->n_trials; i++) {
		const struct trial *trial = whole->trials[i];
		struct sweep *one = build_cell(text, trial->cell);

		assert_int_equal(one->n_trials, 1);
		assert_string_equal(one->trials[0]->key, trial->key);
		assert_string_equal(one->trials[0]->label, trial->label);
		assert_int_equal(one->trials[0]->cell, trial->cell);
		sweep_free(one);
	}
	assert_int_equal(none->n_trials, 0);
	sweep_free(none);
	sweep_free(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_that_are_one_trial_count_once),
		cmocka_unit_test(arms_that_share_trainings_have_them_both),
		cmocka_unit_test(trials_are_added_with_other_values_of_tuned_keys),
		cmocka_unit_test(ten_thousand_trials_are_planned),
		cmocka_unit_test(a_cell_alone_is_the_trial_that_the_whole_sweep_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
