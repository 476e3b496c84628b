/* SPDX-License-Identifier: MIT
 *
 * Runs a case on every backend that is here and compares with the reference in double.  A case
 * draws its inputs, runs and keeps what came out; it knows no backend.
 */
#ifndef TESTS_AGAINST_REFERENCE_H
#define TESTS_AGAINST_REFERENCE_H

#include "base/memory.h"
#include "on_backends.h"

/* Allowed difference relative to the element and to the RMS of its tensor, by size of a real. */
static const struct {
	size_t real_size;
	double rtol;
} tolerances[] = {{sizeof(float), 5e-6}, {sizeof(double), 1e-13}};

#define MAX_SIZES 5
#define MAX_KEPT  16

struct run {
	struct pool pool;
	size_t size[MAX_SIZES];
	double *kept[MAX_KEPT];
	size_t n_kept[MAX_KEPT], n;
};

static inline void keep(struct run *r, const struct tensor *t)
{
	double *values = malloc(tensor_size(t) * sizeof(*values));

	assert_true(r->n < MAX_KEPT);
	tensor_read(t, values);
	r->n_kept[r->n] = tensor_size(t);
	r->kept[r->n++] = values;
}

static inline void keep_number(struct run *r, double value)
{
	double *values = malloc(sizeof(*values));

	assert_true(r->n < MAX_KEPT);
	*values = value;
	r->n_kept[r->n] = 1;
	r->kept[r->n++] = values;
}

struct operation_case {
	const char *name;
	void (*run)(struct run *r);
	size_t sizes[12][MAX_SIZES]; /* ends with zeros */
};

static inline void run_case(struct run *r, const struct operation_case *c, const size_t *size,
			    const char *backend)
{
	memset(r, 0, sizeof(*r));
	memcpy(r->size, size, sizeof(r->size));
	pool_open(&r->pool, backend, 17);
	c->run(r);
}

static inline void run_release(struct run *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->kept[i]);
	pool_close(&r->pool);
}

static inline double tolerance_of(const struct backend *backend)
{
	for (size_t i = 0; i < ARRAY_SIZE(tolerances); i++)
		if (tolerances[i].real_size == backend_real_size(backend))
			return tolerances[i].rtol;
	fail_msg("no tolerance for backend %s", backend_name(backend));
	return 0;
}

static inline void compare(const struct run *got, const struct run *want)
{
	double rtol = tolerance_of(got->pool.backend);

	assert_int_equal(got->n, want->n);
	for (size_t i = 0; i < want->n; i++) {
		double squares = 0;
		size_t n = want->n_kept[i];

		for (size_t j = 0; j < n; j++)
			squares += want->kept[i][j] * want->kept[i][j];
		check_close(got->kept[i], want->kept[i], n, rtol,
			    rtol * sqrt(squares / (double)n) + 1e-30);
	}
}

static inline void check_case(const char *backend, const void *input)
{
	const struct operation_case *c = input;
	struct run got, want;

	for (size_t s = 0; c->sizes[s][0] > 0; s++) {
		run_case(&want, c, c->sizes[s], "ref64");
		run_case(&got, c, c->sizes[s], backend);
		compare(&got, &want);
		run_release(&got);
		run_release(&want);
	}
}

/* Every case on every backend but the reference; returns how many failed. */
static inline int run_cases(const struct operation_case *cases, size_t n)
{
	struct backend_test tests[MAX_TESTS];

	for (size_t i = 0; i < n; i++)
		tests[i] = (struct backend_test){cases[i].name, check_case, &cases[i]};
	return run_on_backends(tests, n, "ref64");
}

#endif
