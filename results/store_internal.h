/* SPDX-License-Identifier: MIT
 *
 * What the files of the store share: the connection, its prepared statements, and how a
 * failure of SQLite becomes an error with a remedy.
 */
#ifndef RESULTS_STORE_INTERNAL_H
#define RESULTS_STORE_INTERNAL_H

#include <sqlite3.h>
#include <sys/types.h>

#include "results/store.h"

/* Where a condition's columns are listed, for filter_refuse(). */
#define STORE_COLUMNS "; docs/store.md lists the columns"

/* X(name, SQL): statements that are prepared once per connection. */
#define STORE_COLUMN(field, ...) ", " #field
#define STORE_SLOT(field, ...)	 ", ?"
#define STORE_UPDATE(field, ...) ", " #field " = excluded." #field
#define STORE_TRIAL		 "(SELECT id FROM trial WHERE trial_key = ?1)"
#define STORE_STATEMENTS(X)                                                                      \
	X(BEGIN, "BEGIN IMMEDIATE")                                                              \
	X(COMMIT, "COMMIT")                                                                      \
	X(PUT_SWEEP, "INSERT INTO sweep(name, spec, created, updated) VALUES(?1, ?2, ?3, ?3) "   \
		     "ON CONFLICT(name) DO UPDATE SET spec = excluded.spec, updated = "          \
		     "excluded.updated")                                                         \
	X(PUT_COMMAND, "UPDATE sweep SET command = ?2, shard = ?3 WHERE name = ?1")              \
	X(PUT_TRIAL,                                                                             \
	  "INSERT INTO trial(created" TRIAL_FACTS(STORE_COLUMN) ") VALUES(?" TRIAL_FACTS(        \
		  STORE_SLOT) ") ON CONFLICT(trial_key) DO NOTHING")                             \
	X(PUT_MEMBER, "INSERT INTO sweep_trial(trial, sweep, label, tuned, position, origin) "   \
		      "VALUES(" STORE_TRIAL ", ?2, ?3, ?4, ?5, ?6) ON CONFLICT(sweep, trial, "   \
		      "label) DO UPDATE SET tuned = excluded.tuned, position = "                 \
		      "excluded.position, origin = excluded.origin")                             \
	X(MEMBERS, "SELECT trial_key FROM sweep_trial JOIN trial ON trial.id = trial "           \
		   "WHERE sweep = ?1")                                                           \
	X(DROP_MEMBER, "DELETE FROM sweep_trial WHERE trial = " STORE_TRIAL " AND sweep = ?2")   \
	X(PUT_CORPUS, "INSERT INTO corpus(content_hash, name, provenance, recorded) "            \
		      "VALUES(?1, ?2, ?3, ?4) ON CONFLICT(content_hash) DO UPDATE SET "          \
		      "name = excluded.name, provenance = excluded.provenance")                  \
	X(STATUS, "SELECT state, seconds, step, coalesce(val_loss, probe_loss) FROM trial "      \
		  "LEFT JOIN evaluation ON trial = id WHERE trial_key = ?1 "                     \
		  "ORDER BY step DESC LIMIT 1")                                                  \
	X(STATUSES, "SELECT state, seconds, step, coalesce(val_loss, probe_loss), trial_key "    \
		    "FROM trial LEFT JOIN evaluation ON trial = id AND step = (SELECT "          \
		    "max(step) FROM evaluation AS e WHERE e.trial = trial.id)")                  \
	X(TRUNK, "SELECT count(*), total(state IN ('running', 'interrupted', 'failed') OR "      \
		 "EXISTS (SELECT 1 FROM sweep_trial WHERE trial = id AND (state = 'planned' OR " \
		 "tuned <> '' OR origin <> 'grid'))) + EXISTS (SELECT 1 FROM trial WHERE "       \
		 "state = 'running' AND heartbeat > ?2) FROM trial WHERE trunk_key = ?1")        \
	X(OWNER, "SELECT state, host, pid, heartbeat, process FROM trial WHERE trial_key = ?1")  \
	X(CLAIM, "UPDATE trial SET state = 'running', reason = NULL, host = ?2, pid = ?3, "      \
		 "version = ?4, blas = ?5, jobs = ?6, threads = ?7, started = ?8, "              \
		 "heartbeat = ?8, process = ?9, finished = NULL, log = NULL, weights_hash = "    \
		 "NULL, tries = tries + 1 WHERE trial_key = ?1")                                 \
	X(DROP_EVALUATIONS, "DELETE FROM evaluation WHERE trial = " STORE_TRIAL)                 \
	X(DROP_FINALS, "DELETE FROM evaluation WHERE trial = " STORE_TRIAL " AND final")         \
	X(DROP_MEASUREMENTS, "DELETE FROM measurement WHERE trial = " STORE_TRIAL)               \
	X(DROP_BUCKETS, "DELETE FROM bucket WHERE trial = " STORE_TRIAL)                         \
	X(TRIM_EVALUATIONS, "DELETE FROM evaluation WHERE trial = " STORE_TRIAL " AND step "     \
			    "NOT IN (SELECT value FROM json_each(?2))")                          \
	X(TRIM_MEASUREMENTS, "DELETE FROM measurement WHERE trial = " STORE_TRIAL " AND step "   \
			     "NOT IN (SELECT value FROM json_each(?2))")                         \
	X(PUT_WEIGHTS, "UPDATE trial SET weights_hash = ?2 WHERE trial_key = ?1")                \
	X(HEARTBEAT,                                                                             \
	  "UPDATE trial SET heartbeat = ?2 WHERE trial_key = ?1 AND "                            \
	  "state = 'running' AND (?3 IS NULL OR (host = ?3 AND pid = ?4 AND process IS ?7))")    \
	X(SET_HEARTBEAT, "UPDATE trial SET heartbeat = ?2 WHERE trial_key = ?1")                 \
	X(FINISH, "UPDATE trial SET state = ?5, reason = ?6, finished = ?2 WHERE "               \
		  "trial_key = ?1 AND state = 'running' AND "                                    \
		  "(?3 IS NULL OR (host = ?3 AND pid = ?4 AND process IS ?7))")                  \
	X(PUT_LOG, "UPDATE trial SET log = ?2 WHERE trial_key = ?1")                             \
	X(REQUEUE, "UPDATE trial SET state = 'planned', reason = NULL WHERE trial_key = ?1 AND " \
		   "state IN ('diverged', 'failed', 'interrupted')")                             \
	X(PUT_EVALUATION,                                                                        \
	  "INSERT INTO evaluation(trial, final" EVALUATION_NUMBERS(                              \
		  STORE_COLUMN) ") "                                                             \
				"VALUES(" STORE_TRIAL ", ?" EVALUATION_NUMBERS(                  \
					STORE_SLOT) ") "                                         \
						    "ON CONFLICT(trial, step) DO UPDATE SET "    \
						    "final = excluded.final" EVALUATION_NUMBERS( \
							    STORE_UPDATE))                       \
	X(PUT_MEASUREMENT, "INSERT OR REPLACE INTO measurement(trial, step, layer, role, "       \
			   "metric, value) VALUES(" STORE_TRIAL ", ?2, ?3, ?4, ?5, ?6)")         \
	X(PUT_BUCKET, "INSERT OR REPLACE INTO bucket(trial, slice, bucket, nats, tokens) "       \
		      "VALUES(" STORE_TRIAL ", ?2, ?3, ?4, ?5)")                                 \
	X(SHARED, "SELECT 1 FROM sweep_trial GROUP BY trial, label HAVING count(*) > 1 LIMIT 1") \
	X(BUCKET_SUMS,                                                                           \
	  "SELECT slice, bucket, nats, tokens FROM bucket WHERE trial = " STORE_TRIAL)           \
	X(TOTALS, "SELECT state, count(*), sum(coalesce(reached, 0)), sum(flops_total), "        \
		  "sum(spent) FROM (SELECT state, flops_total, (SELECT max(flops) FROM "         \
		  "evaluation WHERE trial = id) AS reached, (SELECT max(seconds + "              \
		  "coalesce(seconds_eval, 0)) FROM evaluation WHERE trial = id) AS spent FROM "  \
		  "trial WHERE id IN (SELECT trial "                                             \
		  "FROM sweep_trial WHERE ?1 IS NULL OR sweep = ?1)) GROUP BY state")            \
	X(FAILURES, "SELECT trial_key, label, sweep, reason, state, params, lr, steps_total, "   \
		    "(SELECT max(step) FROM evaluation WHERE evaluation.trial = id), log FROM "  \
		    "trial JOIN sweep_trial ON sweep_trial.trial = id WHERE state IN "           \
		    "('diverged', 'failed', 'interrupted') AND (?1 IS NULL OR sweep = ?1) "      \
		    "GROUP BY id, label ORDER BY sweep, position")                               \
	X(METRICS, "SELECT DISTINCT metric FROM telemetry ORDER BY metric")                      \
	X(TELEMETRY, "SELECT role, layer, step, value FROM telemetry WHERE trial_key = ?1 AND "  \
		     "metric = ?2 ORDER BY role, layer, step")                                   \
	X(SWEEPS, "SELECT name FROM sweep ORDER BY created, name")

