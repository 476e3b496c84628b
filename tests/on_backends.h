/* SPDX-License-Identifier: MIT
 *
 * Runs tests once on every backend that is here, and on every variant of the kernels of cpu, each
 * under its name and the backend's.
 */
#ifndef TESTS_ON_BACKENDS_H
#define TESTS_ON_BACKENDS_H

#include "tensor/cpu/cpu_backend.h"
#include "tensors.h"

#define MAX_BACKENDS 8
#define MAX_PLACES   16
#define MAX_TESTS    512

struct backend_test {
	const char *name;
	void (*check)(const char *backend, const void *input);
	const void *input; /* NULL: none */
};

/* Where a test runs; variant: of cpu's kernels, else "". */
struct place {
	const char *backend, *variant;
};

struct bound_test {
	const struct backend_test *test;
	struct place place;
	char name[112];
};

static inline void check_bound(void **state)
{
	const struct bound_test *bound = *state;

	if (*bound->place.variant)
		setenv("MUON_SWEEP_CPU", bound->place.variant, 1);
	bound->test->check(bound->place.backend, bound->test->input);
}

static inline int leave_place(void **state)
{
	(void)state;
	return unsetenv("MUON_SWEEP_CPU");
}

/* Returns how many. */
static inline size_t find_places(struct place places[MAX_PLACES], const char *except)
{
	struct backend_info backends[MAX_BACKENDS];
	size_t n_backends = backend_list(backends, MAX_BACKENDS), n = 0;

	for (size_t i = 0; i < n_backends; i++)
		if (!backends[i].available || strcmp(backends[i].name, except) == 0)
			continue;
		else if (strcmp(backends[i].name, "cpu") != 0)
			places[n++] = (struct place){backends[i].name, ""};
		else
			for (const struct cpu_variant *v = cpu_variants; v->name; v++)
				if (v->supported())
					places[n++] = (struct place){"cpu", v->name};
	return n;
}

/* `except`: a backend to leave out, or "".  Returns how many failed. */
static inline int run_on_backends(const struct backend_test *list, size_t n, const char *except)
{
	static struct bound_test bounds[MAX_TESTS];
	static struct CMUnitTest tests[MAX_TESTS];
	struct place places[MAX_PLACES];
	size_t n_places = find_places(places, except), n_tests = 0;

	if (n * n_places > MAX_TESTS)
		return fprintf(stderr, "more than %d tests\n", MAX_TESTS);
	for (size_t i = 0; i < n * n_places; i++) {
		struct place place = places[i % n_places];
		struct bound_test *bound = &bounds[n_tests];

		*bound = (struct bound_test){&list[i / n_places], place, ""};
		snprintf(bound->name, sizeof(bound->name), "%s (%s%s%s)", bound->test->name,
			 place.backend, *place.variant ? " " : "", place.variant);
		tests[n_tests++] =
			(struct CMUnitTest){bound->name, check_bound, NULL, leave_place, bound};
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
