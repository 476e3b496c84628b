/* SPDX-License-Identifier: MIT
 *
 * A store of version 1 comes to the version of now with all that it holds, or stays what it was.
 */
#include "tests/store_fixture.h"

#include "base/log.h"
#include "results/store_internal.h"

static const char version_1[] =
#include "tests/store_version_1.sql.inc"
	;

/* Two trials of which one belongs to two sweeps, with a row in each table. */
static const char rows[] =
	"INSERT INTO sweep VALUES('s', 'name: s', 1, 2), ('t', 'name: t', 3, 4);"
	"INSERT INTO trial(id, trial_key, state, optimizer, params, lr, steps_total, flops_total, "
	"host, pid, version, created) VALUES "
	"(1, 'k1', 'done', 'muon', 1000, 0.02, 40, 4e6, 'here', 7, '0.1', 1),"
	"(5, 'k5', 'failed', 'adamw', 2000, 0.01, 40, 8e6, 'here', 7, '0.1', 1);"
	"UPDATE trial SET reason = 'exit status 1' WHERE id = 5;"
	"INSERT INTO sweep_trial VALUES('s', 1, 'muon', 'lr', 0), ('s', 5, 'adamw', '', 1), "
	"('t', 5, 'other', 'lr,weight_decay', 0);"
	"INSERT INTO evaluation(trial, step, flops, probe_loss, val_loss, final) VALUES "
	"(1, 20, 2e6, 3.5, NULL, 0), (1, 40, 4e6, 3.0, 3.0, 1), (5, 10, 1e6, 4.5, NULL, 0);"
	"INSERT INTO measurement VALUES(1, 20, 0, 'head', 'weight_rms', 0.5);"
	"INSERT INTO bucket VALUES(1, 'val', 3, 12.5, 4);"
	"INSERT INTO corpus VALUES('hash', 'en-dict', 'package', 1);"
	"PRAGMA application_id = 1299534711; PRAGMA user_version = 1; "
	"PRAGMA journal_mode = WAL";

static const char *old_store(void **state, const char *name)
{
	const char *path = scratch_path(state, name);

	execute(path, version_1);
	execute(path, rows);
	return path;
}

/* Everything that a query gives, as text. */
static char *ask_text(const char *path, const char *sql)
{
	struct text all = {0};
	sqlite3_stmt *statement = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	text_add(&all, "");
	while (sqlite3_step(statement) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(statement); i++)
			text_printf(&all, "%s%c", (const char *)sqlite3_column_text(statement, i),
				    i + 1 < sqlite3_column_count(statement) ? '|' : '\n');
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return all.data;
}

static void check_text(const char *path, const char *sql, const char *want)
{
	char *got = ask_text(path, sql);

	assert_string_equal(got, want);
	free(got);
}

/* Tables with their columns, types, defaults and keys; indexes and views with their text. */
static const char *const shapes[] = {
	"SELECT m.name, c.* FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c "
	"WHERE m.type = 'table' ORDER BY m.name, cid",
	"SELECT m.name, k.* FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS k "
	"WHERE m.type = 'table' ORDER BY m.name, id",
	"SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type <> 'table' ORDER BY name",
	"PRAGMA application_id",
	"PRAGMA user_version",
};

static void an_older_store_becomes_what_a_fresh_one_is(void **state)
{
	const char *old = old_store(state, "old.db"), *fresh = scratch_path(state, "fresh.db");

	store_close(open_store(old));
	store_close(open_store(fresh));
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		char *want = ask_text(fresh, shapes[i]);

		assert_true(strlen(want) > 1);
		check_text(old, shapes[i], want);
		free(want);
	}
	check_text(old, "PRAGMA integrity_check", "ok\n");
	check_text(old, "SELECT count(*) FROM pragma_foreign_key_check", "0\n");
}

