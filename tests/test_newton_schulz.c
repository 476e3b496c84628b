/* SPDX-License-Identifier: MIT
 *
 * Newton-Schulz against its scalar map, on every backend: singular values go through the
 * polynomials, singular vectors stay.
 */
#include "tests/on_backends.h"

#include "base/memory.h"
#include "base/random.h"
#include "optim/newton_schulz.h"
#include "tensor/ops.h"

#define MAX_ELEMENTS ((size_t)128 * 512)

struct bench {
	struct backend *backend;
	struct slab slab;
	struct newton_schulz ns;
	double tolerance;
};

static void bench_open(struct bench *bench, const char *backend)
{
	struct error err = ERROR_INIT;

	*bench = (struct bench){0};
	check_ok(backend_open(&bench->backend, backend, NULL, &err), &err);
	bench->slab.backend = bench->backend;
	newton_schulz_take(&bench->ns, &bench->slab, MAX_ELEMENTS, (size_t)128 * 128);
	check_ok(slab_allocate(&bench->slab, &err), &err);
	newton_schulz_take(&bench->ns, &bench->slab, MAX_ELEMENTS, (size_t)128 * 128);
	bench->tolerance = backend_real_size(bench->backend) == 8 ? 1e-12 : 2e-5;
}

static void bench_close(struct bench *bench)
{
	slab_release(&bench->slab);
	backend_close(bench->backend);
}

struct bench_check {
	const char *name;
	void (*run)(struct bench *bench);
};

static void on_bench(const char *backend, const void *input)
{
	const struct bench_check *check = input;
	struct bench bench;

	bench_open(&bench, backend);
	check->run(&bench);
	bench_close(&bench);
}

static void orthogonalise(struct bench *bench, enum ns_coefficients set, int64_t steps, double *o,
			  const double *m, size_t rows, size_t columns)
{
	struct tensor input = newton_schulz_input(&bench->ns, rows, columns);
	struct tensor output;

	tensor_write(&input, m);
	output = newton_schulz_run(&bench->ns, set, steps, rows, columns);
	tensor_read(&output, o);
}

static double scalar_map(enum ns_coefficients set, int64_t steps, double s)
{
	for (int64_t k = 0; k < steps; k++) {
		struct ns_polynomial p = ns_polynomial(set, k);

		s = s * (p.a + s * s * (p.b + s * s * p.c));
	}
	return s;
}

static double slope_at_zero(enum ns_coefficients set, int64_t steps)
{
	return scalar_map(set, steps, 1e-12) / 1e-12;
}

/* --- the scalar map --- */

static void scalar_maps_land_in_their_bands(void **unused)
{
	static const struct {
		enum ns_coefficients set;
		int64_t steps;
		double from, low, high, tolerance;
	} bands[] = {
		{NS_JORDAN, 5, 0.01, 0.6818, 1.1344, 1e-4},
		{NS_JORDAN, 10, 0.01, 0.6818, 1.1344, 1e-4},
		{NS_POLAR_EXPRESS, 5, 0.01, 0.870, 1.124, 5e-4},
		{NS_POLAR_EXPRESS, 8, 0.01, 1, 1, 1e-12},
		{NS_YOU, 5, 0.01, 0.978, 1.032, 5e-4},
		{NS_JORDAN, 5, 0, 0, 1.2024, 1e-4},
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bands); i++) {
		double low = HUGE_VAL, high = -HUGE_VAL;

		for (int j = 0; j <= 200000; j++) {
			double s = bands[i].from + (1 - bands[i].from) * j / 200000.0;
			double y = scalar_map(bands[i].set, bands[i].steps, s);

			low = fmin(low, y);
			high = fmax(high, y);
		}
		check_near(low, bands[i].low, 0, bands[i].tolerance);
		check_near(high, bands[i].high, 0, bands[i].tolerance);
	}
}

