/* SPDX-License-Identifier: MIT
 *
 * Reasons of one kind, and the end of a log.
 */
#include "base/memory.h"
#include "cmd/failure_words.h"
#include "tests/check.h"

static void reasons_of_a_kind_differ_in_numbers_only(void **state)
{
	static const struct {
		const char *a, *b;
		bool alike;
	} cases[] = {
		{"", "", true},
		{"no memory for 664.7 MiB", "no memory for 8 MiB", true},
		{"step 12 of 300; killed", "step 7 of 20; killed", true},
		{"no sign of life for 6 s", "no sign of life for 6 min", false},
		{"killed by signal 9", "killed by signal", false},
		{"step 1", "step ", false},
		{"step 1", "step x", false},
		{"7 s", "s", false},
		{"reason", "reason 2", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (reasons_are_alike(cases[i].a, cases[i].b) != cases[i].alike)
			fail_msg("'%s' and '%s'", cases[i].a, cases[i].b);
		assert_true(reasons_are_alike(cases[i].b, cases[i].a) == cases[i].alike);
	}
}

static void the_last_lines_of_a_log_are_shown(void **state)
{
	static const struct {
		const char *log;
		int n;
		const char *reason;
		const char *want;
	} cases[] = {
		{"", 2, "", ""},
		{"\n\n", 2, "", ""},
		{"one", 2, "", "| one\n"},
		{"one\ntwo\nthree\n", 2, "", "| two\n| three\n"},
		{"one\ntwo\nthree\n\n\n", 1, "", "| three\n"},
		{"one\n\nthree\n", 2, "", "| three\n"},
		{"one\ntwo\n", 5, "", "| one\n| two\n"},
		{"one\nmuon-sweep: no memory\n", 5, "no memory", "| one\n"},
		{"one\ntwo\n", 5, "exit status 1: two", "| one\n"},
		{"muon-sweep: no memory at all\n", 5, "no memory",
		 "| muon-sweep: no memory at all\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct text out = {0};

		add_last_lines(&out, cases[i].log, cases[i].n, "| ", cases[i].reason);
		assert_string_equal(text_string(&out), cases[i].want);
		text_release(&out);
	}
}

static void a_kind_is_taken_as_one(void **state)
{
	struct failure_reason all[] = {
		{"step 1", 1, false, false}, {"disk full", 1, false, false},
		{"step 2", 1, false, false}, {"step 1", 2, false, false},
		{"step 1", 1, true, false},  {"disk full", 1, false, false},
	};
	static const struct {
		size_t n, kind[2];
		bool same;
	} want[] = {{2, {0, 2}, false}, {2, {1, 5}, true}, {1, {3}, true}, {1, {4}, true}};
	size_t kind[ARRAY_SIZE(all)];
	bool same;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		size_t n = failures_take_kind(all, ARRAY_SIZE(all), kind, &same);

		assert_int_equal(n, want[i].n);
		assert_memory_equal(kind, want[i].kind, n * sizeof(*kind));
		assert_true(same == want[i].same);
	}
	assert_int_equal(failures_take_kind(all, ARRAY_SIZE(all), kind, &same), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reasons_of_a_kind_differ_in_numbers_only),
		cmocka_unit_test(the_last_lines_of_a_log_are_shown),
		cmocka_unit_test(a_kind_is_taken_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
