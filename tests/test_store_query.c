/* SPDX-License-Identifier: MIT
 *
 * What is read from the store: its public views, observations, totals.
 */
#include "tests/store_fixture.h"

#include "base/text.h"

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
		"params_embedding, params_head, params_norm, d_model, n_layers, context, vocab, "
		"lr, "
		"weight_decay, batch_tokens, schedule, warmup, decay, grad_clip, beta1, beta2, "
		"momentum, lr_scale, update_rms, ns_steps, adamw_lr_ratio, seed, init_seed, "
		"data_seed, corpus, budget_flops, steps_total, tokens_total, step, tokens, epochs, "
		"flops, flops_attention, flops_head, flops_6nd, flops_optimizer, "
		"flops_optimizer_plain, seconds, seconds_optimizer, seconds_eval, jobs, threads, "
		"precision, backend, host, version, trunk_key, train_loss, probe_loss, val_loss, "
		"val_loss_se, val_bpb, test_loss, final");
	check_columns(path, "telemetry", "trial_key, step, layer, role, metric, value");
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
	assert_int_equal(store_trim_sweep(store, "two", keep, 1, &err), 1);
	assert_int_equal(store_trim_sweep(store, "two", keep, 1, &err), 0);
	check_near(ask(path, "SELECT count(*) FROM loss_vs_flops WHERE sweep = 'two'"), 0.0, 0, 0);
	check_near(ask(path, "SELECT count(*) FROM evaluation"), 2.0, 0, 0);
	observations_release(&set);
	store_close(store);
}

struct place {
	const char *key;
	double steps;
};

static void check_order(struct store *store, const struct store_query *query,
			const struct place *places, size_t n, bool bucketed)
{
	struct error err = ERROR_INIT;
	struct observations set = {0};

	check_ok(store_observations(store, query, &set, &err), &err);
	assert_int_equal(set.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(set.rows[i].trial_key, places[i].key);
		check_near(set.rows[i].steps, places[i].steps, 0, 0);
		assert_int_equal(set.rows[i].buckets != NULL, bucketed && places[i].key[0] == 'z');
	}
	observations_release(&set);
}

static void observations_go_by_sweep_and_plan_whether_trials_are_shared_or_not(void **state)
{
	static const struct place ends[] = {{"y", 40}, {"x", 40}, {"z", 40}, {"a", 40}, {"z", 40}};
	static const struct place curves[] = {
		{"y", 40}, {"z", 20}, {"x", 40}, {"z", 40}, {"a", 40}};
	const struct store_query all = {0}, each_step = {.curves = true, .no_buckets = true};
	struct store *store = open_store(scratch_path(state, "a.db"));
	struct error err = ERROR_INIT;

	put_trial(store, "two", "muon", "a", 0);
	put_trial(store, "one", "muon", "z", 1); /* at one place of the plan with x */
	put_trial(store, "one", "muon", "x", 1);
	put_trial(store, "one", "muon", "y", 0);
	for (size_t i = 0; i < 4; i++)
		put_row(store, ends[i].key, 40, 3.0, true);
	put_row(store, "z", 20, 3.5, false);
	check_ok(store_put_bucket(store, "z", "val", 5, 30, 10, &err), &err);
	check_order(store, &all, ends, 4, true);
	check_order(store, &each_step, curves, 5, false);
	put_trial(store, "two", "muon", "z", 1);
	check_order(store, &all, ends, 4, true);
	check_order(store, &each_step, curves, 5, false);
	put_trial(store, "two", "adamw", "z", 2); /* of another arm: once more */
	check_order(store, &all, ends, 5, true);
	store_close(store);
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
	check_ok(store_observations(
			 store, &(struct store_query){.curves = true, .where = "loss > 3.2 -- x"},
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
		{{.sweep = "quikstart"}, "has no sweep 'quikstart'; did you mean 'quickstart'?"},
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH(views_have_the_columns_of_the_contract),
		SCRATCH(a_trial_of_two_sweeps_has_rows_in_both),
		SCRATCH(observations_go_by_sweep_and_plan_whether_trials_are_shared_or_not),
		SCRATCH(observations_are_ends_and_diverged_trials),
		SCRATCH(a_wrong_condition_or_sweep_is_told),
		SCRATCH(totals_and_failures_add_up),
		SCRATCH(readers_see_what_a_writer_has_committed),
	};

	return cmocka_run_group_tests_name("store_query", tests, NULL, NULL);
}
