/* SPDX-License-Identifier: MIT
 *
 * What is trained next, without trunks: order, selection, time, and other processes.
 */
#include "tests/agenda_fixture.h"

#define CASE(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

#define TWO_ARMS                                                                   \
	AGENDA_DATA "train: {budget: {steps: [100, 400, 200]}, batch_tokens: 1k, " \
		    "schedule: cosine}\n"                                          \
		    "optimizer: [{name: adamw, label: a, lr: 0.01}, "              \
		    "{name: adamw, label: b, lr: 0.01}]\n"

static void the_longest_is_first_and_a_shared_training_comes_once(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	int64_t steps[] = {400, 200, 100};

	(void)state;
	set_up(&t, TWO_ARMS);
	assert_int_equal(t.sweep->n_trials, 6);
	assert_int_equal(agenda_outlook(t.agenda).jobs, 3);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct agenda_entry *entry = take_job(&t, HUGE_VAL);

		assert_non_null(entry);
		assert_int_equal(entry->trial->steps, steps[i]);
		end_job(&t, entry, TRIAL_done);
	}
	assert_int_equal(offer(&t, HUGE_VAL), POOL_END);
	assert_int_equal(count_state(&t, TRIAL_done), 6);
	assert_int_equal(agenda_outlook(t.agenda).done, 6);
	start_again(&t, TWO_ARMS);
	assert_int_equal(offer(&t, HUGE_VAL), POOL_END);
	tear_down(&t);
}

static void the_first_that_fits_into_the_time_is_offered(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	struct agenda_entry *entry;
	double longest;

	(void)state;
	set_up(&t, TWO_ARMS);
	agenda_sort(t.agenda);
	longest = t.agenda->waiting.items[2]->job.cost;
	entry = take_job(&t, longest * 0.99);
	assert_int_equal(entry->trial->steps, 200);
	end_job(&t, entry, TRIAL_done);
	assert_int_equal(offer(&t, longest * 0.001), POOL_TOO_LONG);
	entry = take_job(&t, longest * 1.01);
	assert_int_equal(entry->trial->steps, 400);
	tear_down(&t);
}

static void no_more_than_the_limit_is_trained(void **state)
{
	struct agenda_test t = {.orders.limit = 2};

	(void)state;
	set_up(&t, TWO_ARMS);
	assert_int_equal(agenda_outlook(t.agenda).jobs, 2);
	imagine(&t, 1);
	assert_int_equal(t.n_jobs, 2);
	assert_int_equal(t.steps, 600);
	tear_down(&t);
}

static int wants_diverged(void *context, const struct trial *trial, enum trial_state state,
			  struct error *err)
{
	(void)context, (void)trial, (void)err;
	return state == TRIAL_diverged;
}

static enum trial_state diverge(struct agenda_test *t, const struct agenda_entry *entry)
{
	(void)t;
	return entry->trial->steps == 200 ? TRIAL_diverged : TRIAL_done;
}

static void a_diverged_trial_is_trained_again_where_it_is_asked_for(void **state)
{
	struct agenda_test t = {.fate = diverge};

	(void)state;
	set_up(&t, TWO_ARMS);
	imagine(&t, 1);
	start_again(&t, TWO_ARMS);
	assert_int_equal(offer(&t, HUGE_VAL), POOL_END);
	t.orders.wants = wants_diverged;
	t.fate = NULL;
	start_again(&t, TWO_ARMS);
	imagine(&t, 1);
	assert_int_equal(t.n_jobs, 4);
	assert_int_equal(count_state(&t, TRIAL_done), 6);
	tear_down(&t);
}

static void a_diverged_trial_that_another_process_tries_again_is_left_to_it(void **state)
{
	struct agenda_test t = {.fate = diverge};
	const struct trial *trial = NULL;
	struct trial_status status;

	(void)state;
	set_up(&t, TWO_ARMS);
	imagine(&t, 1);
	agenda_free(t.agenda);
	check_ok(agenda_new(&t.agenda, t.sweep, t.store, &t.err), &t.err);
	for (size_t i = 0; i < t.sweep->n_trials; i++)
		if (agenda_state(t.agenda, i) == TRIAL_diverged)
			trial = t.sweep->trials[i];
	assert_non_null(trial);
	check_ok(store_requeue(t.others, trial->key, &t.err), &t.err);
	claim(t.others, trial, &another_process);
	put_checkpoint(trial, 150);
	t.orders.wants = wants_diverged;
	check_ok(agenda_start(t.agenda, &t.orders, &t.err), &t.err);
	check_ok(store_trial_status(t.store, trial->key, &status, &t.err), &t.err);
	assert_int_equal(status.state, TRIAL_running);
	assert_int_equal(checkpoint_newest(FOLDER, trial->key, trial->steps), 150);
	tear_down(&t);
}

static int wants_error(void *context, const struct trial *trial, enum trial_state state,
		       struct error *err)
{
	(void)context, (void)trial, (void)state;
	return error_set(err, ERR_USAGE, "no such column");
}

static void an_error_of_the_selection_is_told(void **state)
{
	struct agenda_test t = {.n_workers = 0};

	(void)state;
	set_up(&t, TWO_ARMS);
	agenda_free(t.agenda);
	check_ok(agenda_new(&t.agenda, t.sweep, t.store, &t.err), &t.err);
	t.orders.wants = wants_error;
	assert_int_equal(agenda_start(t.agenda, &t.orders, &t.err), -ERR_USAGE);
	tear_down(&t);
}

static int is_long(void *context, const struct trial *trial, struct error *err)
{
	(void)context, (void)err;
	return trial->steps > 100;
}

static int counts_error(void *context, const struct trial *trial, struct error *err)
{
	return wants_error(context, trial, TRIAL_planned, err);
}

