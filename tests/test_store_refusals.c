/* SPDX-License-Identifier: MIT
 *
 * Every way in which a store can be refused, and what must still work then.
 */
#include "tests/store_fixture.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/log.h"
#include "results/store_internal.h"

static void a_locked_store_is_told(void **state)
{
	const char *path = scratch_path(state, "a.db");
	struct store *one = open_store(path), *two = open_store(path);
	struct error err = ERROR_INIT;

	sqlite3_busy_timeout(two->db, 10);
	check_ok(store_begin(one, &err), &err);
	assert_int_equal(store_begin(two, &err), -ERR_STORE);
	check_contains(err.text, "is locked by another program; try again when that has finished");
	check_ok(store_commit(one, &err), &err);
	check_ok(store_begin(two, &err), &err);
	store_close(two);
	store_close(one);
}

static void a_full_disk_rolls_the_transaction_back(void **state)
{
	const char *path = scratch_path(state, "a.db");
	struct store *store = open_store(path);
	struct error err = ERROR_INIT;
	struct evaluation_row row;
	int result = 0;

	put_trial(store, "s", "muon", "k", 0);
	put_row(store, "k", 0, 3, false);
	sqlite3_exec(store->db, "PRAGMA max_page_count = 1", NULL, NULL, NULL);
	check_ok(store_begin(store, &err), &err);
	for (int step = 1; !result && step < 1000; step++) {
		row = row_of(step, 3, false);
		result = store_put_evaluation(store, "k", &row, &err);
	}
	assert_int_equal(result, -ERR_STORE);
	check_contains(err.text, "cannot grow, the disk is full; make room and run again");
	check_near(ask(path, "SELECT count(*) FROM evaluation"), 1.0, 0, 0);
	put_row(store, "k", 0, 2, false); /* what needs no room still works */
	store_close(store);
}

static void make_garbage(const char *path)
{
	struct error err = ERROR_INIT;
	char bytes[8192];

	memset(bytes, 'x', sizeof(bytes));
	check_ok(file_write(path, bytes, sizeof(bytes), &err), &err);
}

static void make_short(const char *path)
{
	struct error err = ERROR_INIT;

	check_ok(file_write(path, "flops,loss\n", 11, &err), &err);
}

static void make_foreign(const char *path)
{
	execute(path, "CREATE TABLE t(x)");
}

static void make_newer(const char *path)
{
	store_close(open_store(path));
	execute(path, "PRAGMA user_version = 99");
}

static void make_empty(const char *path)
{
	struct error err = ERROR_INIT;

	check_ok(file_write(path, "", 0, &err), &err);
}

static void make_damaged(const char *path)
{
	struct error err = ERROR_INIT;
	struct text file = {0};

	store_close(mixed_store(path));
	check_ok(file_read(&file, path, &err), &err);
	memset(file.data + 4096, 0xee, file.length - 4096);
	check_ok(file_write(path, file.data, file.length, &err), &err);
	text_release(&file);
}

static void make_nothing(const char *path)
{
	unlink(path);
}

static void unusable_files_are_refused(void **state)
{
	static const struct {
		void (*make)(const char *path);
		enum store_mode mode;
		const char *message;
	} cases[] = {
		{make_nothing, STORE_READ,
		 "; run 'muon-sweep run SPEC' first or name one with --db"},
		{make_empty, STORE_READ, "is empty; run 'muon-sweep run SPEC' first"},
		{make_garbage, STORE_READ, "is no store, nor any SQLite file"},
		{make_garbage, STORE_WRITE, "is no store, nor any SQLite file"},
		{make_short, STORE_WRITE, "is no store, nor any SQLite file"},
		{make_foreign, STORE_READ, "is a SQLite file of another program"},
		{make_foreign, STORE_WRITE, "is a SQLite file of another program"},
		{make_newer, STORE_READ,
		 "has version 99, and this program knows up to 2; use a newer muon-sweep"},
		{make_newer, STORE_WRITE,
		 "has version 99, and this program knows up to 2; use a newer muon-sweep"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char name[16];
		const char *path;
		struct error err = ERROR_INIT;
		struct store *store;

		snprintf(name, sizeof(name), "%zu.db", i);
		path = scratch_path(state, name);
		cases[i].make(path);
		assert_int_equal(store_open(&store, path, cases[i].mode, &err), -ERR_STORE);
		assert_null(store);
		check_contains(err.text, path);
		check_contains(err.text, cases[i].message);
	}
}

/* As one who makes a store leaves it for a moment. */
static void make_begun(const char *path)
{
	execute(path, "PRAGMA journal_mode = WAL");
}

static void a_store_that_is_being_made_is_empty(void **state)
{
	static const struct {
		void (*make)(const char *path);
		bool is_empty;
	} cases[] = {{make_nothing, false}, {make_empty, true},	   {make_begun, true},
		     {make_garbage, false}, {make_foreign, false}, {make_newer, false}};
	const char *path = scratch_path(state, "a.db");

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unlink(path);
		cases[i].make(path);
		if (store_is_empty(path) != cases[i].is_empty)
			fail_msg("case %zu", i);
	}
	make_begun(scratch_path(state, "b.db"));
	store_close(open_store(scratch_path(state, "b.db")));
	assert_false(store_is_empty(scratch_path(state, "b.db")));
}

