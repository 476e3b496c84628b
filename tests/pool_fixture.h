/* SPDX-License-Identifier: MIT
 *
 * A pool whose workers are shell scripts: each prints events and ends, or fails to, in its own way.
 * The trial's key is its last argument, $0 of `sh -c`.
 */
#ifndef TESTS_POOL_FIXTURE_H
#define TESTS_POOL_FIXTURE_H

#include <sys/wait.h>

#include <sqlite3.h>

#include "base/clock.h"
#include "base/log.h"
#include "sweep/pool.h"
#include "tests/scratch.h"

#define MAX_JOBS 64

/* For what others do, on a machine that is as busy as can be. */
#define PATIENCE_S 600

/* What scripts say: a row at a step, the final one, and the end of it all. */
#define ZEROS  "\\t0\\t0\\t0\\t0\\t0\\t0\\t0\\t0\\t0\\t0\\t0\\t0\\t0"
#define LOSSES "\\t4\\tnan\\t3\\t0.1\\t4.3\\t3"
#define PRELUDE                                                            \
	"row() { printf \"evaluation\\t0\\t$1" ZEROS LOSSES "\\n\"; }; "   \
	"final() { printf \"evaluation\\t1\\t$1" ZEROS LOSSES "\\n\"; }; " \
	"end() { printf \"end\\t$1\\t$2\\n\"; }; "

static const char *const normal = "row 10; row 20; final 30; end done";

static inline const char *const *worker(const char *script)
{
	const char **argv = arena_alloc(&scratch_arena, 4 * sizeof(*argv));

	argv[0] = "/bin/sh";
	argv[1] = "-c";
	argv[2] = arena_printf(&scratch_arena, "%s%s", PRELUDE, script);
	return argv;
}

/* --- a source that offers a list strictly in its order --- */

struct pool_list {
	const struct pool_job *jobs;
	size_t n, next;
};

static inline enum pool_offer next_of_list(void *context, double room_s,
					   const struct pool_job **job)
{
	struct pool_list *list = context;

	if (list->next == list->n)
		return POOL_END;
	if (list->jobs[list->next].cost > room_s)
		return POOL_TOO_LONG;
	*job = &list->jobs[list->next++];
	return POOL_JOB;
}

static inline void forget_end(void *context, const struct pool_job *job, const struct pool_end *end)
{
	(void)context, (void)job, (void)end;
}

static inline struct pool_source pool_list_source(struct pool_list *list)
{
	return (struct pool_source){list, next_of_list, forget_end};
}

/* --- a store with trials "00", "01", ... and a run of them --- */

struct fixture {
	struct store *store;
	struct pool_job jobs[MAX_JOBS];
	const char *arguments[MAX_JOBS][3]; /* the key of each, its number, and NULL */
	struct pool_list list;
	struct pool_config config;
	struct pool_counts counts;
	char order[4 * MAX_JOBS]; /* keys as they ended */
	int signal_seen;
	struct error err;
};

static inline void note_end(void *context, const struct pool_job *job, const struct pool_end *end)
{
	struct fixture *f = context;

	assert_true(end->start_s <= end->whole_s);
	strcat(f->order, job->trial_key);
	strcat(f->order, " ");
}

static inline void put_trial(struct store *store, const char *key, int position)
{
	struct error err = ERROR_INIT;
	struct trial_facts facts = {.trial_key = key, .optimizer = "muon"};
	struct sweep_member member = {"s", "muon", "lr", NULL, position};

	check_ok(store_put_trial(store, &member, &facts, &err), &err);
}

static inline void open_fixture(struct fixture *f, const char *script, size_t n, int jobs)
{
	*f = (struct fixture){.err = ERROR_INIT};
	check_ok(store_open(&f->store, "a.db", STORE_WRITE, &f->err), &f->err);
	check_ok(store_put_sweep(f->store, "s", "name: s\n", &f->err), &f->err);
	for (size_t i = 0; i < n; i++) {
		const char *key = arena_printf(&scratch_arena, "%02zu", i);

		put_trial(f->store, key, (int)i);
		f->arguments[i][0] = key;
		f->arguments[i][1] = arena_printf(&scratch_arena, "%zu", i);
		f->jobs[i] = (struct pool_job){key, key, 0.01, f->arguments[i], NULL, false};
	}
	f->config = (struct pool_config){
		.store = f->store,
		.run = {"here", "0.1", "openblas", (int)getpid(), jobs, 1},
		.source = pool_list_source(&f->list),
		.worker_argv = worker(script),
		.jobs = jobs,
		.watch = {.context = f, .ended = note_end},
	};
}

static inline int run(struct fixture *f, size_t n)
{
	f->list = (struct pool_list){f->jobs, n, 0};
	return pool_run(&f->config, &f->counts, &f->signal_seen, &f->err);
}

/* The same in a process of its own, without cmocka's; it ends with 0 where all went well. */
static inline pid_t fork_run(const char *script, size_t n, int jobs)
{
	pid_t pid = fork();
	struct fixture f;

	if (pid != 0)
		return pid;
	open_fixture(&f, script, n, jobs);
	_exit(run(&f, n) ? 1 : 0);
}

/* A number or text that a query gives on its own connection. */
static inline const char *ask(const char *sql)
{
	const char *value = "nothing";
	sqlite3_stmt *statement = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open("a.db", &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 1000 * PATIENCE_S); /* as others may open or recover it just now */
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0))
		value = arena_strdup(&scratch_arena,
				     (const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return value;
}

static inline void check_answer(const char *sql, const char *want)
{
	const char *got = ask(sql);

	if (strcmp(got, want) != 0)
		fail_msg("%s: '%s', not '%s'", sql, got, want);
}

static inline void execute(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open("a.db", &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 1000 * PATIENCE_S);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* For what another process writes: whether it comes. */
static inline bool answer_comes(const char *sql, const char *want)
{
	for (double start = clock_s(); clock_s() - start < PATIENCE_S;) {
		if (strcmp(ask(sql), want) == 0)
			return true;
		usleep(10000);
	}
	return false;
}

static inline void close_fixture(struct fixture *f)
{
	store_close(f->store);
	check_answer("PRAGMA integrity_check", "ok");
	check_answer("SELECT count(*) - count(DISTINCT trial || ':' || step) FROM evaluation", "0");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie is left */
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

#endif
