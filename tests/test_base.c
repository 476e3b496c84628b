/* SPDX-License-Identifier: MIT */
#include <glob.h>

#include "tests/scratch.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/key.h"
#include "base/memory.h"
#include "base/order.h"
#include "base/random.h"
#include "base/text.h"

static void permute_is_a_bijection(void **state)
{
	static const uint64_t sizes[] = {1, 2, 3, 5, 17, 1000, 65536, 65537};

	(void)state;
	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++)
		for (uint64_t key = 0; key < 3; key++) {
			char *seen = xcalloc(sizes[s], 1);

			for (uint64_t i = 0; i < sizes[s]; i++) {
				uint64_t j = permute(i, sizes[s], key);

				assert_true(j < sizes[s]);
				assert_false(seen[j]);
				seen[j] = 1;
			}
			free(seen);
		}
}

static void permute_differs_between_keys(void **state)
{
	int equal = 0;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		equal += permute(i, 1000, 1) == permute(i, 1000, 2);
	assert_true(equal < 20);
}

static void normal_numbers_have_their_moments(void **state)
{
	struct random r = random_stream(1, 2);
	double sum = 0, squares = 0, fourth = 0;
	int n = 200000;

	(void)state;
	for (int i = 0; i < n; i++) {
		double x = random_normal(&r);

		sum += x;
		squares += x * x;
		fourth += x * x * x * x;
	}
	check_near(sum / n, 0, 0, 0.01);
	check_near(squares / n, 1, 0.02, 0);
	check_near(fourth / n, 3, 0.05, 0);
}

/* FIPS 180-4 examples and the SipHash authors' value for the empty text under a zero key. */
static void hashes_give_the_published_values(void **state)
{
	static const struct {
		const char *text, *hex;
	} cases[] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sha256 s;
		char hex[SHA256_HEX];

		sha256_start(&s);
		for (const char *c = cases[i].text; *c; c++)
			sha256_add(&s, c, 1);
		sha256_finish(&s, hex);
		assert_string_equal(hex, cases[i].hex);
	}
	assert_true(hash64(0, "", 0) == 0x1e924b9d737700d7ull);
	assert_true(hash64(1, "", 0) != hash64(0, "", 0));
}

static void numbers_are_read_as_users_write_them(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		double value;
	} cases[] = {
		{"4e3", true, 4000},	 {"128k", true, 131072},   {"2^18", true, 262144},
		{"1.5M", true, 1572864}, {"1G", true, 1073741824}, {"-3", true, -3},
		{".5", true, 0.5},	 {"", false, 0},	   {"abc", false, 0},
		{"1x", false, 0},	 {"0x10", false, 0},	   {"nan", false, 0},
		{"1e999", false, 0},	 {"1 2", false, 0},	   {"k", false, 0},
		{"2^", false, 0},	 {"1kk", false, 0},	   {" 1", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		double value = -1;

		if (parse_real(cases[i].text, &value) != cases[i].ok)
			fail_msg("'%s' read wrongly", cases[i].text);
		if (cases[i].ok)
			check_near(value, cases[i].value, 0, 0);
	}
}

static void the_nearest_name_is_suggested(void **state)
{
	struct suggestion near;
	char buffer[64];

	(void)state;
	assert_int_equal(edit_distance("wdith", "width"), 1);
	assert_int_equal(edit_distance("kitten", "sitting"), 3);
	suggestion_start(&near, "wdith");
	suggestion_offer(&near, "height");
	suggestion_offer(&near, "width");
	assert_string_equal(suggestion_text(&near, buffer, sizeof(buffer)),
			    "; did you mean 'width'?");
	suggestion_start(&near, "zebra");
	suggestion_offer(&near, "width");
	assert_string_equal(suggestion_text(&near, buffer, sizeof(buffer)), "");
}

struct options {
	int64_t count;
	double lr, betas[2], range[2];
	bool on;
	int mode;
	const char *name;
};

static const struct key_choice modes[] = {{"fast", "quick", ""}, {"slow", NULL, ""}, {0}};

static const struct key keys[] = {
	{"count", KEY_INTEGER, offsetof(struct options, count), 1, 10, 0, NULL, "3", NULL, ""},
	{"lr", KEY_REAL, offsetof(struct options, lr), 0, 1, true, NULL, "0.5", NULL, ""},
	{"betas", KEY_PAIR, offsetof(struct options, betas), 0, 1, 0, NULL, "[0.9, 0.95]", NULL,
	 ""},
	{"range", KEY_RANGE, offsetof(struct options, range), 0, 1e9, 0, NULL, "[40, null]", NULL,
	 ""},
	{"on", KEY_BOOL, offsetof(struct options, on), 0, 0, 0, NULL, "yes", NULL, ""},
	{"mode", KEY_CHOICE, offsetof(struct options, mode), 0, 0, 0, modes, "slow", NULL, ""},
	{"name", KEY_TEXT, offsetof(struct options, name), 0, 0, 0, NULL, "x", NULL, ""},
};

