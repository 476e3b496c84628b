/* SPDX-License-Identifier: MIT
 *
 * How workers end, and many of them at once.
 */
#include "sweep/checkpoint_folder.h"
#include "tests/pool_fixture.h"

static int next_descriptor(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

/* --- one worker, one ending --- */

static const struct ending {
	const char *what, *script, *state, *reason, *rows;
} endings[] = {
	{"all is well", "row 10; row 20; final 30; end done", "done", "nothing", "3"},
	{"killed", "row 10; row 20; kill -9 $$", "failed",
	 "killed by signal 9 (Killed); the system does so when memory is out", "2"},
	{"killed with a complaint", "row 10; echo one >&2; echo two >&2; kill -11 $$", "failed",
	 "killed by signal 11 (Segmentation fault): two", "1"},
	{"asked to stop from outside", "row 10; kill -15 $$", "interrupted",
	 "killed by signal 15 (Terminated)", "1"},
	{"killed within a line", "row 10; printf 'evaluation\\t0\\t2'; kill -9 $$", "failed",
	 "killed by signal 9 (Killed); the system does so when memory is out", "1"},
	{"fails with a word", "row 10; end failed 'no memory'", "failed", "no memory", "1"},
	{"fails with a word and a status", "end failed 'no memory'; exit 1", "failed", "no memory",
	 "0"},
	{"diverges", "row 10; end diverged 'loss 9.5'; exit 3", "diverged", "loss 9.5", "1"},
	{"is done but for its exit status", "final 30; end done; echo disk full >&2; exit 1",
	 "failed", "exit status 1: disk full", "0"},
	{"is refused by the program", "echo first >&2; echo muon-sweep: no corpus >&2; exit 2", "failed",
	 "no corpus", "0"},
	{"ends after a warning", "echo muon-sweep: warning: odd >&2; exit 2", "failed",
	 "exit status 2: muon-sweep: warning: odd", "0"},
	{"is killed after a word", "echo muon-sweep: odd >&2; kill -11 $$", "failed",
	 "killed by signal 11 (Segmentation fault): muon-sweep: odd", "0"},
	{"says it is done and is not", "row 10; end done", "failed",
	 "the worker ended without a final evaluation", "1"},
	{"says nothing", "exit 0", "failed", "the worker ended without a word", "0"},
	{"says that it only begins", "row 10; end running; end planned", "failed",
	 "the worker ended without a word", "1"},
	{"prints garbage between",
	 "echo hello; row 10; printf '\\001\\377\\t\\t\\n\\n'; final 30; end done", "done",
	 "nothing", "2"},
	{"prints events out of range",
	 "printf "
	 "'bucket\\tval\\t128\\t1\\t1\\nbucket\\tval\\tnan\\t1\\t1\\nbucket\\tall\\t1\\t1\\t1\\n"
	 "bucket\\tval\\t1\\tnan\\t1\\ntelemetry\\tnan\\t0\\thead\\tx\\t1\\n"
	 "telemetry\\t1\\t1e99\\thead\\tx\\t1\\nprogress\\t1e300\\t0\\t0\\t0\\t0\\t0\\n'; "
	 "row 1.5; row nan; row -1; final 30; end done",
	 "done", "nothing", "1"},
	{"prints a line without end",
	 "row 10; head -c 3000000 /dev/zero | tr '\\0' x; echo; final 30; end done", "done",
	 "nothing", "2"},
	{"floods both pipes",
	 "yes | head -c 300000; yes no | head -c 3000000 >&2; final 30; end done", "done",
	 "nothing", "1"},
	{"leaves a child that holds its pipes", "sleep 20 & final 30; end done", "done", "nothing",
	 "1"},
	{"closes its output and lives on", "row 10; exec >&- 2>&-; sleep 20", "failed",
	 "killed by signal 9 (Killed); it had closed its output and lived on", "1"},
	{"sees no input and no store",
	 "read line && exit 5; ls -l /proc/$$/fd | grep -q a.db && exit 6; final 30; end done",
	 "done", "nothing", "1"},
};

static void every_ending_of_a_worker_has_its_state(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		const struct ending *e = &endings[i];
		int fd = next_descriptor();
		struct fixture f;

		(void)state;
		open_fixture(&f, e->script, 1, 1);
		assert_true(run(&f, 1) <= 0);
		close_fixture(&f);
		if (strcmp(ask("SELECT state FROM trial"), e->state) != 0)
			print_error("a worker that %s\n", e->what);
		check_answer("SELECT state FROM trial", e->state);
		check_answer("SELECT reason FROM trial", e->reason);
		check_answer("SELECT count(*) FROM evaluation", e->rows);
		assert_int_equal(next_descriptor(), fd);
		unlink("a.db");
	}
}

