/* SPDX-License-Identifier: MIT
 *
 * Checkpoints of a trunk: how long they stay.
 */
#include "tests/agenda_fixture.h"

#define CASE(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

static void a_carrier_that_was_stopped_after_a_fork_keeps_it(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	struct agenda_entry *carrier;

	(void)state;
	set_up(&t, LADDER);
	carrier = take_job(&t, HUGE_VAL);
	put_checkpoint(carrier->trial, 80);
	put_checkpoint(carrier->trial, 160);
	put_checkpoint(carrier->trial, 250);
	end_job(&t, carrier, TRIAL_interrupted);
	start_again(&t, LADDER);
	do
		carrier = take_job(&t, HUGE_VAL);
	while (carrier && carrier->from != 250);
	assert_non_null(carrier);
	assert_int_equal(carrier->trial->steps, 800);
	assert_int_equal(carrier->n_forks, 3);
	assert_int_equal(carrier->forks[0], 80);
	assert_int_equal(carrier->forks[1], 160);
	assert_int_equal(carrier->forks[2], 320);
	tear_down(&t);
}

static int wants_diverged(void *context, const struct trial *trial, enum trial_state state,
			  struct error *err)
{
	(void)context, (void)trial, (void)err;
	return state == TRIAL_diverged;
}

static void a_diverged_branch_that_is_tried_again_leaves_the_trunk_alone(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	struct agenda_entry *carrier, *branch;

	(void)state;
	set_up(&t, LADDER);
	carrier = take_job(&t, HUGE_VAL);
	take_job(&t, HUGE_VAL);
	put_checkpoint(carrier->trial, 80);
	branch = take_job(&t, HUGE_VAL);
	assert_int_equal(branch->trial->steps, 100);
	put_checkpoint(branch->trial, 90);
	end_job(&t, branch, TRIAL_diverged);
	end_job(&t, carrier, TRIAL_interrupted);
	t.orders.wants = wants_diverged;
	start_again(&t, LADDER);
	branch = take_job(&t, HUGE_VAL);
	assert_int_equal(branch->trial->steps, 100);
	assert_int_equal(branch->from, 80);
	assert_int_equal(start_step(branch->trial), 80);
	tear_down(&t);
}

static void what_a_sweep_no_longer_names_goes_when_it_is_over(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	struct agenda_entry *first, *second;

	(void)state;
	set_up(&t, LADDER);
	first = take_job(&t, HUGE_VAL);
	second = take_job(&t, HUGE_VAL);
	put_checkpoint(first->trial, 700);
	put_checkpoint(second->trial, 700);
	end_job(&t, first, TRIAL_done);
	end_job(&t, second, TRIAL_interrupted);
	assert_int_equal(count_folders(), 2);
	start_again(&t, SHORT);
	assert_int_equal(count_folders(), 1);
	tear_down(&t);
}

/* --- of no trial of the sweep --- */

/* Another learning rate than those of the ladder, so that their trunks are others. */
#define ANOTHER_RATE                                                          \
	AGENDA_DATA "train: {budget: {steps: [100, 200]}, batch_tokens: 1k, " \
		    "schedule: {kind: wsd, warmup_steps: 10, decay: 0.2}}\n"  \
		    "optimizer: [{name: adamw, lr: 0.04}]\n"

/* Two budgets of one learning rate as a grid that is tuned. */
#define TUNED                                                                 \
	AGENDA_DATA "train: {budget: {steps: [100, 200]}, batch_tokens: 1k, " \
		    "schedule: {kind: wsd, warmup_steps: 10, decay: 0.2}}\n"  \
		    "optimizer: [{name: adamw, tune: {lr: [0.01]}}]\n"

/* An arm that inherits, at two budgets. */
#define INHERITED                                                             \
	AGENDA_DATA "train: {budget: {steps: [100, 200]}, batch_tokens: 1k, " \
		    "schedule: {kind: wsd, warmup_steps: 10, decay: 0.2}}\n"  \
		    "optimizer: [{name: adamw, tune: {lr: [0.01]}}, "         \
		    "{name: muon, inherit: adamw}]\n"

/* The first trunk of a sweep, with its longest horizon in some state, or not begun, and the others
 * planned or all done; it has a checkpoint.  Returns its key. */
