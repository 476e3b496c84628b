/* SPDX-License-Identifier: MIT
 *
 * What is asked of a store while a sweep runs: which trials fulfil a condition, what runs, and how
 * long the rest will take.
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/store_fixture.h"

#define PATH "status.db"

/* Keys that fulfil, each with a blank; and how many there were. */
struct chosen {
	char keys[256];
	int n;
};

static void note_choice(void *context, const char *trial_key, bool fulfils)
{
	struct chosen *chosen = context;

	chosen->n++;
	if (fulfils)
		snprintf(chosen->keys + strlen(chosen->keys),
			 sizeof(chosen->keys) - strlen(chosen->keys), "%s ", trial_key);
}

static void check_choice(struct store *store, const char *where, const char *want)
{
	struct error err = ERROR_INIT;
	struct chosen chosen = {.n = 0};

	check_ok(store_select(store, "s", where, note_choice, &chosen, &err), &err);
	assert_int_equal(chosen.n, 4);
	if (strcmp(chosen.keys, want) != 0)
		fail_msg("%s: '%s', not '%s'", where, chosen.keys, want);
}

static void conditions_choose_trials_in_every_state(void **state)
{
	struct store *store;

	(void)state;
	store = mixed_store(PATH);
	put_trial(store, "s", "muon", "early", 2); /* of two arms */
	check_choice(store, "label = 'muon'", "done early ");
	check_choice(store, "label = 'adamw'", "early later wild ");
	check_choice(store, "step IS NULL", "early later ");
	check_choice(store, "step >= 30", "done wild ");
	check_choice(store, "step = 20", ""); /* only the last evaluation counts */
	check_choice(store, "state = 'planned'", "later ");
	check_choice(store, "lr / 0", "");
	check_choice(store, "1 -- a comment", "done early later wild ");
	store_close(store);
}

static void wrong_conditions_say_what_is_wrong(void **state)
{
	static const struct {
		const char *where, *want;
	} cases[] = {
		{"step_total > 3", "did you mean 'steps_total'"},
		{"lr >", "syntax error"},
		{"1); DELETE FROM trial; SELECT (1", "syntax error"},
		{"max(lr) > 0", "misuse of aggregate"},
	};
	struct store *store;

	(void)state;
	store = mixed_store(PATH);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		struct chosen chosen = {.n = 0};

		assert_int_equal(
			store_select(store, "s", cases[i].where, note_choice, &chosen, &err),
			-ERR_USAGE);
		if (!strstr(err.text, cases[i].want))
			fail_msg("'%s' is refused with '%s'", cases[i].where, err.text);
	}
	store_close(store);
}

static void note_running(const struct trial_running *running, void *context)
{
	struct trial_running *seen = context;

	assert_int_equal(seen->pid, 0); /* one at most */
	*seen = *running;
}

static void what_runs_is_told_with_its_owner(void **state)
{
	struct error err = ERROR_INIT;
	struct trial_running seen = {.pid = 0};
	struct store *store;

	(void)state;
	store = open_store(PATH);
	put_trial(store, "s", "muon", "a", 0);
	put_trial(store, "s", "muon", "b", 1);
	assert_true(claim(store, "a"));
	put_row(store, "a", 20, 3.5, false);
	check_ok(store_running(store, "s", note_running, &seen, &err), &err);
	assert_int_equal(seen.pid, getpid());
	check_near(seen.step, 20, 0, 1e-9);
	check_near(seen.loss, 3.5, 0, 1e-9);
	check_near(seen.steps_total, 40, 0, 1e-9);
	assert_false(seen.stale);
	execute(PATH, "UPDATE trial SET heartbeat = heartbeat - 600");
	seen = (struct trial_running){.pid = 0};
	check_ok(store_running(store, NULL, note_running, &seen, &err), &err);
	assert_true(seen.stale);
	assert_false(seen.gone);
	assert_in_range((int)seen.silent_s, 599, 660);
	store_close(store);
}

static void a_process_of_this_host_that_has_ended_is_known_to_be_gone(void **state)
{
	char host[256] = "";
	struct trial_run run = run_of(fork());
	struct trial_running seen = {.pid = 0};
	struct error err = ERROR_INIT;
	struct store *store;
	bool claimed;

	(void)state;
	if (run.pid == 0) {
		pause();
		_exit(0);
	}
	assert_true(run.pid > 0);
	gethostname(host, sizeof(host) - 1);
	run.host = host;
	store = open_store(PATH);
	put_trial(store, "s", "muon", "a", 0);
	check_ok(store_claim(store, "a", &run, &claimed, &err), &err);
	check_ok(store_running(store, "s", note_running, &seen, &err), &err);
	assert_false(seen.stale || seen.gone);
	kill(run.pid, SIGKILL);
	assert_int_equal(waitpid(run.pid, NULL, 0), run.pid);
	seen = (struct trial_running){.pid = 0};
	check_ok(store_running(store, "s", note_running, &seen, &err), &err);
	assert_true(seen.stale && seen.gone);
	store_close(store);
}

struct left {
	double sum;
	int n;
};

static void add_left(void *context, double seconds)
{
	struct left *left = context;

	left->sum += seconds;
	left->n++;
}

static void what_is_left_takes_the_time_of_trials_like_it(void **state)
{
	struct error err = ERROR_INIT;
	struct left left = {0}, first = {0};
	struct store *store;

	(void)state;
	store = open_store(PATH);
	put_trial(store, "s", "muon", "a", 0);
	put_trial(store, "s", "muon", "b", 1);
	check_ok(store_seconds_left(store, "s", add_left, &first, &err), &err);
	assert_int_equal(first.n, 2);
	assert_true(isnan(first.sum)); /* nothing was trained yet */
	assert_true(claim(store, "a"));
	put_row(store, "a", 40, 3.0, true); /* 4e6 FLOPs in 4 s */
	check_ok(store_finish(store, "a", TRIAL_done, NULL, &err), &err);
	check_ok(store_seconds_left(store, "s", add_left, &left, &err), &err);
	assert_int_equal(left.n, 1);
	check_near(left.sum, 4, 1e-9, 0);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH(conditions_choose_trials_in_every_state),
		SCRATCH(wrong_conditions_say_what_is_wrong),
		SCRATCH(what_runs_is_told_with_its_owner),
		SCRATCH(a_process_of_this_host_that_has_ended_is_known_to_be_gone),
		SCRATCH(what_is_left_takes_the_time_of_trials_like_it),
	};

	return cmocka_run_group_tests_name("store_status", tests, NULL, NULL);
}
