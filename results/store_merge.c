/* SPDX-License-Identifier: MIT
 *
 * SQL over the tables of the target and the incoming ones beside them.  Columns are asked from the
 * schema and never listed here.
 */
#include "results/store_merge.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "results/store_merge_work.h"

/* Those with rows of a trial, in the column `trial`. */
static const char *const row_tables[] = {"evaluation", "measurement", "bucket"};

/* A number that a query gives. */
static int ask(struct store *store, const char *sql, long *value, struct error *err)
{
	sqlite3_stmt *statement = merge_prepare(store, sql, err);
	int result = 0;

	if (!statement)
		return -(int)ERR_STORE;
	if (sqlite3_step(statement) == SQLITE_ROW)
		*value = (long)sqlite3_column_int64(statement, 0);
	else
		result = store_fail(store, err);
	sqlite3_finalize(statement);
	return result;
}

/* --- what is refused, what is told --- */

static const char foreign_version_sql[] =
	"SELECT version, (SELECT max(version) FROM main.trial) FROM incoming_trial WHERE "
	"id IN (SELECT source FROM taken) AND version NOT IN (SELECT version FROM main.trial WHERE "
	"version IS "
	"NOT NULL) AND EXISTS (SELECT * FROM main.trial WHERE version IS NOT NULL) LIMIT 1";

static int check_versions(struct store *target, const char *source, struct error *err)
{
	sqlite3_stmt *foreign = merge_prepare(target, foreign_version_sql, err);
	int code, result = 0;

	if (!foreign)
		return -(int)ERR_STORE;
	code = sqlite3_step(foreign);
	if (code == SQLITE_ROW)
		result = error_set(err, ERR_DATA,
				   "store '%s' was trained by version %s of the program and '%s' "
				   "by %s, whose numbers may differ; to merge them all the same, "
				   "give --mixed-versions",
				   source, store_column_text(foreign, 0), target->path,
				   store_column_text(foreign, 1));
	else if (code != SQLITE_DONE)
		result = store_fail(target, err);
	sqlite3_finalize(foreign);
	return result;
}

/* The key, the label, and pairs of values, target and source. */
static const char conflicts_sql[] =
	"SELECT * FROM (SELECT t.trial_key, (SELECT label FROM main.sweep_trial WHERE trial = "
	"t.id), a.step, b.step, a.val_loss AS a_val, b.val_loss AS b_val, a.test_loss AS a_test, "
	"b.test_loss AS b_test, t.weights_hash AS a_hash, i.weights_hash AS b_hash "
	"FROM main.trial AS t JOIN incoming_trial AS i USING (trial_key) "
	"LEFT JOIN main.evaluation AS a ON a.trial = t.id AND a.final "
	"LEFT JOIN incoming_evaluation AS b ON b.trial = i.id AND b.final "
	"WHERE t.state = 'done' AND i.state = 'done') "
	"WHERE a_val IS NOT b_val OR a_test IS NOT b_test OR a_hash <> b_hash";

static bool differ(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) != 0 : a != b;
}

/* A value as text that no other value has; NULL stays. */
static const char *value_text(sqlite3_stmt *row, int column, char buffer[SHORT_TEXT])
{
	if (sqlite3_column_type(row, column) != SQLITE_FLOAT)
		return store_column_text(row, column);
	snprintf(buffer, SHORT_TEXT, "%.17g", sqlite3_column_double(row, column));
	return buffer;
}

static void tell_conflict(sqlite3_stmt *row, const struct merge_options *options)
{
	static const char *const columns[] = {"step", "val_loss", "test_loss", "weights_hash"};
	char values[2][SHORT_TEXT];
	struct merge_conflict conflict = {.trial_key = store_column_text(row, 0),
					  .label = store_column_text(row, 1)};

	for (int i = 0; i < (int)ARRAY_SIZE(columns); i++) {
		conflict.column = columns[i];
		conflict.target = value_text(row, 2 + 2 * i, values[0]);
		conflict.source = value_text(row, 3 + 2 * i, values[1]);
		if (differ(conflict.target, conflict.source))
			break;
	}
	if (options->conflict)
		options->conflict(options->context, &conflict);
}

static int find_conflicts(struct store *target, const struct merge_options *options,
			  struct merge_counts *counts, struct error *err)
{
	sqlite3_stmt *rows = merge_prepare(target, conflicts_sql, err);
	int code;

	if (!rows)
		return -(int)ERR_STORE;
	while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
		tell_conflict(rows, options);
		counts->conflicts++;
	}
	sqlite3_finalize(rows);
	return code == SQLITE_DONE ? 0 : store_fail(target, err);
}

/* --- what is taken --- */

#define RANK(t) "CASE " t ".state WHEN 'done' THEN 2 WHEN 'diverged' THEN 1 ELSE 0 END"

/* How far a trial that has not come to its end got, in columns to compare: by its steps, else that
 * it was tried at all, and has a reason to tell, else by what was heard of it last. */
#define PROGRESS(t, e)                                                                   \
	"(coalesce((SELECT max(step) FROM " e " AS e WHERE e.trial = " t ".id), -1), " t \
	".state <> 'planned', coalesce(" t ".finished, " t ".heartbeat, 0))"

/* A trial that runs in the target is left to its owner, unless it has ended elsewhere. */
#define RANKS	RANK("i") " > " RANK("t")
#define UNENDED RANK("i") " = 0 AND " RANK("t") " = 0 AND t.state <> 'running'"
#define FURTHER PROGRESS("i", "incoming_evaluation") " > " PROGRESS("t", "main.evaluation")