static const char *leave_trunk(struct agenda_test *t, const char *text, enum trial_state longest,
			       bool others_done)
{
	struct agenda_entry *carrier;
	const struct trial *trial;

	set_up(t, text);
	carrier = take_job(t, HUGE_VAL);
	trial = carrier->trial;
	end_job(t, carrier, longest);
	if (others_done)
		imagine(t, 1);
	put_checkpoint(trial, 160);
	assert_int_equal(count_folders(), 1);
	return arena_strdup(&scratch_arena, trial->trunk_key);
}

static void a_trunk_that_nobody_names_goes_when_all_that_was_begun_is_over(void **state)
{
	static const struct {
		enum trial_state longest;
		bool others_done, stays;
	} cases[] = {
		{TRIAL_done, true, false},	{TRIAL_done, false, false},
		{TRIAL_diverged, false, false}, {TRIAL_interrupted, false, true},
		{TRIAL_failed, false, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct agenda_test t = {.n_workers = 0};

		leave_trunk(&t, LADDER, cases[i].longest, cases[i].others_done);
		start_again(&t, ANOTHER_RATE);
		assert_int_equal(count_folders(), cases[i].stays);
		tear_down(&t);
		scratch_remove(state);
		scratch_make(state);
	}
}

static void a_trunk_of_another_sweep_goes_when_that_can_want_it_no_more(void **state)
{
	static const struct {
		const char *text;
		bool others_done, stays;
	} cases[] = {{LADDER, true, false}, {LADDER, false, true}, {TUNED, true, true}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct agenda_test t = {.n_workers = 0};

		leave_trunk(&t, cases[i].text, TRIAL_done, cases[i].others_done);
		start_again(&t, "name: another\n" ANOTHER_RATE);
		assert_int_equal(count_folders(), cases[i].stays);
		tear_down(&t);
		scratch_remove(state);
		scratch_make(state);
	}
}

/* Its trial at the shorter horizon is there only when its donor is decided at that. */
static void the_trunk_of_an_heir_of_another_sweep_stays(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	struct agenda_entry *entry;

	(void)state;
	set_up(&t, INHERITED);
	for (;;) {
		entry = take_job(&t, HUGE_VAL);
		assert_non_null(entry);
		if (strcmp(entry->trial->label, "muon") == 0)
			break;
		end_job(&t, entry, entry->trial->steps == 200 ? TRIAL_done : TRIAL_interrupted);
	}
	assert_int_equal(entry->trial->steps, 200);
	end_job(&t, entry, TRIAL_done);
	put_checkpoint(entry->trial, 160);
	start_again(&t, "name: another\n" ANOTHER_RATE);
	assert_int_equal(count_folders(), 1);
	tear_down(&t);
}

static void a_trunk_stays_while_another_process_trains_anything(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	struct trial elsewhere;
	const char *trunk_left;

	(void)state;
	trunk_left = leave_trunk(&t, LADDER, TRIAL_done, false);
	elsewhere = *lose_job(&t)->trial;
	assert_string_not_equal(elsewhere.trunk_key, trunk_left);
	start_again(&t, ANOTHER_RATE);
	assert_int_equal(count_folders(), 1);
	finish(t.others, &elsewhere, TRIAL_done);
	agenda_tidy(t.agenda);
	assert_int_equal(count_folders(), 0);
	tear_down(&t);
}

static void what_the_store_has_never_heard_of_stays(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	struct trial trial;

	(void)state;
	set_up(&t, LADDER);
	trial = *t.sweep->trials[0];
	memset(trial.trunk_key, '0', sizeof(trial.trunk_key) - 1);
	put_checkpoint(&trial, 80);
	agenda_tidy(t.agenda);
	assert_int_equal(count_folders(), 1);
	tear_down(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_carrier_that_was_stopped_after_a_fork_keeps_it),
		CASE(a_diverged_branch_that_is_tried_again_leaves_the_trunk_alone),
		CASE(what_a_sweep_no_longer_names_goes_when_it_is_over),
		CASE(a_trunk_that_nobody_names_goes_when_all_that_was_begun_is_over),
		CASE(a_trunk_of_another_sweep_goes_when_that_can_want_it_no_more),
		CASE(the_trunk_of_an_heir_of_another_sweep_stays),
		CASE(a_trunk_stays_while_another_process_trains_anything),
		CASE(what_the_store_has_never_heard_of_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
