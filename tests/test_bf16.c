/* SPDX-License-Identifier: MIT
 *
 * Products of bfloat16 in every variant of the cpu backend that runs here, against ref, which
 * rounds the same inputs and sums in double.
 */
#include <pthread.h>

#include "tests/tensors.h"

#include "base/memory.h"
#include "tensor/cpu/cpu_backend.h"

/* Of sums of k products of normal numbers, in fp32 and any order: times sqrt(k). */
#define TOLERANCE 3e-6

static const struct backend_options bf16 = {1, PRECISION_BF16};

static void open_variant(struct pool *pool, const char *variant, uint64_t seed)
{
	setenv("MUON_SWEEP_CPU", variant, 1);
	pool_open_with(pool, "cpu", &bf16, seed);
	unsetenv("MUON_SWEEP_CPU");
}

static void for_every_variant(void (*check)(const char *variant))
{
	for (const struct cpu_variant *v = cpu_variants; v->name; v++)
		if (v->supported()) {
			print_message("  %s: %s\n", v->name, v->bf16);
			check(v->name);
		}
}

static double *values_of(const struct tensor *t)
{
	double *values = xcalloc(tensor_size(t), sizeof(*values));

	tensor_read(t, values);
	return values;
}

static void check_same(const struct tensor *got, const struct tensor *want, double atol)
{
	double *a = values_of(got), *b = values_of(want);

	check_close(a, b, tensor_size(got), TOLERANCE, atol);
	free(a);
	free(b);
}

/* --- products --- */

static void multiply(struct pool *pool, struct tensor *c, const size_t size[3], int ta, int tb,
		     double alpha, double beta)
{
	size_t m = size[0], k = size[1], n = size[2];
	struct tensor a = pool_random(pool, DIMS(ta ? k : m, ta ? m : k));
	struct tensor b = pool_random(pool, DIMS(tb ? n : k, tb ? k : n));

	*c = beta == 0 ? pool_unset(pool, DIMS(m, n)) : pool_random(pool, DIMS(m, n));
	op_matmul(c, &a, (enum transpose)ta, &b, (enum transpose)tb, alpha, beta);
}

static void check_products(const char *variant)
{
	static const size_t sizes[][3] = {{1, 1, 1},	{1, 3, 33},    {3, 1, 65},   {12, 32, 32},
					  {33, 65, 31}, {64, 64, 64},  {65, 33, 3},  {7, 1025, 9},
					  {50, 66, 96}, {40, 513, 34}, {2, 5, 1025}, {1025, 3, 2},
					  {32, 48, 545}};
	static const double factors[][2] = {{1, 0}, {1, 1}, {-0.5, 0.25}, {2, 0}};

	for (size_t i = 0; i < ARRAY_SIZE(sizes) * 16; i++) {
		const size_t *size = sizes[i / 16];
		const double *factor = factors[i % 4];
		struct pool fast, reference;
		struct tensor got, want;

		open_variant(&fast, variant, i);
		pool_open_with(&reference, "ref", &bf16, i);
		multiply(&fast, &got, size, i / 4 % 2, i / 8 % 2, factor[0], factor[1]);
		multiply(&reference, &want, size, i / 4 % 2, i / 8 % 2, factor[0], factor[1]);
		check_same(&got, &want, TOLERANCE * sqrt((double)size[1]));
		pool_close(&fast);
		pool_close(&reference);
	}
}

static void products_are_those_of_rounded_inputs(void **state)
{
	(void)state;
	for_every_variant(check_products);
}

static struct tensor random_symmetric(struct pool *pool, size_t m)
{
	double *values = xcalloc(m * m, sizeof(*values));
	struct tensor s;

	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j <= i; j++)
			values[i * m + j] = values[j * m + i] =
				(double)(float)random_normal(&pool->random);
	s = pool_values(pool, values, DIMS(m, m));
	free(values);
	return s;
}

enum { N_SYMMETRIC = 4 };

static void symmetric_products(struct pool *pool, struct tensor out[N_SYMMETRIC], size_t m,
			       size_t k)
{
	struct tensor a = pool_random(pool, DIMS(m, k)), b = pool_random(pool, DIMS(k, m));
	struct tensor s = random_symmetric(pool, m);

	for (size_t i = 0; i < 3; i++)
		out[i] = pool_unset(pool, DIMS(m, m));
	out[3] = random_symmetric(pool, m);
	op_gram(&out[0], &a, PLAIN, 1, 0);
	op_gram(&out[1], &b, TRANSPOSED, -0.5, 0);
	op_matmul_commuting(&out[2], &s, &s);
	op_gram(&out[3], &s, PLAIN, 2, 0.25);
}

static void check_symmetric(const char *variant)
{
	static const size_t sizes[][2] = {{1, 4}, {33, 65}, {75, 20}, {130, 97}, {257, 33}};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t m = sizes[i][0], k = sizes[i][1];
		struct tensor got[N_SYMMETRIC], want[N_SYMMETRIC];
		struct pool fast, reference;

		open_variant(&fast, variant, i);
		pool_open_with(&reference, "ref", &bf16, i);
		symmetric_products(&fast, got, m, k);
		symmetric_products(&reference, want, m, k);
		for (size_t j = 0; j < N_SYMMETRIC; j++)
			check_same(&got[j], &want[j], 2 * TOLERANCE * sqrt((double)(m + k)));
		pool_close(&fast);
		pool_close(&reference);
	}
}

static void symmetric_products_are_products_too(void **state)
{
	(void)state;
	for_every_variant(check_symmetric);
}

