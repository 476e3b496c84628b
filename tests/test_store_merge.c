/* SPDX-License-Identifier: MIT
 *
 * Stores into one: nothing is lost, nothing doubled, and what they disagree on is told.
 */
#include "tests/store_fixture.h"

#include "results/store_merge.h"

/* --- stores --- */

static void end_trial(struct store *store, const char *key, enum trial_state state)
{
	struct error err = ERROR_INIT;

	check_ok(store_finish(store, key, state, state == TRIAL_done ? NULL : "why", &err), &err);
}

/* A trial of sweep "s" with rows up to a step, as it stands. */
static void add_trial(const char *path, const char *key, enum trial_state state, double step,
		      double loss)
{
	struct store *store = open_store(path);
	struct error err = ERROR_INIT;
	struct telemetry_row row = {10, 0, "head", "weight_rms", loss};

	put_trial(store, "s", "muon", key, 0);
	if (state != TRIAL_planned)
		assert_true(claim(store, key));
	for (double s = 10; s <= step; s += 10)
		put_row(store, key, s, loss, state == TRIAL_done && s >= step);
	if (step >= 10)
		check_ok(store_put_telemetry(store, key, &row, &err), &err);
	if (state == TRIAL_done)
		check_ok(store_put_bucket(store, key, "val", 3, loss, 4, &err), &err);
	if (state != TRIAL_planned && state != TRIAL_running)
		end_trial(store, key, state);
	store_close(store);
}

struct merged {
	struct merge_counts counts;
	struct error err;
	char conflicts[512];
};

static void note_conflict(void *context, const struct merge_conflict *conflict)
{
	struct merged *m = context;
	size_t length = strlen(m->conflicts);

	snprintf(m->conflicts + length, sizeof(m->conflicts) - length, "%s %s %s: %s, not %s\n",
		 conflict->label, conflict->trial_key, conflict->column, conflict->target,
		 conflict->source);
}

