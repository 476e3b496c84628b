/* SPDX-License-Identifier: MIT
 *
 * Tensors for tests.  Each has an allocation of its own, so that a sanitizer sees a kernel that
 * runs over its end.  Random values are floats, the same on every backend.
 */
#ifndef TESTS_TENSORS_H
#define TESTS_TENSORS_H

#include "base/random.h"
#include "check.h"
#include "tensor/ops.h"

/* Rank and dimensions of a shape: DIMS(n, c). */
#define DIMS(...)                                                                 \
	(int)(sizeof((size_t[]){__VA_ARGS__}) / sizeof(size_t)), (const size_t[]) \
	{                                                                         \
		__VA_ARGS__                                                       \
	}

struct pool {
	struct backend *backend;
	struct random random;
	struct slab slabs[64];
	size_t n;
};

static inline void pool_open_with(struct pool *pool, const char *backend,
				  const struct backend_options *options, uint64_t seed)
{
	struct error err = ERROR_INIT;

	memset(pool, 0, sizeof(*pool));
	check_ok(backend_open(&pool->backend, backend, options, &err), &err);
	pool->random = random_stream(seed, 0);
}

static inline void pool_open(struct pool *pool, const char *backend, uint64_t seed)
{
	pool_open_with(pool, backend, NULL, seed);
}

static inline void pool_close(struct pool *pool)
{
	struct error err = ERROR_INIT;

	check_ok(backend_sync(pool->backend, &err), &err);
	for (size_t i = 0; i < pool->n; i++)
		slab_release(&pool->slabs[i]);
	backend_close(pool->backend);
}

static inline struct tensor pool_take(struct pool *pool, enum dtype dtype, int rank,
				      const size_t *dim)
{
	struct slab *slab = &pool->slabs[pool->n++];
	struct error err = ERROR_INIT;

	assert_true(pool->n <= sizeof(pool->slabs) / sizeof(pool->slabs[0]));
	*slab = (struct slab){.backend = pool->backend};
	slab_take(slab, dtype, rank, dim);
	check_ok(slab_allocate(slab, &err), &err);
	return slab_take(slab, dtype, rank, dim);
}

/* What an operation must overwrite. */
static inline struct tensor pool_unset(struct pool *pool, int rank, const size_t *dim)
{
	struct tensor t = pool_take(pool, DTYPE_REAL, rank, dim);

	op_fill(&t, (double)NAN);
	return t;
}

/* Replaces t by normal numbers of deviation `scale`. */
static inline void pool_draw(struct pool *pool, const struct tensor *t, double scale)
{
	double *values = malloc(tensor_size(t) * sizeof(*values));

	for (size_t i = 0; i < tensor_size(t); i++)
		values[i] = (double)(float)(scale * random_normal(&pool->random));
	tensor_write(t, values);
	free(values);
}

static inline struct tensor pool_random(struct pool *pool, int rank, const size_t *dim)
{
	struct tensor t = pool_take(pool, DTYPE_REAL, rank, dim);

	pool_draw(pool, &t, 1);
	return t;
}

static inline struct tensor pool_values(struct pool *pool, const double *values, int rank,
					const size_t *dim)
{
	struct tensor t = pool_take(pool, DTYPE_REAL, rank, dim);

	tensor_write(&t, values);
	return t;
}

/* n integers below `bound`. */
static inline struct tensor pool_ints(struct pool *pool, size_t n, size_t bound)
{
	struct tensor t = pool_take(pool, DTYPE_INT, 1, &n);
	int32_t *values = malloc(n * sizeof(*values));

	for (size_t i = 0; i < n; i++)
		values[i] = (int32_t)random_below(&pool->random, bound);
	tensor_write_ints(&t, values);
	free(values);
	return t;
}

/* Rows [cos | sin] of angles t 100^(-2j/D), position t, pair j. */
static inline struct tensor pool_rope(struct pool *pool, size_t t, size_t d)
{
	double *values = malloc(t * d * sizeof(*values));
	struct tensor rope = pool_take(pool, DTYPE_REAL, DIMS(t, d));

	for (size_t i = 0; i < t; i++)
		for (size_t j = 0; j < d / 2; j++) {
			double angle = (double)i * pow(100, -2.0 * (double)j / (double)d);

			values[i * d + j] = (double)(float)cos(angle);
			values[i * d + d / 2 + j] = (double)(float)sin(angle);
		}
	tensor_write(&rope, values);
	free(values);
	return rope;
}

/* Compares a whole tensor with n numbers. */
#define check_tensor(t, want, n, rtol, atol) \
	check_tensor_at((t), (want), (n), (rtol), (atol), __FILE__, __LINE__)

static inline void check_tensor_at(const struct tensor *t, const double *want, size_t n,
				   double rtol, double atol, const char *file, int line)
{
	double *got = malloc(tensor_size(t) * sizeof(*got));

	_assert_int_equal(tensor_size(t), n, file, line);
	tensor_read(t, got);
	check_close_at(got, want, n, rtol, atol, file, line);
	free(got);
}

/* The caller frees. */
static inline double *tensor_values(const struct tensor *t)
{
	double *values = malloc(tensor_size(t) * sizeof(*values));

	tensor_read(t, values);
	return values;
}

static inline double rms(const double *values, size_t n)
{
	double squares = 0;

	for (size_t i = 0; i < n; i++)
		squares += values[i] * values[i];
	return sqrt(squares / (double)n);
}

/* Element i in row-major order. */
static inline void tensor_put(const struct tensor *t, size_t i, double value)
{
	struct tensor vector = tensor_as_vector(t), element = tensor_rows(&vector, i, 1);

	op_fill(&element, value);
}

static inline double tensor_get(const struct tensor *t, size_t i)
{
	struct tensor vector = tensor_as_vector(t), element = tensor_rows(&vector, i, 1);
	double value;

	tensor_read(&element, &value);
	return value;
}

/* The tensors of attention: one sequence, inputs drawn, outputs unset. */
struct attention {
	struct tensor q, k, v, y, lse, most, dq, dk, dv;
};

static inline struct attention attention_of(struct pool *p, size_t h, size_t n_keys, size_t t,
					    size_t d)
{
	struct attention a = {
		.q = pool_random(p, DIMS(1, h, t, d)),
		.k = pool_random(p, DIMS(1, n_keys, t, d)),
		.v = pool_random(p, DIMS(1, n_keys, t, d)),
		.y = pool_unset(p, DIMS(t, h * d)),
		.lse = pool_unset(p, DIMS(h, t)),
		.most = pool_take(p, DTYPE_REAL, DIMS(h)),
		.dq = pool_unset(p, DIMS(1, h, t, d)),
		.dk = pool_unset(p, DIMS(1, n_keys, t, d)),
		.dv = pool_unset(p, DIMS(1, n_keys, t, d)),
	};

	return a;
}

static inline void attention_forward(const struct attention *a, double scale)
{
	op_attention_forward(&a->y, &a->lse, &a->most, &a->q, &a->k, &a->v, scale);
}

#endif
