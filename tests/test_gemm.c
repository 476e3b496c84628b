/* SPDX-License-Identifier: MIT
 *
 * The cpu backend's own products in fp32, in every variant that runs here, against sums in double.
 * Every matrix has an allocation of its own that ends with the last element of its window, so that
 * a sanitizer sees a kernel that runs over its end.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "base/random.h"
#include "tensor/cpu/cpu_backend.h"

/* Of sums of k products of normal numbers, in fp32 and any order: times sqrt(k). */
#define TOLERANCE 3e-6

typedef void multiply_function(const struct product *p, struct cpu_scratch *scratch);

static struct cpu_scratch *scratch;

static int take_scratch(void **state)
{
	(void)state;
	scratch = aligned_take(sizeof(*scratch));
	return scratch ? 0 : -1;
}

static int release_scratch(void **state)
{
	(void)state;
	aligned_release(scratch);
	return 0;
}

/* Supported here, and with products of its own. */
static bool is_new(const struct cpu_variant *v)
{
	return v->supported() && (v == cpu_variants || v->gemm != v[-1].gemm);
}

static void for_every_variant(void (*check)(multiply_function *multiply))
{
	for (const struct cpu_variant *v = cpu_variants; v->name; v++)
		if (is_new(v)) {
			print_message("  %s\n", v->name);
			check(v->gemm);
		}
}

/* --- products of random windows --- */

struct matrix {
	float *data;
	size_t size;
};

/* A window whose rows lie `row` elements apart. */
static struct matrix random_matrix(struct random *random, size_t rows, size_t columns, size_t row)
{
	struct matrix m = {.size = (rows - 1) * row + columns};

	m.data = xcalloc(m.size, sizeof(*m.data));
	for (size_t i = 0; i < m.size; i++)
		m.data[i] = (float)random_normal(random);
	return m;
}

/* Sizes m, n, k; how much longer rows are than their windows. */
struct shape {
	size_t m, n, k, gap;
};

struct problem {
	struct product product;
	struct matrix a, b, c;
};

static struct problem problem_new(const struct shape *s, bool ta, bool tb, uint64_t seed)
{
	struct random random = random_stream(seed, 0);
	size_t a_columns = ta ? s->m : s->k, b_columns = tb ? s->k : s->n;
	struct product p = {.m = s->m,
			    .n = s->n,
			    .k = s->k,
			    .alpha = 1,
			    .a_row = a_columns + s->gap,
			    .b_row = b_columns + s->gap,
			    .c_row = s->n + s->gap,
			    .a_transposed = ta,
			    .b_transposed = tb};
	struct problem problem = {.product = p};

	problem.a = random_matrix(&random, ta ? s->k : s->m, a_columns, p.a_row);
	problem.b = random_matrix(&random, tb ? s->n : s->k, b_columns, p.b_row);
	problem.c = random_matrix(&random, s->m, s->n, p.c_row);
	problem.product.a = problem.a.data;
	problem.product.b = problem.b.data;
	problem.product.c = problem.c.data;
	return problem;
}

static void problem_free(struct problem *problem)
{
	free(problem->a.data);
	free(problem->b.data);
	free(problem->c.data);
}

static double sum_of(const struct product *p, size_t i, size_t j)
{
	double sum = 0;

	for (size_t q = 0; q < p->k; q++)
		sum += (double)p->a[p->a_transposed ? q * p->a_row + i : i * p->a_row + q] *
		       (double)p->b[p->b_transposed ? j * p->b_row + q : q * p->b_row + j];
	return sum;
}

/* What the whole of c shall be, its gaps too; the caller frees. */
static double *expected(const struct problem *problem)
{
	const struct product *p = &problem->product;
	double *want = xcalloc(problem->c.size, sizeof(*want));

	for (size_t i = 0; i < problem->c.size; i++)
		want[i] = (double)problem->c.data[i];
	for (size_t i = 0; i < p->m; i++)
		for (size_t j = 0; j < p->n; j++) {
			double *to = &want[i * p->c_row + j];
			double kept = p->beta == 0 ? 0 : (double)p->beta * *to;

			*to = (double)p->alpha * sum_of(p, i, j) + kept;
		}
	return want;
}

static void check_result(const struct problem *problem, const double *want)
{
	double *got = xcalloc(problem->c.size, sizeof(*got));

	for (size_t i = 0; i < problem->c.size; i++)
		got[i] = (double)problem->c.data[i];
	check_close(got, want, problem->c.size, TOLERANCE,
		    TOLERANCE * sqrt((double)problem->product.k));
	free(got);
}

/* Blocks and vectors that are not full, rows that are copied, inner sizes and widths of parts. */
static const struct shape shapes[] = {
	{1, 1, 1, 0},	   {1, 33, 3, 1},    {14, 32, 16, 0}, {15, 31, 7, 3},	 {29, 48, 64, 0},
	{6, 16, 255, 0},   {7, 17, 256, 5},  {3, 65, 385, 0}, {43, 15, 1025, 2}, {13, 40, 20, 600},
	{50, 96, 33, 512}, {2, 700, 384, 0}, {530, 5, 9, 0},  {12, 1030, 2, 0},
};

