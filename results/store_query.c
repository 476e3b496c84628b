/* SPDX-License-Identifier: MIT
 *
 * Reading: observations for fits and figures, totals and failures for people.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "results/filter.h"
#include "results/store_internal.h"

int store_check_sweep(struct store *store, const char *sweep, struct error *err)
{
	sqlite3_stmt *names = sweep ? store_prepare(store, STORE_SWEEPS, err) : NULL;
	struct arena arena = {0};
	struct suggestion near;
	char hint[128];
	bool found = false;
	int code = SQLITE_ROW, result = 0;

	if (!sweep)
		return 0;
	if (!names)
		return -(int)ERR_STORE;
	suggestion_start(&near, sweep);
	while (!found && (code = sqlite3_step(names)) == SQLITE_ROW) {
		const char *name = arena_strdup(&arena, store_column_text(names, 0));

		suggestion_offer(&near, name);
		found = strcmp(name, sweep) == 0;
	}
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		result = store_fail(store, err);
	else if (!found)
		result = error_set(err, ERR_USAGE, "store '%s' has no sweep '%s'%s", store->path,
				   sweep, suggestion_text(&near, hint, sizeof(hint)));
	sqlite3_reset(names);
	arena_release(&arena);
	return result;
}

/* What read_row() takes, in its order; with all columns of the view, which hold long texts, it
 * takes several times as long. */
static void add_columns(struct text *sql)
{
	text_add(sql, "final");
#define X(field, ...) text_add(sql, ", \"" #field "\"");
	OBSERVATION_NUMBERS(X)
	OBSERVATION_TEXTS(X)
#undef X
}

/* Whether some trial may be there twice: under one label of several sweeps. */
static int find_shared(struct store *store, const struct store_query *query, bool *shared,
		       struct error *err)
{
	sqlite3_stmt *read;
	int code;

	*shared = false;
	if (query->sweep)
		return 0;
	read = store_prepare(store, STORE_SHARED, err);
	if (!read)
		return -(int)ERR_STORE;
	code = sqlite3_step(read);
	*shared = code == SQLITE_ROW;
	sqlite3_reset(read);
	return code == SQLITE_ROW || code == SQLITE_DONE ? 0 : store_fail(store, err);
}

/* The condition stands alone on its lines, so that it cannot comment out what follows.  Of a
 * trial that several sweeps have under one label, the first is taken; grouping takes as long as
 * all else. */
static void add_select(struct text *sql, const struct store_query *query, bool shared)
{
	text_add(sql, "SELECT ");
	add_columns(sql);
	text_add(sql, " FROM (SELECT ");
	add_columns(sql);
	text_printf(sql, ", position%s FROM observation WHERE 1", shared ? ", min(sweep)" : "");
	if (query->curves)
		text_add(sql, " AND step IS NOT NULL");
	else
		text_add(sql, " AND (final = 1 OR (state = 'diverged' AND last))");
	if (query->sweep)
		text_add(sql, " AND sweep = ?1");
	if (query->where && query->where[0])
		text_printf(sql, " AND (\n%s\n)", query->where);
	text_printf(sql, "%s) ORDER BY sweep, position, steps, trial_key, label",
		    shared ? " GROUP BY trial_key, label, step" : "");
}

static const char *copy_text(sqlite3_stmt *statement, int column, const char *last,
			     struct arena *arena)
{
	const char *text = store_column_text(statement, column);

	if (!text || (last && strcmp(text, last) == 0))
		return text ? last : NULL;
	return arena_strdup(arena, text);
}

static void read_row(sqlite3_stmt *select, struct observations *set)
{
	struct observation *row = observations_add(set);
	const struct observation *last = set->n > 1 ? row - 1 : row;
	int column = 1;

	row->final = sqlite3_column_int(select, 0) != 0;
#define X(field, ...) row->field = store_column_real(select, column++);
	OBSERVATION_NUMBERS(X)
#undef X
#define X(field, ...) row->field = copy_text(select, column++, last->field, &set->arena);
	OBSERVATION_TEXTS(X)
#undef X
}

