/* SPDX-License-Identifier: MIT
 *
 * Opening: is it there, is it ours, is it of a version that is known, may it be written.
 *
 * Readers of a file system that cannot be written open the file as immutable, since SQLite
 * else wants to make a -shm file beside it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "results/store_internal.h"

#define APPLICATION_ID 0x4d755377 /* "MuSw" */

static const char schema[] =
#include "results/schema.sql.inc"
	;

static const char views[] =
#include "results/views.sql.inc"
	;

/* migrations[v] turns version v + 1 into v + 2; version 0 is an empty file, which gets the schema.
 */
static const char *const migrations[] = {
#include "results/migrations/1-to-2.sql.inc"
};
#define SCHEMA_VERSION ((int)ARRAY_SIZE(migrations) + 1)

static const char drop_views[] = "DROP VIEW observation; DROP VIEW telemetry; "
				 "DROP VIEW loss_vs_flops";

static int read_pragma(struct store *store, const char *sql, int *value, struct error *err)
{
	sqlite3_stmt *statement = NULL;
	int result = 0;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK ||
	    sqlite3_step(statement) != SQLITE_ROW)
		result = store_fail(store, err);
	else
		*value = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return result;
}

/* What tells a store from other files. */
struct marks {
	int id, version, n_tables;
};

/* All three as of one moment: another process may just be making the store. */
static int read_marks(struct store *store, struct marks *marks, struct error *err)
{
	int released, result = store_execute(store, "SAVEPOINT look", err);

	if (result)
		return result;
	result = read_pragma(store, "PRAGMA application_id", &marks->id, err);
	if (!result)
		result = read_pragma(store, "PRAGMA user_version", &marks->version, err);
	if (!result)
		result = read_pragma(store, "SELECT count(*) FROM sqlite_master", &marks->n_tables,
				     err);
	released = store_execute(store, "RELEASE look", result ? NULL : err);
	return result ? result : released;
}

/* The version of what is in the file: 0 for an empty one. */
static int read_version(struct store *store, int *version, struct error *err)
{
	struct marks marks = {0};
	int result = read_marks(store, &marks, err);

	if (result)
		return result;
	*version = marks.version;
	if (marks.id != APPLICATION_ID &&
	    (marks.id != 0 || marks.n_tables > 0 || marks.version > 0))
		return error_set(err, ERR_STORE,
				 "'%s' is a SQLite file of another program; name another with --db",
				 store->path);
	if (*version > SCHEMA_VERSION)
		return error_set(err, ERR_STORE,
				 "store '%s' has version %d, and this program knows up to %d; "
				 "use a newer muon-sweep",
				 store->path, *version, SCHEMA_VERSION);
	return 0;
}

static int bring_forward(struct store *store, int version, struct error *err)
{
	int result;

	if (version == 0)
		return store_execute(store, schema, err);
	result = store_execute(store, drop_views, err);
	for (int v = version; !result && v < SCHEMA_VERSION; v++)
		result = store_execute(store, migrations[v - 1], err);
	return result;
}

/* In one transaction, so that of two programs that open a new store one makes it. */
static int migrate(struct store *store, struct error *err)
{
	char mark[96];
	int version = 0;
	int result = store_execute(store, "BEGIN IMMEDIATE", err);

	if (!result)
		result = read_version(store, &version, err);
	if (!result && version == SCHEMA_VERSION) /* another program was faster */
		return store_execute(store, "COMMIT", err);
	if (!result)
		result = bring_forward(store, version, err);
	if (!result)
		result = store_execute(store, views, err);
	snprintf(mark, sizeof(mark), "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
		 APPLICATION_ID, SCHEMA_VERSION);
	return result ? result : store_execute(store, mark, err);
}

static int prepare_to_write(struct store *store, struct error *err)
{
	int version = 0;
	int result = read_version(store, &version, err);

	if (!result && sqlite3_db_readonly(store->db, "main"))
		result = error_set(err, ERR_STORE, "store '%s' %s", store->path, STORE_READ_ONLY);
	if (!result)
		result = store_choose_journal(store, store_network_of(store->path), err);
	if (!result)
		result = store_execute(store, "PRAGMA foreign_keys = ON", err);
	if (!result && version < SCHEMA_VERSION) {
		result = migrate(store, err);
		if (!result && version > 0)
			log_info("store '%s' was brought from version %d to %d", store->path,
				 version, SCHEMA_VERSION);
	}
	if (!result)
		store_note_file(store);
	return result;
}

/* An older store is read from a copy, in a temporary file without a name, that is brought forward:
 * its own file may be read-only, or somebody's who keeps the older program. */