static void scalar_maps_have_their_published_values(void **unused)
{
	(void)unused;
	check_near(scalar_map(NS_JORDAN, 5, 1), 0.6964, 0, 5e-5);
	check_near(slope_at_zero(NS_JORDAN, 5), 484.9, 0, 0.05);
	check_near(slope_at_zero(NS_JORDAN, 10), 2.35e5, 1e-3, 0);
	check_near(slope_at_zero(NS_POLAR_EXPRESS, 5), 976, 0, 0.5);
	assert_true(scalar_map(NS_JORDAN, 5, 1.07e-3) >= 0.5);
	assert_true(scalar_map(NS_JORDAN, 5, 2.07e-4) >= 0.1);
	assert_true(scalar_map(NS_JORDAN, 5, 2.05e-4) < 0.1);
}

static void tables_repeat_their_last_polynomial(void **unused)
{
	(void)unused;
	check_near(ns_polynomial(NS_JORDAN, 19).a, 3.4445, 0, 0);
	check_near(ns_polynomial(NS_YOU, 12).a, 2.8366, 0, 0);
	check_near(ns_polynomial(NS_POLAR_EXPRESS, 12).a, 1.875, 0, 0);
	check_near(ns_polynomial(NS_POLAR_EXPRESS, 0).b, -23.595886519098837 / 1.030301, 1e-14, 0);
}

/* --- matrices --- */

static void a_number_becomes_the_map_of_one(struct bench *bench)
{
	static const double values[] = {3, 1e-30, 1e30, -2, 0};
	static const double signs[] = {1, 1, 1, -1, 0};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		double o;

		orthogonalise(bench, NS_JORDAN, 5, &o, &values[i], 1, 1);
		check_near(o, signs[i] * 0.69643640946975, 0, bench->tolerance);
	}
}

/* A diagonal matrix keeps its form, so each entry shows the scalar map. */
static void a_diagonal_goes_through_the_scalar_map(struct bench *bench)
{
	enum { N = 9 };
	static const double diagonal[N] = {20, 7, -3, 1, 0.5, 0.2, 0.03, 1e-3, 2e-5};
	double m[N * N] = {0}, o[N * N], want[N * N] = {0}, norm = 0;

	for (size_t i = 0; i < N; i++) {
		m[i * N + i] = diagonal[i];
		norm += diagonal[i] * diagonal[i];
	}
	for (int set = NS_JORDAN; set <= NS_YOU; set++)
		for (int64_t steps = 1; steps <= 10; steps++) {
			for (size_t i = 0; i < N; i++)
				want[i * N + i] = scalar_map((enum ns_coefficients)set, steps,
							     diagonal[i] / sqrt(norm));
			orthogonalise(bench, (enum ns_coefficients)set, steps, o, m, N, N);
			check_close(o, want, (size_t)N * N, 20 * bench->tolerance,
				    bench->tolerance);
		}
}

static void fill_normal(double *values, size_t n, uint64_t stream)
{
	struct random r = random_stream(3, stream);

	for (size_t i = 0; i < n; i++)
		values[i] = random_normal(&r);
}

static void gaussian_matrices_get_the_measured_rms(struct bench *bench)
{
	static const struct {
		size_t rows, columns;
		double want;
	} cases[] = {{64, 64, 0.885}, {128, 128, 0.888}, {128, 512, 0.865}, {512, 128, 0.865}};
	double *m = xmalloc(MAX_ELEMENTS * sizeof(*m)), *o = xmalloc(MAX_ELEMENTS * sizeof(*o));

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t rows = cases[i].rows, columns = cases[i].columns;

		fill_normal(m, rows * columns, i);
		orthogonalise(bench, NS_JORDAN, 5, o, m, rows, columns);
		check_near(rms(o, rows * columns) * sqrt(fmax((double)rows, (double)columns)),
			   cases[i].want, 0, 0.02);
	}
	free(m);
	free(o);
}

static void transpose_of(double *t, const double *m, size_t rows, size_t columns)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < columns; j++)
			t[j * rows + i] = m[i * columns + j];
}

