/* SPDX-License-Identifier: MIT
 *
 * Where documents end: each rule, and inputs that are not what it needs.
 */
#include "base/memory.h"
#include "models/document.h"
#include "models/pack.h"
#include "models/recipe.h"
#include "tests/scratch.h"

/* The documents of `path` joined by '|'; the caller releases. */
static struct text cut(const char *path, enum document_rule rule, const char *drop_prefix)
{
	struct document_source source = {path, rule, NULL, drop_prefix};
	struct document_list list = {0};
	struct text joined = {0};
	struct error err = ERROR_INIT;

	check_ok(document_list_read(&list, &source, &err), &err);
	for (size_t i = 0; i < list.n; i++) {
		if (i > 0)
			text_add_char(&joined, '|');
		text_add_bytes(&joined, list.pool.data + list.items[i].start, list.items[i].size);
	}
	document_list_release(&list);
	return joined;
}

static void check_cut(const char *path, enum document_rule rule, const char *drop_prefix,
		      const char *want)
{
	struct text got = cut(path, rule, drop_prefix);

	assert_string_equal(text_string(&got), want);
	text_release(&got);
}

static void entries_begin_at_lines_that_are_not_indented(void **state)
{
	(void)state;
	scratch_write_text("dict",
			   "\n\n00-info\n   old\n\nAback\n   Back.\n\n   2. More.\n\nAbaft\n"
			   "   Behind.\n");
	check_cut("dict", DOCUMENT_ENTRY, "00-",
		  "Aback\n   Back.\n\n   2. More.\n\n|Abaft\n   Behind.\n");
}

static void pieces_end_at_blank_lines_after_four_kib(void **state)
{
	struct text text = {0}, got;
	const char *bar;

	(void)state;
	for (int i = 0; i < 300; i++)
		text_printf(&text, "paragraph %03d\n\n", i);
	scratch_write("long.txt", text.data, text.length);
	got = cut("long.txt", DOCUMENT_BLANK_LINE, NULL);
	bar = strchr(got.data, '|');
	assert_non_null(bar);
	assert_in_range(bar - got.data, 4096, 4096 + 16);
	assert_true(memcmp(bar - 2, "\n\n|par", 6) == 0);
	assert_null(strchr(bar + 1, '|')); /* the rest is shorter than that */
	text_release(&got);
	text_release(&text);
}

static void end_of_text_marks_are_no_text(void **state)
{
	(void)state;
	scratch_write_text("stories.txt",
			   "One.\n<|endoftext|>\nTwo.\n<|endoftext|><|endoftext|>\n");
	check_cut("stories.txt", DOCUMENT_ENDOFTEXT, NULL, "One.\n|Two.\n");
}

static void json_lines_are_decoded(void **state)
{
	(void)state;
	scratch_write_text("x.jsonl",
			   "{\"meta\": {\"text\": \"no\", \"a\": [1, \"}\"]}, \"text\": \"a\\n\\\"b"
			   "\\u00e9\\u20ac\\ud83d\\ude00\"}\n"
			   "\n"
			   "  {\"text\":\"second\",\"n\":3}\r\n"
			   "{\"id\": 1, \"text\": \"last\"}");
	check_cut("x.jsonl", DOCUMENT_JSONL, NULL,
		  "a\n\"b\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80|"
		  "second|last");
}

static void dictionaries_are_cut_by_their_index(void **state)
{
	static const char index[] = "b\0\0\0\0\x0c\0\0\0\x07"
				    "a\0\0\0\0\0\0\0\0\x0c"
				    "a2\0\0\0\0\0\0\0\0\x0c";

	(void)state;
	scratch_write_text("x.dict", "<b>one</b> <TWO<<i>");
	scratch_write("x.idx", index, sizeof(index) - 1);
	check_cut("x.dict", DOCUMENT_STARDICT, NULL, "one <|TWO");
}

struct bad_text {
	const char *path, *data;
	size_t size;
	enum document_rule rule;
	const char *message;
};

#define TEXT(literal) literal, sizeof(literal) - 1

