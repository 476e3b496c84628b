/* SPDX-License-Identifier: MIT */
#include "cmd/bench_windows.h"
#include "tests/check.h"

#define PROCESSES 4
#define WINDOWS	  8
#define TOKENS	  100.0
#define START_S	  50.0

struct fixture {
	struct bench_windows windows;
	struct bench_turn turns[PROCESSES][WINDOWS];
	struct bench_record records[PROCESSES];
};

/* Windows of 2 s of which 1 is measured; alone one does 10 steps in it, all do 20 together. */
static void fixture_init(struct fixture *f)
{
	*f = (struct fixture){.windows = {.processes = PROCESSES,
					  .start_s = START_S,
					  .window_s = 2,
					  .measured_s = 1,
					  .n_windows = WINDOWS}};
	for (int p = 0; p < PROCESSES; p++) {
		f->windows.slot = p;
		f->records[p] = (struct bench_record){START_S - 1, 0.1, f->turns[p]};
		for (int i = 0; i < WINDOWS; i++) {
			double start = bench_window_start(&f->windows, i);

			if (bench_window_trains(&f->windows, i))
				f->turns[p][i] =
					(struct bench_turn){i % 2 ? 5 : 10, start, start + 1.2};
		}
	}
}

static struct bench_side summary(const struct fixture *f)
{
	struct bench_side side;

	bench_windows_summarise(&side, &f->windows, f->records, TOKENS);
	return side;
}

static void one_trains_alone_and_then_all_do(void **state)
{
	struct bench_windows w = {.processes = 3};

	(void)state;
	for (int64_t i = 0; i < 12; i++) {
		int64_t n = 0;

		for (w.slot = 0; w.slot < w.processes; w.slot++) {
			n += bench_window_trains(&w, i);
			if (i % 2 == 0)
				assert_int_equal(bench_window_trains(&w, i), w.slot == i / 2 % 3);
		}
		assert_int_equal(n, i % 2 ? 3 : 1);
	}
}

static void a_window_holds_a_step_of_all_and_another_behind_it(void **state)
{
	static const double seconds[] = {0, 6, 6, 600}, steps_s[] = {0.005, 0.005, 4, 0.2};
	struct bench_windows w = {0};

	(void)state;
	for (int i = 0; i < 4; i++) {
		bench_windows_plan(&w, seconds[i], steps_s[i]);
		assert_true(w.measured_s >= steps_s[i] && w.measured_s >= 0.1);
		assert_true(w.window_s >= w.measured_s + 1.5 * steps_s[i]);
		assert_true(w.n_windows % 2 == 0 && w.n_windows >= 2 * BENCH_MIN_ROUNDS);
		assert_true((double)w.n_windows * w.window_s >= seconds[i]);
	}
}

static void what_two_cores_do_is_twice_what_one_does(void **state)
{
	struct bench_side side;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	side = summary(&f);
	assert_int_equal(side.rounds, WINDOWS / 2);
	check_near(side.tokens_per_second.median, 20 * TOKENS, 1e-12, 0);
	check_near(side.ratio.low, 2, 1e-12, 0);
	check_near(side.ratio.high, 2, 1e-12, 0);
}

/* The case of a ratio of 4 on two cores: the overrun of all halves what one does alone. */
static void an_overrun_into_the_next_window_drops_its_pair(void **state)
{
	struct bench_side side;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	f.turns[3][1].ended_s = bench_window_start(&f.windows, 2) + 0.01;
	f.turns[1][2].steps = 5;
	f.turns[1][2].ended_s = bench_window_start(&f.windows, 2) + 1.9;
	side = summary(&f);
	assert_int_equal(side.rounds, WINDOWS / 2 - 1);
	check_near(side.ratio.high, 2, 1e-12, 0);
}

static void an_overrun_over_several_windows_drops_them_all(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	f.turns[2][3].ended_s = bench_window_start(&f.windows, 6) + 0.01;
	assert_int_equal(summary(&f).rounds, 2);
}

static void one_alone_that_overruns_drops_its_own_pair(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	f.turns[0][0].ended_s = bench_window_start(&f.windows, 1) + 0.01;
	assert_int_equal(summary(&f).rounds, WINDOWS / 2 - 1);
}

static void one_alone_is_measured_from_when_it_was_woken(void **state)
{
	struct bench_side side;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	f.turns[0][0].began_s += 0.2;
	f.turns[0][0].steps = 8;
	side = summary(&f);
	check_near(side.ratio.high, 2, 1e-12, 0);
	assert_int_equal(side.rounds, WINDOWS / 2);
	f.turns[0][0].began_s += 0.2;
	assert_int_equal(summary(&f).rounds, WINDOWS / 2 - 1);
}

static void who_is_not_ready_spoils_the_first_windows(void **state)
{
	struct bench_side side;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	f.records[1].ready_s = bench_window_start(&f.windows, 1) + 0.5;
	assert_int_equal(summary(&f).rounds, WINDOWS / 2 - 1);
	f.records[1].ready_s = bench_window_start(&f.windows, WINDOWS);
	side = summary(&f);
	assert_int_equal(side.rounds, 0);
	assert_true(isnan(side.ratio.median));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_trains_alone_and_then_all_do),
		cmocka_unit_test(a_window_holds_a_step_of_all_and_another_behind_it),
		cmocka_unit_test(what_two_cores_do_is_twice_what_one_does),
		cmocka_unit_test(an_overrun_into_the_next_window_drops_its_pair),
		cmocka_unit_test(an_overrun_over_several_windows_drops_them_all),
		cmocka_unit_test(one_alone_that_overruns_drops_its_own_pair),
		cmocka_unit_test(one_alone_is_measured_from_when_it_was_woken),
		cmocka_unit_test(who_is_not_ready_spoils_the_first_windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
