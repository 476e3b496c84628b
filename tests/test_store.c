/* SPDX-License-Identifier: MIT
 *
 * The store: its public views, the life of a trial, two writers, and every way in which a file
 * can be refused.
 */
#include "tests/check.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "results/store.h"
#include "results/store_internal.h"
#include "tests/scratch.h"

#define HOST "here"

static struct trial_run run_of(int pid)
{
	return (struct trial_run){HOST, "0.1", "openblas", pid, 1, 1};
}

static struct trial_facts facts_of(const char *key)
{
	struct trial_facts facts;

#define CLEAR_TEXT(field) facts.field = NULL;
#define CLEAR_REAL(field) facts.field = (double)NAN;
#define X(field, type)	  CLEAR_##type(field)
	TRIAL_FACTS(X)
#undef X
	facts.trial_key = key;
	facts.optimizer = "muon";
	facts.params = 1000;
	facts.lr = 0.02;
	facts.flops_total = 4e6;
	facts.budget_flops = 5e6;
	facts.steps_total = 40;
	return facts;
}

static struct evaluation_row row_of(double step, double loss, bool final)
{
	struct evaluation_row row;

#define X(field) row.field = (double)NAN;
	EVALUATION_NUMBERS(X)
#undef X
	row.step = step;
	row.tokens = 100 * step;
	row.flops = 1e5 * step;
	row.seconds = step / 10;
	row.probe_loss = loss;
	row.val_loss = final ? loss : (double)NAN;
	row.final = final;
	return row;
}

static struct store *open_store(const char *path)
{
	struct error err = ERROR_INIT;
	struct store *store;

	check_ok(store_open(&store, path, STORE_WRITE, &err), &err);
	return store;
}

static void put_trial(struct store *store, const char *sweep, const char *label, const char *key,
		      int position)
{
	struct error err = ERROR_INIT;
	struct trial_facts facts = facts_of(key);

	check_ok(store_put_sweep(store, sweep, "name: x\n", &err), &err);
	check_ok(store_put_trial(store, sweep, label, "lr", position, &facts, &err), &err);
}

static bool claim(struct store *store, const char *key)
{
	struct error err = ERROR_INIT;
	struct trial_run run = run_of(getpid());
	bool claimed;

	check_ok(store_claim(store, key, &run, &claimed, &err), &err);
	return claimed;
}

static void put_row(struct store *store, const char *key, double step, double loss, bool final)
{
	struct error err = ERROR_INIT;
	struct evaluation_row row = row_of(step, loss, final);

	check_ok(store_put_evaluation(store, key, &row, &err), &err);
}

/* A number that a query gives on its own connection. */
static double ask(const char *path, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *statement = NULL;
	double value = (double)NAN;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(statement) == SQLITE_ROW)
		value = sqlite3_column_double(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return value;
}

static void execute(const char *path, const char *sql)
{
	char *message = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
	sqlite3_close(db);
}

static enum trial_state state_of(struct store *store, const char *key)
{
	struct error err = ERROR_INIT;
	struct trial_status status;

	check_ok(store_trial_status(store, key, &status, &err), &err);
	return status.state;
}

static void check_columns(const char *path, const char *view, const char *wanted)
{
	struct text sql = {0};
	sqlite3 *db;
	sqlite3_stmt *statement;

	text_printf(&sql, "SELECT group_concat(name, ', ') FROM pragma_table_info('%s')", view);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql.data, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(statement, 0), wanted);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	text_release(&sql);
}