static void the_transpose_gives_the_transpose(struct bench *bench)
{
	static const size_t sizes[][2] = {{1, 7}, {3, 5}, {6, 33}, {20, 21}};
	double m[420], m_t[420], o[420], o_t[420], o_back[420];

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t rows = sizes[i][0], columns = sizes[i][1];

		fill_normal(m, rows * columns, 10 + i);
		transpose_of(m_t, m, rows, columns);
		orthogonalise(bench, NS_JORDAN, 5, o, m, rows, columns);
		orthogonalise(bench, NS_JORDAN, 5, o_t, m_t, columns, rows);
		transpose_of(o_back, o_t, columns, rows);
		check_close(o_back, o, rows * columns, 0, bench->tolerance);
	}
}

static void the_size_of_the_matrix_does_not_matter(struct bench *bench)
{
	static const double scales[] = {1e-30, 1e-12, 1e20};
	double m[15], scaled[15], o[15], want[15];

	fill_normal(m, 15, 20);
	orthogonalise(bench, NS_JORDAN, 5, want, m, 5, 3);
	for (size_t i = 0; i < ARRAY_SIZE(scales); i++) {
		for (size_t j = 0; j < 15; j++)
			scaled[j] = scales[i] * m[j];
		orthogonalise(bench, NS_JORDAN, 5, o, scaled, 5, 3);
		check_close(o, want, 15, 0, bench->tolerance);
	}
}

static void zero_stays_zero_and_nan_is_never_masked(struct bench *bench)
{
	static const double bad[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};
	static const double zero[15] = {0};
	double m[15], o[15];

	orthogonalise(bench, NS_POLAR_EXPRESS, 5, o, zero, 3, 5);
	check_close(o, zero, 15, 0, 1e-300);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		fill_normal(m, 15, 30);
		m[7] = bad[i];
		orthogonalise(bench, NS_JORDAN, 5, o, m, 3, 5);
		assert_true(isnan(rms(o, 15)));
	}
}

static void the_error_is_the_distance_from_orthogonal(struct bench *bench)
{
	static const double diagonal[6] = {2, 0, 0, 0, 1, 0};
	struct tensor input = newton_schulz_input(&bench->ns, 2, 3), output;
	double first, second, norm = sqrt(5);

	tensor_write(&input, diagonal);
	output = newton_schulz_run(&bench->ns, NS_JORDAN, 5, 2, 3);
	first = pow(scalar_map(NS_JORDAN, 5, 2 / norm), 2) - 1;
	second = pow(scalar_map(NS_JORDAN, 5, 1 / norm), 2) - 1;
	check_near(newton_schulz_error(&bench->ns, &output),
		   sqrt((first * first + second * second) / 2), 0, 10 * bench->tolerance);
	output = newton_schulz_input(&bench->ns, 3, 2);
	tensor_write(&output, diagonal); /* columns (2, 0, 1) and zero */
	check_near(newton_schulz_error(&bench->ns, &output), sqrt((16 + 1) / 2.0), 0,
		   10 * bench->tolerance);
}

/* A diagonal of singular values from 1 down to 1e-4 in a matrix of any shape: rounding must not
 * grow where they are small, whichever way is taken. */
static void small_singular_values_survive_every_way(struct bench *bench)
{
	static const size_t shapes[][2] = {{96, 96}, {80, 128}, {200, 100}, {12, 13}, {10, 14}};
	static const struct {
		enum ns_coefficients set;
		int64_t steps;
	} runs[] = {{NS_JORDAN, 1},
		    {NS_JORDAN, 5},
		    {NS_JORDAN, 10},
		    {NS_POLAR_EXPRESS, 8},
		    {NS_YOU, 5}};
	double *m = xmalloc(MAX_ELEMENTS * sizeof(*m)), *o = xmalloc(MAX_ELEMENTS * sizeof(*o));

	for (size_t i = 0; i < ARRAY_SIZE(shapes) * ARRAY_SIZE(runs); i++) {
		size_t rows = shapes[i % 5][0], columns = shapes[i % 5][1];
		size_t n = rows < columns ? rows : columns;
		double norm = 0;

		memset(m, 0, rows * columns * sizeof(*m));
		for (size_t j = 0; j < n; j++) {
			m[j * columns + j] = pow(1e-4, (double)j / (double)(n - 1));
			norm = hypot(norm, m[j * columns + j]);
		}
		orthogonalise(bench, runs[i / 5].set, runs[i / 5].steps, o, m, rows, columns);
		for (size_t j = 0; j < rows * columns; j++)
			m[j] = scalar_map(runs[i / 5].set, runs[i / 5].steps, m[j] / norm);
		check_close(o, m, rows * columns, 0, 250 * bench->tolerance);
	}
	free(m);
	free(o);
}

