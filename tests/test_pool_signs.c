/* SPDX-License-Identifier: MIT
 *
 * Workers that fall silent, that leave a word, or that the system does not give; a store that
 * several runs share, or that goes away.
 */
#include <sys/resource.h>

#include "base/clock.h"
#include "base/text.h"
#include "sweep/silence.h"
#include "tests/pool_fixture.h"

/* --- silence --- */

static void the_limit_of_silence_follows_what_is_known_of_a_trial(void **state)
{
	struct silence s;

	(void)state;
	silence_start(&s, 0, 10);
	check_near(silence_limit_s(&s), 300, 0, 0);
	silence_goes_on(&s, 299);
	assert_false(silence_is_too_long(&s));
	silence_goes_on(&s, 2);
	assert_true(silence_is_too_long(&s));
	silence_ends(&s); /* it was slow, and may be again */
	assert_false(silence_is_too_long(&s));
	check_near(silence_limit_s(&s), 20 * 301, 0, 0);
	silence_start(&s, 0, 3600); /* its final evaluation may take long as well */
	check_near(silence_limit_s(&s), 7200, 0, 0);
	silence_start(&s, 0, (double)NAN);
	check_near(silence_limit_s(&s), 300, 0, 0);
}

static void a_limit_of_silence_that_is_given_holds_whatever_is_known(void **state)
{
	struct silence s;

	(void)state;
	silence_start(&s, 30, 3600);
	silence_goes_on(&s, 29);
	silence_ends(&s);
	silence_goes_on(&s, 29);
	assert_false(silence_is_too_long(&s));
	silence_goes_on(&s, 2);
	assert_true(silence_is_too_long(&s));
	silence_start(&s, HUGE_VAL, 10);
	silence_goes_on(&s, 1e12);
	assert_false(silence_is_too_long(&s));
}

/* Runs `n` scripts with a limit of silence, of which $pause is a tenth: from a second to a minute,
 * until they end in the wanted states, as on a busy machine who has something to say may wait. */
static void check_ends(struct fixture *f, const char *script, size_t n, const char *want)
{
	for (double limit_s = 1; limit_s <= 64; limit_s *= 2) {
		unlink("a.db");
		open_fixture(f, arena_printf(&scratch_arena, "pause=%g; %s", limit_s / 10, script),
			     n, 3);
		f->config.hang_after_s = limit_s;
		check_ok(run(f, n), &f->err);
		close_fixture(f);
		if (strcmp(ask("SELECT group_concat(state) FROM trial"), want) == 0)
			break;
	}
	check_answer("SELECT group_concat(state) FROM trial", want);
}

/* Each of three in a way of its own. */
static void a_silent_worker_is_ended_and_the_sweep_goes_on(void **state)
{
	const char *script = "case $0 in "
			     "00) row 10; exec sleep 600;; "
			     "01) row 10; kill -STOP $$;; "
			     "02) row 10; trap '' TERM; exec sleep 600;; "
			     "esac; final 30; end done";
	struct fixture f;

	(void)state;
	check_ends(&f, script, 4, "failed,failed,failed,done");
	check_answer("SELECT count(*) FROM trial WHERE reason GLOB '*no sign of life for *; killed "
		     "(--hang-"
		     "after *)'",
		     "3");
}

static void a_worker_that_speaks_now_and_then_lives(void **state)
{
	/* For longer in all than it may be silent. */
	const char *script = "for i in 1 2 3 4 5 6 7; do row $i; sleep $pause; sleep $pause; done; "
			     "final 30; end done";
	struct fixture f;

	(void)state;
	check_ends(&f, script, 1, "done");
}

/* --- last words --- */