static void keys_read_check_and_write_fields(void **state)
{
	struct arena arena = {0};
	struct options o;
	struct text json = {0};

	(void)state;
	keys_set_defaults(keys, ARRAY_SIZE(keys), &o, &arena);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		text_add(&json, " ");
		key_add_json(&keys[i], &o, &json);
	}
	assert_string_equal(json.data, " 3 0.5 [0.90000000000000002, 0.94999999999999996] "
				       "[40, null] true \"slow\" \"x\"");
	text_release(&json);
	arena_release(&arena);
}

static void keys_refuse_bad_values_with_what_to_write(void **state)
{
	static const struct {
		const char *key, *value, *message;
	} cases[] = {
		{"count", "11", "'count' must be a whole number from 1 to 10, not '11'"},
		{"count", "1.5", "'count' must be a whole number from 1 to 10, not '1.5'"},
		{"lr", "0", "'lr' must be a number greater than 0 and at most 1, not '0'"},
		{"lr", "nan", "'lr' must be a number greater than 0 and at most 1, not 'nan'"},
		{"betas", "[0.9]",
		 "'betas' must be a pair [a, b], each a number from 0 to 1, not "
		 "'[0.9]'"},
		{"range", "[5, 2]",
		 "'range' must be a range [from, to], null for no limit, each a "
		 "number from 0 to 1e+09, not '[5, 2]'"},
		{"on", "maybe", "'on' must be true or false, not 'maybe'"},
		{"mode", "fats",
		 "'mode' must be one of fast, slow, not 'fats'; did you mean "
		 "'fast'?"},
	};
	struct arena arena = {0};
	struct options o;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		const struct key *key = keys_find(keys, ARRAY_SIZE(keys), cases[i].key);

		assert_int_equal(key_set(key, &o, cases[i].value, &arena, &err), -ERR_USAGE);
		assert_string_equal(err.text, cases[i].message);
	}
	arena_release(&arena);
}

static void json_places_commas_and_escapes(void **state)
{
	struct json j = {{0}, false};

	(void)state;
	json_open(&j, NULL, '{');
	json_text(&j, "a\"b", "line\nend");
	json_open(&j, "list", '[');
	json_real(&j, NULL, 0.1);
	json_real(&j, NULL, (double)NAN);
	json_integer(&j, NULL, -5);
	json_close(&j, ']');
	json_bool(&j, "yes", true);
	json_close(&j, '}');
	assert_string_equal(
		j.text.data,
		"{\"a\\\"b\": \"line\\nend\", \"list\": [0.1, null, -5], \"yes\": true}");
	json_release(&j);
}

/* By its meaning: the fewest digits, 6 or more, that read as the same. */
static void check_shortest(double value)
{
	struct text got = {0};
	char want[40];
	int digits = 6;

	do
		snprintf(want, sizeof(want), "%.*g", digits, value);
	while (strtod(want, NULL) != value && digits++ < 17);
	json_add_real(&got, value);
	assert_string_equal(got.data, want);
	text_release(&got);
}

static void numbers_have_no_more_digits_than_they_need(void **state)
{
	static const double values[] = {0,	 -0.0,	1,	  10,	    999999,  1e6,
					1000001, 1e12,	1234567,  1e15,	    1e16,    1e17,
					0.1,	 1e-5,	0.3,	  -2.5,	    1.0 / 3, 2e-308,
					4e-324,	 1e308, 123456.7, 0.1 + 0.2};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		check_shortest(values[i]);
	for (uint64_t i = 0; i < 2000; i++) {
		uint64_t bits = mix64(i);
		double value;

		memcpy(&value, &bits, sizeof(value));
		if (isfinite(value))
			check_shortest(value);
		check_shortest((double)(int64_t)bits / 1e3);
		check_shortest((double)(bits % 2000000));
		check_shortest((double)(bits >> (12 + bits % 44)));
		check_shortest((double)(bits >> 12 >> bits % 44) * 100);
	}
}