/* y = (a I + b x x^T + c (x x^T)^2) x by plain loops, x(rows,columns) with rows <= columns. */
static void iterate_plainly(double *x, struct ns_polynomial p, size_t rows, size_t columns)
{
	double *gram = xcalloc(rows * rows, sizeof(*gram)), *z = xcalloc(rows * rows, sizeof(*z));
	double *y = xcalloc(rows * columns, sizeof(*y));

	for (size_t i = 0; i < rows * rows; i++)
		for (size_t k = 0; k < columns; k++)
			gram[i] += x[i / rows * columns + k] * x[i % rows * columns + k];
	for (size_t i = 0; i < rows * rows; i++) {
		z[i] = p.b * gram[i] + (i / rows == i % rows ? p.a : 0);
		for (size_t k = 0; k < rows; k++)
			z[i] += p.c * gram[i / rows * rows + k] * gram[k * rows + i % rows];
	}
	for (size_t i = 0; i < rows * columns; i++)
		for (size_t k = 0; k < rows; k++)
			y[i] += z[i / columns * rows + k] * x[k * columns + i % columns];
	memcpy(x, y, rows * columns * sizeof(*x));
	free(gram);
	free(z);
	free(y);
}

static void square_and_long_matrices_follow_the_definition(struct bench *bench)
{
	static const size_t shapes[][2] = {{5, 7}, {9, 9}, {33, 60}, {75, 110}, {90, 100}};
	double *m = xmalloc(MAX_ELEMENTS * sizeof(*m)), *o = xmalloc(MAX_ELEMENTS * sizeof(*o));

	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		size_t rows = shapes[i][0], columns = shapes[i][1], n = rows * columns;
		double norm;

		fill_normal(m, n, 40 + i);
		orthogonalise(bench, NS_POLAR_EXPRESS, 6, o, m, rows, columns);
		norm = rms(m, n) * sqrt((double)n);
		for (size_t j = 0; j < n; j++)
			m[j] /= norm;
		for (int64_t k = 0; k < 6; k++)
			iterate_plainly(m, ns_polynomial(NS_POLAR_EXPRESS, k), rows, columns);
		check_close(o, m, n, 0, 10 * bench->tolerance);
	}
	free(m);
	free(o);
}

static const struct bench_check checks[] = {
	{"a_number_becomes_the_map_of_one", a_number_becomes_the_map_of_one},
	{"a_diagonal_goes_through_the_scalar_map", a_diagonal_goes_through_the_scalar_map},
	{"gaussian_matrices_get_the_measured_rms", gaussian_matrices_get_the_measured_rms},
	{"the_transpose_gives_the_transpose", the_transpose_gives_the_transpose},
	{"the_size_of_the_matrix_does_not_matter", the_size_of_the_matrix_does_not_matter},
	{"zero_stays_zero_and_nan_is_never_masked", zero_stays_zero_and_nan_is_never_masked},
	{"the_error_is_the_distance_from_orthogonal", the_error_is_the_distance_from_orthogonal},
	{"small_singular_values_survive_every_way", small_singular_values_survive_every_way},
	{"square_and_long_matrices_follow_the_definition",
	 square_and_long_matrices_follow_the_definition},
};

int main(void)
{
	const struct CMUnitTest maps[] = {
		cmocka_unit_test(scalar_maps_land_in_their_bands),
		cmocka_unit_test(scalar_maps_have_their_published_values),
		cmocka_unit_test(tables_repeat_their_last_polynomial),
	};
	struct backend_test matrices[ARRAY_SIZE(checks)];
	int failed = cmocka_run_group_tests(maps, NULL, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		matrices[i] = (struct backend_test){checks[i].name, on_bench, &checks[i]};
	return failed + run_on_backends(matrices, ARRAY_SIZE(matrices), "");
}
