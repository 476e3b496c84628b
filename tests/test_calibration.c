/* SPDX-License-Identifier: MIT */
#include "tests/cost_fixture.h"
#include "tests/scratch.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "base/log.h"
#include "sweep/calibration.h"

#define PATIENCE_S 60

static const char *cache_path(void)
{
	return arena_printf(&scratch_arena, "%s/muon-sweep/calibration.tsv", scratch);
}

static void add(const struct cost_row *rows, size_t n)
{
	struct error err = ERROR_INIT;

	check_ok(calibration_add(rows, n, PATIENCE_S, &err), &err);
}

static size_t count_lines(void)
{
	struct error err = ERROR_INIT;
	struct text text = {0};
	size_t n = 0;

	check_ok(file_read(&text, cache_path(), &err), &err);
	for (const char *at = text_string(&text); (at = strchr(at, '\n')); at++)
		n++;
	text_release(&text);
	return n;
}

static void append_line(const char *line)
{
	FILE *file = fopen(cache_path(), "a");

	assert_non_null(file);
	fputs(line, file);
	fclose(file);
}

/* --- a line --- */

static void a_row_survives_its_line(void **state)
{
	struct cost_row row = made_row(64, 2, "muon"), got;
	struct text line = {0};

	(void)state;
	row.parts.eval = (double)NAN;
	row.shape.optimizer_flops = 1e16 / 3; /* to the last bit */
	cost_row_write(&row, &line);
	assert_true(cost_row_read(line.data, &got));
	assert_true(cost_shape_equal(&got.shape, &row.shape));
	check_near(got.parts.start, row.parts.start, 1e-8, 0);
	check_near(got.parts.token, row.parts.token, 1e-8, 0);
	check_near(got.parts.step, row.parts.step, 1e-8, 0);
	assert_true(isnan(got.parts.eval));
	text_release(&line);
}

/* Replaces the first field that begins with `from`. */
static void damage(struct text *line, const char *from, const char *to)
{
	char *at = strstr(line->data, from);
	struct text damaged = {0};

	assert_non_null(at);
	text_add_bytes(&damaged, line->data, (size_t)(at - line->data));
	text_add(&damaged, to);
	text_add(&damaged, at + strlen(from));
	text_release(line);
	*line = damaged;
}

static void damaged_lines_are_no_rows(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{"64\t", "x\t"},     {"64\t", "-64\t"},
		{"64\t", "nan\t"},   {"64\t", "\t"},
		{"64\t", ""},	     {"64\t", "64\t64\t"},
		{"muon\t", "\t"},    {"fp32", "fp32\tx"},
		{"cpu\t", "cpu"},    {"muon", "a_name_that_is_far_too_long_for_it"},
		{"64\t", "1e300\t"},
	};
	struct cost_row row = made_row(64, 2, "muon"), got;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct text line = {0};

		cost_row_write(&row, &line);
		damage(&line, cases[i].from, cases[i].to);
		if (cost_row_read(line.data, &got))
			fail_msg("'%s' for '%s' was read", cases[i].to, cases[i].from);
		text_release(&line);
	}
	assert_false(cost_row_read("", &got));
}

/* --- the cache --- */

static void what_is_added_is_loaded(void **state)
{
	const struct cost_row rows[] = {made_row(64, 2, "adamw"), made_row(128, 2, "muon")};
	struct calibration c;

	(void)state;
	calibration_load(&c);
	assert_int_equal(c.n, 0);
	add(rows, 2);
	calibration_load(&c);
	assert_int_equal(c.n, 2);
	assert_true(cost_shape_equal(&c.rows[1].shape, &rows[1].shape));
	check_near(c.rows[0].parts.token, rows[0].parts.token, 1e-8, 0);
	calibration_release(&c);
}

