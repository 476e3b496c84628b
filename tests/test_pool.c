/* SPDX-License-Identifier: MIT
 *
 * The pool with workers that are shell scripts: each prints events and ends, or fails to, in its
 * own way.  The trial's key is its last argument, $0 of `sh -c`.
 */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <sqlite3.h>

#include "base/log.h"
#include "base/text.h"
#include "sweep/pool.h"
#include "tests/scratch.h"

#define MAX_JOBS 64

/* What scripts say: a row at a step, the final one, and the end of it all. */
#define ZEROS  "\\t0\\t0\\t0\\t0\\t0\\t0\\t0\\t0\\t0\\t0\\t0\\t0\\t0"
#define LOSSES "\\t4\\tnan\\t3\\t0.1\\t4.3\\t3"
#define PRELUDE                                                            \
	"row() { printf \"evaluation\\t0\\t$1" ZEROS LOSSES "\\n\"; }; "   \
	"final() { printf \"evaluation\\t1\\t$1" ZEROS LOSSES "\\n\"; }; " \
	"end() { printf \"end\\t$1\\t$2\\n\"; }; "

static const char *const normal = "row 10; row 20; final 30; end done";

static const char *const *worker(const char *script)
{
	const char **argv = arena_alloc(&scratch_arena, 4 * sizeof(*argv));

	argv[0] = "/bin/sh";
	argv[1] = "-c";
	argv[2] = arena_printf(&scratch_arena, "%s%s", PRELUDE, script);
	return argv;
}

/* --- a store with trials "00", "01", ... and a run of them --- */

struct fixture {
	struct store *store;
	struct pool_job jobs[MAX_JOBS];
	struct pool_config config;
	struct pool_counts counts;
	char order[4 * MAX_JOBS]; /* keys as they ended */
	int signal_seen;
	struct error err;
};

static void note_end(void *context, const struct pool_job *job, enum trial_state state,
		     const char *reason, const struct evaluation_row *last)
{
	struct fixture *f = context;

	(void)state, (void)reason, (void)last;
	strcat(f->order, job->trial_key);
	strcat(f->order, " ");
}

static void put_trial(struct store *store, const char *key, int position)
{
	struct error err = ERROR_INIT;
	struct trial_facts facts = {.trial_key = key, .optimizer = "muon"};

	check_ok(store_put_trial(store, "s", "muon", "lr", position, &facts, &err), &err);
}

static void open_fixture(struct fixture *f, const char *script, size_t n, int jobs)
{
	*f = (struct fixture){.err = ERROR_INIT};
	check_ok(store_open(&f->store, "a.db", STORE_WRITE, &f->err), &f->err);
	check_ok(store_put_sweep(f->store, "s", "name: s\n", &f->err), &f->err);
	for (size_t i = 0; i < n; i++) {
		const char *key = arena_printf(&scratch_arena, "%02zu", i);

		put_trial(f->store, key, (int)i);
		f->jobs[i] = (struct pool_job){key, key, 1};
	}
	f->config = (struct pool_config){
		.store = f->store,
		.run = {"here", "0.1", "openblas", (int)getpid(), jobs, 1},
		.worker_argv = worker(script),
		.jobs = jobs,
		.watch = {.context = f, .ended = note_end},
	};
}

static int run(struct fixture *f, size_t n)
{
	return pool_run(&f->config, f->jobs, n, &f->counts, &f->signal_seen, &f->err);
}

