/* SPDX-License-Identifier: MIT
 *
 * Stops, and what befalls the parent: it is killed, it sleeps, it cannot write.
 */
#include <signal.h>
#include <sys/resource.h>

#include "base/process.h"
#include "base/text.h"
#include "tests/pool_fixture.h"

/* --- stops --- */

/* Two workers begin; polite ones end at SIGTERM, with a row. */
#define BOTH_BEGIN                 \
	"row 10; touch begun-$0; " \
	"while [ ! -e begun-01 ] || [ ! -e begun-00 ]; do sleep 0.02; done; "
#define POLITE	 "trap 'row 20; end interrupted asked; exit 0' TERM; " BOTH_BEGIN
#define IMPOLITE "trap '' TERM; " BOTH_BEGIN

static const struct stop {
	const char *what, *script;
	bool fail_fast, budget;
	int signal;
	const char *states, *message;
} stops[] = {
	{"SIGTERM", POLITE "kill -TERM $PPID; while :; do sleep 0.02; done", false, false, SIGTERM,
	 "interrupted,interrupted,planned", "stopped by a signal"},
	{"SIGINT", POLITE "kill -INT $PPID; while :; do sleep 0.02; done", false, false, SIGINT,
	 "interrupted,interrupted,planned", "stopped by a signal"},
	{"SIGHUP", POLITE "kill -HUP $PPID; while :; do sleep 0.02; done", false, false, SIGHUP,
	 "interrupted,interrupted,planned", "stopped by a signal"},
	{"SIGINT twice", IMPOLITE "while :; do kill -INT $PPID; sleep 0.05; done", false, false,
	 SIGINT, "interrupted,interrupted,planned", "stopped by a signal"},
	{"many SIGTERMs are one",
	 POLITE "for i in 1 2 3 4 5 6; do kill -TERM $PPID; sleep 0.02; done; while :; do sleep "
		"0.02; done",
	 false, false, SIGTERM, "interrupted,interrupted,planned", "stopped by a signal"},
	{"time budget", POLITE "while :; do sleep 0.02; done", false, true, 0,
	 "interrupted,interrupted,planned", "stopped: the time budget is used up"},
	{"first failure", POLITE "[ $0 = 00 ] && exit 7; while :; do sleep 0.02; done", true, false,
	 0, "failed,interrupted,planned", "stopped at the first failure"},
};

/* The time budget is used up when both have begun, however long that took. */
static void end_budget(void *context, const struct pool_slot *slots, size_t n_slots,
		       const struct pool_counts *counts)
{
	struct fixture *f = context;

	(void)slots, (void)n_slots, (void)counts;
	if (access("begun-00", F_OK) == 0 && access("begun-01", F_OK) == 0)
		f->config.time_budget_s = 1e-9;
}

static void give_budget(struct fixture *f)
{
	f->config.time_budget_s = 1e6;
	f->config.watch.tick = end_budget;
}

static void a_stop_marks_what_was_running_and_keeps_its_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stops); i++) {
		const struct stop *s = &stops[i];
		struct fixture f;
		int result;

		open_fixture(&f, s->script, 3, 2);
		f.config.fail_fast = s->fail_fast;
		if (s->budget)
			give_budget(&f);
		result = run(&f, 3);
		if (result != -ERR_STOPPED)
			print_error("%s\n", s->what);
		assert_int_equal(result, -ERR_STOPPED);
		assert_string_equal(f.err.text, s->message);
		assert_int_equal(f.signal_seen, s->signal);
		f.config.fail_fast = false;
		f.config.time_budget_s = 0;
		f.config.watch.tick = NULL;
		check_answer("SELECT group_concat(state) FROM trial", s->states);
		check_answer("SELECT count(DISTINCT trial) FROM evaluation WHERE step = 10", "2");
		f.config.worker_argv = worker(normal); /* the next run goes on */
		f.jobs[0].failed_before = true;
		check_ok(run(&f, 3), &f.err);
		check_answer("SELECT group_concat(state) FROM trial", "done,done,done");
		check_answer("SELECT count(*) FROM evaluation", "9");
		close_fixture(&f);
		unlink("a.db");
		unlink("begun-00");
		unlink("begun-01");
	}
}

static void a_budget_that_ends_with_the_last_trial_is_no_stop(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f,
		     "trap 'final 30; end done; exit 0' TERM; touch begun-00 begun-01; "
		     "while :; do sleep 0.02; done",
		     1, 1);
	give_budget(&f);
	check_ok(run(&f, 1), &f.err);
	assert_int_equal(f.counts.by_state[TRIAL_done], 1);
	close_fixture(&f);
}

/* --- the parent dies, sleeps, or cannot write --- */

static bool lives(const char *file)
{
	char mark[PROCESS_MARK]; /* "" of a process whose end its parent has yet to hear of */
	struct text pid = {0};
	struct error err = ERROR_INIT;

	check_ok(file_read(&pid, file, &err), &err);
	process_mark(atoi(text_string(&pid)), mark);
	text_release(&pid);
	return mark[0];
}