static void a_shape_that_is_measured_again_is_averaged(void **state)
{
	struct cost_row first = made_row(64, 2, "adamw"), again = first;
	struct calibration c;
	double before = first.parts.token;

	(void)state;
	add(&first, 1);
	again.parts.token = 5 * before;
	again.parts.eval = (double)NAN;
	again.measured_s = 3;
	add(&again, 1);
	calibration_load(&c);
	assert_int_equal(c.n, 1);
	check_near(c.rows[0].parts.token, 4 * before, 1e-8, 0);
	check_near(c.rows[0].parts.eval, first.parts.eval, 1e-8, 0);
	check_near(c.rows[0].measured_s, 4, 1e-3, 0);
	calibration_release(&c);
}

static void an_old_average_gives_way(void **state)
{
	struct cost_row old = made_row(64, 2, "adamw"), now = old;
	struct calibration c = {0};

	(void)state;
	old.measured_s = 1e6;
	now.parts.token = 2 * old.parts.token;
	now.measured_s = 90;
	calibration_merge(&c, &old);
	calibration_merge(&c, &now);
	check_near(c.rows[0].parts.token, 1.75 * old.parts.token, 1e-8, 0);
	calibration_release(&c);
}

static void bad_lines_are_left_out_and_foreign_ones_kept(void **state)
{
	const struct cost_row row = made_row(64, 2, "adamw"), other = made_row(32, 2, "adamw");
	struct text foreign = {0};
	struct calibration c;

	(void)state;
	add(&row, 1);
	text_add(&foreign, "0123456789abcdef\t");
	cost_row_write(&other, &foreign);
	append_line(foreign.data);
	append_line("hello\n\n\tx\n0123456789abcdeg\t1\n\001\377");
	calibration_load(&c);
	assert_int_equal(c.n, 1);
	calibration_release(&c);
	add(&row, 1);
	assert_int_equal(count_lines(), 2);
	text_release(&foreign);
}

static void the_cache_is_bounded_and_keeps_the_latest(void **state)
{
	struct cost_row *rows = xcalloc(700, sizeof(*rows));
	struct calibration c;

	(void)state;
	for (size_t i = 0; i < 700; i++)
		rows[i] = made_row(32 + (double)i, 2, "adamw");
	add(rows, 350);
	add(rows + 350, 350);
	assert_int_equal(count_lines(), 600);
	calibration_load(&c);
	assert_true(cost_shape_equal(&c.rows[c.n - 1].shape, &rows[699].shape));
	assert_true(cost_shape_equal(&c.rows[0].shape, &rows[100].shape));
	calibration_release(&c);
	free(rows);
}

/* `n` lines of another machine, as wide as that. */
static void append_foreign(size_t n, double width)
{
	struct text lines = {0};

	for (size_t i = 0; i < n; i++) {
		struct cost_row row = made_row(width + (double)i, 2, "adamw");

		text_add(&lines, "0123456789abcdef\t");
		cost_row_write(&row, &lines);
	}
	append_line(lines.data);
	text_release(&lines);
}

static size_t count_in_cache(const char *part)
{
	struct error err = ERROR_INIT;
	struct text text = {0};
	size_t n;

	check_ok(file_read(&text, cache_path(), &err), &err);
	n = count_of(text_string(&text), part);
	text_release(&text);
	return n;
}

static void foreign_rows_make_room_first_the_oldest_before_the_others(void **state)
{
	struct cost_row *rows = xcalloc(500, sizeof(*rows));
	struct calibration c;

	(void)state;
	for (size_t i = 0; i < 500; i++)
		rows[i] = made_row(32 + (double)i, 2, "adamw");
	add(rows, 1);
	append_foreign(200, 1000);
	add(rows, 500);
	assert_int_equal(count_lines(), 600);
	assert_int_equal(count_in_cache("0123456789abcdef\t"), 100);
	assert_int_equal(count_in_cache("0123456789abcdef\t1099\t"), 0);
	assert_int_equal(count_in_cache("0123456789abcdef\t1100\t"), 1);
	calibration_load(&c);
	assert_int_equal(c.n, 500);
	calibration_release(&c);
	free(rows);
}

/* A child that adds rows of its own, one by one; its exit status is 0 where all went well. */
static pid_t start_writer(double width, size_t n)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	for (size_t i = 0; i < n; i++) {
		struct cost_row row = made_row(width + (double)i, 2, "adamw");

		if (calibration_add(&row, 1, PATIENCE_S, NULL))
			_exit(1);
	}
	_exit(0);
}

