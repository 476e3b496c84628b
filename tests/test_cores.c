/* SPDX-License-Identifier: MIT */
#include "tests/check.h"

#include "base/cores.h"

static void workers_that_fill_the_cores_share_them_out(void **state)
{
	int n = cores_allowed();
	cpu_set_t all, share, together;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&together);
	for (int slot = 0; slot < n; slot++) {
		assert_true(cores_share(slot, n, 1, &share));
		assert_int_equal(CPU_COUNT(&share), 1);
		CPU_OR(&together, &together, &share);
	}
	assert_true(CPU_EQUAL(&together, &all));
	assert_true(cores_share(0, 1, n, &share));
	assert_true(CPU_EQUAL(&share, &all));
}

static void workers_that_leave_cores_free_or_crowd_them_are_not_bound(void **state)
{
	int n = cores_allowed();
	cpu_set_t share;

	(void)state;
	assert_false(cores_share(0, n + 1, 1, &share));
	assert_false(cores_share(0, n, 2, &share));
}

/* As in a job of a cluster that was given one core. */
static void no_more_run_at_once_than_there_are(void **state)
{
	(void)state;
	assert_int_equal(cores_at_once(4, 100), 4);
	assert_int_equal(cores_at_once(4, 4), 4);
	assert_int_equal(cores_at_once(64, 3), 3);
	assert_int_equal(cores_at_once(4, 0), 1);
}

static void only_cores_that_are_allowed_count(void **state)
{
	cpu_set_t all, one, share;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&one);
	for (int core = CPU_SETSIZE - 1; core >= 0 && !CPU_COUNT(&one); core--)
		if (CPU_ISSET(core, &all))
			CPU_SET(core, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(cores_allowed(), 1);
	assert_true(cores_share(0, 1, 1, &share));
	assert_true(CPU_EQUAL(&share, &one));
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(workers_that_fill_the_cores_share_them_out),
		cmocka_unit_test(workers_that_leave_cores_free_or_crowd_them_are_not_bound),
		cmocka_unit_test(no_more_run_at_once_than_there_are),
		cmocka_unit_test(only_cores_that_are_allowed_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