static bool ends(const char *file)
{
	for (double start = clock_s(); lives(file) && clock_s() - start < PATIENCE_S;)
		usleep(10000);
	return !lives(file);
}

static void a_killed_parent_takes_its_workers_along_and_the_next_run_finishes(void **state)
{
	struct fixture f;
	pid_t pid;

	(void)state;
	open_fixture(&f, normal, 3, 2); /* the store is there before anyone asks */
	store_close(f.store);
	pid = fork_run("echo $$ >pid-$0; row 10; while :; do sleep 0.02; done", 3, 2);
	assert_true(answer_comes("SELECT count(*) FROM evaluation", "2"));
	assert_true(lives("pid-00") && lives("pid-01"));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(ends("pid-00") && ends("pid-01"));
	check_answer("SELECT group_concat(state) FROM trial", "running,running,planned");
	check_answer("SELECT count(*) FROM evaluation", "2");
	open_fixture(&f, normal, 3, 2);
	check_ok(run(&f, 3), &f.err);
	assert_int_equal(f.counts.elsewhere, 0);
	close_fixture(&f);
	check_answer("SELECT group_concat(state) FROM trial", "done,done,done");
	check_answer("SELECT count(*) FROM evaluation", "9");
}

static void a_trial_taken_over_is_left_to_its_new_owner(void **state)
{
	/* What another process does while this one sleeps. */
	const char *take = "UPDATE trial SET host = 'there', pid = 1 WHERE trial_key = '00'";
	struct fixture f;
	struct pool_counts *counts = &f.counts;

	(void)state;
	open_fixture(&f, "row 10; while [ ! -e taken ]; do sleep 0.02; done; final 30; end done", 2,
		     1);
	store_close(f.store);
	if (fork() == 0) {
		if (answer_comes("SELECT count(*) FROM evaluation", "1"))
			execute(take);
		scratch_write_text("taken", "");
		_exit(0);
	}
	open_fixture(&f,
		     arena_strdup(&scratch_arena, "row 10; while [ ! -e taken ]; do sleep 0.02; "
						  "done; final 30; end done"),
		     2, 1);
	check_ok(run(&f, 2), &f.err);
	wait(NULL);
	assert_int_equal(counts->elsewhere, 1);
	assert_int_equal(counts->by_state[TRIAL_done], 1);
	assert_string_equal(f.order, "01 ");
	close_fixture(&f);
	check_answer("SELECT state || host FROM trial WHERE trial_key = '00'", "runningthere");
}

/* The pid of a process that is gone: after a full disk the store may not even hold that a trial was
 * interrupted, and the next run takes it from a dead owner. */
static int dead_pid(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	return (int)pid;
}

static int run_with_file_limit(struct fixture *f, size_t n, rlim_t size_bytes)
{
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	struct rlimit old, small;
	int result;

	getrlimit(RLIMIT_FSIZE, &old);
	small = (struct rlimit){size_bytes, old.rlim_max};
	setrlimit(RLIMIT_FSIZE, &small);
	result = run(f, n);
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, handler);
	return result;
}

static void a_full_disk_ends_the_run_with_one_error_and_loses_nothing(void **state)
{
	const char *script = "[ $0 = 00 ] && { row 10; row 20; final 30; end done; exit; }; "
			     "i=0; while :; do i=$((i+1)); row $i; done";
	struct fixture f;

	(void)state;
	open_fixture(&f, script, 3, 1);
	f.config.run.pid = dead_pid();
	assert_int_equal(run_with_file_limit(&f, 3, 400000), -ERR_STORE);
	check_contains(f.err.text, "store 'a.db' cannot be written; see that its disk is sound");
	assert_int_equal(f.counts.by_state[TRIAL_done], 1);
	assert_int_equal(f.counts.by_state[TRIAL_interrupted], 1);
	check_answer("SELECT state FROM trial WHERE trial_key = '00'", "done");
	check_answer("SELECT count(*) FROM evaluation JOIN trial ON id = trial "
		     "WHERE trial_key = '00'",
		     "3");
	/* Of the other there are all rows up to some transaction. */
	check_answer("SELECT count(*) = coalesce(max(step), 0) FROM evaluation JOIN trial "
		     "ON id = trial WHERE trial_key = '01'",
		     "1");
	f.config.worker_argv = worker(normal);
	f.config.run.pid = (int)getpid();
	check_ok(run(&f, 3), &f.err);
	close_fixture(&f);
	check_answer("SELECT count(*) FROM evaluation", "9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_stop_marks_what_was_running_and_keeps_its_rows),
		CASE(a_budget_that_ends_with_the_last_trial_is_no_stop),
		CASE(a_killed_parent_takes_its_workers_along_and_the_next_run_finishes),
		CASE(a_trial_taken_over_is_left_to_its_new_owner),
		CASE(a_full_disk_ends_the_run_with_one_error_and_loses_nothing),
	};

	signal(SIGHUP, SIG_DFL); /* nohup ignores it, and a pool respects that */
	return cmocka_run_group_tests(tests, quiet, NULL);
}
