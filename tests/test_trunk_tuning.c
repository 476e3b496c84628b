/* SPDX-License-Identifier: MIT
 *
 * Trunks whose horizons tuning asks for one after the other, in whatever order.
 */
#include "sweep/tuning_setup.h"
#include "tests/agenda_fixture.h"

#define CASE(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

#define TRAIN(budgets)                                            \
	AGENDA_DATA "train: {budget: {steps: " budgets            \
		    "}, batch_tokens: 1k, schedule: {kind: wsd, " \
		    "warmup_steps: 10, decay: 0.2}}\n"

#define TUNED_LADDER                  \
	TRAIN("[100, 200, 400, 800]") \
	"optimizer: {name: adamw, tune: {lr: {bracket: {from: 3e-3, points: 3}}}}\n"

#define HEIRS                                                                                     \
	AGENDA_DATA "train: {budget: {steps: [100, 200]}, batch_tokens: 1k, seeds: [0, 1], "      \
		    "schedule: {kind: wsd, warmup_steps: 10, decay: 0.2}}\n"                      \
		    "optimizer: [{name: adamw, tune: {lr: {bracket: {from: 3e-3, points: 3}}}}, " \
		    "{name: muon, inherit: adamw}]\n"

#define HALVED                                                        \
	TRAIN("[200, 400, 3200]")                                     \
	"optimizer: {name: adamw, tune: {method: halving, rungs: 3, " \
	"lr: [0.003, 0.006, 0.012, 0.024, 0.048, 0.096]}}\n"

#define HALVED_ONCE                                                   \
	TRAIN("[400]")                                                \
	"optimizer: {name: adamw, tune: {method: halving, rungs: 2, " \
	"lr: [0.003, 0.006, 0.012, 0.024]}}\n"

#define ONE_BY_ONE                                                                               \
	TRAIN("[100, 200, 400]")                                                                 \
	"optimizer: {name: adamw, tune: {method: coordinate, lr: [0.006, 0.012, 0.024, 0.048], " \
	"weight_decay: [0, 0.1, 0.2]}}\n"

#define TINY_AND_LONG                                                             \
	AGENDA_DATA "train: {budget: {steps: [10, 100, 200]}, batch_tokens: 1k, " \
		    "schedule: {kind: wsd, warmup_steps: 2, decay: 0.2}}\n"       \
		    "optimizer: {name: adamw, tune: {lr: {bracket: {from: 3e-3, points: 3}}}}\n"

/* Far above where brackets begin; a little lower at longer horizons, so that not all groups ask for
 * the same. */
static double bowl(const struct trial *trial)
{
	double at = 0.06 * pow((double)trial->steps / 100, -0.2);
	double x = log2(trial_option(trial, "lr") / at);

	return 3 + 0.1 * x * x;
}

static double bowl_of_two(const struct trial *trial)
{
	double y = trial_option(trial, "weight_decay") * 10 - 1;

	return bowl(trial) + 0.05 * y * y;
}

static void check_prefixes(void **state, const char *text, double (*loss)(const struct trial *))
{
	static const size_t workers[] = {1, 2, 3, 8};

	for (size_t i = 0; i < ARRAY_SIZE(workers); i++) {
		struct agenda_test t = {.slowness = 0.5, .random = i, .loss = loss};
		size_t n_before;

		set_up(&t, text);
		n_before = t.sweep->n_trials;
		imagine(&t, workers[i]);
		agenda_tidy(t.agenda);
		assert_true(t.sweep->n_trials > n_before);
		assert_int_equal(count_state(&t, TRIAL_done), t.sweep->n_trials);
		assert_int_equal(t.steps, steps_shared(t.sweep));
		assert_int_equal(count_folders(), 0);
		tear_down(&t);
		scratch_remove(state);
		scratch_make(state);
	}
}

static void every_prefix_of_brackets_is_trained_once(void **state)
{
	check_prefixes(state, TUNED_LADDER, bowl);
}

static void every_prefix_of_heirs_is_trained_once(void **state)
{
	check_prefixes(state, HEIRS, bowl);
}

static void every_prefix_of_rungs_is_trained_once(void **state)
{
	check_prefixes(state, HALVED, bowl);
}

static void every_prefix_of_keys_tuned_one_by_one_is_trained_once(void **state)
{
	check_prefixes(state, ONE_BY_ONE, bowl_of_two);
}

/* --- which forks, and how long they stay --- */

/* Trains one after the other up to the first longer horizon that the extended bracket asks for. */
static struct agenda_entry *take_extended(struct agenda_test *t)
{
	struct agenda_entry *entry;

	while ((entry = take_job(t, HUGE_VAL)) &&
	       (!entry->trial->origin || entry->trial->steps < 200))
		end_job(t, entry, TRIAL_done);
	assert_non_null(entry);
	assert_string_equal(entry->trial->origin, "extended up");
	assert_int_equal(entry->trial->steps, 200);
	assert_int_equal(entry->trunk->members.n, 1);
	return entry;
}