static int read_copy(struct store *store, int version, struct error *err)
{
	sqlite3 *copy = NULL;
	sqlite3_backup *backup = NULL;
	int code = sqlite3_open_v2(
		"", &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);

	if (code == SQLITE_OK)
		backup = sqlite3_backup_init(copy, "main", store->db, "main");
	if (backup) {
		code = sqlite3_backup_step(backup, -1);
		sqlite3_backup_finish(backup);
	}
	sqlite3_close(store->db);
	store->db = copy;
	if (!backup || code != SQLITE_DONE)
		return store_fail(store, err);
	log_info("store '%s' has the older version %d; 'muon-sweep run SPEC' brings it to %d",
		 store->path, version, SCHEMA_VERSION);
	return migrate(store, err);
}

static int prepare_to_read(struct store *store, struct error *err)
{
	int version = 0;
	int result = read_version(store, &version, err);

	if (!result && version == 0)
		return error_set(err, ERR_STORE,
				 "store '%s' is empty; run 'muon-sweep run SPEC' first or name one "
				 "with --db",
				 store->path);
	return !result && version < SCHEMA_VERSION ? read_copy(store, version, err) : result;
}

static int connect(struct store *store, const char *name, int flags, struct error *err)
{
	int saved;

	/* A store is used by one thread at a time, so that it needs no locks of its own. */
	if (sqlite3_open_v2(name, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(store->db, STORE_PATIENCE_MS);
		return 0;
	}
	saved = store->db ? sqlite3_system_errno(store->db) : ENOMEM;
	return error_set(err, ERR_STORE, "cannot open store '%s': %s", store->path,
			 saved ? strerror(saved) : sqlite3_errmsg(store->db));
}

/* "file:PATH?immutable=1" with what is special in a URI escaped. */
static void add_immutable_uri(struct text *uri, const char *path)
{
	text_add(uri, "file:");
	for (const char *c = path; *c; c++) {
		if (strchr("%?#", *c))
			text_printf(uri, "%%%02x", (unsigned)*c);
		else
			text_add_char(uri, *c);
	}
	text_add(uri, "?immutable=1");
}

static void warn_of_hidden_rows(const char *path)
{
	struct text wal = {0};
	struct stat status;

	text_printf(&wal, "%s-wal", path);
	if (stat(wal.data, &status) == 0 && status.st_size > 0)
		log_warn("the newest rows, in '%s', cannot be read in a folder that is read-only; "
			 "copy both files elsewhere",
			 wal.data);
	text_release(&wal);
}

static int connect_immutable(struct store *store, struct error *err)
{
	struct text uri = {0};
	int result;

	sqlite3_close(store->db);
	store->db = NULL;
	warn_of_hidden_rows(store->path);
	add_immutable_uri(&uri, store->path);
	result = connect(store, uri.data, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
	text_release(&uri);
	return result;
}

/* SQLite can read a WAL store only where it may map a -shm file. */
static bool wants_immutable(struct store *store)
{
	int code = sqlite3_exec(store->db, "SELECT 1 FROM sqlite_master", NULL, NULL, NULL);

	return (code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_READONLY;
}

static int open_to_read(struct store *store, struct error *err)
{
	int result;

	if (access(store->path, F_OK) < 0 && errno == ENOENT)
		return error_set(
			err, ERR_STORE,
			"no store '%s'; run 'muon-sweep run SPEC' first or name one with --db",
			store->path);
	result = connect(store, store->path, SQLITE_OPEN_READONLY, err);
	if (!result && wants_immutable(store))
		result = connect_immutable(store, err);
	return result ? result : prepare_to_read(store, err);
}

bool store_is_empty(const char *path)
{
	struct store *store = xcalloc(1, sizeof(*store));
	struct marks marks = {.id = 1};
	bool empty;

	store->path = xstrdup(path);
	empty = access(path, F_OK) == 0 && connect(store, path, SQLITE_OPEN_READONLY, NULL) == 0 &&
		read_marks(store, &marks, NULL) == 0 && marks.id == 0 && marks.version == 0 &&
		marks.n_tables == 0;
	store_close(store);
	return empty;
}

static int open_to_write(struct store *store, struct error *err)
{
	int result = connect(store, store->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);

	if (!result)
		store_wait_long(store);
	return result ? result : prepare_to_write(store, err);
}

int store_open(struct store **store, const char *path, enum store_mode mode, struct error *err)
{
	struct store *made = xcalloc(1, sizeof(*made));
	int result;

	made->path = xstrdup(path);
	result = mode == STORE_READ ? open_to_read(made, err) : open_to_write(made, err);
	if (result) {
		store_close(made);
		made = NULL;
	}
	*store = made;
	return result;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < STORE_N_STATEMENTS; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->db);
	free(store->path);
	free(store->host);
	free(store->mark);
	free(store);
}
