/* SPDX-License-Identifier: MIT */
#include "tests/cost_fixture.h"
#include "tests/spec_fixture.h"

#include "base/linalg.h"
#include "sweep/cost_model.h"
#include "sweep/makespan.h"

static size_t fill_grid(struct cost_row *rows)
{
	static const double widths[] = {32, 64, 128, 256, 512}, layers[] = {2, 6};
	static const char *const optimizers[] = {"adamw", "muon"};
	size_t n = 0;

	for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
		for (size_t l = 0; l < ARRAY_SIZE(layers); l++)
			for (size_t o = 0; o < ARRAY_SIZE(optimizers); o++)
				rows[n++] = made_row(widths[w], layers[l], optimizers[o]);
	return n;
}

static void check_parts(struct cost_parts got, struct cost_parts want, double rtol)
{
	check_close(cost_parts_array(&got), cost_parts_array(&want), N_COST_PARTS, rtol, 0);
}

static void a_made_machine_is_recovered(void **state)
{
	static const double widths[] = {48, 96, 160, 320, 448};
	struct cost_row rows[32];
	struct cost_model *model = cost_model_new(rows, fill_grid(rows));

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		struct cost_shape adamw = made_shape(widths[i], 4, "adamw");
		struct cost_shape muon = made_shape(widths[i], 4, "muon");

		check_parts(cost_model_parts(model, &adamw), made_parts(&adamw), 0.05);
		check_parts(cost_model_parts(model, &muon), made_parts(&muon), 0.05);
	}
	cost_model_free(model);
}

static void an_estimate_is_the_measurement_where_there_is_one(void **state)
{
	struct cost_row rows[32];
	size_t n = fill_grid(rows);
	struct cost_model *model = cost_model_new(rows, n);
	struct cost_parts odd = {0.7, 3e-4, 0.2, 5e-5};

	(void)state;
	rows[6].parts = rows[7].parts = odd; /* two optimizers of one model */
	check_parts(cost_model_parts(model, &rows[7].shape), odd, 0.001);
	cost_model_free(model);
}

static void one_measurement_tells_the_speed_of_the_machine(void **state)
{
	struct cost_row row = made_row(128, 4, "adamw");
	struct cost_model *model = cost_model_new(&row, 1), *none = cost_model_new(NULL, 0);
	struct cost_shape near = made_shape(192, 4, "adamw");
	struct cost_parts typical = cost_model_parts(none, &row.shape);
	double factor = 2.5, want;

	(void)state;
	row.parts = typical;
	row.parts.token *= factor;
	want = factor * cost_model_parts(none, &near).token;
	check_near(cost_model_parts(model, &near).token, want, 0.05, 0);
	cost_model_free(model);
	cost_model_free(none);
}

static void the_part_that_was_not_measured_is_typical(void **state)
{
	struct cost_row row = made_row(128, 4, "adamw");
	struct cost_model *model = cost_model_new(&row, 1), *none = cost_model_new(NULL, 0);

	(void)state;
	row.parts.eval = (double)NAN;
	check_near(cost_model_parts(model, &row.shape).eval,
		   cost_model_parts(none, &row.shape).eval, 1e-12, 0);
	cost_model_free(model);
	cost_model_free(none);
}

static void another_backend_does_not_calibrate(void **state)
{
	struct cost_row row = made_row(64, 2, "adamw");
	struct cost_model *model = cost_model_new(&row, 1);
	struct cost_shape here = row.shape;

	(void)state;
	assert_int_equal(cost_model_measured(model, &here), 1);
	strcpy(here.backend, "ref");
	assert_int_equal(cost_model_measured(model, &here), 0);
	assert_true(cost_model_parts(model, &here).token > row.parts.token);
	cost_model_free(model);
}

