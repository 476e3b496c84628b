/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/memory.h"
#include "tensor/profile.h"
#include "tests/on_backends.h"

static struct op_profile find(const struct backend *backend, const char *name)
{
	for (size_t i = 0; i < profile_size(); i++) {
		struct op_profile p = profile_read(backend, i);

		if (strcmp(p.name, name) == 0)
			return p;
	}
	fail_msg("no operation '%s'", name);
	return (struct op_profile){NULL, 0, 0};
}

static double all_calls(const struct backend *backend)
{
	double sum = 0;

	for (size_t i = 0; i < profile_size(); i++)
		sum += profile_read(backend, i).calls;
	return sum;
}

static void calls_are_counted_by_operation(const char *name, const void *input)
{
	struct pool pool;
	struct tensor a, b, c;

	(void)input;
	pool_open(&pool, name, 1);
	a = pool_random(&pool, DIMS(33, 7));
	b = pool_random(&pool, DIMS(7, 33));
	c = pool_unset(&pool, DIMS(33, 33));
	profile_start(pool.backend);
	for (int i = 0; i < 3; i++)
		op_matmul(&c, &a, PLAIN, &b, PLAIN, 1, 0);
	op_fill(&b, 2);
	check_near(op_sum_squares(&b), 4 * 7 * 33, 1e-6, 0);
	check_near(find(pool.backend, "matmul").calls, 3, 0, 0);
	check_near(find(pool.backend, "fill").calls, 1, 0, 0);
	check_near(find(pool.backend, "sum_squares").calls, 1, 0, 0);
	check_near(all_calls(pool.backend), 5, 0, 0);
	profile_reset(pool.backend);
	check_near(all_calls(pool.backend), 0, 0, 0);
	pool_close(&pool);
}

/* An operation that the backend leaves to others counts as what it is made of. */
static void an_operation_made_of_others_counts_once(const char *name, const void *input)
{
	struct pool pool;
	struct tensor a, c;

	(void)input;
	pool_open(&pool, name, 1);
	a = pool_random(&pool, DIMS(80, 9));
	c = pool_unset(&pool, DIMS(80, 80));
	profile_start(pool.backend);
	op_gram(&c, &a, PLAIN, 1, 0);
	check_near(all_calls(pool.backend), 1, 0, 0);
	check_near(find(pool.backend, "gram").calls + find(pool.backend, "matmul").calls, 1, 0, 0);
	pool_close(&pool);
}

static void results_are_the_same_bits(const char *name, const void *input)
{
	struct pool pool;
	struct tensor x, y, z, gain, rstd;
	double *plain, *timed;

	(void)input;
	pool_open(&pool, name, 2);
	x = pool_random(&pool, DIMS(5, 17));
	gain = pool_random(&pool, DIMS(17));
	rstd = pool_unset(&pool, DIMS(5));
	y = pool_unset(&pool, DIMS(5, 17));
	z = pool_unset(&pool, DIMS(5, 17));
	op_rmsnorm_forward(&y, &rstd, &x, &gain);
	profile_start(pool.backend);
	op_rmsnorm_forward(&z, &rstd, &x, &gain);
	plain = tensor_values(&y);
	timed = tensor_values(&z);
	assert_memory_equal(plain, timed, 5 * 17 * sizeof(double));
	check_near(find(pool.backend, "rmsnorm_forward").calls, 1, 0, 0);
	free(plain);
	free(timed);
	pool_close(&pool);
}

/* The seconds of the operations are within those of the whole. */
static void seconds_are_those_of_the_calls(const char *name, const void *input)
{
	struct pool pool;
	struct tensor x;
	double start, whole, spent;

	(void)input;
	pool_open(&pool, name, 3);
	x = pool_random(&pool, DIMS(4096));
	profile_start(pool.backend);
	start = clock_s();
	for (int i = 0; i < 10; i++)
		op_normalize(&x, &x);
	whole = clock_s() - start;
	spent = find(pool.backend, "normalize").seconds;
	assert_true(spent > 0 && spent <= whole);
	pool_close(&pool);
}

int main(void)
{
	static const struct backend_test tests[] = {
		{"calls_are_counted_by_operation", calls_are_counted_by_operation, NULL},
		{"an_operation_made_of_others_counts_once", an_operation_made_of_others_counts_once,
		 NULL},
		{"results_are_the_same_bits", results_are_the_same_bits, NULL},
		{"seconds_are_those_of_the_calls", seconds_are_those_of_the_calls, NULL},
	};

	return run_on_backends(tests, ARRAY_SIZE(tests), "");
}
