/* SPDX-License-Identifier: MIT
 *
 * The life of a trial in the store, with several writers and with writers that die.
 */
#include "tests/store_fixture.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Instead of the library's, so that they are counted. */
static int n_syncs;

int fsync(int fd)
{
	n_syncs++;
	return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	n_syncs++;
	return (int)syscall(SYS_fdatasync, fd);
}

static enum trial_state state_of(struct store *store, const char *key)
{
	struct error err = ERROR_INIT;
	struct trial_status status;

	check_ok(store_trial_status(store, key, &status, &err), &err);
	return status.state;
}

static void a_trial_lives_from_planned_to_done(void **state)
{
	struct store *store = open_store(scratch_path(state, "a.db"));
	struct error err = ERROR_INIT;
	struct trial_status status;

	assert_int_equal(state_of(store, "unknown"), TRIAL_planned);
	put_trial(store, "s", "muon", "k", 0);
	assert_int_equal(state_of(store, "k"), TRIAL_planned);
	assert_true(claim(store, "k"));
	assert_int_equal(state_of(store, "k"), TRIAL_running);
	assert_false(claim(store, "k"));
	check_ok(store_heartbeat(store, "k", &err), &err);
	put_row(store, "k", 20, 3.5, false);
	put_row(store, "k", 40, 3.0, true);
	check_ok(store_finish(store, "k", TRIAL_done, NULL, &err), &err);
	assert_false(claim(store, "k"));
	assert_int_equal(store_finish(store, "k", TRIAL_done, NULL, &err), -ERR_TAKEN);
	check_contains(err.text, "trial 'k' is not running here");
	check_ok(store_trial_status(store, "k", &status, &err), &err);
	assert_int_equal(status.state, TRIAL_done);
	check_near(status.step, 40.0, 0, 0);
	check_near(status.loss, 3.0, 0, 0);
	check_near(status.seconds, 4.0, 0, 0);
	store_close(store);
}

static void a_second_claim_keeps_rows_and_a_requeue_drops_them(void **state)
{
	static const struct {
		enum trial_state end;
		bool claimed, requeued_claimed;
	} cases[] = {
		{TRIAL_failed, true, true},
		{TRIAL_interrupted, true, true},
		{TRIAL_diverged, false, true},
		{TRIAL_done, false, false},
	};
	const char *path = scratch_path(state, "a.db");
	struct store *store = open_store(path);
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *key = trial_state_name(cases[i].end);

		put_trial(store, "s", "muon", key, (int)i);
		assert_true(claim(store, key));
		put_row(store, key, 20, 3.5, false);
		check_ok(store_put_bucket(store, key, "val", 3, 10, 4, &err), &err);
		check_ok(store_finish(store, key, cases[i].end, "reason", &err), &err);
		if (!cases[i].claimed) {
			assert_false(claim(store, key));
			check_ok(store_requeue(store, key, &err), &err);
		}
		assert_true(claim(store, key) == cases[i].requeued_claimed);
	}
	check_near(ask(path, "SELECT count(*) FROM evaluation"), 3.0, 0, 0);
	check_near(ask(path, "SELECT count(*) FROM bucket"), 1.0, 0, 0);
	store_close(store);
}

static void only_what_is_done_has_results(void **state)
{
	const char *path = scratch_path(state, "a.db");
	struct store *store = open_store(path);
	struct error err = ERROR_INIT;
	char sql[256];

	for (enum trial_state end = TRIAL_done; end < TRIAL_N_STATES; end++) {
		const char *key = trial_state_name(end);

		put_trial(store, "s", "muon", key, (int)end);
		assert_true(claim(store, key));
		put_row(store, key, 20, 3.5, false);
		put_row(store, key, 40, 3.0, true);
		check_ok(store_put_bucket(store, key, "val", 3, 10, 4, &err), &err);
		check_ok(store_put_weights(store, key, "hash", &err), &err);
		check_ok(store_finish(store, key, end, "reason", &err), &err);
		snprintf(sql, sizeof(sql),
			 "SELECT (SELECT count(*) FROM evaluation WHERE trial = id) + 10 * (SELECT "
			 "count(*) FROM bucket WHERE trial = id) + 100 * (weights_hash IS NOT "
			 "NULL) FROM trial WHERE trial_key = '%s'",
			 key);
		check_near(ask(path, sql), end == TRIAL_done ? 112 : 1, 0, 0);
	}
	store_close(store);
}

