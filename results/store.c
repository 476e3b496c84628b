/* SPDX-License-Identifier: MIT
 *
 * Statements and failures.  A statement is prepared at its first use, kept, and always left
 * reset, so that no read lock outlives a call.  Any failure inside a transaction rolls the
 * whole of it back: what was acknowledged by store_commit() is all that is ever there.
 */
#include "results/store.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "results/store_internal.h"

static const char *const statement_texts[STORE_N_STATEMENTS] = {
#define X(name, sql) [STORE_##name] = sql,
	STORE_STATEMENTS(X) STORE_STATUS_STATEMENTS(X)
#undef X
};

static const char *const state_names[TRIAL_N_STATES] = {
#define X(name) [TRIAL_##name] = #name,
	TRIAL_STATES(X)
#undef X
};

const char *trial_state_name(enum trial_state state)
{
	return state_names[state];
}

enum trial_state store_column_state(sqlite3_stmt *statement, int column)
{
	const char *name = store_column_text(statement, column);
	int state = 0;

	while (state < TRIAL_N_STATES && !(name && strcmp(state_names[state], name) == 0))
		state++;
	return (enum trial_state)state;
}

/* What went wrong and what to do about it; NULL where SQLite's own text must do. */
static const char *describe_code(int code)
{
	if (code == SQLITE_IOERR_WRITE)
		return "cannot be written; see that its disk is sound and 'ulimit -f' lets it grow";
	if (code == SQLITE_READONLY_DBMOVED)
		return "was deleted, moved or replaced while it was in use; put it back, or run "
		       "again to train what is missing";
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return "is locked by another program; try again when that has finished";
	case SQLITE_FULL:
		return "cannot grow, the disk is full; make room and run again";
	case SQLITE_READONLY:
		return STORE_READ_ONLY;
	case SQLITE_NOTADB:
		return "is no store, nor any SQLite file; name another with --db";
	case SQLITE_CORRUPT:
		return "is damaged; recover it with 'sqlite3 FILE .recover' or name another with "
		       "--db";
	default:
		return NULL;
	}
}

void store_rollback(struct store *store)
{
	if (!sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

int store_fail(struct store *store, struct error *err)
{
	int code = sqlite3_extended_errcode(store->db);
	const char *known = describe_code(code);
	int result = known ? error_set(err, ERR_STORE, "store '%s' %s", store->path, known)
			   : error_set(err, ERR_STORE, "store '%s' failed: %s", store->path,
				       sqlite3_errmsg(store->db));

	store_rollback(store);
	return result;
}

sqlite3_stmt *store_prepare(struct store *store, enum store_statement which, struct error *err)
{
	sqlite3_stmt **statement = &store->statements[which];

	if (!*statement &&
	    sqlite3_prepare_v3(store->db, statement_texts[which], -1, SQLITE_PREPARE_PERSISTENT,
			       statement, NULL) != SQLITE_OK)
		store_fail(store, err);
	return *statement;
}

int store_step(struct store *store, sqlite3_stmt *statement, struct error *err)
{
	int result = sqlite3_step(statement) == SQLITE_DONE ? 0 : store_fail(store, err);

	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return result;
}

void store_bind_text(sqlite3_stmt *statement, int position, const char *text)
{
	sqlite3_bind_text(statement, position, text, -1, SQLITE_STATIC);
}

void store_bind_real(sqlite3_stmt *statement, int position, double value)
{
	if (isnan(value))
		sqlite3_bind_null(statement, position);
	else
		sqlite3_bind_double(statement, position, value);
}

int store_execute(struct store *store, const char *sql, struct error *err)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0
									   : store_fail(store, err);
}

double store_column_real(sqlite3_stmt *statement, int column)
{
	if (sqlite3_column_type(statement, column) == SQLITE_NULL)
		return (double)NAN;
	return sqlite3_column_double(statement, column);
}

const char *store_column_text(sqlite3_stmt *statement, int column)
{
	return (const char *)sqlite3_column_text(statement, column);
}

static int run_plain(struct store *store, enum store_statement which, struct error *err)
{
	sqlite3_stmt *statement = store_prepare(store, which, err);

	return statement ? store_step(store, statement, err) : -(int)ERR_STORE;
}

int store_begin(struct store *store, struct error *err)
{
	assert(sqlite3_get_autocommit(store->db) && "transactions do not nest");
	return run_plain(store, STORE_BEGIN, err);
}

int store_commit(struct store *store, struct error *err)
{
	return run_plain(store, STORE_COMMIT, err);
}