static void the_last_words_of_a_failed_worker_are_kept(void **state)
{
	static const struct {
		const char *script, *log;
	} cases[] = {
		{"echo one >&2; echo two >&2; exit 1", "one\ntwo\n"},
		{"printf 'a\\001b\\377c\\303\\244\\n' >&2; exit 1", "a?b?c\303\244\n"},
		{"exit 1", "nothing"},
		{"echo fine >&2; final 30; end done", "nothing"},
		{"end failed 'no memory'; echo why >&2", "why\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture f;

		unlink("a.db");
		open_fixture(&f, cases[i].script, 1, 1);
		run(&f, 1);
		close_fixture(&f);
		check_answer("SELECT log FROM trial", cases[i].log);
	}
}

static void of_many_words_whole_lines_are_kept_until_the_next_try(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "seq -f 'line %06g' 1 2000 >&2; exit 1", 1, 1);
	check_ok(run(&f, 1), &f.err);
	check_answer("SELECT length(log) > 3900 AND length(log) <= 4096 FROM trial", "1");
	check_answer("SELECT substr(log, 1, 7) || substr(log, -12) FROM trial",
		     "line 00line 002000\n");
	f.config.worker_argv = worker(normal);
	f.jobs[0].failed_before = true;
	check_ok(run(&f, 1), &f.err);
	close_fixture(&f);
	check_answer("SELECT log IS NULL AND state = 'done' FROM trial", "1");
}

static void a_retry_that_succeeds_is_no_failure_to_stop_at(void **state)
{
	const char *script = "echo x >>tries-$0; [ $0 = 00 ] && [ $(wc -l <tries-00) -lt 3 ] && "
			     "{ echo once more >&2; exit 1; }; final 30; end done";
	struct fixture f;

	(void)state;
	open_fixture(&f, script, 3, 1);
	f.config.fail_fast = true;
	f.config.retries = 2;
	check_ok(run(&f, 3), &f.err);
	assert_int_equal(f.counts.by_state[TRIAL_done], 3);
	assert_int_equal(f.counts.by_state[TRIAL_failed], 0);
	check_answer("SELECT group_concat(tries) FROM trial", "3,1,1");
	check_answer("SELECT count(log) FROM trial", "0");
	execute("UPDATE trial SET state = 'planned'");
	unlink("tries-00");
	f.config.retries = 1;
	assert_int_equal(run(&f, 3), -ERR_STOPPED);
	assert_string_equal(f.err.text, "stopped at the first failure");
	close_fixture(&f);
	check_answer("SELECT group_concat(state) FROM trial", "failed,planned,planned");
	check_answer("SELECT log FROM trial", "once more\n");
}

/* --- too few processes --- */

/* A user who has no other processes, also where these tests run several times at once; the limit
 * does not hold for root. */
static uid_t lonely_user(void)
{
	return 20000 + (uid_t)getpid() % 40000;
}

static int run_with_few_processes(void)
{
	/* Nothing that the shell would make a process for. */
	const char *script = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; final 30; end done";
	const struct rlimit three = {3, 3};
	struct fixture f;

	if (setgid(lonely_user()) || setuid(lonely_user()) || setrlimit(RLIMIT_NPROC, &three))
		return 2;
	open_fixture(&f, script, 12, 8);
	if (run(&f, 12) || f.counts.by_state[TRIAL_done] != 12 ||
	    f.counts.by_state[TRIAL_interrupted] != 0) {
		print_error("%zu done: %s\n", f.counts.by_state[TRIAL_done], f.err.text);
		return 1;
	}
	store_close(f.store);
	return 0;
}

static void fewer_workers_than_asked_for_train_all_the_same(void **state)
{
	pid_t child;
	int status;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(scratch, 0777), 0);
	child = fork();
	if (child == 0)
		_exit(run_with_few_processes());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	check_answer("SELECT count(*) FROM trial WHERE state = 'done'", "12");
	check_answer("SELECT count(*) FROM evaluation", "12");
	check_answer("SELECT sum(tries) > 12 FROM trial", "1"); /* some had to wait */
}

/* File descriptors for so many more pipes; returns the limit before. */
static rlim_t leave_descriptors(int n)
{
	struct rlimit limit;
	rlim_t before;
	int highest = dup(STDERR_FILENO);

	close(highest);
	getrlimit(RLIMIT_NOFILE, &limit);
	before = limit.rlim_cur;
	limit.rlim_cur = (rlim_t)(highest + n);
	setrlimit(RLIMIT_NOFILE, &limit);
	return before;
}

static void restore_descriptors(rlim_t before)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = before;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void a_system_that_gives_no_worker_at_all_is_told(void **state)
{
	struct fixture f;
	rlim_t before;
	int result;

	(void)state;
	open_fixture(&f, normal, 3, 2);
	before = leave_descriptors(3);
	result = run(&f, 3);
	restore_descriptors(before);
	assert_int_equal(result, -ERR_IO);
	check_contains(f.err.text, "cannot start a worker; try fewer --jobs: Too many open files");
	check_ok(run(&f, 3), &f.err);
	close_fixture(&f);
	check_answer("SELECT count(*) FROM trial WHERE state = 'done'", "3");
}