/* Checkpoints are removed once the store has said that a trial is done. */
static void the_end_of_a_trial_is_on_the_disk(void **state)
{
	struct store *store = open_store(scratch_path(state, "a.db"));
	struct error err = ERROR_INIT;
	int before;

	put_trial(store, "s", "muon", "k", 0);
	assert_true(claim(store, "k"));
	put_row(store, "k", 40, 3.0, true);
	before = n_syncs;
	check_ok(store_finish(store, "k", TRIAL_done, NULL, &err), &err);
	assert_true(n_syncs > before);
	before = n_syncs;
	put_row(store, "k", 40, 3.0, true); /* others do not wait for the disk */
	assert_int_equal(n_syncs, before);
	store_close(store);
}

static void rows_of_another_way_can_be_removed(void **state)
{
	static const double steps[] = {10, 30};
	const char *path = scratch_path(state, "a.db");
	struct store *store = open_store(path);
	struct telemetry_row telemetry = {20, -1, "model", "gradient_norm", 1};
	struct error err = ERROR_INIT;

	for (int trial = 0; trial < 2; trial++) {
		const char *key = trial ? "other" : "k";

		put_trial(store, "s", "muon", key, trial);
		for (int step = 10; step <= 40; step += 10)
			put_row(store, key, step, 3, false);
		check_ok(store_put_telemetry(store, key, &telemetry, &err), &err);
	}
	check_ok(store_keep_steps(store, "k", steps, 2, &err), &err);
	check_near(ask(path, "SELECT sum(step) FROM evaluation JOIN trial ON trial = id "
			     "WHERE trial_key = 'k'"),
		   40, 0, 0);
	check_near(ask(path, "SELECT count(*) FROM evaluation"), 6, 0, 0);
	check_near(ask(path, "SELECT count(*) FROM measurement"), 1, 0, 0);
	check_ok(store_keep_steps(store, "other", NULL, 0, &err), &err);
	check_near(ask(path, "SELECT count(*) FROM evaluation"), 2, 0, 0);
	store_close(store);
}

static void claim_all(const char *path, int n, int pipe_end)
{
	struct store *store = open_store(path);
	char key[16];
	int i;

	for (i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		if (claim(store, key) && write(pipe_end, &i, sizeof(i)) != sizeof(i))
			_exit(1);
	}
	store_close(store);
	i = -1;
	if (write(pipe_end, &i, sizeof(i)) != sizeof(i))
		_exit(1);
	for (;;) /* what it owns is its own as long as it lives */
		pause();
}

static void each_trial_is_claimed_by_one_process(void **state)
{
	enum { N_TRIALS = 30, N_PROCESSES = 4 };
	const char *path = scratch_path(state, "a.db");
	struct store *store = open_store(path);
	int times[N_TRIALS] = {0};
	pid_t children[N_PROCESSES];
	int ends[2], i, n_ended = 0;
	char key[16];

	for (i = 0; i < N_TRIALS; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		put_trial(store, "s", "muon", key, i);
	}
	store_close(store);
	assert_int_equal(pipe(ends), 0);
	for (int p = 0; p < N_PROCESSES; p++) {
		children[p] = fork();
		if (children[p] == 0)
			claim_all(path, N_TRIALS, ends[1]);
	}
	close(ends[1]);
	while (n_ended < N_PROCESSES && read(ends[0], &i, sizeof(i)) == sizeof(i)) {
		n_ended += i < 0;
		if (i >= 0)
			times[i]++;
	}
	close(ends[0]);
	assert_int_equal(n_ended, N_PROCESSES);
	for (int p = 0; p < N_PROCESSES; p++) {
		kill(children[p], SIGKILL);
		assert_int_equal(waitpid(children[p], NULL, 0), children[p]);
	}
	for (i = 0; i < N_TRIALS; i++)
		assert_int_equal(times[i], 1);
}

