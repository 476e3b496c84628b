/* SPDX-License-Identifier: MIT
 *
 * The operations of ops.c at awkward sizes.
 */
#include "against_reference.h"

static void run_elementwise(struct run *r)
{
	size_t n = r->size[0];
	struct tensor x = pool_random(&r->pool, DIMS(n)), y = pool_unset(&r->pool, DIMS(n));

	op_fill(&y, 0.25);
	keep(r, &y);
	op_copy(&y, &x);
	keep(r, &y);
	op_axpby(&y, -0.5, &x, 0.75);
	keep(r, &y);
	op_axpby(&x, 1, &y, 1);
	keep(r, &x);
	op_fill(&y, (double)NAN);
	op_axpby(&y, 3, &x, 0);
	keep(r, &y);
}

static void run_reductions(struct run *r)
{
	struct tensor x = pool_random(&r->pool, DIMS(r->size[0]));

	keep_number(r, op_sum_squares(&x));
}

static void run_normalize(struct run *r)
{
	size_t n = r->size[0];
	struct tensor x = pool_random(&r->pool, DIMS(n)), y = pool_unset(&r->pool, DIMS(n));

	op_normalize(&y, &x);
	keep(r, &y);
	op_normalize(&x, &x);
	keep(r, &x);
}

static void run_add_identity(struct run *r)
{
	size_t m = r->size[0];
	struct tensor x = pool_random(&r->pool, DIMS(m, m));

	op_add_identity(&x, -1.5);
	keep(r, &x);
}

/* c(m,n), inner size k, under all four transpositions. */
static void run_matmul(struct run *r)
{
	static const struct {
		double alpha, beta;
	} factors[] = {{1, 0}, {1, 1}, {-0.5, 0.25}};
	size_t m = r->size[0], k = r->size[1], n = r->size[2];

	for (int ta = PLAIN; ta <= TRANSPOSED; ta++)
		for (int tb = PLAIN; tb <= TRANSPOSED; tb++) {
			struct tensor a = pool_random(&r->pool, DIMS(ta ? k : m, ta ? m : k));
			struct tensor b = pool_random(&r->pool, DIMS(tb ? n : k, tb ? k : n));

			for (size_t i = 0; i < ARRAY_SIZE(factors); i++) {
				struct tensor c = factors[i].beta == 0
							  ? pool_unset(&r->pool, DIMS(m, n))
							  : pool_random(&r->pool, DIMS(m, n));

				op_matmul(&c, &a, (enum transpose)ta, &b, (enum transpose)tb,
					  factors[i].alpha, factors[i].beta);
				keep(r, &c);
			}
		}
}

/* g = a a^T and a^T a, added to what is symmetric, and g (g + I), which commute. */
static void run_symmetric(struct run *r)
{
	size_t m = r->size[0], k = r->size[1];
	struct tensor a = pool_random(&r->pool, DIMS(m, k)), b = pool_random(&r->pool, DIMS(k, m));
	struct tensor g = pool_unset(&r->pool, DIMS(m, m)), h = pool_unset(&r->pool, DIMS(m, m));
	struct tensor product = pool_unset(&r->pool, DIMS(m, m));

	op_gram(&g, &a, PLAIN, 1.0 / (double)k, 0);
	op_copy(&h, &g);
	op_add_identity(&h, 1);
	op_matmul_commuting(&product, &g, &h);
	op_gram(&h, &b, TRANSPOSED, -0.5, 0.25);
	keep(r, &g);
	keep(r, &h);
	keep(r, &product);
}

static void run_adamw(struct run *r)
{
	size_t n = r->size[0];
	struct tensor w = pool_random(&r->pool, DIMS(n)), g = pool_random(&r->pool, DIMS(n));
	struct tensor m = pool_take(&r->pool, DTYPE_REAL, DIMS(n));
	struct tensor v = pool_take(&r->pool, DTYPE_REAL, DIMS(n));

	for (int t = 1; t <= 3; t++) {
		struct adamw_step step = {
			.gradient_scale = 0.5,
			.lr = 0.01,
			.decay = 0.001,
			.beta1 = 0.9,
			.beta2 = 0.95,
			.eps = 1e-8,
			.correction1 = 1 - pow(0.9, t),
			.correction2 = 1 - pow(0.95, t),
		};

		op_adamw(&w, &m, &v, &g, &step);
		pool_draw(&r->pool, &g, 1);
	}
	keep(r, &w);
	keep(r, &m);
	keep(r, &v);
}

static void run_momentum(struct run *r)
{
	size_t n = r->size[0];
	struct tensor u = pool_unset(&r->pool, DIMS(n)), g = pool_random(&r->pool, DIMS(n));
	struct tensor m = pool_random(&r->pool, DIMS(n));

	op_momentum(&u, &m, &g, 0.5, 0.95, true);
	keep(r, &u);
	keep(r, &m);
	op_momentum(&u, &m, &g, 2, 0.9, false);
	keep(r, &u);
	keep(r, &m);
}

#define LENGTHS         \
	{1}, {3}, {33}, \
	{               \
		1025    \
	}

static const struct operation_case cases[] = {
	{"fill_copy_and_axpby_are_those_of_the_reference", run_elementwise, {LENGTHS}},
	{"reductions_are_those_of_the_reference", run_reductions, {LENGTHS}},
	{"normalize_is_that_of_the_reference", run_normalize, {LENGTHS}},
	{"add_identity_is_that_of_the_reference", run_add_identity, {{1}, {3}, {33}}},
	{"products_are_those_of_the_reference",
	 run_matmul,
	 {{1, 1, 1},
	  {3, 1, 33},
	  {33, 3, 1},
	  {33, 65, 17},
	  {64, 64, 64},
	  {5, 1025, 7},
	  {130, 20, 70}}},
	{"symmetric_products_are_those_of_the_reference",
	 run_symmetric,
	 {{1, 1}, {3, 33}, {71, 5}, {72, 40}, {73, 100}, {150, 80}, {257, 33}}},
	{"adamw_is_that_of_the_reference", run_adamw, {LENGTHS}},
	{"momentum_is_that_of_the_reference", run_momentum, {LENGTHS}},
};

int main(void)
{
	return run_cases(cases, ARRAY_SIZE(cases));
}