static void views_have_the_columns_of_the_contract(void **state)
{
	const char *path = scratch_path(state, "a.db");

	store_close(open_store(path));
	check_columns(
		path, "loss_vs_flops",
		"sweep, trial_key, state, optimizer, label, family, params, params_hidden, "
		"params_embedding, params_head, params_norm, d_model, n_layers, context, vocab, lr, "
		"weight_decay, batch_tokens, schedule, warmup, decay, grad_clip, beta1, beta2, "
		"momentum, lr_scale, update_rms, ns_steps, adamw_lr_ratio, seed, init_seed, "
		"data_seed, corpus, budget_flops, steps_total, tokens_total, step, tokens, epochs, "
		"flops, flops_attention, flops_head, flops_6nd, flops_optimizer, "
		"flops_optimizer_plain, seconds, seconds_optimizer, seconds_eval, jobs, threads, "
		"precision, backend, host, version, trunk_key, train_loss, probe_loss, val_loss, "
		"val_loss_se, val_bpb, test_loss, final");
	check_columns(path, "telemetry", "trial_key, step, layer, role, metric, value");
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

static void a_second_claim_starts_a_trial_over(void **state)
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
	check_near(ask(path, "SELECT count(*) FROM evaluation"), 1.0, 0, 0);
	check_near(ask(path, "SELECT count(*) FROM bucket"), 1.0, 0, 0);
	store_close(store);
}

static void a_running_trial_is_stale_after_its_owner(void **state)
{
	const char *path = scratch_path(state, "a.db");
	struct store *store = open_store(path);
	struct store *other = open_store(path);
	struct error err = ERROR_INIT;
	struct trial_run run = {"elsewhere", "0.1", "openblas", 1, 1, 1};
	pid_t child = fork();
	bool claimed;

	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	put_trial(store, "s", "muon", "k", 0);
	check_ok(store_claim(store, "k", &run, &claimed, &err), &err);
	assert_true(claimed);
	assert_false(claim(other, "k")); /* another host, alive a moment ago */
	execute(path, "UPDATE trial SET heartbeat = heartbeat - 61");
	assert_true(claim(other, "k"));
	assert_int_equal(store_heartbeat(store, "k", &err), -ERR_TAKEN);
	check_contains(err.text, "another process took it over");
	assert_int_equal(store_finish(store, "k", TRIAL_done, NULL, &err), -ERR_TAKEN);
	check_ok(store_heartbeat(other, "k", &err), &err);
	run = run_of(child); /* a process of this host that has ended */
	execute(path, "UPDATE trial SET state = 'planned'");
	check_ok(store_claim(store, "k", &run, &claimed, &err), &err);
	assert_true(claim(other, "k"));
	store_close(other);
	store_close(store);
}

static void claim_all(const char *path, int n, int pipe_end)
{
	struct store *store = open_store(path);
	char key[16];

	for (int i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		if (claim(store, key) && write(pipe_end, &i, sizeof(i)) != sizeof(i))
			_exit(1);
	}
	store_close(store);
	_exit(0);
}

