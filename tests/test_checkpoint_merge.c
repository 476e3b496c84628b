/* SPDX-License-Identifier: MIT
 *
 * Checkpoints beside a store that was merged: those that somebody may go on from come along.
 */
#include "sweep/checkpoint_merge.h"

#include "sweep/checkpoint.h"
#include "sweep/checkpoint_folder.h"
#include "tests/store_fixture.h"

#define STORE "to.db"
#define TO    "to.db-checkpoints"
#define FROM  "from.db-checkpoints"
#define STATE "weights and moments"

/* --- what is there --- */

/* Under the name of a key and a step. */
static void write_checkpoint(const char *folder, const char *key, int64_t step, const char *named,
			     int64_t named_step)
{
	struct checkpoint c = {.step = step, .state_size = sizeof(STATE)};
	size_t size = checkpoint_size(c.state_size, 0);
	unsigned char *bytes = xcalloc(1, size);
	struct error err = ERROR_INIT;
	struct text path = {0};

	snprintf(c.key, sizeof(c.key), "%s", key);
	memcpy(checkpoint_state(bytes), STATE, sizeof(STATE));
	checkpoint_fill(bytes, &c);
	checkpoint_seal(bytes, size);
	text_printf(&path, "%s/%s", folder, named);
	check_ok(directory_make(path.data, &err), &err);
	text_clear(&path);
	checkpoint_path(&path, folder, named, named_step);
	scratch_write(path.data, bytes, size);
	text_release(&path);
	free(bytes);
}

static void put_steps(const char *folder, const char *key, const char *steps)
{
	for (char *end; *steps; steps = end) {
		int64_t step = strtoll(steps, &end, 10);

		write_checkpoint(folder, key, step, key, step);
	}
}

static void spoil(const char *folder, const char *key, int64_t step)
{
	struct text path = {0}, bytes = {0};
	struct error err = ERROR_INIT;

	checkpoint_path(&path, folder, key, step);
	check_ok(file_read(&bytes, path.data, &err), &err);
	bytes.data[bytes.length / 2] ^= 4;
	scratch_write(path.data, bytes.data, bytes.length);
	text_release(&bytes);
	text_release(&path);
}

struct tally {
	int64_t n, sum;
};

static void count(void *context, int64_t step)
{
	struct tally *tally = context;

	tally->n++;
	tally->sum += step;
}

static void check_steps(const char *folder, const char *key, int64_t n, int64_t sum)
{
	struct tally tally = {0, 0};

	checkpoint_each(folder, key, count, &tally);
	if (tally.n != n || tally.sum != sum)
		fail_msg("%s/%s has %lld checkpoints, sum %lld", folder, key, (long long)tally.n,
			 (long long)tally.sum);
}

/* --- a store --- */

static void put(const char *key, const char *state, const char *trunk, int64_t fork)
{
	struct store *store = open_store(STORE);
	struct text sql = {0};

	put_trial(store, "s", "arm", key, 0);
	store_close(store);
	text_printf(&sql,
		    "UPDATE trial SET state = '%s', trunk_key = '%s', steps_total = %lld, "
		    "resolved_spec = '{\"horizon\":{\"decay_steps\":20}}' WHERE trial_key = '%s'",
		    state, trunk, (long long)fork + 20, key);
	execute(STORE, sql.data);
	text_release(&sql);
}

/* --- merging --- */

static void note_skipped(void *context, const char *path, const char *reason)
{
	struct text *told = context;

	text_printf(told, "%s: %s\n", path, reason);
}

static int merge(struct checkpoint_merge *m, struct text *told, struct error *err)
{
	struct store *store = open_store(STORE);
	int result;

	*m = (struct checkpoint_merge){.context = told, .skipped = told ? note_skipped : NULL};
	result = checkpoint_merge(m, store, TO, &(const char *){FROM}, 1, err);
	store_close(store);
	return result;
}

/* Takes so many, and nothing when it is done again. */
static void check_taken(long n)
{
	struct error err = ERROR_INIT;
	struct checkpoint_merge m;

	check_ok(merge(&m, NULL, &err), &err);
	assert_int_equal(m.taken, n);
	assert_int_equal(m.bytes, n * (long)checkpoint_size(sizeof(STATE), 0));
	check_ok(merge(&m, NULL, &err), &err);
	assert_int_equal(m.taken, 0);
}

/* --- cases --- */