static int prepare_select(struct store *store, const struct store_query *query,
			  sqlite3_stmt **select, struct error *err)
{
	static const char *const columns[] = {
#define X(field, ...) #field,
		OBSERVATION_NUMBERS(X) OBSERVATION_TEXTS(X)
#undef X
	};
	struct text sql = {0};
	const char *tail = "";
	bool shared;
	int code, result = find_shared(store, query, &shared, err);

	if (result)
		return result;
	add_select(&sql, query, shared);
	code = sqlite3_prepare_v2(store->db, sql.data, -1, select, &tail);
	if (code == SQLITE_ERROR && query->where && query->where[0])
		result = filter_refuse(query->where, sqlite3_errmsg(store->db), columns,
				       ARRAY_SIZE(columns), STORE_COLUMNS, err);
	else if (code != SQLITE_OK)
		result = store_fail(store, err);
	else if (tail[0] || !sqlite3_stmt_readonly(*select))
		result = error_set(err, ERR_USAGE, "wrong condition '%s': more than one expression",
				   query->where);
	text_release(&sql);
	return result;
}

int store_observations(struct store *store, const struct store_query *query,
		       struct observations *set, struct error *err)
{
	sqlite3_stmt *select = NULL;
	size_t first = set->n;
	int code;
	int result = store_check_sweep(store, query->sweep, err);

	if (!result)
		result = prepare_select(store, query, &select, err);
	if (!result) {
		if (query->sweep)
			store_bind_text(select, 1, query->sweep);
		set->source = arena_strdup(&set->arena, store->path);
		while ((code = sqlite3_step(select)) == SQLITE_ROW)
			read_row(select, set);
		if (code != SQLITE_DONE)
			result = store_fail(store, err);
	}
	sqlite3_finalize(select);
	return result || query->no_buckets ? result : store_add_buckets(store, set, first, err);
}

static bool is_open(enum trial_state state)
{
	return state == TRIAL_planned || state == TRIAL_running || state == TRIAL_interrupted;
}

int store_totals(struct store *store, const char *sweep, struct store_totals *totals,
		 struct error *err)
{
	sqlite3_stmt *read;
	int code;
	int result = store_check_sweep(store, sweep, err);

	*totals = (struct store_totals){0};
	if (result)
		return result;
	read = store_prepare(store, STORE_TOTALS, err);
	if (!read)
		return -(int)ERR_STORE;
	store_bind_text(read, 1, sweep);
	while ((code = sqlite3_step(read)) == SQLITE_ROW) {
		enum trial_state state = store_column_state(read, 0);
		double done = sqlite3_column_double(read, 2),
		       total = sqlite3_column_double(read, 3);

		if (state == TRIAL_N_STATES)
			continue;
		totals->counts[state] = (long)sqlite3_column_int64(read, 1);
		totals->flops_done += done;
		totals->flops_total += total;
		totals->flops_left += is_open(state) ? total - done : 0;
		totals->seconds += sqlite3_column_double(read, 4);
	}
	sqlite3_reset(read);
	return code == SQLITE_DONE ? 0 : store_fail(store, err);
}

int store_failures(struct store *store, const char *sweep,
		   void (*each)(const struct trial_failure *, void *), void *context,
		   struct error *err)
{
	sqlite3_stmt *read;
	int code;
	int result = store_check_sweep(store, sweep, err);

	if (result)
		return result;
	read = store_prepare(store, STORE_FAILURES, err);
	if (!read)
		return -(int)ERR_STORE;
	store_bind_text(read, 1, sweep);
	while ((code = sqlite3_step(read)) == SQLITE_ROW)
		each(&(struct trial_failure){.trial_key = store_column_text(read, 0),
					     .label = store_column_text(read, 1),
					     .sweep = store_column_text(read, 2),
					     .reason = store_column_text(read, 3),
					     .state = store_column_state(read, 4),
					     .params = store_column_real(read, 5),
					     .lr = store_column_real(read, 6),
					     .steps_total = store_column_real(read, 7),
					     .step = store_column_real(read, 8),
					     .log = store_column_text(read, 9)},
		     context);
	sqlite3_reset(read);
	return code == SQLITE_DONE ? 0 : store_fail(store, err);
}