static void each_trial_is_claimed_by_one_process(void **state)
{
	enum { N_TRIALS = 30, N_PROCESSES = 4 };
	const char *path = scratch_path(state, "a.db");
	struct store *store = open_store(path);
	int times[N_TRIALS] = {0};
	int ends[2], i, status;
	char key[16];

	for (i = 0; i < N_TRIALS; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		put_trial(store, "s", "muon", key, i);
	}
	store_close(store);
	assert_int_equal(pipe(ends), 0);
	for (int p = 0; p < N_PROCESSES; p++)
		if (fork() == 0)
			claim_all(path, N_TRIALS, ends[1]);
	close(ends[1]);
	while (read(ends[0], &i, sizeof(i)) == sizeof(i))
		times[i]++;
	close(ends[0]);
	for (int p = 0; p < N_PROCESSES; p++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
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
	check_near(ask(path, "PRAGMA user_version"), 1.0, 0, 0);
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

static void a_trial_of_two_sweeps_has_rows_in_both(void **state)
{
	const char *path = scratch_path(state, "a.db");
	const char *const keep[] = {"x"};
	struct store *store = open_store(path);
	struct error err = ERROR_INIT;
	struct observations set = {0};

	put_trial(store, "one", "muon", "k", 0);
	put_trial(store, "two", "muon", "k", 5);
	put_trial(store, "two", "muon", "x", 6);
	put_row(store, "k", 20, 3.5, false);
	put_row(store, "k", 40, 3.0, true);
	check_near(ask(path, "SELECT count(*) FROM loss_vs_flops WHERE sweep = 'one'"), 2.0, 0, 0);
	check_near(ask(path, "SELECT count(*) FROM loss_vs_flops"), 4.0, 0, 0);
	check_ok(store_observations(store, &(struct store_query){.curves = true}, &set, &err),
		 &err);
	assert_int_equal(set.n, 2); /* once, though two sweeps have it */
	assert_string_equal(set.rows[0].sweep, "one");
	check_ok(store_trim_sweep(store, "two", keep, 1, &err), &err);
	check_near(ask(path, "SELECT count(*) FROM loss_vs_flops WHERE sweep = 'two'"), 0.0, 0, 0);
	check_near(ask(path, "SELECT count(*) FROM evaluation"), 2.0, 0, 0);
	observations_release(&set);
	store_close(store);
}

static struct store *mixed_store(const char *path)
{
	struct store *store = open_store(path);
	struct error err = ERROR_INIT;

	put_trial(store, "s", "muon", "done", 0);
	put_trial(store, "s", "adamw", "wild", 1);
	put_trial(store, "s", "adamw", "early", 2);
	put_trial(store, "s", "adamw", "later", 3);
	put_row(store, "done", 20, 3.5, false);
	put_row(store, "done", 40, 3.0, true);
	put_row(store, "wild", 20, 9.0, false);
	put_row(store, "wild", 30, 9.5, false);
	assert_true(claim(store, "done") && claim(store, "wild") && claim(store, "early"));
	put_row(store, "done", 20, 3.5, false);
	put_row(store, "done", 40, 3.0, true);
	put_row(store, "wild", 20, 9.0, false);
	put_row(store, "wild", 30, 9.5, false);
	check_ok(store_finish(store, "done", TRIAL_done, NULL, &err), &err);
	check_ok(store_finish(store, "wild", TRIAL_diverged, "loss 9.5", &err), &err);
	check_ok(store_finish(store, "early", TRIAL_diverged, "not finite", &err), &err);
	return store;
}

static void observations_are_ends_and_diverged_trials(void **state)
{
	struct store *store = mixed_store(scratch_path(state, "a.db"));
	struct error err = ERROR_INIT;
	struct observations set = {0};

	check_ok(store_observations(store, &(struct store_query){.sweep = "s"}, &set, &err), &err);
	assert_int_equal(set.n, 3);
	assert_string_equal(set.rows[0].trial_key, "done");
	assert_string_equal(set.rows[0].tuned, "lr");
	assert_true(set.rows[0].final);
	check_near(set.rows[0].loss, 3.0, 0, 0);
	check_near(set.rows[0].steps, 40.0, 0, 0);
	check_near(set.rows[0].budget_flops, 5e6, 0, 0);
	assert_true(isnan(set.rows[0].seed));
	assert_null(set.rows[0].corpus);
	assert_string_equal(set.rows[1].state, "diverged");
	assert_false(set.rows[1].final);
	check_near(set.rows[1].loss, 9.5, 0, 0);
	assert_string_equal(set.rows[2].trial_key, "early"); /* ended before any evaluation */
	assert_true(isnan(set.rows[2].loss));
	observations_release(&set);
	check_ok(store_observations(store,
				    &(struct store_query){.curves = true, .where = "loss > 3.2 -- x"},
				    &set, &err),
		 &err);
	assert_int_equal(set.n, 3);
	observations_release(&set);
	store_close(store);
}

static void a_wrong_condition_or_sweep_is_told(void **state)
{
	static const struct {
		struct store_query query;
		const char *message;
	} cases[] = {
		{{.where = "los > 3"}, "wrong condition 'los > 3': no such column: los"},
		{{.where = "loss >"}, "wrong condition 'loss >': near \")\": syntax error"},
		{{.where = "1); DELETE FROM trial; --"},
		 "wrong condition '1); DELETE FROM trial; --': near \";\": syntax error"},
		{{.where = "1)) GROUP BY trial_key; --"}, "more than one expression"},
		{{.sweep = "quikstart"},
		 "has no sweep 'quikstart'; did you mean 'quickstart'?"},
	};
	struct store *store = open_store(scratch_path(state, "a.db"));
	struct observations set = {0};

	put_trial(store, "quickstart", "muon", "k", 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;

		assert_int_equal(store_observations(store, &cases[i].query, &set, &err),
				 -ERR_USAGE);
		check_contains(err.text, cases[i].message);
	}
	observations_release(&set);
	store_close(store);
}

static void count_failure(const struct trial_failure *failure, void *context)
{
	int *n = context;

	if (strcmp(failure->trial_key, "wild") == 0) {
		assert_string_equal(failure->reason, "loss 9.5");
		assert_string_equal(failure->label, "adamw");
		assert_int_equal(failure->state, TRIAL_diverged);
		check_near(failure->step, 30.0, 0, 0);
		check_near(failure->steps_total, 40.0, 0, 0);
	}
	++*n;
}

static void totals_and_failures_add_up(void **state)
{
	struct store *store = mixed_store(scratch_path(state, "a.db"));
	struct error err = ERROR_INIT;
	struct store_totals totals;
	int n = 0;

	check_ok(store_totals(store, NULL, &totals, &err), &err);
	assert_int_equal(totals.counts[TRIAL_done], 1);
	assert_int_equal(totals.counts[TRIAL_diverged], 2);
	assert_int_equal(totals.counts[TRIAL_planned], 1);
	check_near(totals.flops_done, 7e6, 0, 0);
	check_near(totals.flops_total, 16e6, 0, 0);
	check_near(totals.flops_left, 4e6, 0, 0);
	check_near(totals.seconds, 7.0, 0, 0);
	check_ok(store_failures(store, "s", count_failure, &n, &err), &err);
	assert_int_equal(n, 2);
	assert_int_equal(store_totals(store, "t", &totals, &err), -ERR_USAGE);
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

static void readers_see_what_a_writer_has_committed(void **state)
{
	const char *path = scratch_path(state, "a.db");
	struct store *writer = mixed_store(path), *reader;
	struct error err = ERROR_INIT;
	struct trial_status status;

	check_ok(store_begin(writer, &err), &err);
	put_row(writer, "done", 50, 2.0, true);
	check_ok(store_open(&reader, path, STORE_READ, &err), &err);
	check_ok(store_trial_status(reader, "done", &status, &err), &err);
	check_near(status.loss, 3.0, 0, 0);
	check_ok(store_commit(writer, &err), &err);
	check_ok(store_trial_status(reader, "done", &status, &err), &err);
	check_near(status.loss, 2.0, 0, 0);
	assert_int_equal(store_heartbeat(reader, "early", &err), -ERR_STORE);
	check_contains(err.text, "is read-only");
	store_close(reader);
	store_close(writer);
}

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
		 "has version 99, and this program knows up to 1; use a newer muon-sweep"},
		{make_newer, STORE_WRITE,
		 "has version 99, and this program knows up to 1; use a newer muon-sweep"},
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
	assert_string_equal(store_network_name(0x6969), "NFS");
	assert_string_equal(store_network_name(0xff534d42UL), "CIFS");
	assert_null(store_network_name(0xef53)); /* ext4 */
}

#define SCRATCH(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH(views_have_the_columns_of_the_contract),
		SCRATCH(a_trial_lives_from_planned_to_done),
		SCRATCH(a_second_claim_starts_a_trial_over),
		SCRATCH(a_running_trial_is_stale_after_its_owner),
		SCRATCH(each_trial_is_claimed_by_one_process),
		SCRATCH(two_processes_may_make_one_store),
		SCRATCH(replayed_rows_replace_and_never_double),
		SCRATCH(a_trial_of_two_sweeps_has_rows_in_both),
		SCRATCH(observations_are_ends_and_diverged_trials),
		SCRATCH(a_wrong_condition_or_sweep_is_told),
		SCRATCH(totals_and_failures_add_up),
		SCRATCH(a_killed_writer_loses_nothing_that_was_committed),
		SCRATCH(readers_see_what_a_writer_has_committed),
		SCRATCH(a_locked_store_is_told),
		SCRATCH(a_full_disk_rolls_the_transaction_back),
		SCRATCH(unusable_files_are_refused),
		SCRATCH(an_unreachable_path_is_refused),
		SCRATCH(a_damaged_store_is_told),
		SCRATCH(a_read_only_store_can_be_read),
		cmocka_unit_test(network_file_systems_are_known),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