/* --- several runs, and a store that goes away --- */

static int count_lines(const char *file)
{
	struct text text = {0};
	struct error err = ERROR_INIT;
	int n = 0;

	check_ok(file_read(&text, file, &err), &err);
	for (const char *c = text_string(&text); *c; c++)
		n += *c == '\n';
	text_release(&text);
	return n;
}

#define STARTS "echo $0 >>starts; row 10; sleep 0.02; final 30; end done"

static void two_runs_share_a_store_and_train_each_trial_once(void **state)
{
	struct fixture f;
	pid_t runs[2];
	int status;

	(void)state;
	open_fixture(&f, STARTS, 30, 2);
	store_close(f.store);
	for (int i = 0; i < 2; i++)
		runs[i] = fork_run(STARTS, 30, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(waitpid(runs[i], &status, 0), runs[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(count_lines("starts"), 30);
	check_answer("SELECT count(*) FROM trial WHERE state = 'done' AND tries = 1", "30");
	check_answer("SELECT count(*) FROM evaluation", "60");
}

static void a_run_that_is_killed_loses_only_what_it_was_training(void **state)
{
	struct fixture f;
	pid_t runs[2];

	(void)state;
	open_fixture(&f, STARTS, 30, 2);
	store_close(f.store);
	for (int i = 0; i < 2; i++)
		runs[i] = fork_run(STARTS, 30, 2);
	assert_true(answer_comes("SELECT count(*) > 8 FROM trial WHERE state = 'done'", "1"));
	kill(runs[0], SIGKILL);
	for (int i = 0; i < 2; i++)
		assert_int_equal(waitpid(runs[i], NULL, 0), runs[i]);
	open_fixture(&f, STARTS, 30, 2);
	check_ok(run(&f, 30), &f.err);
	close_fixture(&f);
	check_answer("SELECT count(*) FROM trial WHERE state = 'done'", "30");
	check_answer("SELECT count(*) FROM evaluation", "60");
	assert_in_range(count_lines("starts"), 30, 32);
}

static void a_store_that_goes_away_ends_the_run_with_a_word(void **state)
{
	static const struct {
		const char *what, *message;
	} cases[] = {
		{"rm a.db", "store 'a.db' was deleted or moved while it was in use"},
		{"touch other; mv other a.db",
		 "store 'a.db' was replaced by another file while it was in use"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture f;

		open_fixture(&f,
			     arena_printf(&scratch_arena,
					  "trap 'touch saved; end interrupted; exit' TERM; row 10; "
					  "%s; while :; do sleep 0.02; done",
					  cases[i].what),
			     2, 1);
		f.config.heartbeat_s = 0.1;
		assert_int_equal(run(&f, 2), -ERR_STORE);
		check_contains(f.err.text, cases[i].message);
		assert_int_equal(unlink("saved"), 0); /* the worker had time to save */
		store_close(f.store);
		unlink("a.db");
		unlink("a.db-wal");
		unlink("a.db-shm");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_limit_of_silence_follows_what_is_known_of_a_trial),
		cmocka_unit_test(a_limit_of_silence_that_is_given_holds_whatever_is_known),
		CASE(a_silent_worker_is_ended_and_the_sweep_goes_on),
		CASE(a_worker_that_speaks_now_and_then_lives),
		CASE(the_last_words_of_a_failed_worker_are_kept),
		CASE(of_many_words_whole_lines_are_kept_until_the_next_try),
		CASE(a_retry_that_succeeds_is_no_failure_to_stop_at),
		CASE(fewer_workers_than_asked_for_train_all_the_same),
		CASE(a_system_that_gives_no_worker_at_all_is_told),
		CASE(two_runs_share_a_store_and_train_each_trial_once),
		CASE(a_run_that_is_killed_loses_only_what_it_was_training),
		CASE(a_store_that_goes_away_ends_the_run_with_a_word),
	};

	return cmocka_run_group_tests(tests, quiet, NULL);
}
