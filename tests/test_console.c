/* SPDX-License-Identifier: MIT
 *
 * Lines of the console: places of fixed width, times that can be read.
 */
#include <string.h>

#include "cmd/progress_line.h"
#include "cmd/run_options.h"
#include "cmd/screen.h"
#include "tests/outlook_fixture.h"

static size_t trial_width(const struct progress_columns *columns, const struct pool_slot *slot,
			  double left_s)
{
	struct outlook_slot outlook = {.share = 0.3, .left_s = left_s};
	struct text line = {0};
	size_t width;

	progress_add_trial(&line, columns, slot, &outlook);
	width = line.length;
	text_release(&line);
	return width;
}

static void lines_of_every_moment_are_as_wide(void **state)
{
	const double lefts[] = {0, 59, 3599, 36000, 90000, (double)NAN};
	struct progress_columns columns = progress_columns(80, 16, 5);
	struct pool_job job = {.title = "muon 64x2 lr=0.02"};
	struct pool_slot slot = {.job = &job};
	size_t width = trial_width(&columns, &slot, -1);

	(void)state;
	assert_in_range(width, 60, 79);
	slot.progress = (struct training_progress){.steps = 12000, .loss = 10.5};
	for (int64_t step = 1; step <= 12000; step = step * 3 + 1) {
		slot.progress.step = step;
		slot.progress.tokens_per_second = 37.0 * (double)step;
		for (size_t i = 0; i < ARRAY_SIZE(lefts); i++)
			assert_int_equal(trial_width(&columns, &slot, lefts[i]), width);
	}
	slot.progress.evaluating = true;
	assert_int_equal(trial_width(&columns, &slot, 3), width);
}

static void lines_fit_the_terminal(void **state)
{
	struct pool_job job = {.title =
				       "a title that is much too long for any terminal, of course"};
	struct pool_slot slot = {
		.job = &job,
		.progress = {.step = 123, .steps = 45678, .loss = 3, .tokens_per_second = 1e4},
	};

	(void)state;
	for (size_t width = 60; width < 200; width++) {
		struct progress_columns columns = progress_columns(width, 57, 5);

		assert_in_range(trial_width(&columns, &slot, 100), 50, width - 1);
	}
}

static void the_sweep_stands_under_its_trials(void **state)
{
	struct imagined_run run;
	struct progress_columns columns = progress_columns(100, 20, 3);
	struct text line = {0};

	(void)state;
	imagine(&run, 5, 2);
	begin(&run, 0, 2, 30, 100);
	look(&run);
	progress_add_sweep(&line, &columns, &run.outlook);
	assert_int_equal(line.length, trial_width(&columns, &run.slots[0], 10));
	assert_non_null(strstr(line.data, "sweep 0/5"));
	text_release(&line);
	outlook_release(&run.outlook);
}

static void cells_are_counted_in_characters(void **state)
{
	struct text text = {0};

	(void)state;
	text_add_cell(&text,
		      "gr\xc3\xb6\xc3\x9f"
		      "e",
		      4);
	text_add_cell(&text, "a\nb", 5);
	assert_string_equal(text.data, "gr\xc3\xb6\xc3\x9f"
				       "a?b  ");
	text_release(&text);
}

static void countdowns_are_short(void **state)
{
	static const struct {
		double seconds;
		const char *text;
	} cases[] = {
		{0, "0:00"},	      {7.4, "0:07"}, {754, "12:34"},	     {3723, "1:02:03"},
		{273600, "3 d 04 h"}, {-1, "--:--"}, {(double)NAN, "--:--"}, {HUGE_VAL, "--:--"}};
	char buffer[SHORT_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(format_countdown(buffer, cases[i].seconds), cases[i].text);
}

static void durations_are_read(void **state)
{
	static const struct {
		const char *text;
		double seconds; /* 0: refused */
	} cases[] = {{"90s", 90},     {"30m", 1800}, {"8h", 28800},  {"2d", 172800},
		     {"1h30m", 5400}, {"45", 45},    {"0.5h", 1800}, {"", 0},
		     {"0", 0},	      {"-3s", 0},    {"8 h", 0},     {"8x", 0},
		     {"nan", 0},      {"infs", 0},   {"1h30", 0},    {"h", 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		double seconds = 0;
		bool read = parse_duration(cases[i].text, &seconds);

		if (read != (cases[i].seconds > 0))
			fail_msg("'%s' is %s", cases[i].text, read ? "read" : "refused");
		check_near(seconds, cases[i].seconds, 0, 1e-9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_every_moment_are_as_wide),
		cmocka_unit_test(lines_fit_the_terminal),
		cmocka_unit_test(the_sweep_stands_under_its_trials),
		cmocka_unit_test(cells_are_counted_in_characters),
		cmocka_unit_test(countdowns_are_short),
		cmocka_unit_test(durations_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
