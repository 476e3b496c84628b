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

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_carrier_that_was_stopped_after_a_fork_keeps_it),
		CASE(a_diverged_branch_that_is_tried_again_leaves_the_trunk_alone),
		CASE(what_a_sweep_no_longer_names_goes_when_it_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