static void a_file_is_written_wholly_or_not_at_all(void **state)
{
	struct text back = {0};
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(directory_make("a/b", &err), &err);
	check_ok(file_write("a/b/file", "hello", 5, &err), &err);
	check_ok(file_read(&back, "a/b/file", &err), &err);
	assert_string_equal(back.data, "hello");
	assert_int_equal(file_write("/proc/none/file", "x", 1, &err), -ERR_IO);
	check_contains(err.text, "cannot write '/proc/none/file'");
	text_release(&back);
}

static int judge(void *context, const char *copy, struct error *err)
{
	const bool *accepts = context;
	struct text back = {0};

	check_ok(file_read(&back, copy, err), err);
	assert_string_equal(back.data, "hello");
	text_release(&back);
	return *accepts ? 0 : error_set(err, ERR_FIT, "refused");
}

static size_t count_files(const char *pattern)
{
	glob_t found;
	size_t n = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;

	globfree(&found);
	return n;
}

static void a_copy_is_there_when_it_was_accepted(void **state)
{
	bool accepts = true, refuses = false;
	struct text back = {0};
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(file_write("from", "hello", 5, &err), &err);
	assert_int_equal(file_copy("copy", "from", judge, &refuses, &err), -ERR_FIT);
	assert_int_equal(count_files("copy*"), 0);
	check_ok(file_copy("copy", "from", judge, &accepts, &err), &err);
	assert_int_equal(count_files("copy*"), 1);
	check_ok(file_read(&back, "copy", &err), &err);
	assert_string_equal(back.data, "hello");
	assert_int_equal(file_copy("copy", "none", judge, &accepts, &err), -ERR_DATA);
	check_contains(err.text, "cannot open 'none'");
	assert_int_equal(file_copy("copy", "/", judge, &accepts, &err), -ERR_DATA);
	assert_int_equal(count_files("copy*"), 1);
	assert_int_equal(file_copy("none/copy", "from", judge, &accepts, &err), -ERR_IO);
	check_contains(err.text, "cannot write 'none/copy'");
	text_release(&back);
}

static void a_link_stays_and_is_written_through(void **state)
{
	struct text back = {0};
	struct stat status;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(symlink("target", "link"), 0);
	check_ok(file_write("link", "hello", 5, &err), &err);
	assert_int_equal(lstat("link", &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	check_ok(file_read(&back, "target", &err), &err);
	assert_string_equal(back.data, "hello");
	assert_int_equal(symlink("/dev/full", "full"), 0);
	assert_int_equal(file_write("full", "hello", 5, &err), -ERR_IO);
	check_contains(err.text, "cannot write 'full': No space left");
	text_release(&back);
}

static void blocks_of_any_size_are_zero_and_aligned(void **state)
{
	static const size_t sizes[] = {
		0, 1, 64, 1000, (2 << 20) - 1, (4 << 20) - 64, (5 << 20) + 3};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		unsigned char *block = aligned_take(sizes[i]);
		unsigned sum = 0;

		assert_non_null(block);
		assert_int_equal((uintptr_t)block % 64, 0);
		for (size_t k = 0; k < sizes[i]; k++)
			sum |= block[k];
		assert_int_equal(sum, 0);
		aligned_release(block);
	}
}

static void numbers_are_sorted_from_the_least(void **state)
{
	double values[] = {2, -HUGE_VAL, 0.5, HUGE_VAL, 0.5, -3};
	const double sorted[] = {-HUGE_VAL, -3, 0.5, 0.5, 2, HUGE_VAL};

	(void)state;
	qsort(values, ARRAY_SIZE(values), sizeof(*values), double_ascending);
	assert_memory_equal(values, sorted, sizeof(values));
	assert_int_equal(size_smaller(2, 3), 2);
	assert_int_equal(size_smaller(SIZE_MAX, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(permute_is_a_bijection),
		cmocka_unit_test(permute_differs_between_keys),
		cmocka_unit_test(normal_numbers_have_their_moments),
		cmocka_unit_test(hashes_give_the_published_values),
		cmocka_unit_test(numbers_are_read_as_users_write_them),
		cmocka_unit_test(the_nearest_name_is_suggested),
		cmocka_unit_test(keys_read_check_and_write_fields),
		cmocka_unit_test(keys_refuse_bad_values_with_what_to_write),
		cmocka_unit_test(json_places_commas_and_escapes),
		cmocka_unit_test(numbers_have_no_more_digits_than_they_need),
		SCRATCH(a_file_is_written_wholly_or_not_at_all),
		SCRATCH(a_copy_is_there_when_it_was_accepted),
		SCRATCH(a_link_stays_and_is_written_through),
		cmocka_unit_test(blocks_of_any_size_are_zero_and_aligned),
		cmocka_unit_test(numbers_are_sorted_from_the_least),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
