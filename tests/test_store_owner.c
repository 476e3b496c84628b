/* SPDX-License-Identifier: MIT
 *
 * Whose a running trial is: owners that live, die, are somewhere else, or have a wrong clock.
 */
#include "tests/store_fixture.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/process.h"

static bool claim_from(struct store *store, const char *host, int pid)
{
	struct trial_run run = {host, "0.1", "openblas", pid, 1, 1};
	struct error err = ERROR_INIT;
	bool claimed;

	check_ok(store_claim(store, "k", &run, &claimed, &err), &err);
	return claimed;
}

/* --- processes of this host --- */

static void a_mark_tells_a_process_from_others(void **state)
{
	char own[PROCESS_MARK], other[PROCESS_MARK], again[PROCESS_MARK];
	siginfo_t info;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		for (;;)
			pause();
	process_mark(getpid(), own);
	process_mark(child, other);
	process_mark(getpid(), again);
	assert_true(own[0] && other[0]);
	assert_string_equal(own, again);
	assert_true(process_mark_is_visible(own) && process_mark_is_visible(other));
	assert_false(process_mark_is_visible("another-boot pid:[1] 7"));
	assert_false(process_mark_is_visible(""));
	kill(child, SIGKILL);
	waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT); /* a zombie is gone */
	process_mark(child, other);
	assert_string_equal(other, "");
	waitpid(child, NULL, 0);
	process_mark(child, other);
	assert_string_equal(other, "");
}

static void a_process_of_this_host_owns_its_trial_as_long_as_it_lives(void **state)
{
	/* Whatever the clock says. */
	static const char *const heartbeats[] = {"0", "unixepoch() - 3600", "unixepoch() + 86400",
						 "NULL", "unixepoch()"};
	const char *path = scratch_path(state, "a.db");
	struct store *store = open_store(path);
	char sql[128];
	pid_t child = fork();

	if (child == 0)
		for (;;)
			pause();
	put_trial(store, "s", "muon", "k", 0);
	assert_true(claim_from(store, HOST, child));
	for (size_t i = 0; i < ARRAY_SIZE(heartbeats); i++) {
		snprintf(sql, sizeof(sql), "UPDATE trial SET heartbeat = %s", heartbeats[i]);
		execute(path, sql);
		assert_false(claim_from(store, HOST, getpid()));
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_true(claim_from(store, HOST, getpid()));
	store_close(store);
}

static void a_number_that_another_process_has_now_is_no_owner(void **state)
{
	const char *path = scratch_path(state, "a.db");
	struct store *store = open_store(path);
	struct store *other = open_store(path);
	struct error err = ERROR_INIT;

	put_trial(store, "s", "muon", "k", 0);
	assert_true(claim_from(store, HOST, getpid()));
	assert_false(claim_from(other, HOST, getpid()));
	/* It was started at another moment. */
	execute(path, "UPDATE trial SET process = process || '7'");
	assert_int_equal(store_heartbeat(store, "k", &err), -ERR_TAKEN);
	assert_true(claim_from(other, HOST, getpid()));
	check_ok(store_heartbeat(other, "k", &err), &err);
	store_close(other);
	store_close(store);
}

static void an_owner_without_a_mark_is_known_by_its_number(void **state)
{
	const char *path = scratch_path(state, "a.db");
	struct store *store = open_store(path);
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	put_trial(store, "s", "muon", "k", 0);
	assert_true(claim_from(store, HOST, child)); /* it is gone, and has no mark */
	check_near(ask(path, "SELECT process IS NULL FROM trial"), 1, 0, 0);
	assert_true(claim_from(store, HOST, getpid()));
	execute(path, "UPDATE trial SET process = NULL");
	assert_false(claim_from(store, HOST, getpid()));
	execute(path, "UPDATE trial SET heartbeat = heartbeat - 61");
	assert_true(claim_from(store, HOST, getpid()));
	store_close(store);
}

/* --- processes of others --- */

static void an_owner_out_of_sight_is_judged_by_its_heartbeat(void **state)
{
	static const struct {
		const char *host, *process;
		int ago_s;
		bool free;
	} cases[] = {
		{"elsewhere", "'boot pid:[1] 7'", 0, false},
		{"elsewhere", "'boot pid:[1] 7'", 50, false},
		{"elsewhere", "'boot pid:[1] 7'", 61, true},
		{"elsewhere", "NULL", 61, true},
		{"elsewhere", "NULL", -50, false},
		/* of this name, but another machine, another boot or another container */
		{HOST, "'boot pid:[1] 7'", 50, false},
		{HOST, "'boot pid:[1] 7'", 61, true},
		/* a process of this machine under another name */
		{"elsewhere", "process", 50, false},
	};
	const char *path = scratch_path(state, "a.db");
	struct store *store = open_store(path);
	char sql[256];

	put_trial(store, "s", "muon", "k", 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		execute(path, "UPDATE trial SET state = 'planned'");
		assert_true(claim_from(store, cases[i].host, getpid()));
		snprintf(sql, sizeof(sql),
			 "UPDATE trial SET process = %s, heartbeat = heartbeat - %d",
			 cases[i].process, cases[i].ago_s);
		execute(path, sql);
		if (claim_from(store, HOST, getpid()) != cases[i].free)
			fail_msg("case %zu", i);
	}
	store_close(store);
}

static void a_heartbeat_of_a_time_to_come_does_not_keep_a_dead_owner_alive(void **state)
{
	const char *path = scratch_path(state, "a.db");
	struct store *store = open_store(path);
	struct error err = ERROR_INIT;
	struct store *owner = open_store(path);

	put_trial(store, "s", "muon", "k", 0);
	assert_true(claim_from(owner, "elsewhere", 1));
	execute(path, "UPDATE trial SET heartbeat = heartbeat + 86400");
	assert_false(claim_from(store, HOST, getpid()));
	check_near(ask(path, "SELECT abs(unixepoch() - heartbeat) < 30 FROM trial"), 1, 0, 0);
	/* One that lives beats again, by its own clock. */
	check_ok(store_heartbeat(owner, "k", &err), &err);
	execute(path, "UPDATE trial SET heartbeat = heartbeat + 86400");
	assert_false(claim_from(store, HOST, getpid()));
	/* One that is dead does not, and a minute later it is known. */
	execute(path, "UPDATE trial SET heartbeat = heartbeat - 61");
	assert_true(claim_from(store, HOST, getpid()));
	assert_int_equal(store_heartbeat(owner, "k", &err), -ERR_TAKEN);
	check_contains(err.text, "another process took it over");
	assert_int_equal(store_finish(owner, "k", TRIAL_done, NULL, &err), -ERR_TAKEN);
	store_close(owner);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH(a_mark_tells_a_process_from_others),
		SCRATCH(a_process_of_this_host_owns_its_trial_as_long_as_it_lives),
		SCRATCH(a_number_that_another_process_has_now_is_no_owner),
		SCRATCH(an_owner_without_a_mark_is_known_by_its_number),
		SCRATCH(an_owner_out_of_sight_is_judged_by_its_heartbeat),
		SCRATCH(a_heartbeat_of_a_time_to_come_does_not_keep_a_dead_owner_alive),
	};

	return cmocka_run_group_tests_name("store_owner", tests, NULL, NULL);
}
