/* SPDX-License-Identifier: MIT
 *
 * Columns are NUMERIC, so that '3.5e9' compares as a number and '130m' as a text.
 */
#include "results/filter.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

struct filter {
	sqlite3 *db;
	sqlite3_stmt *insert;
	struct text names;   /* what is selected from: "c0" AS "params", ... */
	const char **column; /* names taken so far, for the aliases */
	size_t n, n_names, capacity;
	struct arena arena;
};

static int fail(struct filter *filter, struct error *err)
{
	return error_set(err, ERR_NOMEM, "cannot hold the rows for '--where': %s",
			 sqlite3_errmsg(filter->db));
}

static void add_name(struct filter *filter, const char *name, size_t column)
{
	filter->column = grow_array(filter->column, &filter->capacity, filter->n_names + 1,
				    sizeof(*filter->column));
	filter->column[filter->n_names++] = arena_strdup(&filter->arena, name);
	text_printf(&filter->names, ", c%zu AS \"", column);
	for (const char *c = name; *c; c++) {
		if (*c == '"')
			text_add_char(&filter->names, '"');
		text_add_char(&filter->names, *c);
	}
	text_add_char(&filter->names, '"');
}

static bool has_name(const struct filter *filter, const char *name)
{
	for (size_t i = 0; i < filter->n_names; i++)
		if (sqlite3_stricmp(filter->column[i], name) == 0)
			return true;
	return false;
}

void filter_alias(struct filter *filter, const char *alias, size_t column)
{
	if (!has_name(filter, alias))
		add_name(filter, alias, column);
}

static int make_table(struct filter *filter, struct error *err)
{
	struct text create = {0}, insert = {0};
	int result = 0;

	text_add(&create, "BEGIN; CREATE TABLE rows(number INTEGER PRIMARY KEY");
	text_add(&insert, "INSERT INTO rows VALUES(NULL");
	for (size_t i = 0; i < filter->n; i++) {
		text_printf(&create, ", c%zu NUMERIC", i);
		text_add(&insert, ", ?");
	}
	text_add(&create, ")");
	text_add(&insert, ")");
	if (sqlite3_exec(filter->db, create.data, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(filter->db, insert.data, -1, &filter->insert, NULL) != SQLITE_OK)
		result = fail(filter, err);
	text_release(&create);
	text_release(&insert);
	return result;
}

int filter_open(struct filter **filter, const char *const *columns, size_t n, struct error *err)
{
	struct filter *made = xcalloc(1, sizeof(*made));
	int result = 0;

	made->n = n;
	for (size_t i = 0; !result && i < n; i++) {
		if (columns[i][0] && has_name(made, columns[i]))
			result = error_set(err, ERR_DATA,
					   "'--where' cannot tell two columns '%s' apart, which "
					   "differ in upper and lower case only; rename one",
					   columns[i]);
		else if (columns[i][0])
			add_name(made, columns[i], i);
	}
	if (!result && sqlite3_open(":memory:", &made->db) != SQLITE_OK)
		result = fail(made, err);
	if (!result)
		result = make_table(made, err);
	if (result) {
		filter_close(made);
		made = NULL;
	}
	*filter = made;
	return result;
}

void filter_close(struct filter *filter)
{
	if (!filter)
		return;
	sqlite3_finalize(filter->insert);
	sqlite3_close(filter->db);
	text_release(&filter->names);
	free(filter->column);
	arena_release(&filter->arena);
	free(filter);
}

int filter_add(struct filter *filter, const char *const *values, struct error *err)
{
	int code;

	for (size_t i = 0; i < filter->n; i++)
		sqlite3_bind_text(filter->insert, (int)i + 1, values[i], -1, SQLITE_STATIC);
	code = sqlite3_step(filter->insert);
	sqlite3_reset(filter->insert);
	return code == SQLITE_DONE ? 0 : fail(filter, err);
}

int filter_refuse(const char *where, const char *message, const char *const *names, size_t n,
		  const char *elsewhere, struct error *err)
{
	static const char unknown[] = "no such column: ";
	struct suggestion near;
	char buffer[128];
	const char *hint;

	suggestion_start(&near,
			 text_starts_with(message, unknown) ? message + strlen(unknown) : "");
	for (size_t i = 0; near.word[0] && i < n; i++)
		suggestion_offer(&near, names[i]);
	hint = suggestion_text(&near, buffer, sizeof(buffer));
	return error_set(err, ERR_USAGE, "wrong condition '%s': %s%s", where, message,
			 near.word[0] && !hint[0] ? elsewhere : hint);
}

static int refuse(struct filter *filter, const char *where, struct error *err)
{
	return filter_refuse(where, sqlite3_errmsg(filter->db), filter->column, filter->n_names,
			     "; the file's first line names the columns", err);
}

int filter_select(struct filter *filter, const char *where, bool *keep, struct error *err)
{
	sqlite3_stmt *select = NULL;
	struct text sql = {0};
	const char *tail = "";
	int code, result = 0;

	text_printf(&sql, "SELECT number FROM (SELECT number%s FROM rows) WHERE (\n%s\n)",
		    text_string(&filter->names), where);
	if (sqlite3_prepare_v2(filter->db, sql.data, -1, &select, &tail) != SQLITE_OK)
		result = refuse(filter, where, err);
	else if (tail[0])
		result = error_set(err, ERR_USAGE, "wrong condition '%s': more than one expression",
				   where);
	while (!result && (code = sqlite3_step(select)) != SQLITE_DONE) {
		if (code == SQLITE_ROW)
			keep[sqlite3_column_int64(select, 0) - 1] = true;
		else
			result = refuse(filter, where, err);
	}
	sqlite3_finalize(select);
	text_release(&sql);
	return result;
}
