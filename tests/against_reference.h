/* SPDX-License-Identifier: MIT
 *
 * Runs a case on every backend that is here and compares with the reference in double.  A case
 * draws its inputs, runs and keeps what came out; it knows no backend.
 */
#ifndef TESTS_AGAINST_REFERENCE_H
#define TESTS_AGAINST_REFERENCE_H

#include "base/memory.h"
#include "tensors.h"

/* Allowed difference relative to the element and to the RMS of its tensor, by size of a real. */
static const struct {
	size_t real_size;
	double rtol;
} tolerances[] = {{sizeof(float), 5e-6}, {sizeof(double), 1e-13}};

#define MAX_SIZES    5
#define MAX_KEPT     16
#define MAX_BACKENDS 8
#define MAX_TESTS    64

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

/* A case on one backend. */
struct backend_case {
	const struct operation_case *operation;
	const char *backend;
	char name[96];
};

static inline void check_case(void **state)
{
	const struct backend_case *c = *state;
	const struct operation_case *operation = c->operation;
	struct run got, want;

	for (size_t s = 0; operation->sizes[s][0] > 0; s++) {
		run_case(&want, operation, operation->sizes[s], "ref64");
		run_case(&got, operation, operation->sizes[s], c->backend);
		compare(&got, &want);
		run_release(&got);
		run_release(&want);
	}
}

/* Every case on every backend that is here; returns how many failed. */
static inline int run_cases(const struct operation_case *operations, size_t n)
{
	struct backend_info backends[MAX_BACKENDS];
	size_t n_backends = backend_list(backends, MAX_BACKENDS), n_tests = 0;
	static struct backend_case cases[MAX_TESTS];
	struct CMUnitTest tests[MAX_TESTS] = {0};

	assert_true(n * n_backends <= MAX_TESTS);
	for (size_t i = 0; i < n * n_backends; i++) {
		const struct backend_info *backend = &backends[i % n_backends];
		struct backend_case *c = &cases[n_tests];

		if (!backend->available || strcmp(backend->name, "ref64") == 0)
			continue;
		*c = (struct backend_case){&operations[i / n_backends], backend->name, ""};
		snprintf(c->name, sizeof(c->name), "%s (%s)", c->operation->name, c->backend);
		tests[n_tests++] = (struct CMUnitTest){c->name, check_case, NULL, NULL, c};
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