static void a_worker_that_cannot_be_executed_is_told(void **state)
{
	static const char *const nothing[] = {"/nowhere/worker", NULL};
	struct fixture f;

	(void)state;
	open_fixture(&f, normal, 1, 1);
	f.config.worker_argv = nothing;
	check_ok(run(&f, 1), &f.err);
	close_fixture(&f);
	check_answer("SELECT reason FROM trial", "exit status 127: cannot execute the worker");
}

/* --- many --- */

static void sixty_four_workers_run_at_once(void **state)
{
	/* Each waits until all have begun. */
	const char *script =
		"touch begun-$0; while [ $(ls begun-* | wc -l) -lt 64 ]; do sleep 0.2; "
		"done; row 10; row 20; final 30; end done";
	struct fixture f;

	(void)state;
	open_fixture(&f, script, MAX_JOBS, MAX_JOBS);
	check_ok(run(&f, MAX_JOBS), &f.err);
	assert_int_equal(f.counts.by_state[TRIAL_done], MAX_JOBS);
	check_near(f.counts.cost_done, 0.01 * MAX_JOBS, 1e-9, 0);
	close_fixture(&f);
	check_answer("SELECT count(*) FROM evaluation", "192");
}

static void jobs_begin_in_the_order_given_and_never_more_than_asked(void **state)
{
	const char *script = "printf \"$0 \" >>begun; mkdir slot-1 2>/dev/null && mine=1 || "
			     "{ mkdir slot-2 || exit 9; mine=2; }; sleep 0.02; rmdir slot-$mine; "
			     "final 30; end done";
	struct text begun = {0};
	struct fixture f;

	(void)state;
	open_fixture(&f, script, 6, 1);
	check_ok(run(&f, 6), &f.err);
	assert_string_equal(f.order, "00 01 02 03 04 05 ");
	check_ok(file_read(&begun, "begun", &f.err), &f.err);
	assert_string_equal(text_string(&begun), f.order);
	text_release(&begun);
	execute("UPDATE trial SET state = 'planned'");
	f.config.jobs = 2;
	check_ok(run(&f, 6), &f.err);
	assert_int_equal(f.counts.by_state[TRIAL_done], 6);
	close_fixture(&f);
}

static void done_and_foreign_trials_are_not_trained(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "echo x >>trained; final 30; end done", 3, 2);
	execute("UPDATE trial SET state = 'done' WHERE trial_key = '00'");
	execute("UPDATE trial SET state = 'running', host = 'there', heartbeat = "
		"unixepoch() WHERE trial_key = '01'");
	check_ok(run(&f, 3), &f.err);
	assert_int_equal(f.counts.elsewhere, 2);
	assert_string_equal(f.order, "02 ");
	close_fixture(&f);
}

/* Another process may have failed it since it was chosen. */
static void a_failed_trial_is_trained_only_where_that_is_wanted(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "final 30; end done", 2, 1);
	execute("UPDATE trial SET state = 'failed'");
	f.jobs[1].failed_before = true;
	check_ok(run(&f, 2), &f.err);
	assert_int_equal(f.counts.elsewhere, 1);
	assert_string_equal(f.order, "01 ");
	close_fixture(&f);
	check_answer("SELECT state FROM trial WHERE trial_key = '00'", "failed");
}