static void how_the_trials_of_a_choice_stand_is_counted(void **state)
{
	size_t before[TRIAL_N_STATES] = {0}, after[TRIAL_N_STATES] = {0};
	struct agenda_test t = {.n_workers = 0};

	(void)state;
	set_up(&t, TWO_ARMS);
	check_ok(agenda_count(t.agenda, is_long, NULL, before, &t.err), &t.err);
	imagine(&t, 1);
	check_ok(agenda_count(t.agenda, is_long, NULL, after, &t.err), &t.err);
	assert_int_equal(before[TRIAL_planned], 2); /* both arms have the same */
	assert_int_equal(before[TRIAL_done], 0);
	assert_int_equal(after[TRIAL_planned], 0);
	assert_int_equal(after[TRIAL_done], 2);
	assert_int_equal(agenda_count(t.agenda, counts_error, NULL, after, &t.err), -ERR_USAGE);
	tear_down(&t);
}

/* --- other processes --- */

static void a_trial_of_another_process_is_left_to_it(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	const struct trial *lost;

	(void)state;
	set_up(&t, TWO_ARMS);
	lost = lose_job(&t)->trial;
	assert_int_equal(agenda_outlook(t.agenda).elsewhere, 1);
	imagine(&t, 1);
	assert_int_equal(t.n_jobs, 2);
	finish(t.others, lost, TRIAL_done);
	assert_int_equal(offer(&t, HUGE_VAL), POOL_END);
	assert_int_equal(count_state(&t, TRIAL_done), 6);
	assert_int_equal(agenda_outlook(t.agenda).jobs, 2);
	tear_down(&t);
}

static void a_trial_that_another_process_gives_up_comes_back(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	const struct trial *lost;

	(void)state;
	set_up(&t, TWO_ARMS);
	lost = lose_job(&t)->trial;
	finish(t.others, lost, TRIAL_interrupted);
	imagine(&t, 1);
	assert_int_equal(t.n_jobs, 3);
	assert_int_equal(count_state(&t, TRIAL_done), 6);
	tear_down(&t);
}

/* Without trunks. */
static void set_up_brackets(struct agenda_test *t)
{
	set_up(t, BRACKETS);
	t->orders.checkpoints = NULL;
	start_again(t, BRACKETS);
}

static void what_tuning_needs_of_another_process_is_waited_for(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	struct agenda_entry *lost;
	double seconds;

	(void)state;
	set_up_brackets(&t);
	lost = lose_job(&t);
	seconds = agenda_seconds_from(lost, 0);
	for (struct agenda_entry *entry; (entry = take_job(&t, HUGE_VAL));)
		end_job(&t, entry, TRIAL_done);
	assert_int_equal(offer(&t, HUGE_VAL), POOL_WAIT);
	assert_int_equal(offer(&t, seconds * 1.01), POOL_WAIT);
	/* What it brings would not fit. */
	assert_int_equal(offer(&t, seconds * 0.99), POOL_END);
	tear_down(&t);
}

static void a_group_that_a_failed_trial_blocks_is_not_waited_for(void **state)
{
	struct agenda_test t = {.n_workers = 0};
	const struct trial *lost;

	(void)state;
	set_up_brackets(&t);
	lost = lose_job(&t)->trial;
	for (struct agenda_entry *entry; (entry = take_job(&t, HUGE_VAL));)
		end_job(&t, entry, entry->trial->steps == lost->steps ? TRIAL_failed : TRIAL_done);
	assert_int_equal(agenda_outlook(t.agenda).elsewhere, 1);
	assert_int_equal(offer(&t, HUGE_VAL), POOL_END);
	tear_down(&t);
}

/* --- how well the workers are used --- */

#define MANY                                                                            \
	AGENDA_DATA "train: {budget: {steps: {lin: [40, 400, 10]}}, batch_tokens: 1k, " \
		    "seeds: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], schedule: cosine}\n"        \
		    "optimizer: [{name: adamw, lr: 0.01}, {name: muon, lr: 0.02}]\n"

static void two_hundred_trials_fill_their_workers(void **state)
{
	static const size_t workers[] = {2, 3, 8};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(workers); i++) {
		struct agenda_test t = {.slowness = 0.5};
		double took_s, work_s = 0;

		set_up(&t, MANY);
		assert_int_equal(t.sweep->n_trials, 200);
		for (size_t j = 0; j < 200; j++)
			work_s += t.agenda->entries.items[j]->job.cost;
		check_near(agenda_outlook(t.agenda).seconds, work_s, 1e-9, 0);
		check_near(agenda_wall_seconds(t.agenda), work_s, 1e-9, 0);
		took_s = imagine(&t, workers[i]);
		assert_int_equal(t.n_jobs, 200);
		assert_true(took_s >= work_s / (double)workers[i]);
		/* They take 1.25 times as long on the average. */
		assert_true(took_s <= 1.05 * 1.25 * work_s / (double)workers[i]);
		tear_down(&t);
		remove("a.db");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_longest_is_first_and_a_shared_training_comes_once),
		CASE(the_first_that_fits_into_the_time_is_offered),
		CASE(no_more_than_the_limit_is_trained),
		CASE(a_diverged_trial_is_trained_again_where_it_is_asked_for),
		CASE(a_diverged_trial_that_another_process_tries_again_is_left_to_it),
		CASE(an_error_of_the_selection_is_told),
		CASE(how_the_trials_of_a_choice_stand_is_counted),
		CASE(a_trial_of_another_process_is_left_to_it),
		CASE(a_trial_that_another_process_gives_up_comes_back),
		CASE(what_tuning_needs_of_another_process_is_waited_for),
		CASE(a_group_that_a_failed_trial_blocks_is_not_waited_for),
		CASE(two_hundred_trials_fill_their_workers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
