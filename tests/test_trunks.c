/* SPDX-License-Identifier: MIT
 *
 * Trials of one trunk: who trains what they share, and what happens when that goes wrong.
 */
#include "tests/agenda_fixture.h"

#define CASE(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

/* --- who trains it --- */

/* The one of a horizon with the larger learning rate. */
static struct agenda_entry *entry_of(const struct agenda_test *t, int64_t steps)
{
	struct agenda_entry *found = NULL;

	for (size_t i = 0; i < t->agenda->entries.n; i++)
		if (t->agenda->entries.items[i]->trial->steps == steps)
			found = t->agenda->entries.items[i];
	assert_non_null(found);
	return found;
}

/* A fresh ladder, whose first job has begun; returns that. */
static struct agenda_entry *begin_ladder(struct agenda_test *t)
{
	set_up(t, LADDER);
	return take_job(t, HUGE_VAL);
}

/* A ladder whose first job was stopped after these checkpoints; a further run of it. */
static void stop_and_go_on(struct agenda_test *t, const int64_t *steps, size_t n)
{
	struct agenda_entry *carrier = begin_ladder(t);

	for (size_t i = 0; i < n; i++)
		put_checkpoint(carrier->trial, steps[i]);
	end_job(t, carrier, TRIAL_interrupted);
	start_again(t, LADDER);
}

static void every_prefix_is_trained_once(void **state)
{
	static const size_t workers[] = {1, 2, 3, 8};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(workers); i++) {
		struct agenda_test t = {.slowness = 0.5};

		set_up(&t, LADDER);
		imagine(&t, workers[i]);
		assert_int_equal(t.n_jobs, 8);
		assert_int_equal(t.steps, 2 * 940);
		assert_int_equal(t.steps, steps_shared(t.sweep));
		assert_int_equal(count_state(&t, TRIAL_done), 8);
		assert_int_equal(count_folders(), 0);
		tear_down(&t);
		remove("a.db");
	}
}

static void the_times_count_what_is_shared_once(void **state)
{
	struct agenda_test t = {.orders.run.jobs = 1};
	double expected_s, wall_s;

	(void)state;
	set_up(&t, LADDER);
	expected_s = agenda_outlook(t.agenda).seconds;
	wall_s = agenda_wall_seconds(t.agenda);
	check_near(wall_s, expected_s, 1e-9, 0);
	check_near(imagine(&t, 1), expected_s, 1e-9, 0);
	tear_down(&t);
}

static void branches_wait_for_their_fork(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	struct agenda_entry *carrier, *branch;

	(void)state;
	carrier = begin_ladder(&t);
	assert_int_equal(carrier->trial->steps, 800);
	assert_int_equal(carrier->n_forks, 3);
	assert_int_equal(carrier->forks[0], 80);
	assert_int_equal(carrier->forks[1], 160);
	assert_int_equal(carrier->forks[2], 320);
	assert_int_equal(take_job(&t, HUGE_VAL)->trial->steps, 800);
	assert_int_equal(offer(&t, HUGE_VAL), POOL_TOO_LONG); /* the pool asks again */
	put_checkpoint(carrier->trial, 120);
	assert_int_equal(offer(&t, HUGE_VAL), POOL_TOO_LONG);
	put_checkpoint(carrier->trial, 160);
	branch = take_job(&t, HUGE_VAL);
	assert_int_equal(branch->trial->steps, 200);
	assert_string_equal(branch->trial->trunk_key, carrier->trial->trunk_key);
	check_near(branch->job.cost, agenda_seconds_from(branch, 160), 1e-12, 0);
	tear_down(&t);
}

struct told {
	struct agenda_waiting waiting[16];
	size_t n;
};

static void note_waiting(void *context, const struct agenda_waiting *waiting)
{
	struct told *told = context;

	assert_true(told->n < ARRAY_SIZE(told->waiting));
	told->waiting[told->n++] = *waiting;
}

/* What is told of the horizon of 400 in the trunk of a job. */
static struct agenda_waiting look_at_400(struct agenda_test *t, const struct agenda_entry *of,
					 struct told *told)
{
	told->n = 0;
	agenda_each_waiting(t->agenda, note_waiting, told);
	for (size_t i = 0; i < told->n; i++) {
		const struct trial *trial = told->waiting[i].job->trial;

		if (trial->steps == 400 && strcmp(trial->trunk_key, of->trial->trunk_key) == 0)
			return told->waiting[i];
	}
	fail_msg("it does not wait");
	return told->waiting[0];
}

