/* SPDX-License-Identifier: MIT
 *
 * The bytes of a checkpoint: all of what is in it comes back, and nothing else is taken for one.
 */
#include "sweep/checkpoint.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "tests/check.h"

#define STATE	"the state: weights\0and moments"
#define JOURNAL "evaluation\t0\ntelemetry\t1\n"

/* One that is good; to be freed. */
static unsigned char *make(size_t *size)
{
	struct checkpoint c = {
		.key = "key",
		.step = 1234567890123,
		.program = "0.1",
		.machine = "cpu",
		.state_size = sizeof(STATE),
		.journal = JOURNAL,
		.journal_size = strlen(JOURNAL),
	};
	unsigned char *bytes;

	*size = checkpoint_size(c.state_size, c.journal_size);
	bytes = malloc(*size);
	memcpy(checkpoint_state(bytes), STATE, sizeof(STATE));
	checkpoint_fill(bytes, &c);
	checkpoint_seal(bytes, *size);
	return bytes;
}

static void what_was_put_in_comes_out(void **state)
{
	struct error err = ERROR_INIT;
	struct checkpoint c;
	size_t size;
	unsigned char *bytes = make(&size);

	(void)state;
	check_ok(checkpoint_parse(bytes, size, &c, &err), &err);
	assert_string_equal(c.key, "key");
	assert_string_equal(c.program, "0.1");
	assert_string_equal(c.machine, "cpu");
	assert_true(c.step == 1234567890123);
	assert_int_equal(c.state_size, sizeof(STATE));
	assert_memory_equal(c.state, STATE, sizeof(STATE));
	assert_int_equal(c.journal_size, strlen(JOURNAL));
	assert_memory_equal(c.journal, JOURNAL, strlen(JOURNAL));
	free(bytes);
}

static void any_other_bit_is_seen(void **state)
{
	struct error err = ERROR_INIT;
	struct checkpoint c;
	size_t size;
	unsigned char *bytes = make(&size);

	(void)state;
	for (size_t i = 0; i < 8 * size; i++) {
		bytes[i / 8] ^= (unsigned char)(1u << i % 8);
		if (checkpoint_parse(bytes, size, &c, &err) != -ERR_DATA)
			fail_msg("bit %zu is not looked at", i);
		bytes[i / 8] ^= (unsigned char)(1u << i % 8);
	}
	check_ok(checkpoint_parse(bytes, size, &c, &err), &err);
	free(bytes);
}

static void any_other_length_is_seen(void **state)
{
	struct error err = ERROR_INIT;
	struct checkpoint c;
	size_t size;
	unsigned char *bytes = make(&size), *more = calloc(1, size + 64);

	(void)state;
	memcpy(more, bytes, size);
	for (size_t length = 0; length < size + 64; length++) {
		unsigned char *cut = malloc(length + 1); /* so that a sanitizer sees its end */

		memcpy(cut, more, length);
		if (length != size)
			assert_int_equal(checkpoint_parse(cut, length, &c, &err), -ERR_DATA);
		free(cut);
	}
	free(more);
	free(bytes);
}

static void the_reason_is_told(void **state)
{
	static const struct {
		size_t at;
		const char *reason;
	} cases[] = {
		{0, "it is no checkpoint"},    {8, "another byte order"},
		{12, "this program reads 1"},  {16, "cut off or damaged"},
		{40, "its checksum is wrong"},
	};
	struct error err = ERROR_INIT;
	struct checkpoint c;
	size_t size;
	unsigned char *bytes = make(&size);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bytes[cases[i].at] ^= 0xff;
		assert_int_equal(checkpoint_parse(bytes, size, &c, &err), -ERR_DATA);
		check_contains(err.text, cases[i].reason);
		bytes[cases[i].at] ^= 0xff;
	}
	assert_int_equal(checkpoint_parse(bytes, 100, &c, &err), -ERR_DATA);
	check_contains(err.text, "it is cut off: it has only 100 bytes");
	free(bytes);
}

/* Sizes whose sum overflows, under a checksum that is right. */
static void sizes_that_cannot_be_are_refused(void **state)
{
	static const uint64_t sizes[][2] = {
		{UINT64_MAX, 0},	  {UINT64_MAX - 7, sizeof(STATE) + 8},
		{0, UINT64_MAX},	  {sizeof(STATE), UINT64_MAX},
		{1ull << 63, 1ull << 63},
	};
	struct error err = ERROR_INIT;
	struct checkpoint c;
	size_t size;
	unsigned char *bytes = make(&size);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		memcpy(bytes + 16, sizes[i], sizeof(sizes[i]));
		checkpoint_seal(bytes, size);
		assert_int_equal(checkpoint_parse(bytes, size, &c, &err), -ERR_DATA);
		check_contains(err.text, "cut off or damaged");
	}
	free(bytes);
}

static void checksums_differ_wherever_a_byte_does(void **state)
{
	unsigned char bytes[200] = {0};

	(void)state;
	for (size_t size = 1; size <= sizeof(bytes); size++) {
		uint64_t zeros = checksum64(bytes, size);

		assert_true(zeros != checksum64(bytes, size - 1));
		for (size_t i = 0; i < size; i++) {
			bytes[i] = 1;
			assert_true(checksum64(bytes, size) != zeros);
			bytes[i] = 0;
		}
	}
	/* Words that change places. */
	bytes[0] = 1;
	bytes[65] = 1;
	{
		uint64_t sum = checksum64(bytes, sizeof(bytes));

		bytes[0] = bytes[65] = 0;
		bytes[64] = bytes[1] = 1;
		assert_true(checksum64(bytes, sizeof(bytes)) != sum);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_in_comes_out),
		cmocka_unit_test(any_other_bit_is_seen),
		cmocka_unit_test(any_other_length_is_seen),
		cmocka_unit_test(the_reason_is_told),
		cmocka_unit_test(sizes_that_cannot_be_are_refused),
		cmocka_unit_test(checksums_differ_wherever_a_byte_does),
	};

	return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