/* Alpha, beta. */
static const float factors[][2] = {{1, 0}, {1, 1}, {-0.5f, 0.25f}};

static void check_products(multiply_function *multiply)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes) * ARRAY_SIZE(factors) * 4; i++) {
		const float *factor = factors[i / 4 % ARRAY_SIZE(factors)];
		const struct shape *shape = &shapes[i / 4 / ARRAY_SIZE(factors)];
		struct problem problem = problem_new(shape, i & 1, i & 2, i);
		double *want;

		problem.product.alpha = factor[0];
		problem.product.beta = factor[1];
		want = expected(&problem);
		for (size_t r = 0; r < shape->m && factor[1] == 0; r++)
			for (size_t j = 0; j < shape->n; j++)
				problem.c.data[r * problem.product.c_row + j] = NAN;
		multiply(&problem.product, scratch);
		check_result(&problem, want);
		free(want);
		problem_free(&problem);
	}
}

static void products_of_windows_are_right_at_every_size(void **state)
{
	(void)state;
	for_every_variant(check_products);
}

/* On both sides of the limit between own kernels and the BLAS. */
static void products_by_rule_are_right(void **state)
{
	static const struct shape sizes[] = {
		{3, 64, 64, 0}, {2, 1023, 1024, 0}, {2, 1024, 1024, 0}};

	(void)state;
	for (const struct cpu_variant *v = cpu_variants; v->name; v++)
		for (size_t i = 0; is_new(v) && i < ARRAY_SIZE(sizes); i++) {
			struct problem problem = problem_new(&sizes[i], false, true, i);
			double *want = expected(&problem);

			v->multiply(&problem.product, scratch);
			check_result(&problem, want);
			free(want);
			problem_free(&problem);
		}
}

/* --- no inner size --- */

static void check_empty_sum(multiply_function *multiply)
{
	float a = 1, b = 1, c[2] = {NAN, 3};
	struct product p = {.m = 1, .n = 1, .a = &a, .b = &b, .c = c};

	p.alpha = p.a_row = p.b_row = p.c_row = 1;
	multiply(&p, scratch);
	assert_true(c[0] == 0 && c[1] == 3);
	p.c = c + 1;
	p.beta = 2;
	multiply(&p, scratch);
	assert_true(c[0] == 0 && c[1] == 6);
}

static void an_empty_sum_is_zero(void **state)
{
	(void)state;
	for_every_variant(check_empty_sum);
}

/* --- what is not finite --- */

static void check_spread(multiply_function *multiply, bool ta, bool tb, float value)
{
	enum { ROW = 16, COLUMN = 20 };
	const struct shape shape = {30, 41, 300, 0};
	struct problem problem = problem_new(&shape, ta, tb, 1);
	struct product *p = &problem.product;

	problem.a.data[ta ? 7 * p->a_row + ROW : ROW * p->a_row + 7] = value;
	problem.b.data[tb ? COLUMN * p->b_row + 299 : 299 * p->b_row + COLUMN] = value;
	multiply(p, scratch);
	for (size_t i = 0; i < p->m; i++)
		for (size_t j = 0; j < p->n; j++) {
			float c = p->c[i * p->c_row + j];

			assert_true(isfinite(c) == (i != ROW && j != COLUMN));
			assert_true(!isnan(value) || isfinite(c) || isnan(c));
		}
	problem_free(&problem);
}

static void check_non_finite(multiply_function *multiply)
{
	for (int i = 0; i < 4; i++) {
		check_spread(multiply, i & 1, i & 2, NAN);
		check_spread(multiply, i & 1, i & 2, INFINITY);
	}
}

static void nan_and_infinity_stay_in_their_row_and_column(void **state)
{
	(void)state;
	for_every_variant(check_non_finite);
}

/* --- bits --- */

static void check_bits(multiply_function *multiply)
{
	const struct shape shape = {45, 130, 770, 1};

	for (int i = 0; i < 4; i++) {
		struct problem whole = problem_new(&shape, i & 1, i & 2, 5);
		struct problem cut = problem_new(&shape, i & 1, i & 2, 5);
		struct product left = product_window(&cut.product, 0, 45, 0, 65);
		struct product above = product_window(&cut.product, 0, 17, 65, 65);
		struct product below = product_window(&cut.product, 17, 28, 65, 65);

		multiply(&whole.product, scratch);
		multiply(&left, scratch);
		multiply(&above, scratch);
		multiply(&below, scratch);
		assert_memory_equal(whole.c.data, cut.c.data, whole.c.size * sizeof(float));
		problem_free(&whole);
		problem_free(&cut);
	}
}

static void windows_give_the_bits_of_the_whole(void **state)
{
	(void)state;
	for_every_variant(check_bits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(products_of_windows_are_right_at_every_size),
		cmocka_unit_test(products_by_rule_are_right),
		cmocka_unit_test(an_empty_sum_is_zero),
		cmocka_unit_test(nan_and_infinity_stay_in_their_row_and_column),
		cmocka_unit_test(windows_give_the_bits_of_the_whole),
	};

	return cmocka_run_group_tests(tests, take_scratch, release_scratch);
}