static void what_waits_is_told_with_its_carrier(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	struct agenda_entry *carrier;
	struct agenda_waiting waiting;
	struct told told;
	double until_s;

	(void)state;
	set_up(&t, LADDER);
	carrier = entry_of(&t, 800);
	until_s = agenda_seconds_from(carrier, 0) - agenda_seconds_from(carrier, 320);
	waiting = look_at_400(&t, carrier, &told);
	assert_int_equal(told.n, 8);
	assert_ptr_equal(waiting.carrier, &carrier->job);
	assert_ptr_equal(told.waiting[waiting.carrier_rank].job, &carrier->job);
	check_near(waiting.carrier_s, until_s, 1e-12, 0);
	while (carrier->phase != ENTRY_RUNNING)
		take_job(&t, HUGE_VAL);
	waiting = look_at_400(&t, carrier, &told);
	assert_ptr_equal(waiting.carrier, &carrier->job);
	assert_true(waiting.carrier_rank == AGENDA_RUNS);
	check_near(waiting.carrier_s, until_s, 1e-12, 0);
	put_checkpoint(carrier->trial, 320);
	offer(&t, 0);
	assert_null(look_at_400(&t, carrier, &told).carrier);
	tear_down(&t);
}

/* --- what goes wrong --- */

static enum trial_state fail_longest(struct agenda_test *t, const struct agenda_entry *entry)
{
	(void)t;
	return entry->trial->steps == 800 ? TRIAL_failed : TRIAL_done;
}

static enum trial_state diverge_longest(struct agenda_test *t, const struct agenda_entry *entry)
{
	(void)t;
	return entry->trial->steps == 800 ? TRIAL_diverged : TRIAL_done;
}

static void the_others_go_on_where_a_carrier_fails(void **state)
{
	struct agenda_test t = {.fate = fail_longest};
	struct agenda_entry *carrier;

	(void)state;
	carrier = begin_ladder(&t);
	put_checkpoint(carrier->trial, 80);
	put_checkpoint(carrier->trial, 130);
	end_job(&t, carrier, TRIAL_failed);
	imagine(&t, 1);
	assert_int_equal(count_state(&t, TRIAL_done), 6);
	/* the other trunk as a whole, and of this one 400 from 130, 200 and 100 from their forks */
	assert_int_equal(t.steps, 940 + (400 - 130) + 40 + 20);
	assert_int_equal(count_folders(), 2); /* the failed ones may be tried again */
	t.fate = diverge_longest;
	tear_down(&t);
}

static void a_trunk_that_diverges_leaves_nothing(void **state)
{
	struct agenda_test t = {.fate = diverge_longest};

	(void)state;
	set_up(&t, LADDER);
	imagine(&t, 2);
	assert_int_equal(count_state(&t, TRIAL_done), 6);
	assert_int_equal(count_state(&t, TRIAL_diverged), 2);
	assert_int_equal(count_folders(), 0);
	tear_down(&t);
}

static void a_run_goes_on_from_the_trunks_that_there_are(void **state)
{
	static const int64_t steps[] = {80, 160, 500};
	struct agenda_test t = {.n_workers = 0};

	(void)state;
	stop_and_go_on(&t, steps, ARRAY_SIZE(steps));
	imagine(&t, 2);
	/* 320 was lost, so that the horizon of 400 goes on from 160. */
	assert_int_equal(t.steps, 940 + (800 - 500) + (400 - 160) + 40 + 20);
	assert_int_equal(count_state(&t, TRIAL_done), 8);
	assert_int_equal(count_folders(), 0);
	tear_down(&t);
}

static void a_decay_that_was_interrupted_goes_on(void **state)
{
	static const int64_t steps[] = {80, 160, 320, 700};
	struct agenda_test t = {.n_workers = 0};

	(void)state;
	stop_and_go_on(&t, steps, ARRAY_SIZE(steps));
	imagine(&t, 1);
	assert_int_equal(t.steps, 940 + 100 + 80 + 40 + 20);
	tear_down(&t);
}

static void a_shorter_one_carries_where_time_is_short(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	struct agenda_entry *entry;
	double room_s;

	(void)state;
	set_up(&t, LADDER);
	room_s = agenda_seconds_from(entry_of(&t, 400), 0) * 1.01;
	entry = take_job(&t, room_s);
	assert_int_equal(entry->trial->steps, 400);
	assert_int_equal(entry->n_forks, 2);
	assert_int_equal(take_job(&t, room_s)->trial->steps, 400); /* of the other trunk */
	assert_int_equal(offer(&t, room_s), POOL_TOO_LONG);
	put_checkpoint(entry->trial, 80);
	assert_int_equal(take_job(&t, room_s)->trial->steps, 100);
	tear_down(&t);
}

/* --- a sweep that grows --- */

static void a_longer_horizon_that_is_added_starts_from_what_is_left(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	struct agenda_entry *entry;

	(void)state;
	set_up(&t, SHORT);
	entry = take_job(&t, HUGE_VAL);
	put_checkpoint(entry->trial, 80);
	put_checkpoint(entry->trial, 160);
	end_job(&t, entry, TRIAL_done);
	start_again(&t, LADDER);
	imagine(&t, 1);
	assert_int_equal(count_state(&t, TRIAL_done), 8);
	assert_int_equal(t.steps, 940 + (800 - 160) + 80 + 20);
	tear_down(&t);
}