static void what_is_open_comes_along_and_what_is_over_does_not(void **state)
{
	static const char *const open[] = {"planned", "running", "failed", "interrupted"};
	static const char *const over[] = {"done", "diverged"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(open); i++) {
		put(open[i], open[i], "", 0);
		put_steps(FROM, open[i], "30 40");
	}
	for (size_t i = 0; i < ARRAY_SIZE(over); i++) {
		put(over[i], over[i], "", 0);
		put_steps(FROM, over[i], "30 40");
	}
	put_steps(FROM, "unknown", "30 40");
	check_taken(2 * ARRAY_SIZE(open));
	for (size_t i = 0; i < ARRAY_SIZE(open); i++)
		check_steps(TO, open[i], 2, 70);
	for (size_t i = 0; i < ARRAY_SIZE(over); i++) {
		check_steps(TO, over[i], 0, 0);
		check_steps(FROM, over[i], 2, 70);
	}
	check_steps(TO, "unknown", 0, 0);
}

static void the_last_two_of_both_sides_stay(void **state)
{
	(void)state;
	put("behind", "interrupted", "", 0);
	put("between", "interrupted", "", 0);
	put("ahead", "interrupted", "", 0);
	put("same", "interrupted", "", 0);
	put_steps(TO, "behind", "10 20");
	put_steps(FROM, "behind", "30 40");
	put_steps(TO, "between", "10 35");
	put_steps(FROM, "between", "30 40");
	put_steps(TO, "ahead", "50 60");
	put_steps(FROM, "ahead", "30 40");
	put_steps(TO, "same", "30 40");
	put_steps(FROM, "same", "30 40");
	check_taken(3);
	check_steps(TO, "behind", 2, 70);
	check_steps(TO, "between", 2, 75);
	check_steps(TO, "ahead", 2, 110);
	check_steps(TO, "same", 2, 70);
	check_steps(FROM, "behind", 2, 70);
	check_steps(FROM, "ahead", 2, 70);
}

static void a_trunk_keeps_the_forks_of_what_is_open(void **state)
{
	(void)state;
	put("short", "planned", "trunk", 20);
	put("over", "done", "trunk", 40);
	put("long", "interrupted", "trunk", 80);
	execute(STORE, "UPDATE sweep_trial SET tuned = ''");
	put_steps(FROM, "trunk", "20 40 60 70 90");
	put_steps(TO, "trunk", "10 50");
	check_taken(3);
	check_steps(TO, "trunk", 3, 20 + 60 + 70);
}

static void a_trunk_of_which_all_are_over_is_left(void **state)
{
	(void)state;
	put("over", "done", "trunk", 40);
	put_steps(FROM, "trunk", "20 40");
	check_taken(0);
	put("another", "interrupted", "", 0); /* of the same arm */
	execute(STORE, "UPDATE sweep_trial SET tuned = ''");
	check_taken(0);
	/* Tuning may yet want a branch. */
	execute(STORE, "UPDATE sweep_trial SET tuned = 'lr'");
	check_taken(2);
	check_steps(TO, "trunk", 2, 60);
}

/* Its trial at another budget is there only when its donor is decided at that. */
static void the_trunk_of_an_heir_stays_while_its_sweep_is_open(void **state)
{
	(void)state;
	put("heir", "done", "trunk", 80);
	put("donor", "interrupted", "", 0);
	execute(STORE, "UPDATE sweep_trial SET label = 'heir', tuned = '', origin = 'inherited "
		       "from arm' WHERE position = 0 AND trial = 1");
	put_steps(FROM, "trunk", "20 40");
	put_steps(TO, "trunk", "40");
	check_taken(1);
	check_steps(TO, "trunk", 2, 60);
	execute(STORE, "UPDATE sweep_trial SET sweep = 'another' WHERE trial = 2");
	check_taken(0);
	check_steps(TO, "trunk", 0, 0);
}

/* Only losses tell which of them. */
static void a_trunk_that_tuning_may_branch_keeps_every_step(void **state)
{
	(void)state;
	put("over", "done", "trunk", 80);
	put("open", "planned", "trunk", 40);
	put_steps(FROM, "trunk", "20 40 60 70 90");
	put_steps(TO, "trunk", "10 50 90");
	check_taken(4);
	check_steps(TO, "trunk", 7, 10 + 20 + 40 + 50 + 60 + 70 + 90);
}