static void an_unreachable_path_is_refused(void **state)
{
	struct error err = ERROR_INIT;
	struct store *store;

	assert_int_equal(store_open(&store, scratch_path(state, "no/such/a.db"), STORE_WRITE, &err),
			 -ERR_STORE);
	check_contains(err.text, "cannot open store");
	check_contains(err.text, "No such file or directory");
}

static void a_damaged_store_is_told(void **state)
{
	const char *path = scratch_path(state, "a.db");
	struct error err = ERROR_INIT;
	struct store *store;

	make_damaged(path);
	if (store_open(&store, path, STORE_READ, &err) == 0) {
		struct observations set = {0};

		assert_int_equal(store_observations(store, &(struct store_query){0}, &set, &err),
				 -ERR_STORE);
		observations_release(&set);
	}
	check_contains(err.text, "is damaged; recover it");
	store_close(store);
}

/* Runs `check` as a user who may not write; its result is the child's exit status. */
static int as_nobody(int (*check)(const char *path), const char *path)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
			_exit(99);
		_exit(check(path));
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static int read_done(const char *path)
{
	struct error err = ERROR_INIT;
	struct trial_status status;
	struct store *store;

	if (store_open(&store, path, STORE_READ, &err) ||
	    store_trial_status(store, "done", &status, &err)) {
		print_error("%s\n", err.text);
		return 1;
	}
	store_close(store);
	return status.state == TRIAL_done && status.loss == 3.0 ? 0 : 2;
}

static int refuse_writing(const char *path)
{
	struct error err = ERROR_INIT;
	struct store *store;

	if (store_open(&store, path, STORE_WRITE, &err) != -ERR_STORE)
		return 1;
	if (strstr(err.text, "is read-only; make it and its folder writable"))
		return 0;
	print_error("%s\n", err.text);
	return 2;
}

static void a_read_only_store_can_be_read(void **state)
{
	const char *folder = scratch_path(state, "folder");
	const char *path = scratch_path(state, "folder/a?b#c%20.db");

	assert_int_equal(mkdir(folder, 0755), 0);
	store_close(mixed_store(path));
	assert_int_equal(chmod(path, 0444), 0);
	assert_int_equal(chmod(folder, 0555), 0);
	assert_int_equal(chmod(scratch_path(state, ""), 0755), 0);
	assert_int_equal(as_nobody(read_done, path), 0);
	assert_int_equal(as_nobody(refuse_writing, path), 0);
	assert_int_equal(chmod(folder, 0755), 0);
}

static void network_file_systems_are_known(void **state)
{
	(void)state;
	assert_string_equal(store_network_of_type(0x6969), "NFS");
	assert_string_equal(store_network_of_type(0xff534d42UL), "CIFS");
	assert_null(store_network_of_type(0xef53)); /* ext4 */
}

static void network_file_systems_that_are_programs_are_known(void **state)
{
	static const char mounts[] = "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
				     "64 22 0:39 / /home/a\\040-\\040b rw,nosuid shared:2 master:3 "
				     "- fuse.sshfs host:/a rw\n"
				     "65 22 0:40 / /union rw - fuse.mergerfs a:b rw\n"
				     "66 22 0:41 / /disk rw - fuseblk /dev/sdb1 rw\n"
				     "67 22 0:42 / /fuse.sshfs rw - fuse.sshfs-like x rw\n"
				     "a line of another kind\n"
				     "68 22 0:43 / /last rw - fuse.glusterfs host:/v rw";

	(void)state;
	assert_string_equal(store_network_of_mount(mounts, 0, 39), "SSHFS");
	assert_string_equal(store_network_of_mount(mounts, 0, 43), "GlusterFS");
	assert_null(store_network_of_mount(mounts, 254, 1));
	for (unsigned minor = 40; minor < 43; minor++)
		assert_null(store_network_of_mount(mounts, 0, minor));
	assert_null(store_network_of_mount(mounts, 0, 44));
	assert_null(store_network_of_mount("", 0, 0));
}