static void two_writers_lose_nothing_of_each_other(void **state)
{
	pid_t writers[] = {start_writer(100, 40), start_writer(1000, 40)};
	struct calibration c;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(writers); i++) {
		int status;

		assert_true(writers[i] > 0);
		assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
		assert_int_equal(status, 0);
	}
	calibration_load(&c);
	assert_int_equal(c.n, 80);
	calibration_release(&c);
	assert_int_equal(count_lines(), 80);
}

static void a_locked_cache_keeps_nobody_waiting(void **state)
{
	const struct cost_row row = made_row(64, 2, "adamw"), other = made_row(32, 2, "adamw");
	struct error err = ERROR_INIT;
	int fd;

	(void)state;
	add(&row, 1);
	fd = open(arena_printf(&scratch_arena, "%s.lock", cache_path()), O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(calibration_add(&other, 1, 0, &err), -ERR_TAKEN);
	check_contains(err.text, "calibration.tsv.lock");
	assert_int_equal(count_lines(), 1);
	close(fd);
	assert_int_equal(calibration_add(&other, 1, 0, &err), 0);
	assert_int_equal(count_lines(), 2);
}

static void what_cannot_be_read_is_not_replaced(void **state)
{
	const struct cost_row row = made_row(64, 2, "adamw");
	struct error err = ERROR_INIT;
	struct calibration c;

	(void)state;
	check_ok(directory_make(cache_path(), &err), &err);
	assert_int_equal(calibration_add(&row, 1, 0, &err), -ERR_IO);
	check_contains(err.text, "cannot read");
	calibration_load(&c);
	assert_int_equal(c.n, 0);
	calibration_release(&c);
}

static void a_zero_byte_spoils_its_line_alone(void **state)
{
	const struct cost_row rows[] = {made_row(64, 2, "adamw"), made_row(32, 2, "adamw")};
	struct error err = ERROR_INIT;
	struct text text = {0};
	struct calibration c;

	(void)state;
	add(rows, 2);
	check_ok(file_read(&text, cache_path(), &err), &err);
	text.data[20] = '\0';
	scratch_write(cache_path(), text.data, text.length);
	text_release(&text);
	calibration_load(&c);
	assert_int_equal(c.n, 1);
	assert_true(cost_shape_equal(&c.rows[0].shape, &rows[1].shape));
	calibration_release(&c);
}

static void a_cache_that_cannot_be_written_is_an_error_and_no_more(void **state)
{
	const struct cost_row row = made_row(64, 2, "adamw");
	struct error err = ERROR_INIT;
	struct calibration c;

	(void)state;
	scratch_write_text("file", "");
	setenv("XDG_CACHE_HOME", arena_printf(&scratch_arena, "%s/file", scratch), 1);
	assert_int_equal(calibration_add(&row, 1, 0, &err), -ERR_IO);
	check_contains(err.text, "file/muon-sweep");
	calibration_load(&c);
	assert_int_equal(c.n, 0);
	calibration_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_survives_its_line),
		cmocka_unit_test(damaged_lines_are_no_rows),
		SCRATCH(what_is_added_is_loaded),
		SCRATCH(a_shape_that_is_measured_again_is_averaged),
		cmocka_unit_test(an_old_average_gives_way),
		SCRATCH(bad_lines_are_left_out_and_foreign_ones_kept),
		SCRATCH(the_cache_is_bounded_and_keeps_the_latest),
		SCRATCH(foreign_rows_make_room_first_the_oldest_before_the_others),
		SCRATCH(two_writers_lose_nothing_of_each_other),
		SCRATCH(a_locked_cache_keeps_nobody_waiting),
		SCRATCH(what_cannot_be_read_is_not_replaced),
		SCRATCH(a_zero_byte_spoils_its_line_alone),
		SCRATCH(a_cache_that_cannot_be_written_is_an_error_and_no_more),
	};

	return cmocka_run_group_tests(tests, quiet, NULL);
}
