/* SPDX-License-Identifier: MIT
 *
 * What the tests of the store share: trials, rows, and questions asked on another connection.
 */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <sqlite3.h>
#include <unistd.h>

#include "base/memory.h"
#include "results/store.h"
#include "tests/check.h"
#include "tests/scratch.h"

#define HOST "here"

/* For a store that another process uses, on a machine that is as busy as can be. */
#define PATIENCE_MS 600000

static inline struct trial_run run_of(int pid)
{
	return (struct trial_run){HOST, "0.1", "openblas", pid, 1, 1};
}

static inline struct trial_facts facts_of(const char *key)
{
	struct trial_facts facts;

#define CLEAR_TEXT(field) facts.field = NULL;
#define CLEAR_REAL(field) facts.field = (double)NAN;
#define X(field, type)	  CLEAR_##type(field)
	TRIAL_FACTS(X)
#undef X
	facts.trial_key = key;
	facts.optimizer = "muon";
	facts.params = 1000;
	facts.lr = 0.02;
	facts.flops_total = 4e6;
	facts.budget_flops = 5e6;
	facts.steps_total = 40;
	return facts;
}

static inline struct evaluation_row row_of(double step, double loss, bool final)
{
	struct evaluation_row row;

#define X(field) row.field = (double)NAN;
	EVALUATION_NUMBERS(X)
#undef X
	row.step = step;
	row.tokens = 100 * step;
	row.flops = 1e5 * step;
	row.seconds = step / 10;
	row.probe_loss = loss;
	row.val_loss = final ? loss : (double)NAN;
	row.final = final;
	return row;
}

static inline struct store *open_store(const char *path)
{
	struct error err = ERROR_INIT;
	struct store *store;

	check_ok(store_open(&store, path, STORE_WRITE, &err), &err);
	return store;
}

static inline void put_trial(struct store *store, const char *sweep, const char *label,
			     const char *key, int position)
{
	struct error err = ERROR_INIT;
	struct trial_facts facts = facts_of(key);
	struct sweep_member member = {sweep, label, "lr", NULL, position};

	check_ok(store_put_sweep(store, sweep, "name: x\n", &err), &err);
	check_ok(store_put_trial(store, &member, &facts, &err), &err);
}

static inline bool claim(struct store *store, const char *key)
{
	struct error err = ERROR_INIT;
	struct trial_run run = run_of(getpid());
	bool claimed;

	check_ok(store_claim(store, key, &run, &claimed, &err), &err);
	return claimed;
}

static inline void put_row(struct store *store, const char *key, double step, double loss,
			   bool final)
{
	struct error err = ERROR_INIT;
	struct evaluation_row row = row_of(step, loss, final);

	check_ok(store_put_evaluation(store, key, &row, &err), &err);
}

/* A number that a query gives on its own connection. */
static inline double ask(const char *path, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *statement = NULL;
	double value = (double)NAN;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, PATIENCE_MS);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(statement) == SQLITE_ROW)
		value = sqlite3_column_double(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return value;
}

static inline void execute(const char *path, const char *sql)
{
	char *message = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, PATIENCE_MS);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
	sqlite3_close(db);
}

static inline struct store *mixed_store(const char *path)
{
	struct store *store = open_store(path);
	struct error err = ERROR_INIT;

	put_trial(store, "s", "muon", "done", 0);
	put_trial(store, "s", "adamw", "wild", 1);
	put_trial(store, "s", "adamw", "early", 2);
	put_trial(store, "s", "adamw", "later", 3);
	put_row(store, "done", 20, 3.5, false);
	put_row(store, "done", 40, 3.0, true);
	put_row(store, "wild", 20, 9.0, false);
	put_row(store, "wild", 30, 9.5, false);
	assert_true(claim(store, "done") && claim(store, "wild") && claim(store, "early"));
	put_row(store, "done", 20, 3.5, false);
	put_row(store, "done", 40, 3.0, true);
	put_row(store, "wild", 20, 9.0, false);
	put_row(store, "wild", 30, 9.5, false);
	check_ok(store_finish(store, "done", TRIAL_done, NULL, &err), &err);
	check_ok(store_finish(store, "wild", TRIAL_diverged, "loss 9.5", &err), &err);
	check_ok(store_finish(store, "early", TRIAL_diverged, "not finite", &err), &err);
	return store;
}

#endif
