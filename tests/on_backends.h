/* SPDX-License-Identifier: MIT
 *
 * Runs tests once on every backend that is here, each under its name and the backend's.
 */
#ifndef TESTS_ON_BACKENDS_H
#define TESTS_ON_BACKENDS_H

#include "tensors.h"

#define MAX_BACKENDS 8
#define MAX_TESTS    128

struct backend_test {
	const char *name;
	void (*check)(const char *backend, const void *input);
	const void *input; /* NULL: none */
};

struct bound_test {
	const struct backend_test *test;
	const char *backend;
	char name[96];
};

static inline void check_bound(void **state)
{
	const struct bound_test *bound = *state;

	bound->test->check(bound->backend, bound->test->input);
}

/* `except`: a backend to leave out, or "".  Returns how many failed. */
static inline int run_on_backends(const struct backend_test *list, size_t n, const char *except)
{
	static struct bound_test bounds[MAX_TESTS];
	struct CMUnitTest tests[MAX_TESTS] = {0};
	struct backend_info backends[MAX_BACKENDS];
	size_t n_backends = backend_list(backends, MAX_BACKENDS), n_tests = 0;

	if (n * n_backends > MAX_TESTS)
		return fprintf(stderr, "more than %d tests\n", MAX_TESTS);
	for (size_t i = 0; i < n * n_backends; i++) {
		const struct backend_info *backend = &backends[i % n_backends];
		struct bound_test *bound = &bounds[n_tests];

		if (!backend->available || strcmp(backend->name, except) == 0)
			continue;
		*bound = (struct bound_test){&list[i / n_backends], backend->name, ""};
		snprintf(bound->name, sizeof(bound->name), "%s (%s)", bound->test->name,
			 backend->name);
		tests[n_tests++] = (struct CMUnitTest){bound->name, check_bound, NULL, NULL, bound};
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
