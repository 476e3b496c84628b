/* SPDX-License-Identifier: MIT
 *
 * What the fault tests ask of a store, without any code of the program: whether it is whole, all
 * that must not depend on how often a sweep was disturbed, and how its trials went through their
 * states.  And it is the other program that holds the lock.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All that a sweep measures; the columns that tell of time and place are left out. */
static const char *const selections[] = {
	"SELECT 'row', loss_vs_flops.* FROM loss_vs_flops",
	"SELECT 'telemetry', telemetry.* FROM telemetry "
	"WHERE metric NOT LIKE 'seconds%' AND metric <> 'peak_bytes'",
	"SELECT 'bucket', trial_key, slice, bucket, nats, tokens "
	"FROM bucket JOIN trial ON trial.id = bucket.trial",
	"SELECT 'weights', trial_key, state, weights_hash FROM trial",
	"SELECT 'member', sweep, trial_key, label, tuned, position, origin "
	"FROM sweep_trial JOIN trial ON trial.id = sweep_trial.trial",
};
static const char *const circumstances[] = {
	"seconds", "seconds_optimizer", "seconds_eval", "jobs", "threads", "host", "version",
};

/* Every change of a state from now on. */
static const char watch_sql[] =
	"CREATE TABLE change (trial INTEGER, was TEXT, became TEXT);"
	"CREATE TRIGGER change_of_state AFTER UPDATE OF state ON trial WHEN old.state <> new.state "
	"BEGIN INSERT INTO change VALUES (new.id, old.state, new.state); END";

/* What must never happen; each row is a complaint. */
static const char *const complaints[] = {
	"SELECT 'integrity: ' || integrity_check FROM pragma_integrity_check "
	"WHERE integrity_check <> 'ok'",
	"SELECT 'a reference to nothing in ' || \"table\" FROM pragma_foreign_key_check",
	"SELECT trial_key || ': more than one last row' FROM trial JOIN evaluation "
	"ON trial = trial.id WHERE final = 1 GROUP BY trial_key HAVING count(*) > 1",
	"SELECT trial_key || ': done without a last row' FROM trial WHERE state = 'done' "
	"AND NOT EXISTS (SELECT 1 FROM evaluation WHERE trial = trial.id AND final = 1)",
};
static const char repeats_sql[] =
	"SELECT trial_key || ': trained again after its end' FROM change JOIN trial "
	"ON trial.id = change.trial WHERE was = 'done'";

static sqlite3 *database;

static void die(const char *what)
{
	fprintf(stderr, "store_facts: %s: %s\n", what, sqlite3_errmsg(database));
	exit(2);
}

static int is_circumstance(const char *column)
{
	for (size_t i = 0; i < sizeof(circumstances) / sizeof(*circumstances); i++)
		if (strcmp(column, circumstances[i]) == 0)
			return 1;
	return 0;
}

static void print_row(sqlite3_stmt *row)
{
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		if (is_circumstance(sqlite3_column_name(row, i)))
			continue;
		if (sqlite3_column_type(row, i) == SQLITE_FLOAT)
			printf("%.17g|", sqlite3_column_double(row, i));
		else if (sqlite3_column_type(row, i) == SQLITE_NULL)
			printf("NULL|");
		else
			printf("%s|", (const char *)sqlite3_column_text(row, i));
	}
	printf("\n");
}

/* Prints the rows of a query; how many there were. */
static int print_all(const char *sql)
{
	sqlite3_stmt *rows;
	int n = 0, code;

	if (sqlite3_prepare_v2(database, sql, -1, &rows, NULL) != SQLITE_OK)
		die(sql);
	for (; (code = sqlite3_step(rows)) == SQLITE_ROW; n++)
		print_row(rows);
	if (code != SQLITE_DONE)
		die(sql);
	sqlite3_finalize(rows);
	return n;
}

static void execute(const char *sql)
{
	if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
		die(sql);
}

static int print_rows(void)
{
	for (size_t i = 0; i < sizeof(selections) / sizeof(*selections); i++)
		print_all(selections[i]);
	return 0;
}

static int has_table(const char *name)
{
	return sqlite3_table_column_metadata(database, NULL, name, NULL, NULL, NULL, NULL, NULL,
					     NULL) == SQLITE_OK;
}

/* A store that is still empty has nothing to complain of. */
static int check(void)
{
	int n = 0;

	for (size_t i = 0; has_table("trial") && i < sizeof(complaints) / sizeof(*complaints); i++)
		n += print_all(complaints[i]);
	if (has_table("change"))
		n += print_all(repeats_sql);
	return n > 0;
}

static int hold_lock(const char *seconds)
{
	execute("BEGIN EXCLUSIVE");
	printf("locked\n");
	fflush(stdout);
	usleep((useconds_t)(1e6 * atof(seconds)));
	execute("COMMIT");
	return 0;
}

int main(int argc, char **argv)
{
	const char *command = argc > 2 ? argv[1] : "";

	if (argc < 3 || sqlite3_open_v2(argv[2], &database, SQLITE_OPEN_READWRITE, NULL))
		die("usage: store_facts rows|check|watch|query|lock STORE [SQL|SECONDS]");
	sqlite3_busy_timeout(database, 20000);
	if (strcmp(command, "rows") == 0)
		return print_rows();
	if (strcmp(command, "check") == 0)
		return check();
	if (strcmp(command, "watch") == 0)
		return execute(watch_sql), 0;
	if (strcmp(command, "query") == 0 && argc > 3)
		return print_all(argv[3]), 0;
	if (strcmp(command, "lock") == 0 && argc > 3)
		return hold_lock(argv[3]);
	die("unknown command");
}