static void two_processes_may_make_one_store(void **state)
{
	const char *path = scratch_path(state, "a.db");
	int status;

	for (int p = 0; p < 4; p++)
		if (fork() == 0) {
			struct error err = ERROR_INIT;
			struct store *store;
			int result = store_open(&store, path, STORE_WRITE, &err);

			if (result)
				print_error("%s\n", err.text);
			store_close(store);
			_exit(result ? 1 : 0);
		}
	for (int p = 0; p < 4; p++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	check_near(ask(path, "PRAGMA user_version"), 2.0, 0, 0);
}

static void replayed_rows_replace_and_never_double(void **state)
{
	const char *path = scratch_path(state, "a.db");
	struct store *store = open_store(path);
	struct error err = ERROR_INIT;
	struct telemetry_row row = {10, 2, "attn_q", "update_rms", 0.2};

	put_trial(store, "s", "muon", "k", 0);
	for (int i = 0; i < 2; i++) {
		check_ok(store_begin(store, &err), &err);
		put_row(store, "k", 10, 3.5 - i, false);
		row.value += i;
		check_ok(store_put_telemetry(store, "k", &row, &err), &err);
		check_ok(store_put_bucket(store, "k", "test", 127, 5 + i, 2, &err), &err);
		check_ok(store_put_corpus(store, "hash", "en-dict", "package 1", &err), &err);
		check_ok(store_commit(store, &err), &err);
	}
	check_near(ask(path, "SELECT probe_loss FROM loss_vs_flops"), 2.5, 0, 0);
	check_near(ask(path, "SELECT count(*) FROM loss_vs_flops"), 1.0, 0, 0);
	check_near(ask(path, "SELECT sum(value) FROM telemetry WHERE role = 'attn_q'"), 1.2, 1e-15,
		   0);
	check_near(ask(path, "SELECT sum(nats) FROM bucket"), 6.0, 0, 0);
	check_near(ask(path, "SELECT count(*) FROM corpus"), 1.0, 0, 0);
	check_near(ask(path, "SELECT val_loss IS NULL FROM evaluation"), 1.0, 0, 0);
	store_close(store);
}

/* Commits batches of three rows, tells each, and dies in the middle of one. */
static void write_until_killed(const char *path, int pipe_end)
{
	struct store *store = open_store(path);
	struct error err = ERROR_INIT;

	for (int step = 1;; step += 3) {
		if (store_begin(store, &err))
			_exit(1);
		for (int i = 0; i < 3; i++)
			put_row(store, "k", step + i, 3, false);
		if (step > 60)
			raise(SIGKILL);
		if (store_commit(store, &err) || write(pipe_end, &step, sizeof(step)) < 0)
			_exit(1);
	}
}

static void a_killed_writer_loses_nothing_that_was_committed(void **state)
{
	const char *path = scratch_path(state, "a.db");
	struct store *store = open_store(path);
	int ends[2], step, told = 0, status;
	pid_t child;

	put_trial(store, "s", "muon", "k", 0);
	store_close(store);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0)
		write_until_killed(path, ends[1]);
	close(ends[1]);
	while (read(ends[0], &step, sizeof(step)) == sizeof(step))
		told = step + 2;
	close(ends[0]);
	waitpid(child, &status, 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(told, 60);
	check_near(ask(path, "SELECT count(*) FROM pragma_integrity_check "
			     "WHERE integrity_check = 'ok'"),
		   1.0, 0, 0);
	check_near(ask(path, "SELECT count(*) FROM evaluation"), 60.0, 0, 0);
	check_near(ask(path, "SELECT max(step) FROM evaluation"), 60.0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH(a_trial_lives_from_planned_to_done),
		SCRATCH(a_second_claim_keeps_rows_and_a_requeue_drops_them),
		SCRATCH(only_what_is_done_has_results),
		SCRATCH(the_end_of_a_trial_is_on_the_disk),
		SCRATCH(rows_of_another_way_can_be_removed),
		SCRATCH(each_trial_is_claimed_by_one_process),
		SCRATCH(two_processes_may_make_one_store),
		SCRATCH(replayed_rows_replace_and_never_double),
		SCRATCH(a_killed_writer_loses_nothing_that_was_committed),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
