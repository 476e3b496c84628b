/* SPDX-License-Identifier: MIT */
#include "tests/check.h"

#include "sweep/yaml.h"

static int parse(struct node **root, const char *text, struct arena *arena, struct error *err)
{
	return yaml_parse(root, "t.yaml", text, strlen(text), arena, err);
}

static void nodes_know_their_line_and_column(void **state)
{
	struct arena arena = {0};
	struct error err = ERROR_INIT;
	struct node *root;

	(void)state;
	check_ok(parse(&root, "a: 1\nb:\n  - x\n  - {c: [2, 'é', z]}\n", &arena, &err), &err);
	assert_int_equal(root->kind, NODE_MAPPING);
	assert_int_equal(root->n, 2);
	assert_int_equal(root->keys[1]->line, 2);
	assert_int_equal(root->keys[1]->column, 1);
	root = node_get(root, "b");
	assert_int_equal(root->kind, NODE_SEQUENCE);
	assert_int_equal(root->items[1]->line, 4);
	assert_int_equal(root->items[1]->column, 5);
	root = node_get(root->items[1], "c");
	assert_int_equal(root->n, 3);
	assert_string_equal(root->items[1]->text, "é");
	assert_true(root->items[1]->quoted);
	assert_int_equal(root->items[2]->column, 18);
	arena_release(&arena);
}

static void mappings_can_be_changed(void **state)
{
	struct arena arena = {0};
	struct error err = ERROR_INIT;
	struct node *root;

	(void)state;
	check_ok(parse(&root, "{a: 1, b: 2}", &arena, &err), &err);
	node_put(root, node_scalar(&arena, "b", root), node_scalar(&arena, "3", root), &arena);
	for (int i = 0; i < 20; i++)
		node_put(root, node_scalar(&arena, arena_printf(&arena, "k%d", i), root),
			 node_scalar(&arena, "v", root), &arena);
	assert_int_equal(root->n, 22);
	assert_string_equal(node_get(root, "b")->text, "3");
	node_remove(root, "a");
	node_remove(root, "nothing");
	assert_int_equal(root->n, 21);
	assert_null(node_get(root, "a"));
	assert_non_null(node_get(root, "k19"));
	arena_release(&arena);
}

static void null_is_plain(void **state)
{
	struct arena arena = {0};
	struct error err = ERROR_INIT;
	struct node *root;

	(void)state;
	check_ok(parse(&root, "{a: null, b: ~, c: 'null', d: , e: nil}", &arena, &err), &err);
	assert_true(node_is_null(node_get(root, "a")));
	assert_true(node_is_null(node_get(root, "b")));
	assert_false(node_is_null(node_get(root, "c")));
	assert_true(node_is_null(node_get(root, "d")));
	assert_false(node_is_null(node_get(root, "e")));
	arena_release(&arena);
}

static void every_mistake_has_its_place(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", "t.yaml:1:1: the file is empty"},
		{"# nothing\n", "t.yaml:1:1: the file is empty"},
		{"a: 1\na: 2", "t.yaml:2:1: key 'a' is here twice; the first is on line 1"},
		{"b: &x 1",
		 "t.yaml:1:4: anchors and aliases are not supported; write the value out"},
		{"b: *x", "t.yaml:1:4: anchors and aliases are not supported; write the value out"},
		{"a: !!str x", "t.yaml:1:4: tags are not supported; types come from the key"},
		{"a:\n\t- b", "t.yaml:2:1: a tab where YAML wants spaces; indent with spaces"},
		{"a: 1\n---\nb: 2", "t.yaml:2:1: a second document; one file is one sweep"},
		{"? [a]\n: b", "t.yaml:1:3: a key must be a word"},
		{"a: \"x\\0y\"", "t.yaml:1:4: a zero byte in a value"},
		{"a: [1, 2",
		 "t.yaml:2:1: did not find expected ',' or ']' while parsing a flow sequence"},
		{"a: b: c", "t.yaml:1:5: mapping values are not allowed in this context"},
		{"a: \"x",
		 "t.yaml:1:6: found unexpected end of stream while scanning a quoted scalar"},
		{"a: 1\nb: \xe9",
		 "t.yaml:2:4: not a text file in UTF-8: incomplete UTF-8 octet sequence"},
		{"\xff\xfe", "t.yaml:1:1: not a text file in UTF-8: invalid leading UTF-8 octet"},
		{"a: \x01",
		 "t.yaml:1:4: not a text file in UTF-8: control characters are not allowed"},
		{"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "t.yaml:1:33: nested too deeply"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arena arena = {0};
		struct error err = ERROR_INIT;
		struct node *root;

		assert_int_equal(parse(&root, cases[i].text, &arena, &err), -ERR_USAGE);
		assert_string_equal(err.text, cases[i].message);
		arena_release(&arena);
	}
}

static void a_huge_file_is_refused(void **state)
{
	struct arena arena = {0};
	struct error err = ERROR_INIT;
	size_t size = (1 << 20) + 1;
	char *text = xmalloc(size);
	struct node *root;

	(void)state;
	memset(text, 'a', size);
	assert_int_equal(yaml_parse(&root, "t.yaml", text, size, &arena, &err), -ERR_USAGE);
	assert_string_equal(err.text, "t.yaml:1:1: larger than 1 MiB; is it a sweep file?");
	free(text);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_know_their_line_and_column),
		cmocka_unit_test(mappings_can_be_changed),
		cmocka_unit_test(null_is_plain),
		cmocka_unit_test(every_mistake_has_its_place),
		cmocka_unit_test(a_huge_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