static void rows_of_another_precision_or_number_of_threads_do_not_count(void **state)
{
	struct cost_row rows[] = {made_row(64, 2, "adamw"), made_row(64, 2, "muon"),
				  made_row(96, 2, "adamw"), made_row(32, 2, "adamw")};
	struct cost_shape here = rows[0].shape, bf16 = here, threads = here;
	struct cost_model *model;

	(void)state;
	strcpy(rows[2].shape.precision, "bf16");
	rows[3].shape.threads = 4;
	model = cost_model_new(rows, 4);
	strcpy(bf16.precision, "bf16");
	threads.threads = 2;
	assert_int_equal(cost_model_measured(model, &here), 2);
	assert_int_equal(cost_model_measured(model, &bf16), 1);
	assert_int_equal(cost_model_measured(model, &threads), 0);
	cost_model_free(model);
}

/* What was fitted for one shape is used again only where it is the same. */
static void the_order_of_questions_does_not_matter(void **state)
{
	static const double jobs[] = {1, 2}, threads[] = {1, 2};
	static const char *const optimizers[] = {"adamw", "muon"};
	struct cost_row rows[32];
	size_t n = fill_grid(rows);
	struct cost_model *all;

	(void)state;
	for (size_t i = 0; i < n; i += 3)
		rows[i].shape.jobs = 2;
	for (size_t i = 0; i < n; i++) /* a machine that the model does not know so well */
		rows[i].parts.step *= 1 + 0.1 * (double)(i % 4);
	all = cost_model_new(rows, n);
	for (size_t i = 0; i < 8; i++) {
		struct cost_shape shape = made_shape(80 + (double)i, 3, optimizers[i & 1]);
		struct cost_model *fresh = cost_model_new(rows, n);

		shape.jobs = jobs[i >> 1 & 1];
		shape.threads = threads[i >> 2 & 1];
		check_parts(cost_model_parts(all, &shape), cost_model_parts(fresh, &shape), 1e-12);
		cost_model_free(fresh);
	}
	cost_model_free(all);
}

static void more_threads_take_less_and_neighbours_more(void **state)
{
	struct cost_model *none = cost_model_new(NULL, 0);
	struct cost_shape one = made_shape(256, 4, "adamw"), threads = one, jobs = one;

	(void)state;
	threads.threads = 2;
	jobs.jobs = 2;
	assert_true(cost_model_parts(none, &threads).token < cost_model_parts(none, &one).token);
	assert_true(cost_model_parts(none, &jobs).token > cost_model_parts(none, &one).token);
	cost_model_free(none);
}

/* --- what a trial needs --- */

static int64_t count_by_trying(const struct training *t)
{
	int64_t probes = 0;

	for (int64_t s = 1; s < t->steps; s++)
		probes += training_evaluates_at(t, s, probes);
	return probes;
}

static void amounts_are_those_of_the_step_loop(void **state)
{
	static const char *const settings[] = {
		"train.budget.steps=[10,11,99,100,101,316,1000,5000]",
		"eval={points: 3, tokens: 1k}",
		"eval={points: 10, tokens: 8k}",
		"eval={points: 0, tokens: 1k}",
		"eval={points: 12, tokens: 128}",
	};

	(void)state;
	for (size_t i = 1; i < ARRAY_SIZE(settings); i++) {
		const char *const both[] = {settings[0], settings[i]};
		struct error err = ERROR_INIT;
		struct sweep *sweep;

		check_ok(fixture_read(&sweep, FIXTURE_FILE, both, 2, &err), &err);
		for (size_t k = 0; k < sweep->n_trials; k++) {
			const struct trial *trial = sweep->trials[k];
			struct cost_parts amounts = cost_amounts(trial);
			struct training t;
			double probes;

			trial_training(trial, NULL, &t);
			probes = (double)(count_by_trying(&t) + 1);
			assert_true(amounts.step == (double)trial->steps);
			assert_true(amounts.token == (double)trial->tokens);
			assert_true(amounts.eval ==
				    probes * (double)t.probe_tokens + 2 * 128 * 1024);
		}
		sweep_free(sweep);
	}
}

