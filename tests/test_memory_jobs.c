/* SPDX-License-Identifier: MIT
 *
 * As many trials at once as fit into memory.
 */
#include "tests/spec_fixture.h"

#include "base/memory.h"
#include "sweep/memory_jobs.h"
#include "sweep/peak_memory.h"

/* Four trials of two sizes. */
static struct sweep *load(void)
{
	return fixture_sweep(FIXTURE_DATA
			     "model: {size: [32x2, 256x4], context: 128}\n" FIXTURE_TRAIN
			     "optimizer: [{name: adamw, lr: [0.01, 0.02]}]\n");
}

/* What the largest trial takes for itself, and what all share. */
static size_t largest(const struct sweep *sweep, size_t *shared)
{
	size_t most = 0;

	*shared = 0;
	for (size_t i = 0; i < sweep->n_trials; i++) {
		struct peak_memory peak = peak_memory(sweep->trials[i], 1);
		size_t own = peak_memory_sum(&peak) - peak.corpus;

		most = own > most ? own : most;
		*shared = peak.corpus > *shared ? peak.corpus : *shared;
	}
	return most;
}

static void jobs_at_once_fit_into_memory(void **state)
{
	struct sweep *sweep = load();
	size_t shared, one = largest(sweep, &shared), two = 2 * one + shared;

	(void)state;
	assert_int_equal(sweep->n_trials, 4);
	assert_int_equal(memory_of_jobs(sweep, 1, 1), one + shared);
	assert_int_equal(memory_of_jobs(sweep, 2, 1), two);
	/* There are only two of the large ones. */
	assert_true(memory_of_jobs(sweep, 3, 1) < two + one);
	assert_int_equal(memory_of_jobs(sweep, 9, 1), memory_of_jobs(sweep, 4, 1));
	assert_int_equal(memory_jobs(sweep, 8, 1, two), 2);
	assert_int_equal(memory_jobs(sweep, 8, 1, two - 1), 1);
	assert_int_equal(memory_jobs(sweep, 8, 1, 1), 1);
	assert_int_equal(memory_jobs(sweep, 8, 1, memory_of_jobs(sweep, 4, 1)), 8);
	assert_int_equal(memory_jobs(sweep, 2, 1, (size_t)1 << 40), 2);
	sweep_free(sweep);
}

static void the_very_same_training_counts_once(void **state)
{
	struct sweep *sweep = fixture_sweep(FIXTURE_DATA FIXTURE_MODEL FIXTURE_TRAIN
					    "optimizer: [{label: a, name: adamw, lr: 0.01}, "
					    "{label: b, name: adamw, lr: 0.01}]\n");

	(void)state;
	assert_int_equal(sweep->n_trials, 2);
	assert_int_equal(memory_of_jobs(sweep, 2, 1), memory_of_jobs(sweep, 1, 1));
	sweep_free(sweep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_at_once_fit_into_memory),
		cmocka_unit_test(the_very_same_training_counts_once),
	};

	return cmocka_run_group_tests_name("memory_jobs", tests, NULL, NULL);
}