static const char choose_sql[] =
	"CREATE TEMP TABLE taken AS SELECT i.id AS source, t.id AS target FROM incoming_trial "
	"AS i LEFT JOIN main.trial AS t ON t.trial_key = i.trial_key WHERE t.id IS NULL OR " RANKS
	" OR (" UNENDED " AND " FURTHER ");"
	"CREATE INDEX temp.taken_source ON taken(source)";

static const char interrupt_sql[] =
	"UPDATE incoming_trial SET state = 'interrupted', reason = 'it was running when its store "
	"was merged' WHERE state = 'running'";

static int count_taken(struct store *target, struct merge_counts *counts, struct error *err)
{
	long added = 0, replaced = 0, all = 0, running = 0;
	int result = ask(target, "SELECT count(*) FROM taken WHERE target IS NULL", &added, err);

	if (!result)
		result = ask(target, "SELECT count(target) FROM taken", &replaced, err);
	if (!result)
		result = ask(target, "SELECT count(*) FROM incoming_trial", &all, err);
	if (!result)
		result = ask(target,
			     "SELECT count(*) FROM taken JOIN incoming_trial ON id = source "
			     "WHERE state = 'running'",
			     &running, err);
	counts->added += added;
	counts->replaced += replaced;
	counts->kept += all - added - replaced;
	counts->running += running;
	return result;
}

static int take_trials(struct store *target, struct error *err)
{
	struct text columns = {0}, sql = {0};
	int result = merge_add_columns(target, "trial", "id", &columns, err);

	text_printf(&sql,
		    "INSERT INTO main.trial(%s) SELECT %s FROM incoming_trial WHERE id IN "
		    "(SELECT source FROM taken WHERE target IS NULL) ORDER BY id",
		    text_string(&columns), text_string(&columns));
	if (!result)
		result = store_execute(target, sql.data, err);
	text_clear(&sql);
	text_printf(&sql,
		    "UPDATE main.trial SET (%s) = (SELECT %s FROM incoming_trial AS i WHERE "
		    "i.trial_key = trial.trial_key) WHERE id IN (SELECT target FROM taken)",
		    text_string(&columns), text_string(&columns));
	if (!result)
		result = store_execute(target, sql.data, err);
	text_release(&columns);
	text_release(&sql);
	return result;
}

/* Adds the rows of a table that has the column `trial`, under the numbers that trials have here. */
static int take(struct store *target, const char *table, const char *insert, const char *where,
		struct error *err)
{
	struct text columns = {0}, sql = {0};
	int result = merge_add_columns(target, table, "trial", &columns, err);

	text_printf(&sql,
		    "%s INTO main.%s(trial, %s) SELECT own, %s FROM (SELECT t.id AS own, i.id AS "
		    "source FROM incoming_trial AS i JOIN main.trial AS t USING (trial_key)) "
		    "JOIN incoming_%s AS r ON r.trial = source %s",
		    insert, table, text_string(&columns), text_string(&columns), table, where);
	if (!result)
		result = store_execute(target, sql.data, err);
	text_release(&columns);
	text_release(&sql);
	return result;
}

static int take_rows(struct store *target, const char *table, struct error *err)
{
	struct text sql = {0};
	int result;

	text_printf(&sql, "DELETE FROM main.%s WHERE trial IN (SELECT target FROM taken)", table);
	result = store_execute(target, sql.data, err);
	text_release(&sql);
	return result ? result
		      : take(target, table, "INSERT", "WHERE source IN (SELECT source FROM taken)",
			     err);
}

static const char sweeps_sql[] =
	"INSERT INTO main.sweep(name, spec, created, updated, command) SELECT name, spec, created, "
	"updated, command FROM incoming_sweep WHERE 1 ON CONFLICT(name) DO UPDATE SET spec = "
	"excluded.spec, updated = excluded.updated, command = excluded.command WHERE "
	"excluded.updated > sweep.updated;"
	"UPDATE main.sweep SET shard = NULL WHERE name IN (SELECT name FROM incoming_sweep);"
	"INSERT OR IGNORE INTO main.corpus SELECT * FROM incoming_corpus";

static int take_all(struct store *target, struct merge_counts *counts, struct error *err)
{
	long other_files = 0;
	int result = count_taken(target, counts, err);

	if (!result)
		result = store_execute(target, interrupt_sql, err);
	if (!result)
		result = take_trials(target, err);
	for (size_t i = 0; !result && i < ARRAY_SIZE(row_tables); i++)
		result = take_rows(target, row_tables[i], err);
	if (!result)
		result = ask(target,
			     "SELECT count(*) FROM incoming_sweep AS i JOIN main.sweep AS s ON "
			     "s.name = i.name AND s.spec <> i.spec",
			     &other_files, err);
	counts->other_files += other_files;
	if (!result)
		result = store_execute(target, sweeps_sql, err);
	/* Of the members, those that the target has already stay as they are. */
	return result ? result : take(target, "sweep_trial", "INSERT OR IGNORE", "", err);
}

int store_merge(struct store *target, struct merge_copy *copy, const struct merge_options *options,
		struct merge_counts *counts, struct error *err)
{
	int result = merge_copy_enter(copy, err);

	if (!result)
		result = store_execute(target, choose_sql, err);
	if (!result && !options->mixed_versions)
		result = check_versions(target, copy->path, err);
	if (!result)
		result = find_conflicts(target, options, counts, err);
	if (!result)
		result = take_all(target, counts, err);
	if (!result)
		result = store_execute(target, "DROP TABLE temp.taken", err);
	if (!result)
		result = merge_copy_leave(copy, err);
	if (result)
		store_rollback(target);
	return result;
}