static int merge(struct merged *m, const char *to, const char *from, bool mixed_versions)
{
	struct merge_options options = {mixed_versions, m, note_conflict};
	struct store *target = open_store(to), *source;
	struct merge_copy *copy;
	int result;

	*m = (struct merged){.err = ERROR_INIT};
	check_ok(store_open(&source, from, STORE_READ, &m->err), &m->err);
	check_ok(merge_copy_make(&copy, target, source, &m->err), &m->err);
	store_close(source);
	check_ok(store_begin(target, &m->err), &m->err);
	result = store_merge(target, copy, &options, &m->counts, &m->err);
	if (!result)
		check_ok(store_commit(target, &m->err), &m->err);
	merge_copy_free(copy);
	store_close(target);
	check_near(ask(to, "SELECT count(*) FROM pragma_foreign_key_check"), 0, 0, 0);
	check_near(ask(to, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1, 0, 0);
	return result;
}

/* --- cases --- */

static void shards_unite_and_merging_again_changes_nothing(void **state)
{
	const char *a = scratch_path(state, "a.db"), *b = scratch_path(state, "b.db"),
		   *to = scratch_path(state, "to.db");
	struct error err = ERROR_INIT;
	struct store *store;
	struct merged m;

	add_trial(a, "k1", TRIAL_done, 40, 3);
	add_trial(a, "k2", TRIAL_diverged, 20, 9);
	add_trial(b, "k3", TRIAL_done, 30, 2);
	add_trial(b, "k4", TRIAL_planned, 0, 0);
	store = open_store(b);
	put_trial(store, "another", "adamw", "k3", 7);
	check_ok(store_put_corpus(store, "hash", "en-dict", "package", &err), &err);
	store_close(store);
	for (int again = 0; again < 2; again++) {
		check_ok(merge(&m, to, a, false), &m.err);
		assert_int_equal(m.counts.added, again ? 0 : 2);
		assert_int_equal(m.counts.kept, again ? 2 : 0);
		check_ok(merge(&m, to, b, false), &m.err);
		assert_int_equal(m.counts.added, again ? 0 : 2);
		assert_int_equal(m.counts.replaced + m.counts.conflicts + m.counts.running, 0);
		check_near(ask(to, "SELECT count(*) FROM trial"), 4, 0, 0);
		check_near(ask(to, "SELECT count(*) FROM evaluation"), 4 + 2 + 3, 0, 0);
		check_near(ask(to, "SELECT count(*) FROM measurement"), 3, 0, 0);
		check_near(ask(to, "SELECT count(*) FROM bucket"), 2, 0, 0);
		check_near(ask(to, "SELECT count(*) FROM corpus"), 1, 0, 0);
		check_near(ask(to, "SELECT count(*) FROM sweep_trial"), 5, 0, 0);
		check_near(ask(to, "SELECT position FROM sweep_trial WHERE sweep = 'another'"), 7,
			   0, 0);
		/* The rows are those of the trial, whatever its number is here. */
		check_near(ask(to, "SELECT val_loss FROM loss_vs_flops WHERE trial_key = 'k3' "
				   "AND sweep = 's' AND final"),
			   2, 0, 0);
		check_near(ask(to, "SELECT value FROM telemetry WHERE trial_key = 'k1'"), 3, 0, 0);
	}
}

static void the_trial_that_got_further_is_taken(void **state)
{
	static const struct {
		enum trial_state target;
		double target_step;
		enum trial_state source;
		double source_step;
		bool taken;
		const char *want;
	} cases[] = {
		{TRIAL_planned, 0, TRIAL_done, 40, true, "done"},
		{TRIAL_interrupted, 20, TRIAL_done, 40, true, "done"},
		{TRIAL_running, 20, TRIAL_done, 40, true, "done"},
		{TRIAL_diverged, 40, TRIAL_done, 40, true, "done"},
		{TRIAL_failed, 40, TRIAL_diverged, 20, true, "diverged"},
		{TRIAL_interrupted, 10, TRIAL_interrupted, 20, true, "interrupted"},
		{TRIAL_interrupted, 10, TRIAL_running, 20, true, "interrupted"},
		{TRIAL_planned, 0, TRIAL_failed, 10, true, "failed"},
		{TRIAL_failed, 30, TRIAL_interrupted, 20, false, "failed"},
		{TRIAL_running, 10, TRIAL_interrupted, 20, false, "running"},
		{TRIAL_done, 40, TRIAL_interrupted, 50, false, "done"},
		{TRIAL_done, 40, TRIAL_planned, 0, false, "done"},
		{TRIAL_diverged, 20, TRIAL_failed, 30, false, "diverged"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char names[2][16], sql[128];
		const char *to, *from;
		struct merged m;
		double step;

		snprintf(names[0], 16, "to-%zu.db", i);
		snprintf(names[1], 16, "from-%zu.db", i);
		to = scratch_path(state, names[0]);
		from = scratch_path(state, names[1]);
		add_trial(to, "k", cases[i].target, cases[i].target_step, 3);
		add_trial(from, "k", cases[i].source, cases[i].source_step, 3);
		check_ok(merge(&m, to, from, false), &m.err);
		assert_int_equal(m.counts.added, 0);
		assert_int_equal(m.counts.replaced, cases[i].taken);
		assert_int_equal(m.counts.running,
				 cases[i].taken && cases[i].source == TRIAL_running);
		snprintf(sql, sizeof(sql), "SELECT state = '%s' FROM trial", cases[i].want);
		if (ask(to, sql) != 1)
			fail_msg("case %zu is not %s", i, cases[i].want);
		step = cases[i].taken ? cases[i].source_step : cases[i].target_step;
		check_near(ask(to, "SELECT coalesce(max(step), 0) FROM evaluation"), step, 0, 0);
		check_near(ask(to, "SELECT count(*) FROM evaluation"), step / 10, 0, 0);
	}
}

/* Every shard registers the whole sweep, and most of it is planned there. */
static void a_failure_without_rows_keeps_its_reason(void **state)
{
	static const struct {
		enum trial_state state;
		const char *want;
	} cases[] = {{TRIAL_failed, "failed"},
		     {TRIAL_interrupted, "interrupted"},
		     {TRIAL_running, "interrupted"}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char names[2][16], sql[128];
		const char *to, *from;
		struct merged m;

		snprintf(names[0], 16, "to-%zu.db", i);
		snprintf(names[1], 16, "from-%zu.db", i);
		to = scratch_path(state, names[0]);
		from = scratch_path(state, names[1]);
		add_trial(to, "k", TRIAL_planned, 0, 3);
		add_trial(from, "k", cases[i].state, 0, 3);
		execute(from, "UPDATE trial SET log = 'last words'");
		for (int again = 0; again < 2; again++) {
			check_ok(merge(&m, to, from, false), &m.err);
			assert_int_equal(m.counts.replaced, !again);
			check_ok(merge(&m, from, to, false), &m.err);
			assert_int_equal(m.counts.replaced, 0);
		}
		snprintf(sql, sizeof(sql),
			 "SELECT state = '%s' AND reason IS NOT NULL AND log = 'last words' AND "
			 "tries = 1 FROM trial",
			 cases[i].want);
		check_near(ask(to, sql), 1, 0, 0);
	}
}

static void of_two_tries_without_rows_the_later_is_taken(void **state)
{
	const char *a = scratch_path(state, "a.db"), *b = scratch_path(state, "b.db");
	struct merged m;

	add_trial(a, "k", TRIAL_failed, 0, 3);
	add_trial(b, "k", TRIAL_failed, 0, 3);
	execute(a, "UPDATE trial SET finished = 100, reason = 'first'");
	execute(b, "UPDATE trial SET finished = 200, reason = 'second'");
	check_ok(merge(&m, b, a, false), &m.err);
	assert_int_equal(m.counts.replaced, 0);
	for (int again = 0; again < 2; again++) {
		check_ok(merge(&m, a, b, false), &m.err);
		assert_int_equal(m.counts.replaced, !again);
		check_near(ask(a, "SELECT reason = 'second' FROM trial"), 1, 0, 0);
	}
}

static void different_numbers_of_one_trial_are_a_conflict(void **state)
{
	const char *a = scratch_path(state, "a.db"), *b = scratch_path(state, "b.db");
	struct merged m;

	add_trial(a, "k", TRIAL_done, 40, 3);
	add_trial(b, "k", TRIAL_done, 40, 3 + 4e-16);
	check_ok(merge(&m, a, b, false), &m.err);
	assert_int_equal(m.counts.conflicts, 1);
	assert_string_equal(m.conflicts, "muon k val_loss: 3, not 3.0000000000000004\n");
	check_near(ask(a, "SELECT val_loss FROM loss_vs_flops WHERE final"), 3, 0, 0);
	execute(b, "UPDATE evaluation SET val_loss = 3");
	check_ok(merge(&m, a, b, false), &m.err);
	assert_int_equal(m.counts.conflicts, 0);
	execute(a, "UPDATE trial SET weights_hash = 'one'"); /* unknown in the other */
	check_ok(merge(&m, a, b, false), &m.err);
	assert_int_equal(m.counts.conflicts, 0);
	execute(b, "UPDATE trial SET weights_hash = 'two'");
	check_ok(merge(&m, a, b, false), &m.err);
	assert_string_equal(m.conflicts, "muon k weights_hash: one, not two\n");
	check_near(ask(a, "SELECT weights_hash = 'one' FROM trial"), 1, 0, 0);
}

static void versions_of_the_program_are_mixed_only_when_told(void **state)
{
	const char *a = scratch_path(state, "a.db"), *b = scratch_path(state, "b.db"),
		   *to = scratch_path(state, "to.db");
	struct merged m;

	add_trial(a, "k1", TRIAL_done, 40, 3);
	add_trial(b, "k1", TRIAL_done, 40, 3);
	add_trial(b, "k2", TRIAL_done, 40, 3);
	execute(b, "UPDATE trial SET version = '0.2'");
	check_ok(merge(&m, to, a, false), &m.err);
	assert_int_equal(merge(&m, to, b, false), -ERR_DATA);
	check_contains(m.err.text, "b.db' was trained by version 0.2 of the program and '");
	check_contains(m.err.text, "to.db' by 0.1, whose numbers may differ");
	check_contains(m.err.text, "--mixed-versions");
	check_near(ask(to, "SELECT count(*) FROM trial"), 1, 0, 0);
	check_ok(merge(&m, to, b, true), &m.err);
	check_near(ask(to, "SELECT count(*) FROM trial"), 2, 0, 0);
	check_ok(merge(&m, to, b, false), &m.err); /* nothing is taken */
}

static void a_sweep_with_another_file_is_told_and_the_newer_file_stays(void **state)
{
	const char *a = scratch_path(state, "a.db"), *b = scratch_path(state, "b.db");
	struct merged m;

	add_trial(a, "k1", TRIAL_done, 40, 3);
	add_trial(b, "k2", TRIAL_done, 40, 3);
	execute(a, "UPDATE sweep SET spec = 'older', updated = 1");
	execute(b, "UPDATE sweep SET spec = 'newer', updated = 2");
	check_ok(merge(&m, a, b, false), &m.err);
	assert_int_equal(m.counts.other_files, 1);
	check_near(ask(a, "SELECT spec = 'newer' FROM sweep"), 1, 0, 0);
	execute(a, "UPDATE sweep SET spec = 'newest', updated = 3");
	check_ok(merge(&m, a, b, false), &m.err);
	check_near(ask(a, "SELECT spec = 'newest' FROM sweep"), 1, 0, 0);
	check_near(ask(a, "SELECT count(*) FROM sweep_trial"), 2, 0, 0);
}

static void several_stores_are_taken_together_or_not_at_all(void **state)
{
	const char *a = scratch_path(state, "a.db"), *b = scratch_path(state, "b.db"),
		   *to = scratch_path(state, "to.db");
	struct merge_options options = {false, NULL, NULL};
	struct merge_counts counts = {0};
	struct store *target, *one, *two;
	struct merge_copy *copies[2];
	struct error err = ERROR_INIT;

	add_trial(a, "k1", TRIAL_done, 40, 3);
	add_trial(b, "k2", TRIAL_done, 40, 3);
	execute(b, "UPDATE trial SET version = '0.2'");
	target = open_store(to);
	check_ok(store_open(&one, a, STORE_READ, &err), &err);
	check_ok(store_open(&two, b, STORE_READ, &err), &err);
	check_ok(merge_copy_make(&copies[0], target, one, &err), &err);
	check_ok(merge_copy_make(&copies[1], target, two, &err), &err);
	store_close(one);
	store_close(two);
	add_trial(to, "other", TRIAL_planned, 0, 0); /* nobody is locked out by then */
	check_ok(store_begin(target, &err), &err);
	check_ok(store_merge(target, copies[0], &options, &counts, &err), &err);
	assert_int_equal(store_merge(target, copies[1], &options, &counts, &err), -ERR_DATA);
	check_near(ask(to, "SELECT count(*) FROM trial"), 1, 0, 0);
	check_ok(store_begin(target, &err), &err);
	options.mixed_versions = true;
	check_ok(store_merge(target, copies[0], &options, &counts, &err), &err);
	check_ok(store_merge(target, copies[1], &options, &counts, &err), &err);
	check_ok(store_commit(target, &err), &err);
	check_near(ask(to, "SELECT count(*) FROM evaluation"), 8, 0, 0);
	merge_copy_free(copies[0]);
	merge_copy_free(copies[1]);
	store_close(target);
}

static void put_command(const char *path, const char *command, const char *shard)
{
	struct store *store = open_store(path);
	struct error err = ERROR_INIT;

	check_ok(store_put_sweep(store, "s", "name: x\n", &err), &err);
	check_ok(store_put_command(store, "s", command, shard, &err), &err);
	store_close(store);
}

static void the_command_comes_along_and_the_shard_does_not(void **state)
{
	const char *all = scratch_path(state, "all.db"), *one = scratch_path(state, "one.db"),
		   *two = scratch_path(state, "two.db");
	struct merged m;

	add_trial(one, "k1", TRIAL_done, 40, 3);
	put_command(one, "run one", "1/2");
	add_trial(two, "k2", TRIAL_done, 40, 3);
	put_command(two, "run two", "2/2");
	check_ok(merge(&m, all, one, false), &m.err);
	check_near(ask(all, "SELECT command = 'run one' AND shard IS NULL FROM sweep"), 1, 0, 0);
	check_ok(merge(&m, all, two, false), &m.err); /* the newest */
	check_near(ask(all, "SELECT command = 'run two' AND shard IS NULL FROM sweep"), 1, 0, 0);
	check_ok(merge(&m, two, one, false), &m.err);
	check_near(ask(two, "SELECT command = 'run two' AND shard IS NULL FROM sweep"), 1, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH(shards_unite_and_merging_again_changes_nothing),
		SCRATCH(the_trial_that_got_further_is_taken),
		SCRATCH(a_failure_without_rows_keeps_its_reason),
		SCRATCH(of_two_tries_without_rows_the_later_is_taken),
		SCRATCH(different_numbers_of_one_trial_are_a_conflict),
		SCRATCH(versions_of_the_program_are_mixed_only_when_told),
		SCRATCH(a_sweep_with_another_file_is_told_and_the_newer_file_stays),
		SCRATCH(several_stores_are_taken_together_or_not_at_all),
		SCRATCH(the_command_comes_along_and_the_shard_does_not),
	};

	return cmocka_run_group_tests_name("store_merge", tests, NULL, NULL);
}