/* A window of larger matrices, at no round address: the rest of them stays as it was. */
static void check_window(const char *variant)
{
	enum { M = 45, N = 70, K = 40, ROW = 111, SIZE = 64 * ROW };
	float *a = aligned_take(SIZE * sizeof(*a)), *b = aligned_take(SIZE * sizeof(*b));
	float *c = aligned_take(SIZE * sizeof(*c));
	struct product p = {.m = M, .n = N, .k = K, .alpha = 1, .a = a + 3, .b = b + 5};
	struct random random = random_stream(1, 1);
	struct pool pool;

	for (size_t i = 0; i < SIZE; i++) {
		a[i] = round_to_bf16((float)random_normal(&random));
		b[i] = round_to_bf16((float)random_normal(&random));
		c[i] = 7;
	}
	p.a_row = p.b_row = p.c_row = ROW;
	p.c = c + 2 * ROW + 1;
	open_variant(&pool, variant, 0);
	cpu_multiply(pool.backend, &p);
	for (size_t i = 0; i < SIZE; i++) {
		size_t row = i / ROW - 2, column = i % ROW - 1;
		double want = 0;

		if (i / ROW < 2 || row >= M || column >= N) {
			assert_true(c[i] == 7);
			continue;
		}
		for (size_t k = 0; k < K; k++)
			want += (double)p.a[row * ROW + k] * (double)p.b[k * ROW + column];
		check_near((double)c[i], want, TOLERANCE, TOLERANCE * K);
	}
	pool_close(&pool);
	aligned_release(a);
	aligned_release(b);
	aligned_release(c);
}

static void nothing_is_written_beside_a_window(void **state)
{
	(void)state;
	for_every_variant(check_window);
}

/* --- rounding and special values --- */

static void check_rounding(const char *variant)
{
	/* Ties go to even; what is not finite stays so; what rounds up to infinity is infinite. */
	static const double from[] = {1.00390625, 1.01171875,	 -1.00390625, 1.0039064,
				      1e30,	  HUGE_VAL,	 -HUGE_VAL,   3.4e38,
				      -0.0,	  1.2345678e-30, (double)NAN, 0x1.fep-126};
	static const double one = 1;
	enum { N = ARRAY_SIZE(from) };
	struct pool pool;
	struct tensor x, y, unit;
	double got[N];

	open_variant(&pool, variant, 0);
	x = pool_values(&pool, from, DIMS(N, 1));
	unit = pool_values(&pool, &one, DIMS(1, 1));
	y = pool_unset(&pool, DIMS(N, 1));
	op_matmul(&y, &x, PLAIN, &unit, PLAIN, 1, 0);
	tensor_read(&y, got);
	for (size_t i = 0; i < N; i++) {
		double want = (double)round_to_bf16((float)from[i]);

		assert_true(isnan(want) ? isnan(got[i]) : got[i] == want);
	}
	check_near(got[0], 1, 0, 0);
	check_near(got[1], 1.015625, 0, 0);
	check_near(got[3], 1.0078125, 0, 0);
	pool_close(&pool);
}

static void inputs_are_rounded_to_nearest_even(void **state)
{
	(void)state;
	for_every_variant(check_rounding);
}

static void poison(const struct tensor *t, size_t i, double value)
{
	double *values = values_of(t);

	values[i] = value;
	tensor_write(t, values);
	free(values);
}

/* A number that is not finite reaches its row and its column, and no others. */
static void check_non_finite(const char *variant)
{
	enum { N = 45 };
	static const double bad[] = {(double)NAN, HUGE_VAL};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct tensor a, b, c;
		struct pool pool;
		double *values;

		open_variant(&pool, variant, 5);
		a = pool_random(&pool, DIMS(N, N));
		b = pool_random(&pool, DIMS(N, N));
		c = pool_unset(&pool, DIMS(N, N));
		poison(&a, 3 * N + 7, bad[i]);
		poison(&b, 20 * N + 40, bad[i]);
		op_matmul(&c, &a, PLAIN, &b, PLAIN, 1, 0);
		values = values_of(&c);
		for (size_t at = 0; at < (size_t)N * N; at++)
			assert_int_equal(!isfinite(values[at]), at / N == 3 || at % N == 40);
		free(values);
		pool_close(&pool);
	}
}

static void what_is_not_finite_is_never_masked(void **state)
{
	(void)state;
	for_every_variant(check_non_finite);
}

/* --- repeatability --- */

static void *multiply_once(void *tensors)
{
	const struct tensor *t = tensors;

	op_matmul(&t[0], &t[1], PLAIN, &t[2], TRANSPOSED, 1, 0);
	return NULL;
}

static void check_bits(const char *variant)
{
	struct tensor t[3];
	struct pool pool;
	pthread_t thread;
	double *first, *second;

	open_variant(&pool, variant, 3);
	t[0] = pool_unset(&pool, DIMS(130, 70));
	t[1] = pool_random(&pool, DIMS(130, 600));
	t[2] = pool_random(&pool, DIMS(70, 600));
	multiply_once(t);
	first = values_of(&t[0]);
	op_fill(&t[0], (double)NAN);
	assert_int_equal(pthread_create(&thread, NULL, multiply_once, t), 0);
	pthread_join(thread, NULL);
	second = values_of(&t[0]);
	assert_memory_equal(first, second, tensor_size(&t[0]) * sizeof(*first));
	free(first);
	free(second);
	pool_close(&pool);
}

static void another_thread_makes_the_same_bits(void **state)
{
	(void)state;
	for_every_variant(check_bits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(products_are_those_of_rounded_inputs),
		cmocka_unit_test(symmetric_products_are_products_too),
		cmocka_unit_test(nothing_is_written_beside_a_window),
		cmocka_unit_test(inputs_are_rounded_to_nearest_even),
		cmocka_unit_test(what_is_not_finite_is_never_masked),
		cmocka_unit_test(another_thread_makes_the_same_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