static void seconds_are_the_sum_of_the_parts(void **state)
{
	struct sweep *sweep = fixture_sweep(FIXTURE_FILE);
	struct cost_model *none = cost_model_new(NULL, 0);
	struct cost_shape shape = cost_shape_of(sweep->trials[0], 1, 2);
	struct cost_parts parts = cost_model_parts(none, &shape);
	struct cost_parts amounts = cost_amounts(sweep->trials[0]);

	(void)state;
	check_near(cost_seconds(&parts, &amounts),
		   parts.start + parts.token * amounts.token + parts.step * amounts.step +
			   parts.eval * amounts.eval,
		   1e-12, 0);
	cost_model_free(none);
	sweep_free(sweep);
}

/* --- tools --- */

static double spread(const double *seconds, size_t n, size_t workers)
{
	struct makespan_job jobs[8];

	for (size_t i = 0; i < n; i++)
		jobs[i] = (struct makespan_job){seconds[i], seconds[i], MAKESPAN_NOTHING, 0};
	return makespan(jobs, n, workers);
}

static void the_longest_jobs_are_spread_first(void **state)
{
	const double jobs[] = {1, 2, 3, 4, 5}, few[] = {7, 2}, same[] = {1, 1, 1, 1, 1, 1, 1};

	(void)state;
	check_near(spread(jobs, 5, 1), 15, 0, 0);
	check_near(spread(jobs, 5, 2), 8, 0, 0);
	check_near(spread(jobs, 5, 3), 5, 0, 0);
	check_near(spread(few, 2, 4), 7, 0, 0);
	check_near(spread(same, 7, 3), 3, 0, 0);
	check_near(spread(same, 0, 3), 0, 0, 0);
}

/* A ladder: each branch starts when the carrier, the first, has come to its fork. */
static void branches_wait_for_their_carrier(void **state)
{
	const struct makespan_job ladder[] = {
		{8, 8, MAKESPAN_NOTHING, 0},
		{0.8, 0.8, 0, 3.2},
		{0.4, 0.4, 0, 1.6},
		{1, 1, 1, 0.5}, /* waits for a branch */
	};
	const struct makespan_job late[] = {{4, 4, MAKESPAN_NOTHING, 0}, {3, 3, 0, 4}};

	(void)state;
	check_near(makespan(ladder, 3, 1), 9.2, 0, 1e-12);
	check_near(makespan(ladder, 3, 2), 8, 0, 1e-12);
	check_near(makespan(ladder, 4, 1), 10.2, 0, 1e-12);
	check_near(makespan(late, 2, 2), 7, 0, 1e-12);
}

static void nonnegative_solutions_agree(void **state)
{
	static const double a[] = {4, 1, 0.5, 1, 3, -0.5, 0.5, -0.5, 2};
	static const double b[][3] = {{1, 2, 3}, {-1, 2, 0.1}, {5, -4, -1}, {-1, -1, -1}};
	double got[3], want[3];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(b); i++) {
		nonnegative_minimum(a, b[i], want, 3);
		nonnegative_solve(a, b[i], got, 3);
		check_close(got, want, 3, 1e-6, 1e-9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_made_machine_is_recovered),
		cmocka_unit_test(an_estimate_is_the_measurement_where_there_is_one),
		cmocka_unit_test(one_measurement_tells_the_speed_of_the_machine),
		cmocka_unit_test(the_part_that_was_not_measured_is_typical),
		cmocka_unit_test(another_backend_does_not_calibrate),
		cmocka_unit_test(rows_of_another_precision_or_number_of_threads_do_not_count),
		cmocka_unit_test(the_order_of_questions_does_not_matter),
		cmocka_unit_test(more_threads_take_less_and_neighbours_more),
		cmocka_unit_test(amounts_are_those_of_the_step_loop),
		cmocka_unit_test(seconds_are_the_sum_of_the_parts),
		cmocka_unit_test(the_longest_jobs_are_spread_first),
		cmocka_unit_test(branches_wait_for_their_carrier),
		cmocka_unit_test(nonnegative_solutions_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
