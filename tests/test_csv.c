/* SPDX-License-Identifier: MIT
 *
 * Observations from CSV: aliases, maps, conditions, every malformed file with its message, and
 * the way out and back.
 */
#include "tests/check.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "results/csv.h"
#include "results/export.h"
#include "tests/scratch.h"

static const char *const loss_of_flops[] = {"flops", "loss", NULL};
static const char *const loss_of_size[] = {"params", "tokens", "loss", NULL};

static const char *write_file(void **state, const char *text)
{
	const char *path = scratch_path(state, "x.csv");
	struct error err = ERROR_INIT;

	check_ok(file_write(path, text, strlen(text), &err), &err);
	return path;
}

struct reading {
	struct observations set;
	struct csv_report report;
	struct error err;
	int result;
};

static struct reading *read_csv(void **state, const char *text, struct csv_options options)
{
	static struct reading reading;
	const char *path = write_file(state, text);

	reading = (struct reading){0};
	reading.result =
		csv_observations(path, &options, &reading.set, &reading.report, &reading.err);
	return &reading;
}

static struct reading *read_good(void **state, const char *text, struct csv_options options)
{
	struct reading *got = read_csv(state, text, options);

	check_ok(got->result, &got->err);
	return got;
}

static void release(struct reading *reading)
{
	observations_release(&reading->set);
	csv_report_release(&reading->report);
}

static void columns_are_found_by_name_and_alias(void **state)
{
	struct reading *got =
		read_good(state,
			  "\xef\xbb\xbfN,D, budget_flops ,val_loss,width,run_name,label\r\n"
			  "1e6,2e7,1.2e14,3.25,64,\"a \"\"quoted\"\", name\",muon\r\n"
			  "\r\n"
			  " 2e6 ,4e7,4.8e14,3.00,,\"two\nlines\", adamw \r\n"
			  "3e6,4e7,7e14,2.5,64,,\"\"",
			  (struct csv_options){.needed = loss_of_size});

	assert_int_equal(got->set.n, 3);
	check_near(got->set.rows[0].params, 1e6, 0, 0);
	check_near(got->set.rows[0].tokens, 2e7, 0, 0);
	check_near(got->set.rows[0].flops, 1.2e14, 0, 0);
	check_near(got->set.rows[0].loss, 3.25, 0, 0);
	check_near(got->set.rows[0].d_model, 64.0, 0, 0);
	assert_string_equal(got->set.rows[0].trial_key, "a \"quoted\", name");
	assert_true(got->set.rows[0].final);
	assert_true(isnan(got->set.rows[1].d_model));
	check_near(got->set.rows[1].params, 2e6, 0, 0);
	assert_string_equal(got->set.rows[1].trial_key, "two\nlines");
	assert_string_equal(got->set.rows[1].label, "adamw");
	assert_null(got->set.rows[2].trial_key);
	assert_string_equal(got->set.rows[2].label, "");
	assert_int_equal(got->set.rows[1].line, 4);
	assert_int_equal(got->set.rows[2].line, 6);
	assert_int_equal(got->report.n_faults, 0);
	assert_int_equal(got->report.n_ignored, 0);
	release(got);
}

static void the_exact_name_wins_over_an_alias(void **state)
{
	struct reading *got = read_good(state, "budget_flops,C,flops,loss,kept\n1,2,3,4,5\n",
					(struct csv_options){.needed = loss_of_flops});

	check_near(got->set.rows[0].flops, 3.0, 0, 0);
	assert_int_equal(got->report.n_ignored, 3);
	assert_string_equal(got->report.ignored[0], "budget_flops");
	assert_string_equal(got->report.ignored[1], "C");
	assert_string_equal(got->report.ignored[2], "kept");
	release(got);
}

static void a_map_names_columns_and_one_may_feed_two(void **state)
{
	struct reading *got = read_good(
		state, "size,params,tokens_nominal,loss,final_loss\n130m,1e8,2e9,9,3.5\n",
		(struct csv_options){.map = "tokens=tokens_nominal,loss=final_loss,label=size,"
					    "group=size",
				     .needed = loss_of_size});

	check_near(got->set.rows[0].tokens, 2e9, 0, 0);
	check_near(got->set.rows[0].loss, 3.5, 0, 0);
	assert_string_equal(got->set.rows[0].label, "130m");
	assert_string_equal(got->set.rows[0].group, "130m");
	assert_int_equal(got->report.n_ignored, 1);
	assert_string_equal(got->report.ignored[0], "loss");
	release(got);
}