static void what_is_over_by_now_goes(void **state)
{
	(void)state;
	put("own", "interrupted", "trunk", 40);
	put("open", "planned", "trunk", 40);
	put_steps(FROM, "own", "50");
	put_steps(FROM, "trunk", "40");
	put_steps(TO, "unknown", "10");
	check_taken(2);
	execute(STORE, "UPDATE trial SET state = 'done' WHERE trial_key = 'own'");
	check_taken(0);
	check_steps(TO, "own", 0, 0);
	check_steps(TO, "trunk", 1, 40);
	execute(STORE, "UPDATE trial SET state = 'done'");
	check_taken(0);
	check_steps(TO, "trunk", 0, 0);
	check_steps(TO, "unknown", 1, 10);
	check_steps(FROM, "own", 1, 50);
}

static void a_damaged_one_is_told_and_the_one_before_it_is_taken(void **state)
{
	struct error err = ERROR_INIT;
	struct checkpoint_merge m;
	struct text told = {0};

	(void)state;
	put("k", "interrupted", "", 0);
	put("wrong", "interrupted", "", 0);
	put_steps(FROM, "k", "20 30 40");
	put_steps(TO, "k", "10");
	spoil(FROM, "k", 40);
	write_checkpoint(FROM, "k", 10, "wrong", 10);
	write_checkpoint(FROM, "wrong", 30, "wrong", 40);
	check_ok(merge(&m, &told, &err), &err);
	assert_int_equal(m.taken, 2);
	assert_int_equal(m.n_skipped, 3);
	check_steps(TO, "k", 2, 50);
	check_steps(FROM, "k", 3, 90);
	assert_non_null(strstr(told.data, FROM "/k/40.checkpoint: it is damaged"));
	assert_non_null(strstr(told.data, FROM "/wrong/10.checkpoint: it is of another trial"));
	assert_non_null(strstr(told.data, FROM "/wrong/40.checkpoint: it is of another trial"));
	assert_int_equal(access(TO "/wrong", F_OK), -1);
	text_release(&told);
}

static void a_damaged_one_of_the_target_is_replaced(void **state)
{
	(void)state;
	put("k", "interrupted", "", 0);
	put_steps(FROM, "k", "20 30 40");
	check_taken(2);
	spoil(TO, "k", 30);
	check_taken(1);
	spoil(TO, "k", 30);
	spoil(TO, "k", 40);
	check_taken(2);
	check_steps(TO, "k", 2, 70);
}

static void what_a_dead_writer_has_left_in_the_target_goes(void **state)
{
	const char *left = TO "/k/40.checkpoint.tmp.2147483647"; /* more than any process has */

	(void)state;
	put("k", "interrupted", "", 0);
	put_steps(FROM, "k", "30");
	put_steps(TO, "k", "40");
	scratch_write_text(left, "half");
	check_taken(1);
	assert_int_equal(access(left, F_OK), -1);
	check_steps(TO, "k", 2, 70);
}

static void where_nothing_can_be_written_the_rest_is_left(void **state)
{
	struct error err = ERROR_INIT;
	struct checkpoint_merge m;

	(void)state;
	put("k", "interrupted", "", 0);
	check_ok(merge(&m, NULL, &err), &err);
	assert_int_equal(m.taken, 0);
	put_steps(FROM, "k", "30 40");
	scratch_write_text(TO, "in the way");
	assert_int_equal(merge(&m, NULL, &err), -ERR_IO);
	assert_int_equal(m.taken, 0);
	check_steps(FROM, "k", 2, 70);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH(what_is_open_comes_along_and_what_is_over_does_not),
		SCRATCH(the_last_two_of_both_sides_stay),
		SCRATCH(a_trunk_keeps_the_forks_of_what_is_open),
		SCRATCH(a_trunk_of_which_all_are_over_is_left),
		SCRATCH(the_trunk_of_an_heir_stays_while_its_sweep_is_open),
		SCRATCH(a_trunk_that_tuning_may_branch_keeps_every_step),
		SCRATCH(what_is_over_by_now_goes),
		SCRATCH(a_damaged_one_is_told_and_the_one_before_it_is_taken),
		SCRATCH(a_damaged_one_of_the_target_is_replaced),
		SCRATCH(what_a_dead_writer_has_left_in_the_target_goes),
		SCRATCH(where_nothing_can_be_written_the_rest_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
