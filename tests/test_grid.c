/* SPDX-License-Identifier: MIT */
#include "tests/check.h"

#include "sweep/grid.h"

static void an_axis_has_these_values(void **state)
{
	static const struct {
		const char *axis;
		enum key_type type;
		const char *values;
	} cases[] = {
		{"[1, 2, 2k]", KEY_INTEGER, "1 2 2k"},
		{"{log: [1e-2, 4e-2, 3]}", KEY_REAL, "0.01 0.02 0.04"},
		{"{log: [4e10, 4e11, 3]}", KEY_REAL, "40000000000 126491106407 400000000000"},
		{"{lin: [0, 1, 5]}", KEY_REAL, "0 0.25 0.5 0.75 1"},
		{"{lin: [1, 0, 3]}", KEY_REAL, "1 0.5 0"},
		{"{lin: [0, 4, 4]}", KEY_INTEGER, "0 1 3 4"},
		{"{log: [1k, 16k, 5]}", KEY_INTEGER, "1024 2048 4096 8192 16384"},
		{"{log: [1000, 16000, 3], multiple_of: 128}", KEY_INTEGER, "1024 3968 16000"},
		{"{lin: [1, 10, 4], multiple_of: 8}", KEY_INTEGER, "8"},
		{"{log: [5, 5e0, 1]}", KEY_REAL, "5"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arena arena = {0};
		struct error err = ERROR_INIT;
		struct text joined = {0};
		struct values values;
		struct node *node;

		check_ok(yaml_parse(&node, "t", cases[i].axis, strlen(cases[i].axis), &arena, &err),
			 &err);
		assert_true(node_is_axis(node, cases[i].type));
		check_ok(values_of_axis(node, cases[i].type, &values, &arena, &err), &err);
		for (size_t k = 0; k < values.n; k++)
			text_printf(&joined, "%s%s", k ? " " : "", values.items[k]->text);
		assert_string_equal(joined.data, cases[i].values);
		text_release(&joined);
		arena_release(&arena);
	}
}

static void a_bad_axis_is_refused(void **state)
{
	static const struct {
		const char *axis;
		enum key_type type;
		const char *message;
	} cases[] = {
		{"[]", KEY_REAL, "t:1:1: an empty list leaves no trial; give at least one value"},
		{"{log: [1, 2]}", KEY_REAL, "t:1:7: 'log' must be [from, to, points]"},
		{"{log: 3}", KEY_REAL, "t:1:7: 'log' must be [from, to, points]"},
		{"{lin: [1, x, 3]}", KEY_REAL, "t:1:7: 'lin' must be [from, to, points]"},
		{"{log: [1, 2, 2.5]}", KEY_REAL,
		 "t:1:14: the number of points must be a whole number from 1 to 10000, not '2.5'"},
		{"{log: [1, 2, 0]}", KEY_REAL,
		 "t:1:14: the number of points must be a whole number from 1 to 10000, not '0'"},
		{"{log: [0, 2, 3]}", KEY_REAL, "t:1:7: 'log' needs ends above 0; use 'lin'"},
		{"{log: [1, 2, 1]}", KEY_REAL,
		 "t:1:7: one point cannot have two ends; write the value alone"},
		{"{log: [2, 2, 4]}", KEY_REAL, "t:1:7: the ends are equal; write the value alone"},
		{"{log: [1, 2, 3], multiple: 2}", KEY_REAL,
		 "t:1:18: unknown key 'multiple' of an axis; did you mean 'multiple_of'?"},
		{"{log: [1, 2, 3], multiple_of: 0}", KEY_REAL,
		 "t:1:31: 'multiple_of' must be a number greater than 0"},
		{"{log: [1, 2, 3], lin: [1, 2, 3]}", KEY_REAL,
		 "t:1:1: an axis is 'log' or 'lin', not both"},
		{"{log: [1, 2, 3]}", KEY_CHOICE,
		 "t:1:1: this key is no number: write its values as a list"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arena arena = {0};
		struct error err = ERROR_INIT;
		struct values values;
		struct node *node;

		check_ok(yaml_parse(&node, "t", cases[i].axis, strlen(cases[i].axis), &arena, &err),
			 &err);
		assert_int_equal(values_of_axis(node, cases[i].type, &values, &arena, &err),
				 -ERR_USAGE);
		assert_string_equal(err.text, cases[i].message);
		arena_release(&arena);
	}
}

static void a_pair_is_no_axis_but_a_list_of_pairs_is(void **state)
{
	struct arena arena = {0};
	struct error err = ERROR_INIT;
	struct node *pair, *list;

	(void)state;
	check_ok(yaml_parse(&pair, "t", "[0.9, 0.95]", 11, &arena, &err), &err);
	check_ok(yaml_parse(&list, "t", "[[0.9, 0.95]]", 13, &arena, &err), &err);
	assert_false(node_is_axis(pair, KEY_PAIR));
	assert_true(node_is_axis(list, KEY_PAIR));
	assert_true(node_is_axis(pair, KEY_REAL));
	arena_release(&arena);
}

static void a_grid_visits_every_cell_once_the_last_axis_fastest(void **state)
{
	const size_t sizes[] = {2, 1, 3};
	size_t seen[6] = {0}, at[3];

	(void)state;
	assert_int_equal(grid_count(sizes, 3), 6);
	for (size_t i = 0; i < 6; i++) {
		grid_cell(sizes, 3, i, at);
		assert_int_equal(at[1], 0);
		seen[at[0] * 3 + at[2]]++;
	}
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(seen[i], 1);
	grid_cell(sizes, 3, 1, at);
	assert_int_equal(at[2], 1);
	assert_int_equal(grid_count(sizes, 0), 1);
}

static void a_grid_too_large_is_told(void **state)
{
	const size_t sizes[] = {1000, 1000, 2};
	const size_t huge[] = {SIZE_MAX, SIZE_MAX};

	(void)state;
	assert_int_equal(grid_count(sizes, 2), 1000000);
	assert_true(grid_count(sizes, 3) == SIZE_MAX);
	assert_true(grid_count(huge, 2) == SIZE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_axis_has_these_values),
		cmocka_unit_test(a_bad_axis_is_refused),
		cmocka_unit_test(a_pair_is_no_axis_but_a_list_of_pairs_is),
		cmocka_unit_test(a_grid_visits_every_cell_once_the_last_axis_fastest),
		cmocka_unit_test(a_grid_too_large_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