/* A number or text that a query gives on its own connection. */
static const char *ask(const char *sql)
{
	const char *value = "nothing";
	sqlite3_stmt *statement = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open("a.db", &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0))
		value = arena_strdup(&scratch_arena,
				     (const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return value;
}

static void check_answer(const char *sql, const char *want)
{
	const char *got = ask(sql);

	if (strcmp(got, want) != 0)
		fail_msg("%s: '%s', not '%s'", sql, got, want);
}

static void execute(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open("a.db", &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static void close_fixture(struct fixture *f)
{
	store_close(f->store);
	check_answer("PRAGMA integrity_check", "ok");
	check_answer("SELECT count(*) - count(DISTINCT trial || ':' || step) FROM evaluation", "0");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie is left */
}

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
	{"killed", "row 10; row 20; kill -9 $$", "failed", "killed by signal 9 (Killed)", "2"},
	{"killed with a complaint", "row 10; echo one >&2; echo two >&2; kill -11 $$", "failed",
	 "killed by signal 11 (Segmentation fault): two", "1"},
	{"asked to stop from outside", "row 10; kill -15 $$", "interrupted",
	 "killed by signal 15 (Terminated)", "1"},
	{"killed within a line", "row 10; printf 'evaluation\\t0\\t2'; kill -9 $$", "failed",
	 "killed by signal 9 (Killed)", "1"},
	{"fails with a word", "row 10; end failed 'no memory'", "failed", "no memory", "1"},
	{"fails with a word and a status", "end failed 'no memory'; exit 1", "failed", "no memory",
	 "0"},
	{"diverges", "row 10; end diverged 'loss 9.5'; exit 3", "diverged", "loss 9.5", "1"},
	{"is done but for its exit status", "final 30; end done; echo disk full >&2; exit 1",
	 "failed", "exit status 1: disk full", "1"},
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
	check_near(f.counts.cost_done, MAX_JOBS, 0, 0);
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

static void a_failed_trial_is_tried_again_and_starts_over(void **state)
{
	static const struct {
		int retries;
		const char *state, *tries, *rows;
	} cases[] = {{0, "failed", "1", "1"}, {1, "failed", "2", "1"}, {2, "done", "3", "2"}};

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
		check_answer("SELECT min(step) FROM evaluation", cases[i].tries);
	}
}

/* --- stops --- */

/* Two workers begin; polite ones end at SIGTERM, with a row. */
#define BOTH_BEGIN                 \
	"row 10; touch begun-$0; " \
	"while [ ! -e begun-01 ] || [ ! -e begun-00 ]; do sleep 0.02; done; "
#define POLITE	 "trap 'row 20; end interrupted asked; exit 0' TERM; " BOTH_BEGIN
#define IMPOLITE "trap '' TERM; " BOTH_BEGIN

static const struct stop {
	const char *what, *script;
	bool fail_fast;
	double budget_s;
	int signal;
	const char *states, *message;
} stops[] = {
	{"SIGTERM", POLITE "kill -TERM $PPID; while :; do sleep 0.02; done", false, 0, SIGTERM,
	 "interrupted,interrupted,planned", "stopped by a signal"},
	{"SIGINT", POLITE "kill -INT $PPID; while :; do sleep 0.02; done", false, 0, SIGINT,
	 "interrupted,interrupted,planned", "stopped by a signal"},
	{"SIGHUP", POLITE "kill -HUP $PPID; while :; do sleep 0.02; done", false, 0, SIGHUP,
	 "interrupted,interrupted,planned", "stopped by a signal"},
	{"SIGINT twice", IMPOLITE "while :; do kill -INT $PPID; sleep 0.05; done", false, 0, SIGINT,
	 "interrupted,interrupted,planned", "stopped by a signal"},
	{"many SIGTERMs are one",
	 POLITE "for i in 1 2 3 4 5 6; do kill -TERM $PPID; sleep 0.02; done; while :; do sleep "
		"0.02; done",
	 false, 0, SIGTERM, "interrupted,interrupted,planned", "stopped by a signal"},
	{"time budget", POLITE "while :; do sleep 0.02; done", false, 0.3, 0,
	 "interrupted,interrupted,planned", "stopped: the time budget is used up"},
	{"first failure", POLITE "[ $0 = 00 ] && exit 7; while :; do sleep 0.02; done", true, 0, 0,
	 "failed,interrupted,planned", "stopped at the first failure"},
};

static void a_stop_marks_what_was_running_and_keeps_its_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stops); i++) {
		const struct stop *s = &stops[i];
		struct fixture f;
		int result;

		open_fixture(&f, s->script, 3, 2);
		f.config.fail_fast = s->fail_fast;
		f.config.time_budget_s = s->budget_s;
		result = run(&f, 3);
		if (result != -ERR_STOPPED)
			print_error("%s\n", s->what);
		assert_int_equal(result, -ERR_STOPPED);
		assert_string_equal(f.err.text, s->message);
		assert_int_equal(f.signal_seen, s->signal);
		f.config.fail_fast = false;
		f.config.time_budget_s = 0;
		check_answer("SELECT group_concat(state) FROM trial", s->states);
		check_answer("SELECT count(DISTINCT trial) FROM evaluation WHERE step = 10", "2");
		f.config.worker_argv = worker(normal); /* the next run goes on */
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
	open_fixture(&f, "trap 'final 30; end done; exit 0' TERM; while :; do sleep 0.02; done", 1,
		     1);
	f.config.time_budget_s = 0.2;
	check_ok(run(&f, 1), &f.err);
	assert_int_equal(f.counts.by_state[TRIAL_done], 1);
	close_fixture(&f);
}