static void a_failed_trial_is_tried_again_and_ends_with_rows_of_one_try(void **state)
{
	static const struct {
		int retries;
		const char *state, *first, *rows;
	} cases[] = {{0, "failed", "1", "1"}, {1, "failed", "1", "2"}, {2, "done", "3", "2"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture f;

		unlink("a.db");
		unlink("tries");
		open_fixture(&f,
			     "echo >>tries; row $(wc -l <tries); "
			     "[ $(wc -l <tries) = 3 ] || exit 1; final 30; end done",
			     1, 1);
		f.config.retries = cases[i].retries;
		check_ok(run(&f, 1), &f.err);
		close_fixture(&f);
		check_answer("SELECT state FROM trial", cases[i].state);
		check_answer("SELECT count(*) FROM evaluation", cases[i].rows);
		check_answer("SELECT min(step) FROM evaluation", cases[i].first);
	}
}

/* The second try goes on from step 10, on a machine where step 20 is reached. */
static void a_resumed_trial_ends_with_the_rows_of_one_training(void **state)
{
	static const struct {
		const char *end, *steps;
	} cases[] = {
		{"end interrupted", "10,15,20,25"}, /* what was logged stays */
		{"end diverged", "10,20"},
		{"final 30; end done", "10,20,30"},
	};
	struct error err = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture f;

		unlink("a.db");
		open_fixture(&f, "row 10; row 15; row 25; end interrupted", 1, 1);
		assert_int_equal(run(&f, 1), -ERR_STOPPED);
		store_close(f.store);
		check_ok(store_open(&f.store, "a.db", STORE_WRITE, &err), &err);
		f.config.store = f.store;
		f.config.worker_argv = worker(
			arena_printf(&scratch_arena, "printf 'resumed\\t10\\n'; row 10; row 20; %s",
				     cases[i].end));
		f.err = (struct error)ERROR_INIT;
		run(&f, 1);
		close_fixture(&f);
		check_answer("SELECT group_concat(step) FROM (SELECT CAST(step AS INTEGER) AS "
			     "step FROM evaluation ORDER BY step)",
			     cases[i].steps);
	}
}

/* Checkpoints of a trial that ended are of no use; those of others stay. */
static void checkpoints_go_when_a_trial_has_ended(void **state)
{
	static const struct {
		const char *end;
		int64_t left;
	} cases[] = {{"final 30; end done", 0}, {"end diverged", 0}, {"end interrupted", 5}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture f;
		struct error err = ERROR_INIT;

		unlink("a.db");
		check_ok(directory_make("c/00", &err), &err);
		check_ok(directory_make("c/trunk", &err), &err);
		scratch_write_text("c/00/5.checkpoint", "x");
		scratch_write_text("c/trunk/5.checkpoint", "x");
		open_fixture(&f, cases[i].end, 1, 1);
		f.config.checkpoints = "c";
		run(&f, 1);
		close_fixture(&f);
		assert_int_equal(checkpoint_newest("c", "00", 9), cases[i].left);
		assert_int_equal(checkpoint_newest("c", "trunk", 9), 5);
	}
}

static void every_worker_reads_the_input_from_its_beginning(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f,
		     "[ \"$(cat)\" = 'a text' ] && [ $1 = ${0#0} ] || exit 5; final 30; end done",
		     4, 2);
	f.config.worker_input = "a text\n";
	check_ok(run(&f, 4), &f.err);
	assert_int_equal(f.counts.by_state[TRIAL_done], 4);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_ending_of_a_worker_has_its_state),
		CASE(a_worker_that_cannot_be_executed_is_told),
		CASE(sixty_four_workers_run_at_once),
		CASE(jobs_begin_in_the_order_given_and_never_more_than_asked),
		CASE(done_and_foreign_trials_are_not_trained),
		CASE(a_failed_trial_is_trained_only_where_that_is_wanted),
		CASE(a_failed_trial_is_tried_again_and_ends_with_rows_of_one_try),
		CASE(a_resumed_trial_ends_with_the_rows_of_one_training),
		CASE(checkpoints_go_when_a_trial_has_ended),
		CASE(every_worker_reads_the_input_from_its_beginning),
	};

	return cmocka_run_group_tests(tests, quiet, NULL);
}
