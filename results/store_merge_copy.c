/* SPDX-License-Identifier: MIT
 *
 * The tables of another store, copied into temporary ones of the target's connection, "copyN_NAME".
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/store_merge_work.h"

static const char *const tables[] = {"sweep",	    "trial",  "sweep_trial", "evaluation",
				     "measurement", "bucket", "corpus"};

sqlite3_stmt *merge_prepare(struct store *store, const char *sql, struct error *err)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
		store_fail(store, err);
	return statement;
}

int merge_add_columns(struct store *store, const char *table, const char *without,
		      struct text *list, struct error *err)
{
	sqlite3_stmt *names = merge_prepare(store, "SELECT name FROM pragma_table_info(?1)", err);
	int code;

	if (!names)
		return -(int)ERR_STORE;
	store_bind_text(names, 1, table);
	while ((code = sqlite3_step(names)) == SQLITE_ROW)
		if (!without || strcmp(store_column_text(names, 0), without) != 0)
			text_printf(list, "%s\"%s\"", list->length ? ", " : "",
				    store_column_text(names, 0));
	sqlite3_finalize(names);
	return code == SQLITE_DONE ? 0 : store_fail(store, err);
}

/* Runs what `add` appends for every table. */
static int for_each_table(const struct merge_copy *copy,
			  void (*add)(struct text *sql, int number, const char *table),
			  struct error *err)
{
	struct text sql = {0};
	int result;

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		add(&sql, copy->number, tables[i]);
	result = store_execute(copy->target, sql.data, err);
	text_release(&sql);
	return result;
}

/* --- filling --- */

static void add_table(struct text *sql, int number, const char *table)
{
	text_printf(sql, "CREATE TEMP TABLE copy%d_%s AS SELECT * FROM main.%s WHERE 0;", number,
		    table, table);
}

/* Steps through `from` and puts each row into `into`. */
static int copy_rows(struct store *target, sqlite3_stmt *into, struct store *source,
		     sqlite3_stmt *from, struct error *err)
{
	int n = sqlite3_column_count(from), code, put = SQLITE_DONE;

	while (put == SQLITE_DONE && (code = sqlite3_step(from)) == SQLITE_ROW) {
		for (int i = 0; i < n; i++)
			sqlite3_bind_value(into, i + 1, sqlite3_column_value(from, i));
		put = sqlite3_step(into);
		sqlite3_reset(into);
	}
	if (put != SQLITE_DONE)
		return store_fail(target, err);
	return code == SQLITE_DONE ? 0 : store_fail(source, err);
}

static int fill_table(const struct merge_copy *copy, struct store *source, const char *table,
		      struct error *err)
{
	struct text columns = {0}, sql = {0};
	sqlite3_stmt *from = NULL, *into = NULL;
	int result = merge_add_columns(source, table, NULL, &columns, err);

	text_printf(&sql, "SELECT %s FROM %s", text_string(&columns), table);
	if (!result)
		from = merge_prepare(source, sql.data, err);
	text_clear(&sql);
	text_printf(&sql, "INSERT INTO temp.copy%d_%s(%s) VALUES(?", copy->number, table,
		    text_string(&columns));
	for (int i = 1; from && i < sqlite3_column_count(from); i++)
		text_add(&sql, ", ?");
	text_add(&sql, ")");
	if (from)
		into = merge_prepare(copy->target, sql.data, err);
	if (!result)
		result = into ? copy_rows(copy->target, into, source, from, err) : -(int)ERR_STORE;
	sqlite3_finalize(from);
	sqlite3_finalize(into);
	text_release(&columns);
	text_release(&sql);
	return result;
}

static int add_indexes(const struct merge_copy *copy, struct error *err)
{
	struct text sql = {0};
	int result, n = copy->number;

	text_printf(&sql,
		    "CREATE INDEX temp.copy%d_id ON copy%d_trial(id);"
		    "CREATE INDEX temp.copy%d_trial_key ON copy%d_trial(trial_key);"
		    "CREATE INDEX temp.copy%d_step ON copy%d_evaluation(trial, step)",
		    n, n, n, n, n, n);
	result = store_execute(copy->target, sql.data, err);
	text_release(&sql);
	return result;
}

/* All as of one moment, though a run may be writing.  The transaction of the target is one of its
 * temporary tables alone, and locks nobody out. */
static int fill(const struct merge_copy *copy, struct store *source, struct error *err)
{
	int result = store_execute(source, "BEGIN", err);

	if (!result)
		result = store_execute(copy->target, "BEGIN", err);
	for (size_t i = 0; !result && i < ARRAY_SIZE(tables); i++)
		result = fill_table(copy, source, tables[i], err);
	store_rollback(source);
	if (!result)
		result = add_indexes(copy, err);
	if (!result)
		result = store_commit(copy->target, err);
	store_rollback(copy->target);
	return result;
}

/* --- life --- */

int merge_copy_make(struct merge_copy **copy, struct store *target, struct store *source,
		    struct error *err)
{
	struct merge_copy *made = xcalloc(1, sizeof(*made));
	int result;

	*made = (struct merge_copy){target, xstrdup(source->path), target->n_copies++};
	result = for_each_table(made, add_table, err);
	if (!result)
		result = fill(made, source, err);
	if (result) {
		merge_copy_free(made);
		made = NULL;
	}
	*copy = made;
	return result;
}

static void add_drop(struct text *sql, int number, const char *table)
{
	text_printf(sql, "DROP TABLE IF EXISTS temp.copy%d_%s;", number, table);
}

void merge_copy_free(struct merge_copy *copy)
{
	if (!copy)
		return;
	for_each_table(copy, add_drop, NULL);
	free(copy->path);
	free(copy);
}

/* --- use --- */

static void add_enter(struct text *sql, int number, const char *table)
{
	text_printf(sql, "ALTER TABLE temp.copy%d_%s RENAME TO incoming_%s;", number, table, table);
}

int merge_copy_enter(struct merge_copy *copy, struct error *err)
{
	return for_each_table(copy, add_enter, err);
}

static void add_leave(struct text *sql, int number, const char *table)
{
	text_printf(sql, "ALTER TABLE temp.incoming_%s RENAME TO copy%d_%s;", table, number, table);
}

int merge_copy_leave(struct merge_copy *copy, struct error *err)
{
	return for_each_table(copy, add_leave, err);
}