/* The same: what `status` asks. */
#define STORE_STATUS_STATEMENTS(X)                                                                \
	X(LOG, "SELECT log FROM trial WHERE trial_key = ?1")                                      \
	X(RUNNING, "SELECT trial_key, label, sweep, host, pid, started, heartbeat, params, lr, "  \
		   "flops_total, e.flops, e.step, steps_total, coalesce(val_loss, probe_loss, "   \
		   "train_loss) FROM trial JOIN sweep_trial ON sweep_trial.trial = id LEFT "      \
		   "JOIN evaluation AS e ON e.trial = id AND e.step = (SELECT max(step) FROM "    \
		   "evaluation AS l WHERE l.trial = id) WHERE state = 'running' AND (?1 IS "      \
		   "NULL OR sweep = ?1) GROUP BY id ORDER BY started, sweep, position")           \
	X(SPEEDS, "SELECT optimizer, params, sum(reached), sum(spent) FROM (SELECT optimizer, "   \
		  "params, flops AS reached, seconds + coalesce(seconds_eval, 0) AS spent FROM "  \
		  "trial JOIN evaluation AS e ON e.trial = id AND step = (SELECT max(step) FROM " \
		  "evaluation AS l WHERE l.trial = id) WHERE id IN (SELECT trial FROM "           \
		  "sweep_trial WHERE ?1 IS NULL OR sweep = ?1)) GROUP BY optimizer, params")      \
	X(LEFT, "SELECT optimizer, params, flops_total, (SELECT max(flops) FROM evaluation "      \
		"WHERE trial = id) FROM trial WHERE state IN ('planned', 'running', "             \
		"'interrupted') AND id IN (SELECT trial FROM sweep_trial WHERE ?1 IS NULL OR "    \
		"sweep = ?1)")                                                                    \
	X(ORIGINS, "SELECT sweep, label, origin, count(*), sum(state IN ('done', 'diverged', "    \
		   "'failed')) FROM sweep_trial JOIN trial ON id = trial WHERE ?1 IS NULL OR "    \
		   "sweep = ?1 GROUP BY sweep, label, origin ORDER BY sweep, min(position)")

