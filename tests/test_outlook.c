/* SPDX-License-Identifier: MIT
 *
 * How far a run is said to be, and how long it is said to take.
 */
#include "tests/outlook_fixture.h"

static void nothing_started_takes_the_makespan_of_all(void **state)
{
	struct imagined_run run;

	(void)state;
	imagine(&run, 5, 2);
	check_near(run.outlook.share, 0, 0, 1e-12);
	check_near(run.outlook.left_s, 30, 0, 1e-9);
	assert_int_equal(outlook_jobs(&run.outlook), 5);
	outlook_release(&run.outlook);
}

static void progress_counts_cost_and_not_trials(void **state)
{
	struct imagined_run run;

	(void)state;
	imagine(&run, 3, 2);
	run.jobs[0].cost = 70;
	begin(&run, 0, 35, 50, 100);
	look(&run);
	check_near(run.outlook.share, 35.0 / 90, 0, 1e-6);
	check_near(run.outlook.left_s, 35, 0, 0.1);
	outlook_release(&run.outlook);
}

static void a_slow_pace_stretches_what_waits(void **state)
{
	struct imagined_run run;

	(void)state;
	imagine(&run, 2, 1);
	run.jobs[0].cost = run.jobs[1].cost = 1000;
	begin(&run, 0, 1500, 50, 100); /* three times as slow as thought */
	look(&run);
	check_near(run.outlook.slots[0].left_s, 1500, 0, 1);
	check_near(run.outlook.left_s, 1500 + 3000, 0, 10);
	outlook_release(&run.outlook);
}

static void a_resumed_trial_has_only_the_rest_to_do(void **state)
{
	struct imagined_run run;
	struct pool_slot *slot;

	(void)state;
	imagine(&run, 1, 1);
	slot = begin(&run, 0, 2, 85, 100);
	slot->resumed = 80;
	look(&run);
	check_near(run.outlook.slots[0].share, 0.25, 0, 1e-9);
	check_near(run.outlook.slots[0].left_s, 6, 0, 0.1);
	outlook_release(&run.outlook);
}

static void a_run_ends_at_its_whole(void **state)
{
	struct imagined_run run;
	struct evaluation_row last = {.flops = 5};
	struct pool_end end = {.state = TRIAL_done, .last = &last, .whole_s = 12};

	(void)state;
	imagine(&run, 2, 1);
	for (int i = 0; i < 2; i++) {
		begin(&run, 0, 1, 10, 100);
		look(&run);
		run.slots[0].job = NULL;
		outlook_ended(&run.outlook, &run.jobs[i], &end);
	}
	check_near(run.outlook.share, 1, 0, 1e-12);
	check_near(run.outlook.left_s, 0, 0, 1e-12);
	assert_int_equal(run.outlook.n_ended, 2);
	assert_int_equal(outlook_jobs(&run.outlook), 2);
	outlook_release(&run.outlook);
}

static void what_is_left_at_the_end_was_never_started(void **state)
{
	struct imagined_run run;

	(void)state;
	imagine(&run, 4, 2);
	begin(&run, 0, 1, 10, 100);
	look(&run);
	run.slots[0].job = NULL;
	outlook_refresh(&run.outlook);
	assert_int_equal(run.outlook.n_waiting, 3);
	assert_int_equal(run.outlook.n_running, 0);
	outlook_release(&run.outlook);
}

static void branches_wait_for_a_carrier_that_waits(void **state)
{
	struct imagined_run run;

	(void)state;
	imagine(&run, 3, 3);
	branch_off(&run, 1, 0, 8);
	branch_off(&run, 2, 1, 5);
	outlook_refresh(&run.outlook);
	check_near(run.outlook.left_s, 8 + 5 + 10, 0, 1e-9);
	assert_int_equal(run.outlook.n_waiting, 3);
	outlook_release(&run.outlook);
}

static void branches_wait_for_a_carrier_that_runs(void **state)
{
	struct imagined_run run;

	(void)state;
	imagine(&run, 3, 3);
	run.jobs[0].cost = 100;
	branch_off(&run, 1, 0, 20);
	branch_off(&run, 2, 0, 95);
	begin(&run, 0, 50, 50, 100);
	look(&run);
	/* The fork at 20 is behind, that at 95 is 45 s ahead. */
	check_near(run.outlook.left_s, 45 + 10, 0, 0.1);
	run.carriers_s[2] = 20;
	look(&run);
	check_near(run.outlook.left_s, 50, 0, 0.1);
	outlook_release(&run.outlook);
}

static void a_slow_carrier_delays_its_branches(void **state)
{
	struct imagined_run run;

	(void)state;
	imagine(&run, 2, 2);
	run.jobs[0].cost = 100;
	branch_off(&run, 1, 0, 90);
	begin(&run, 0, 150, 50, 100); /* three times as slow as thought */
	look(&run);
	check_near(run.outlook.left_s, 150 * 0.8 + 30, 0, 0.5);
	outlook_release(&run.outlook);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_started_takes_the_makespan_of_all),
		cmocka_unit_test(progress_counts_cost_and_not_trials),
		cmocka_unit_test(a_slow_pace_stretches_what_waits),
		cmocka_unit_test(a_resumed_trial_has_only_the_rest_to_do),
		cmocka_unit_test(a_run_ends_at_its_whole),
		cmocka_unit_test(what_is_left_at_the_end_was_never_started),
		cmocka_unit_test(branches_wait_for_a_carrier_that_waits),
		cmocka_unit_test(branches_wait_for_a_carrier_that_runs),
		cmocka_unit_test(a_slow_carrier_delays_its_branches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