static void a_longer_one_waits_for_a_shorter_one_that_runs(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	struct agenda_entry *shorter, *longer;

	(void)state;
	set_up(&t, LADDER);
	shorter = take_job(&t, agenda_seconds_from(entry_of(&t, 200), 0) * 1.01);
	assert_int_equal(shorter->trial->steps, 200);
	longer = take_job(&t, HUGE_VAL);
	assert_string_not_equal(longer->trial->trunk_key, shorter->trial->trunk_key);
	assert_int_equal(offer(&t, HUGE_VAL), POOL_TOO_LONG);
	put_checkpoint(shorter->trial, 160);
	longer = take_job(&t, HUGE_VAL);
	assert_string_equal(longer->trial->trunk_key, shorter->trial->trunk_key);
	assert_int_equal(longer->trial->steps, 800);
	assert_int_equal(longer->from, 160);
	tear_down(&t);
}

/* --- other processes --- */

static void nothing_waits_for_a_carrier_elsewhere_that_would_not_fit(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	double shortest_s;

	(void)state;
	set_up(&t, LADDER);
	shortest_s = agenda_seconds_from(entry_of(&t, 100), 80);
	lose_job(&t);
	lose_job(&t);
	assert_int_equal(offer(&t, shortest_s * 1.01), POOL_WAIT);
	assert_int_equal(offer(&t, shortest_s * 0.99), POOL_TOO_LONG);
	tear_down(&t);
}

static void branches_wait_for_a_carrier_elsewhere(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	struct agenda_entry *first, *second;

	(void)state;
	set_up(&t, LADDER);
	first = lose_job(&t);
	second = lose_job(&t);
	assert_int_equal(offer(&t, HUGE_VAL), POOL_WAIT);
	put_checkpoint(first->trial, 80);
	assert_int_equal(take_job(&t, HUGE_VAL)->trial->steps, 100);
	assert_int_equal(offer(&t, HUGE_VAL), POOL_WAIT);
	/* The first is given up and comes back; the second is done. */
	put_checkpoint(first->trial, 200);
	finish(t.others, first->trial, TRIAL_interrupted);
	assert_ptr_equal(take_job(&t, HUGE_VAL), first);
	assert_int_equal(first->from, 200);
	put_checkpoint(second->trial, 80);
	put_checkpoint(second->trial, 160);
	put_checkpoint(second->trial, 320);
	finish(t.others, second->trial, TRIAL_done);
	/* The horizon of 200 has missed its fork; it is left behind at 80. */
	assert_int_equal(take_job(&t, HUGE_VAL)->from, 80);
	assert_int_equal(take_job(&t, HUGE_VAL)->from, 320);
	assert_int_equal(take_job(&t, HUGE_VAL)->from, 160);
	tear_down(&t);
}

/* --- anything may happen --- */

static enum trial_state roll(struct agenda_test *t, const struct agenda_entry *entry)
{
	static const enum trial_state states[] = {TRIAL_done, TRIAL_done, TRIAL_done,
						  TRIAL_interrupted, TRIAL_failed};

	(void)entry;
	t->random = hash64(t->random, &t->random, sizeof(t->random));
	return states[t->random % ARRAY_SIZE(states)];
}

static void trials_that_stop_at_random_are_all_done_in_the_end(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct agenda_test t = {.slowness = 1, .random = seed, .fate = roll};
		size_t runs = 0;

		set_up(&t, LADDER);
		do {
			imagine(&t, 1 + seed % 3);
			t.orders.wants = NULL;
			start_again(&t, LADDER);
		} while (agenda_outlook(t.agenda).jobs > 0 && ++runs < 100);
		assert_true(runs < 100);
		assert_int_equal(count_state(&t, TRIAL_done) + count_state(&t, TRIAL_failed), 8);
		tear_down(&t);
		remove("a.db");
		scratch_remove(state);
		scratch_make(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_prefix_is_trained_once),
		CASE(the_times_count_what_is_shared_once),
		CASE(branches_wait_for_their_fork),
		CASE(what_waits_is_told_with_its_carrier),
		CASE(the_others_go_on_where_a_carrier_fails),
		CASE(a_trunk_that_diverges_leaves_nothing),
		CASE(a_run_goes_on_from_the_trunks_that_there_are),
		CASE(a_decay_that_was_interrupted_goes_on),
		CASE(a_shorter_one_carries_where_time_is_short),
		CASE(a_longer_horizon_that_is_added_starts_from_what_is_left),
		CASE(a_longer_one_waits_for_a_shorter_one_that_runs),
		CASE(nothing_waits_for_a_carrier_elsewhere_that_would_not_fit),
		CASE(branches_wait_for_a_carrier_elsewhere),
		CASE(trials_that_stop_at_random_are_all_done_in_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