static const struct bad_text bad_texts[] = {
	{"none.txt", NULL, 0, DOCUMENT_FILE, "cannot open 'none.txt': No such file or directory"},
	{"empty.txt", TEXT(""), DOCUMENT_FILE, "no text in the files given; give files with text"},
	{"blank.txt", TEXT(" \n\n"), DOCUMENT_FILE,
	 "no text in the files given; give files with text"},
	{"x.gz", TEXT("\x1f\x8b\x08"), DOCUMENT_AUTO,
	 "'x.gz' is gzip-compressed, not text; decompress it first"},
	{"x.parquet", TEXT("PAR1"), DOCUMENT_FILE,
	 "'x.parquet' is a Parquet file, not text; export its text and use 'muon-sweep data pack'"},
	{"x.exe", TEXT("ab\0cd"), DOCUMENT_FILE,
	 "'x.exe' has zero bytes, so it is no text; leave it out"},
	{"a.jsonl", TEXT("{\"text\": \"x\"}\n[1]\n"), DOCUMENT_AUTO,
	 "a.jsonl:2: no JSON object with a string member \"text\"; mend the line or use --split "
	 "file"},
	{"b.jsonl", TEXT("{\"txt\": \"x\"}\n"), DOCUMENT_JSONL,
	 "b.jsonl:1: no JSON object with a string member \"text\"; mend the line or use --split "
	 "file"},
	{"c.jsonl", TEXT("{\"text\": \"\\ud800\"}"), DOCUMENT_JSONL,
	 "c.jsonl:1: no JSON object with a string member \"text\"; mend the line or use --split "
	 "file"},
	{"d.jsonl", TEXT("{\"text\": \"cut"), DOCUMENT_JSONL,
	 "d.jsonl:1: no JSON object with a string member \"text\"; mend the line or use --split "
	 "file"},
	{"y.dict", TEXT("abc"), DOCUMENT_STARDICT,
	 "cannot open 'y.idx': No such file or directory"},
	{"y.txt", TEXT("abc"), DOCUMENT_STARDICT, "'y.txt' is no .dict file, which stardict needs"},
	{"./x.dict", TEXT("short"), DOCUMENT_STARDICT,
	 "'./x.dict' is shorter than its index says; unpack it again"},
};

static void texts_that_cannot_be_packed_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad_texts); i++) {
		const struct bad_text *bad = &bad_texts[i];
		struct error err = ERROR_INIT;
		struct pack pack;
		int result;

		if (bad->data)
			scratch_write(bad->path, bad->data, bad->size);
		result = pack_read(&pack, &bad->path, 1, bad->rule, NULL, &err);
		if (!result)
			result = pack_write(&pack, "out.tokens", "", &err);
		pack_release(&pack);
		assert_true(result < 0);
		assert_string_equal(err.text, bad->message);
		assert_int_not_equal(access("out.tokens", F_OK), 0);
	}
}

static void the_rule_is_chosen_by_the_files(void **state)
{
	struct pack pack;
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(pack_read(&pack, (const char *const[]){"x.jsonl"}, 1, DOCUMENT_AUTO, NULL, &err),
		 &err);
	assert_int_equal(pack.facts.rule, DOCUMENT_JSONL);
	pack_release(&pack);
	check_ok(pack_read(&pack, (const char *const[]){"dict"}, 1, DOCUMENT_AUTO, NULL, &err),
		 &err);
	assert_int_equal(pack.facts.rule, DOCUMENT_BLANK_LINE);
	pack_release(&pack);
	check_ok(pack_read(&pack, (const char *const[]){"dict", "long.txt"}, 2, DOCUMENT_AUTO, NULL,
			   &err),
		 &err);
	assert_int_equal(pack.facts.rule, DOCUMENT_FILE);
	assert_int_equal(pack.documents.n, 2);
	pack_release(&pack);
}

static void recipes_are_complete_and_found_by_name_and_text(void **state)
{
	(void)state;
	for (size_t i = 0; recipes[i]; i++) {
		const struct recipe *recipe = recipes[i];

		assert_ptr_equal(recipe_find(recipe->name), recipe);
		assert_ptr_equal(recipe_of_text(recipe->text_sha256), recipe);
		assert_int_equal(strlen(recipe->deb_sha256), 64);
		assert_int_equal(strlen(recipe->text_sha256), 64);
		assert_true(recipe->entropies[0] > recipe->entropies[1]);
		assert_true(recipe->entropies[1] > recipe->entropies[2]);
		assert_true(recipe->gzip > recipe->xz && recipe->xz > recipe->ppmd);
		assert_true(recipe->ppmd > 1);
	}
	assert_null(recipe_find("en-dic"));
	assert_null(recipe_of_text("files: 3\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_begin_at_lines_that_are_not_indented),
		cmocka_unit_test(pieces_end_at_blank_lines_after_four_kib),
		cmocka_unit_test(end_of_text_marks_are_no_text),
		cmocka_unit_test(json_lines_are_decoded),
		cmocka_unit_test(dictionaries_are_cut_by_their_index),
		cmocka_unit_test(texts_that_cannot_be_packed_are_refused),
		cmocka_unit_test(the_rule_is_chosen_by_the_files),
		cmocka_unit_test(recipes_are_complete_and_found_by_name_and_text),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