static void flops_come_from_params_and_tokens_where_there_are_none(void **state)
{
	struct reading *got = read_good(state, "params,tokens,loss\n1e6,2e7,3\n,2e7,3\n",
					(struct csv_options){.needed = loss_of_flops});

	assert_int_equal(got->set.n, 1);
	check_near(got->set.rows[0].flops, 1.2e14, 1e-15, 0);
	check_near(got->set.rows[0].flops_6nd, 1.2e14, 1e-15, 0);
	assert_int_equal(got->report.n_dropped, 1); /* no params, no flops */
	release(got);
	got = read_good(state, "flops_6nd,loss\n7e14,3\n",
			(struct csv_options){.needed = loss_of_flops});
	check_near(got->set.rows[0].flops, 7e14, 0, 0);
	release(got);
}

static void bad_values_are_named_by_line(void **state)
{
	static const struct {
		const char *value, *why;
	} cases[] = {
		{"", "is missing"},	     {"NA", "is missing"},     {"three", "is no number"},
		{"3.5x", "is no number"},    {"1e3M", "is no number"}, {"0x10", "is no number"},
		{"nan", "is not finite"},    {"inf", "is not finite"}, {"1e999", "is not finite"},
		{"-3.5", "is not positive"}, {"0", "is not positive"}, {"\"3,5\"", "is no number"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct text text = {0};
		struct reading *got;

		text_printf(&text, "flops,loss\n1e9,3\n2e9,%s\n3e9,2\n", cases[i].value);
		got = read_good(state, text.data, (struct csv_options){.needed = loss_of_flops});
		assert_int_equal(got->set.n, 2);
		assert_int_equal(got->report.n_rows, 3);
		assert_int_equal(got->report.n_dropped, 1);
		assert_int_equal(got->report.n_faults, 1);
		assert_int_equal(got->report.faults[0].line, 3);
		assert_true(got->report.faults[0].dropped);
		assert_string_equal(got->report.faults[0].column, "loss");
		assert_string_equal(got->report.faults[0].why, cases[i].why);
		release(got);
		text_release(&text);
	}
}

static void a_bad_value_that_is_not_needed_keeps_its_row(void **state)
{
	struct reading *got = read_good(state, "flops,loss,lr\n1e9,3,high\n2e9,2,\n3e9,1,0\n",
					(struct csv_options){.needed = loss_of_flops});

	assert_int_equal(got->set.n, 3);
	assert_true(isnan(got->set.rows[0].lr));
	assert_int_equal(got->report.n_faults, 1); /* an empty field is simply not there */
	assert_false(got->report.faults[0].dropped);
	assert_string_equal(got->report.faults[0].value, "high");
	assert_int_equal(got->report.n_dropped, 0);
	check_near(got->set.rows[2].lr, 0.0, 0, 0);
	release(got);
}

static void curve_points_and_diverged_rows_are_not_final(void **state)
{
	struct reading *got = read_good(state,
					"flops,loss,final,state\n"
					"0,3,0,done\n1e9,2,1,done\n1e9,,1,diverged\n1e9,2,,\n"
					"1e9,2,true,finished\n1e9,2,no,running\n",
					(struct csv_options){.needed = loss_of_flops});
	static const bool wanted[] = {false, true, false, true, true, false};

	assert_int_equal(got->set.n, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		assert_true(got->set.rows[i].final == wanted[i]);
	release(got);
}

static void malformed_files_are_refused_with_their_place(void **state)
{
	static const struct {
		const char *text, *message;
		struct csv_options options;
	} cases[] = {
		{"", "' is empty; a header and rows are expected", {0}},
		{"\n\n  \n", "' is empty; a header and rows are expected", {0}},
		{"flops,loss\n", "' has a header and no rows", {0}},
		{"flops,loss\n1,2\n3\n", "x.csv:3: 1 field where the header has 2", {0}},
		{"flops,loss\n1,2\n\n3,4,5\n", "x.csv:4: 3 fields where the header has 2", {0}},
		{"flops,loss\n1,2,\n", "x.csv:2: 3 fields where the header has 2", {0}},
		{"flops,loss\n1,\"2\n3,4\n",
		 "x.csv:2: a quote is opened here and never closed",
		 {0}},
		{"\"flops,loss\n", "x.csv:1: a quote is opened here and never closed", {0}},
		{"flops,loss\n\"1\"2,3\n", "x.csv:2: text behind a closing quote", {0}},
		{"flops,loss,flops\n1,2,3\n",
		 "x.csv:1: two columns are named 'flops'; rename one",
		 {0}},
		{"flops;loss\n1;2\n", "x.csv:1: columns must be separated by ',', not ';'", {0}},
		{"flops\tloss\n1\t2\n", "x.csv:1: columns must be separated by ',', not tabs", {0}},
		{"flops,final\n1,maybe\n", "x.csv:2: 'final' must be 0 or 1, not 'maybe'", {0}},
		{"compute,loss\n1,2\n",
		 "x.csv:1: no column 'flops' (or C|budget_flops); there are 'compute', 'loss'; "
		 "name "
		 "one with --map flops=COLUMN",
		 {.needed = loss_of_flops}},
		{"1e9,3\n2e9,2\n",
		 "x.csv:1: no column 'params' (or N); there are '1e9', '3'; name one with --map "
		 "params=COLUMN",
		 {.needed = loss_of_size}},
		{"flops,loss\n1,2\n", "'--map' wants name=column, not 'loss'", {.map = "loss"}},
		{"flops,loss\n1,2\n",
		 "'--map' has no name 'los'; did you mean 'loss'?",
		 {.map = "los=loss"}},
		{"flops,loss\n1,2\n",
		 "x.csv' has no column 'lost' for '--map'; did you mean 'loss'?",
		 {.map = "loss=lost"}},
		{"flops,loss\n1,2\n",
		 "wrong condition 'los > 1': no such column: los; did you mean 'loss'?",
		 {.where = "los > 1"}},
		{"flops,loss\n1,2\n",
		 "wrong condition 'loss >': near \")\": syntax error",
		 {.where = "loss >"}},
		{"flops,loss\n1,2\n",
		 "wrong condition '1); SELECT 1 --': more than one expression",
		 {.where = "1); SELECT 1 --"}},
		{"flops,loss,Loss\n1,2,3\n",
		 "'--where' cannot tell two columns 'Loss' apart, which differ in upper and lower "
		 "case only; rename one",
		 {.where = "flops > 1"}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct reading *got = read_csv(state, cases[i].text, cases[i].options);

		assert_true(got->result == -ERR_DATA || got->result == -ERR_USAGE);
		assert_int_equal(got->result, -(int)got->err.code);
		check_contains(got->err.text, cases[i].message);
		release(got);
	}
}

static void unreadable_and_binary_files_are_refused(void **state)
{
	const char *path = scratch_path(state, "x.csv");
	struct csv_options options = {0};
	struct csv_report report = {0};
	struct observations set = {0};
	struct error err = ERROR_INIT;

	assert_int_equal(csv_observations(path, &options, &set, &report, &err), -ERR_IO);
	check_contains(err.text, "x.csv': No such file or directory");
	assert_int_equal(csv_observations(scratch_path(state, ""), &options, &set, &report, &err),
			 -ERR_IO);
	check_ok(file_write(path, "flops\n1\n\0002\n", 11, &err), &err);
	assert_int_equal(csv_observations(path, &options, &set, &report, &err), -ERR_DATA);
	check_contains(err.text, "x.csv:3: a NUL byte; save the file as UTF-8 text");
	observations_release(&set);
	csv_report_release(&report);
}

static void a_condition_may_use_any_column_of_the_file(void **state)
{
	static const char text[] = "N,tokens,loss,kept,size name\n"
				   "1e6,2e7,3.0,1,130m\n2e6,2e7,x,0,130m\n3e6,2e7,2.5,1,300m\n"
				   "4e6,2e7,2.4,,007\n";
	static const struct {
		const char *where;
		size_t n, n_dropped;
	} cases[] = {
		{"kept = 1", 2, 0},
		{"kept = '1'", 2, 0},
		{"params > 1.5e6", 2, 1},
		{"N > 1.5e6 -- by its own name", 2, 1},
		{"\"size name\" = '130m'", 1, 1},
		{"\"size name\" = '007'", 1, 0},
		{"kept IS NULL", 1, 0},
		{"loss <= (SELECT min(loss) FROM (SELECT 2.5 AS loss))", 2, 0},
		{"1 = 0", 0, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct reading *got = read_good(
			state, text,
			(struct csv_options){.where = cases[i].where, .needed = loss_of_size});

		assert_int_equal(got->set.n, cases[i].n);
		assert_int_equal(got->report.n_dropped, cases[i].n_dropped);
		assert_int_equal(got->report.n_selected, cases[i].n + cases[i].n_dropped);
		assert_int_equal(got->report.n_rows, 4);
		release(got);
	}
}

static void what_is_exported_reads_back_the_same(void **state)
{
	struct observations set = {0};
	struct text csv = {0}, again = {0};
	struct observation *row;
	struct reading *got;

	for (int i = 0; i < 3; i++) {
		row = observations_add(&set);
		for (int c = 0; c < N_OBSERVATION_NUMBERS; c++)
			*observation_number(row, &observation_columns[c]) =
				(c + 1) / 7.0 + (c % 2 ? i : 0);
		row->label = i ? "muon, \"tuned\"" : " padded\n";
		row->optimizer = "";
		row->final = i != 1;
	}
	row->lr = (double)NAN;
	export_csv(&set, &csv);
	got = read_good(state, csv.data, (struct csv_options){.needed = loss_of_flops});
	assert_int_equal(got->set.n, 3);
	assert_int_equal(got->report.n_ignored, 0);
	assert_int_equal(got->report.n_faults, 0);
	for (int i = 0; i < 2; i++)
		for (int c = 0; c < N_OBSERVATION_NUMBERS; c++)
			check_near(*observation_number(&got->set.rows[i], &observation_columns[c]),
				   *observation_number(&set.rows[i], &observation_columns[c]), 0,
				   0);
	assert_string_equal(got->set.rows[0].label, " padded\n");
	assert_null(got->set.rows[0].corpus);
	export_csv(&got->set, &again);
	assert_string_equal(again.data, csv.data);
	observations_release(&set);
	text_release(&csv);
	text_release(&again);
	release(got);
}

static void json_lines_leave_out_what_is_not_known(void **state)
{
	struct observations set = {0};
	struct text out = {0};

	(void)state;
	observations_add(&set)->loss = 2.5;
	observations_add(&set)->label = "muon";
	observations_add(&set)->loss = 2.5;
	set.rows[1].final = false;
	export_jsonl(&set, &out);
	assert_string_equal(out.data, "{\"loss\": 2.5, \"final\": true}\n"
				      "{\"label\": \"muon\", \"final\": false}\n"
				      "{\"loss\": 2.5, \"final\": true}\n");
	observations_release(&set);
	text_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH(columns_are_found_by_name_and_alias),
		SCRATCH(the_exact_name_wins_over_an_alias),
		SCRATCH(a_map_names_columns_and_one_may_feed_two),
		SCRATCH(flops_come_from_params_and_tokens_where_there_are_none),
		SCRATCH(bad_values_are_named_by_line),
		SCRATCH(a_bad_value_that_is_not_needed_keeps_its_row),
		SCRATCH(curve_points_and_diverged_rows_are_not_final),
		SCRATCH(malformed_files_are_refused_with_their_place),
		SCRATCH(unreadable_and_binary_files_are_refused),
		SCRATCH(a_condition_may_use_any_column_of_the_file),
		SCRATCH(what_is_exported_reads_back_the_same),
		cmocka_unit_test(json_lines_leave_out_what_is_not_known),
	};

	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
