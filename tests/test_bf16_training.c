/* SPDX-License-Identifier: MIT
 *
 * What products of bfloat16 change in Newton-Schulz and in a training: less than other seeds do.
 */
#include "tests/training_fixture.h"

#include "optim/newton_schulz.h"

static const struct backend_options fp32 = {1, PRECISION_FP32}, bf16 = {1, PRECISION_BF16};

/* --- Newton-Schulz --- */

#define MAX_ELEMENTS ((size_t)128 * 320)
#define MAX_SQUARE   ((size_t)128 * 128)

struct workspace {
	struct backend *backend;
	struct slab slab;
	struct newton_schulz ns;
};

static void workspace_open(struct workspace *w, const struct backend_options *options)
{
	struct error err = ERROR_INIT;

	*w = (struct workspace){0};
	check_ok(backend_open(&w->backend, "cpu", options, &err), &err);
	w->slab.backend = w->backend;
	newton_schulz_take(&w->ns, &w->slab, MAX_ELEMENTS, MAX_SQUARE);
	check_ok(slab_allocate(&w->slab, &err), &err);
	newton_schulz_take(&w->ns, &w->slab, MAX_ELEMENTS, MAX_SQUARE);
}

static void workspace_close(struct workspace *w)
{
	slab_release(&w->slab);
	backend_close(w->backend);
}

static void orthogonalise(struct workspace *w, enum ns_coefficients set, double *o, const double *m,
			  size_t rows, size_t columns)
{
	struct tensor input = newton_schulz_input(&w->ns, rows, columns), output;

	tensor_write(&input, m);
	output = newton_schulz_run(&w->ns, set, 5, rows, columns);
	tensor_read(&output, o);
}

/* In fp32. */
static double orthogonality_error(struct workspace *exact, const double *o, size_t rows,
				  size_t columns)
{
	struct tensor x = newton_schulz_input(&exact->ns, rows, columns);

	tensor_write(&x, o);
	return newton_schulz_error(&exact->ns, &x);
}

/* Rows of Gaussian noise that fall as i^-power: a spectrum from flat to steep. */
static void fill_falling(double *m, size_t rows, size_t columns, double power)
{
	struct random r = random_stream(3, 60);

	for (size_t i = 0; i < rows * columns; i++)
		m[i] = random_normal(&r) * pow((double)(i / columns + 1), -power);
}

static double distance(const double *a, const double *b, size_t n)
{
	double sum = 0, norm = 0;

	for (size_t i = 0; i < n; i++) {
		sum += (a[i] - b[i]) * (a[i] - b[i]);
		norm += b[i] * b[i];
	}
	return sqrt(sum / norm);
}

/* The error of bf16 does not grow from iteration to iteration, on any shape. */
static void bfloat16_stays_near_the_exact_iteration(void **unused)
{
	static const struct {
		size_t rows, columns;
		double power, difference;
	} cases[] = {{64, 64, 0, 0.04},	  {64, 64, 1, 0.04},   {128, 320, 0, 0.04},
		     {320, 128, 0, 0.04}, {128, 320, 1, 0.05}, {128, 320, 2, 0.4}};
	double *m = xmalloc(MAX_ELEMENTS * sizeof(*m)), *o = xmalloc(MAX_ELEMENTS * sizeof(*o));
	double *want = xmalloc(MAX_ELEMENTS * sizeof(*want));
	struct workspace rounded, exact;

	(void)unused;
	workspace_open(&rounded, &bf16);
	workspace_open(&exact, &fp32);
	for (size_t i = 0; i < ARRAY_SIZE(cases) * 2; i++) {
		enum ns_coefficients set = i % 2 ? NS_POLAR_EXPRESS : NS_JORDAN;
		size_t rows = cases[i / 2].rows, columns = cases[i / 2].columns;
		double error;

		fill_falling(m, rows, columns, cases[i / 2].power);
		orthogonalise(&exact, set, want, m, rows, columns);
		error = orthogonality_error(&exact, want, rows, columns);
		orthogonalise(&rounded, set, o, m, rows, columns);
		check_near(distance(o, want, rows * columns), 0, 0, cases[i / 2].difference);
		check_near(orthogonality_error(&exact, o, rows, columns), error, 0.03, 0);
	}
	workspace_close(&rounded);
	workspace_close(&exact);
	free(m);
	free(o);
	free(want);
}

/* --- training --- */

enum { SEEDS = 4 };

static void final_losses(const struct training *t, const struct backend_options *options,
			 double losses[SEEDS])
{
	for (int seed = 0; seed < SEEDS; seed++) {
		struct kept kept = {.n_rows = 0};
		struct training_sink sink = kept_sink(&kept);
		struct error err = ERROR_INIT;
		struct training with_seed = *t;
		struct backend *backend;

		with_seed.plan.init_seed = (uint64_t)seed;
		check_ok(backend_open(&backend, "cpu", options, &err), &err);
		check_ok(training_run(&with_seed, backend, &sink, &err), &err);
		backend_close(backend);
		losses[seed] = kept.rows[kept.n_rows - 1].val_loss;
	}
}

static double mean(const double losses[SEEDS])
{
	double sum = 0;

	for (int i = 0; i < SEEDS; i++)
		sum += losses[i];
	return sum / SEEDS;
}

static double deviation(const double losses[SEEDS])
{
	double sum = 0;

	for (int i = 0; i < SEEDS; i++)
		sum += pow(losses[i] - mean(losses), 2);
	return sqrt(sum / (SEEDS - 1));
}

static const char *const optimizers[][2] = {{"adamw", "0.01"}, {"muon", "0.02"}};

static void compare_losses(size_t optimizer, int64_t steps, double exact[SEEDS],
			   double rounded[SEEDS])
{
	struct arena arena = {0};
	struct training t =
		fixture_training(optimizers[optimizer][0], optimizers[optimizer][1], steps, &arena);

	final_losses(&t, &fp32, exact);
	final_losses(&t, &bf16, rounded);
	print_message("  %s: fp32 %.4f +- %.4f, bf16 %.4f +- %.4f\n", optimizers[optimizer][0],
		      mean(exact), deviation(exact), mean(rounded), deviation(rounded));
	arena_release(&arena);
}

/* Before chaos takes over, each seed's loss is its own again: nearer than seeds to each other. */
static void early_losses_are_those_of_the_same_seed(void **state)
{
	double exact[SEEDS], rounded[SEEDS];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(optimizers); i++) {
		double squares = 0;

		compare_losses(i, 40, exact, rounded);
		for (int seed = 0; seed < SEEDS; seed++) {
			assert_true(rounded[seed] != exact[seed]);
			squares += pow(rounded[seed] - exact[seed], 2);
		}
		check_near(sqrt(squares / SEEDS), 0, 0, deviation(exact) / 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bfloat16_stays_near_the_exact_iteration),
		cmocka_unit_test_setup_teardown(early_losses_are_those_of_the_same_seed,
						fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