/* --- the parent dies, sleeps, or cannot write --- */

/* Runs the pool in a process of its own, without cmocka's. */
static pid_t fork_run(const char *script, size_t n, int jobs)
{
	pid_t pid = fork();
	struct fixture f;

	if (pid != 0)
		return pid;
	open_fixture(&f, script, n, jobs);
	run(&f, n);
	_exit(0);
}

static bool lives(const char *file)
{
	struct text pid = {0};
	struct error err = ERROR_INIT;
	bool alive;

	check_ok(file_read(&pid, file, &err), &err);
	alive = kill(atoi(text_string(&pid)), 0) == 0;
	text_release(&pid);
	return alive;
}

static void wait_for_rows(const char *rows)
{
	while (strcmp(ask("SELECT count(*) FROM evaluation"), rows) != 0)
		usleep(10000);
}

static void a_killed_parent_takes_its_workers_along_and_the_next_run_finishes(void **state)
{
	struct fixture f;
	pid_t pid;

	(void)state;
	open_fixture(&f, normal, 3, 2); /* the store is there before anyone asks */
	store_close(f.store);
	pid = fork_run("echo $$ >pid-$0; row 10; while :; do sleep 0.02; done", 3, 2);
	wait_for_rows("2");
	assert_true(lives("pid-00") && lives("pid-01"));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	while (lives("pid-00") || lives("pid-01"))
		usleep(10000);
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
		wait_for_rows("1");
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

static void a_full_disk_ends_the_run_with_one_error_and_loses_nothing(void **state)
{
	struct rlimit old, small;
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	struct fixture f;
	long kept;
	int result;

	(void)state;
	open_fixture(&f, "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); row $i; done", 3, 2);
	getrlimit(RLIMIT_FSIZE, &old);
	small = (struct rlimit){400000, old.rlim_max};
	setrlimit(RLIMIT_FSIZE, &small);
	result = run(&f, 3);
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, handler);
	assert_int_equal(result, -ERR_STORE);
	check_contains(f.err.text, "store 'a.db' ");
	assert_int_equal(f.counts.by_state[TRIAL_done], 0);
	assert_int_equal(f.counts.by_state[TRIAL_interrupted], 2);
	kept = atol(ask("SELECT count(*) FROM evaluation"));
	assert_true(kept > 0);
	assert_int_equal(atol(ask("SELECT sum(m) FROM (SELECT max(step) AS m FROM evaluation "
				  "GROUP BY trial)")),
			 kept); /* all rows up to the last transaction */
	f.config.worker_argv = worker(normal);
	check_ok(run(&f, 3), &f.err);
	close_fixture(&f);
	check_answer("SELECT count(*) FROM evaluation", "9");
}

static int quiet(void **state)
{
	(void)state;
	log_set_level(LOG_QUIET);
	return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_ending_of_a_worker_has_its_state),
		CASE(a_worker_that_cannot_be_executed_is_told),
		CASE(sixty_four_workers_run_at_once),
		CASE(jobs_begin_in_the_order_given_and_never_more_than_asked),
		CASE(done_and_foreign_trials_are_not_trained),
		CASE(a_failed_trial_is_tried_again_and_starts_over),
		CASE(a_stop_marks_what_was_running_and_keeps_its_rows),
		CASE(a_budget_that_ends_with_the_last_trial_is_no_stop),
		CASE(a_killed_parent_takes_its_workers_along_and_the_next_run_finishes),
		CASE(a_trial_taken_over_is_left_to_its_new_owner),
		CASE(a_full_disk_ends_the_run_with_one_error_and_loses_nothing),
	};

	return cmocka_run_group_tests(tests, quiet, NULL);
}