static void check_rows(const char *path)
{
	check_text(path,
		   "SELECT sweep, trial, label, tuned, position, origin FROM sweep_trial "
		   "ORDER BY sweep, trial",
		   "s|1|muon|lr|0|grid\ns|5|adamw||1|grid\nt|5|other|lr,weight_decay|0|grid\n");
	check_text(path, "SELECT id, trial_key, state, reason IS NULL, tries FROM trial",
		   "1|k1|done|1|0\n5|k5|failed|0|0\n");
	check_text(path,
		   "SELECT sweep, label, step, probe_loss, final FROM loss_vs_flops "
		   "ORDER BY sweep, trial_key, step",
		   "s|muon|20|3.5|0\ns|muon|40|3.0|1\ns|adamw|10|4.5|0\nt|other|10|4.5|0\n");
	check_text(path, "SELECT * FROM telemetry", "k1|20|0|head|weight_rms|0.5\n");
	check_text(path, "SELECT nats FROM bucket", "12.5\n");
	check_text(path, "SELECT name, spec FROM sweep", "s|name: s\nt|name: t\n");
	check_text(path, "SELECT name FROM corpus", "en-dict\n");
}

static void every_row_is_kept_and_the_store_goes_on(void **state)
{
	const char *path = old_store(state, "old.db");
	struct store *store = open_store(path);

	check_rows(path);
	assert_true(claim(store, "k5"));
	assert_false(claim(store, "k1"));
	put_trial(store, "t", "second", "k1", 1);
	put_trial(store, "t", "third", "k1", 2); /* of two arms, which version 1 could not hold */
	store_close(store);
	store_close(open_store(path)); /* and nothing is migrated twice */
	check_near(ask(path, "SELECT count(*) FROM sweep_trial"), 5, 0, 0);
}

static void readers_see_an_older_store_and_leave_it_alone(void **state)
{
	const char *path = old_store(state, "old.db");
	struct error err = ERROR_INIT;
	struct observations set = {0};
	struct trial_status status;
	struct store *store;

	check_ok(store_open(&store, path, STORE_READ, &err), &err);
	check_ok(store_trial_status(store, "k1", &status, &err), &err);
	assert_int_equal(status.state, TRIAL_done);
	check_near(status.loss, 3.0, 0, 0);
	check_ok(store_observations(store, &(struct store_query){.curves = true}, &set, &err),
		 &err);
	assert_int_equal(set.n, 4);
	observations_release(&set);
	store_close(store);
	check_text(path, "PRAGMA user_version", "1\n");
	check_text(path, "SELECT count(*) FROM pragma_table_info('trial') WHERE name = 'tries'",
		   "0\n");
}

/* A process dies in the middle: only the commit at the end makes it another version. */
static void a_migration_that_is_cut_short_leaves_the_version_before(void **state)
{
	const char *path = old_store(state, "old.db");
	struct error err = ERROR_INIT;
	struct store *store;

	/* The migration has a name for its table, which is taken: it fails half-way. */
	execute(path, "CREATE TABLE sweep_trial_new(x)");
	assert_int_equal(store_open(&store, path, STORE_WRITE, &err), -ERR_STORE);
	check_contains(err.text, "already exists");
	check_text(path, "PRAGMA user_version", "1\n");
	check_text(path, "SELECT count(*) FROM pragma_table_info('trial') WHERE name = 'tries'",
		   "0\n");
	check_text(path, "SELECT count(*) FROM sqlite_master WHERE type = 'view'", "3\n");
	check_text(path, "SELECT count(*) FROM loss_vs_flops", "4\n");
	execute(path, "DROP TABLE sweep_trial_new");
	store_close(open_store(path));
	check_rows(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH(an_older_store_becomes_what_a_fresh_one_is),
		SCRATCH(every_row_is_kept_and_the_store_goes_on),
		SCRATCH(readers_see_an_older_store_and_leave_it_alone),
		SCRATCH(a_migration_that_is_cut_short_leaves_the_version_before),
	};

	return cmocka_run_group_tests_name("store_migration", tests, quiet, NULL);
}