static void a_trunk_stays_while_tuning_may_branch_from_it(void **state)
{
	struct agenda_test t = {.loss = bowl};
	struct agenda_entry *carrier;
	const char *trunk_key;

	(void)state;
	set_up(&t, BRACKETS);
	carrier = take_extended(&t);
	assert_int_equal(carrier->n_forks, 1);
	assert_int_equal(carrier->forks[0], 80);
	put_checkpoint(carrier->trial, 80);
	put_checkpoint(carrier->trial, 160);
	trunk_key = arena_strdup(&scratch_arena, carrier->trial->trunk_key);
	end_job(&t, carrier, TRIAL_done);
	start_again(&t, BRACKETS);
	assert_int_equal(checkpoint_newest(FOLDER, trunk_key, 200), 160);
	imagine(&t, 1);
	assert_int_equal(tuner_waiting(agenda_tuner(t.agenda)).groups, 0);
	agenda_tidy(t.agenda);
	assert_int_equal(count_folders(), 0);
	tear_down(&t);
}

static void a_trunk_goes_when_all_have_asked_for_its_values(void **state)
{
	struct agenda_test t = {.loss = bowl};
	struct agenda_entry *carrier, *branch;

	(void)state;
	set_up(&t, BRACKETS);
	carrier = take_job(&t, HUGE_VAL);
	assert_int_equal(carrier->trial->steps, 200);
	put_checkpoint(carrier->trial, 80);
	put_checkpoint(carrier->trial, 160);
	end_job(&t, carrier, TRIAL_done);
	assert_int_equal(count_folders(), 1);
	do
		branch = take_job(&t, HUGE_VAL);
	while (branch && branch->trunk != carrier->trunk);
	assert_non_null(branch);
	assert_int_equal(branch->from, 80);
	end_job(&t, branch, TRIAL_done);
	assert_int_equal(tuner_waiting(agenda_tuner(t.agenda)).groups, 2);
	assert_int_equal(count_folders(), 0);
	tear_down(&t);
}

static void a_trunk_goes_when_halving_leaves_its_values(void **state)
{
	struct agenda_test t = {.loss = bowl};

	(void)state;
	set_up(&t, HALVED_ONCE);
	for (size_t i = 1; i <= 4; i++) {
		struct agenda_entry *entry = take_job(&t, HUGE_VAL);

		assert_non_null(entry);
		assert_int_equal(entry->trial->steps, 200);
		put_checkpoint(entry->trial, trial_fork_step(entry->trial));
		end_job(&t, entry, TRIAL_done);
		assert_int_equal(count_folders(), i);
	}
	assert_non_null(take_job(&t, HUGE_VAL)); /* of the next rung */
	agenda_tidy(t.agenda);
	assert_int_equal(count_folders(), 2);
	tear_down(&t);
}

static void a_fork_within_the_first_steps_is_not_worth_a_checkpoint(void **state)
{
	struct agenda_test t = {.loss = bowl};
	struct agenda_entry *carrier;

	(void)state;
	set_up(&t, TINY_AND_LONG);
	carrier = take_job(&t, HUGE_VAL);
	assert_int_equal(carrier->n_forks, 2); /* of trials that there are */
	assert_int_equal(carrier->forks[0], 8);
	assert_int_equal(carrier->forks[1], 80);
	end_job(&t, carrier, TRIAL_done);
	carrier = take_extended(&t);
	assert_int_equal(carrier->n_forks, 1);
	assert_int_equal(carrier->forks[0], 80);
	tear_down(&t);
}

static void count_branch(void *context, const struct trial *branch)
{
	(void)branch;
	++*(size_t *)context;
}

/* They are imagined at every start of a carrier, of which a sweep has thousands. */
static void imagined_branches_leave_nothing_behind(void **state)
{
	static const char *const texts[] = {TUNED_LADDER, HALVED, HEIRS};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct agenda_test t = {.loss = bowl};
		const struct arena_chunk *of_sweep, *of_tuner;
		size_t n = 0, n_before;

		set_up(&t, texts[i]);
		for (n_before = t.sweep->n_trials; t.sweep->n_trials == n_before;)
			end_job(&t, take_job(&t, HUGE_VAL), TRIAL_done);
		of_sweep = t.sweep->arena.chunks;
		of_tuner = t.agenda->tuner->arena.chunks;
		for (int k = 0; k < 1000; k++)
			tuner_each_branch(t.agenda->tuner, t.sweep->trials[n_before], count_branch,
					  &n);
		assert_true(n >= 1000);
		assert_ptr_equal(t.sweep->arena.chunks, of_sweep);
		assert_ptr_equal(t.agenda->tuner->arena.chunks, of_tuner);
		tear_down(&t);
		scratch_remove(state);
		scratch_make(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(imagined_branches_leave_nothing_behind),
		CASE(every_prefix_of_brackets_is_trained_once),
		CASE(every_prefix_of_heirs_is_trained_once),
		CASE(every_prefix_of_rungs_is_trained_once),
		CASE(every_prefix_of_keys_tuned_one_by_one_is_trained_once),
		CASE(a_trunk_stays_while_tuning_may_branch_from_it),
		CASE(a_trunk_goes_when_all_have_asked_for_its_values),
		CASE(a_trunk_goes_when_halving_leaves_its_values),
		CASE(a_fork_within_the_first_steps_is_not_worth_a_checkpoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