enum store_statement {
#define X(name, sql) STORE_##name,
	STORE_STATEMENTS(X) STORE_STATUS_STATEMENTS(X)
#undef X
		STORE_N_STATEMENTS
};

struct store {
	sqlite3 *db;
	char *path;
	char *host; /* of the trials claimed here; NULL before the first */
	char *mark; /* of the process that claims them; NULL: not known */
	int pid;
	dev_t device; /* of the file that is written */
	ino_t inode;  /* 0: not known */
	double busy_since_s;
	bool busy_told;
	bool has_log_ahead; /* commits wait for the disk only where they are asked to */
	int n_copies;	    /* of other stores that were made beside it, see store_merge.h */
	sqlite3_stmt *statements[STORE_N_STATEMENTS];
};

/* How long to wait for another program's lock; one that writes has more to lose. */
#define STORE_PATIENCE_MS     10000
#define STORE_LONG_PATIENCE_S 30.0

#define STORE_READ_ONLY "is read-only; make it and its folder writable, or name another with --db"

/* The name of the network file system that a file is on, for messages; NULL: none that is known. On
 * one SQLite's write-ahead log cannot be relied on. */
const char *store_network_of(const char *path);
/* The same by statfs's f_type, and by a text like /proc/self/mountinfo, which names the file
 * systems that are programs (FUSE). */
const char *store_network_of_type(unsigned long type);
const char *store_network_of_mount(const char *mounts, unsigned major, unsigned minor);

/* The journal that can be trusted on that network file system (NULL: on a disk), and how often it
 * is flushed. */
int store_choose_journal(struct store *store, const char *network, struct error *err);

/* Whether commits from now on, with all before them, are on the disk when they return; else a loss
 * of power may take the last ones back.  Not within a transaction. */
int store_sync_commits(struct store *store, bool at_once, struct error *err);

/* Which file it is, for store_check_file(). */
void store_note_file(struct store *store);

/* Waits STORE_LONG_PATIENCE_S for locks from now on, and says so. */
void store_wait_long(struct store *store);

/* The last failure of SQLite as ERR_STORE.  An open transaction is rolled back. */
int store_fail(struct store *store, struct error *err);

/* Fills in the buckets of the final rows from `first` on. */
int store_add_buckets(struct store *store, struct observations *set, size_t first,
		      struct error *err);

/* Nothing where there is no transaction. */
void store_rollback(struct store *store);

/* The statement, ready to bind; NULL and an error where it cannot be prepared. */
sqlite3_stmt *store_prepare(struct store *store, enum store_statement which, struct error *err);

/* Runs SQL that returns no rows. */
int store_execute(struct store *store, const char *sql, struct error *err);

/* Steps a statement that returns no rows, and resets it. */
int store_step(struct store *store, sqlite3_stmt *statement, struct error *err);

/* Bind by position; NAN and NULL bind NULL.  Texts must live until the step. */
void store_bind_text(sqlite3_stmt *statement, int position, const char *text);
void store_bind_real(sqlite3_stmt *statement, int position, double value);

double store_column_real(sqlite3_stmt *statement, int column);	    /* NULL: NAN */
const char *store_column_text(sqlite3_stmt *statement, int column); /* NULL: NULL */

/* TRIAL_N_STATES: no such state. */
enum trial_state store_column_state(sqlite3_stmt *statement, int column);

/* ERR_USAGE when there is no sweep of that name; NULL is always fine. */
int store_check_sweep(struct store *store, const char *sweep, struct error *err);

/* Sets `stale` and `gone`, as seen by the observer, who is told by the name of its host. */
int store_see_owner(struct store *store, struct trial_running *running,
		    const struct trial_run *observer, struct error *err);

#endif