/* The text that a query gives, on the store's own connection. */
static void check_pragma(struct store *store, const char *sql, const char *want)
{
	sqlite3_stmt *statement = NULL;

	assert_int_equal(sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(statement, 0), want);
	sqlite3_finalize(statement);
}

static void a_store_on_a_network_does_without_a_write_ahead_log(void **state)
{
	static const struct {
		const char *network, *journal, *synchronous;
	} cases[] = {{NULL, "wal", "1"},
		     {"NFS", "truncate", "2"},
		     {"CIFS", "truncate", "2"},
		     {NULL, "wal", "1"}};
	const char *path = scratch_path(state, "a.db");

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		struct store *store, *reader;
		struct trial_status status;

		store = open_store(path);
		check_ok(store_choose_journal(store, cases[i].network, &err), &err);
		check_pragma(store, "PRAGMA journal_mode", cases[i].journal);
		check_pragma(store, "PRAGMA synchronous", cases[i].synchronous);
		put_trial(store, "s", "muon", "k", 0);
		put_row(store, "k", (double)i, 3, false);
		check_ok(store_open(&reader, path, STORE_READ, &err), &err);
		check_ok(store_trial_status(reader, "k", &status, &err), &err);
		check_near(status.step, (double)i, 0, 0);
		put_row(store, "k", (double)i, 3, false); /* a reader that is done holds no lock */
		store_close(reader);
		store_close(store);
	}
}

static void a_writer_waits_for_another_to_end(void **state)
{
	const char *path = scratch_path(state, "a.db");
	struct store *store = open_store(path);
	int ends[2];
	char byte;
	pid_t child;
	int status;

	put_trial(store, "s", "muon", "k", 0);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		struct store *other = open_store(path);
		struct error err = ERROR_INIT;

		if (store_begin(other, &err) || write(ends[1], "x", 1) != 1)
			_exit(1);
		usleep(300000);
		_exit(store_commit(other, &err) ? 1 : 0);
	}
	assert_int_equal(read(ends[0], &byte, 1), 1);
	put_row(store, "k", 1, 3, false);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(ends[0]);
	close(ends[1]);
	store_close(store);
}

static void a_file_that_is_gone_is_noticed(void **state)
{
	const char *path = scratch_path(state, "a.db");
	struct store *store = open_store(path);
	struct error err = ERROR_INIT;

	check_ok(store_check_file(store, &err), &err);
	assert_int_equal(rename(path, scratch_path(state, "b.db")), 0);
	assert_int_equal(store_check_file(store, &err), -ERR_STORE);
	check_contains(err.text, "a.db' was deleted or moved while it was in use");
	check_ok(file_write(path, "", 0, &err), &err);
	assert_int_equal(store_check_file(store, &err), -ERR_STORE);
	check_contains(err.text, "a.db' was replaced by another file while it was in use");
	assert_int_equal(rename(scratch_path(state, "b.db"), path), 0);
	check_ok(store_check_file(store, &err), &err);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH(a_locked_store_is_told),
		SCRATCH(a_full_disk_rolls_the_transaction_back),
		SCRATCH(unusable_files_are_refused),
		SCRATCH(a_store_that_is_being_made_is_empty),
		SCRATCH(an_unreachable_path_is_refused),
		SCRATCH(a_damaged_store_is_told),
		SCRATCH(a_read_only_store_can_be_read),
		cmocka_unit_test(network_file_systems_are_known),
		cmocka_unit_test(network_file_systems_that_are_programs_are_known),
		SCRATCH(a_store_on_a_network_does_without_a_write_ahead_log),
		SCRATCH(a_writer_waits_for_another_to_end),
		SCRATCH(a_file_that_is_gone_is_noticed),
	};

	return cmocka_run_group_tests_name("store_refusals", tests, quiet, NULL);
}
