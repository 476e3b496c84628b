/* SPDX-License-Identifier: MIT
 *
 * Warnings about the grid of sizes and budgets, and about what is made of it.
 */
#include "tests/warning_fixture.h"

#include "results/warnings.h"

static void drop_cells_of_muon(struct observations *set)
{
	for (size_t i = set->n; i-- > 0;)
		if (i >= grid_at(1, 1, 2, 0, 0) && i < grid_at(1, 1, 3, 0, 0))
			drop_row(set, i);
}

static void keep_two_sizes(struct observations *set)
{
	for (size_t i = set->n; i-- > 0;)
		if (set->rows[i].params < 3e8)
			set->rows[i].params = 1e8;
		else
			set->rows[i].params = 9e8;
}

static void keep_two_budgets(struct observations *set)
{
	for (size_t i = set->n; i-- > 0;)
		if (set->rows[i].flops > 3e17)
			drop_row(set, i);
}

static void rename_the_baseline(struct observations *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->rows[i].label, "adamw") == 0)
			set->rows[i].optimizer = set->rows[i].label = "lion";
}

static void hide_sizes(struct observations *set)
{
	for (int i = 0; i < GRID_LRS * GRID_SEEDS; i++)
		set->rows[grid_at(0, 0, 0, 0, 0) + (size_t)i].tokens =
			set->rows[grid_at(0, 0, 0, 0, 0) + (size_t)i].steps = (double)NAN;
}

/* All trials of a cell lie 5 % too high. */
static void raise_a_cell(struct observations *set)
{
	for (int i = 0; i < GRID_LRS * GRID_SEEDS; i++)
		set->rows[grid_at(1, 2, 1, 0, 0) + (size_t)i].loss *= 1.05;
}

static void a_grid_that_cannot_carry_a_law_is_told(void **state)
{
	static const struct warning_case cases[] = {
		{"adamw: at 4 of 4 budgets the smallest size tried is the best (50M at 6e+16 "
		 "FLOPs; "
		 "100M at 2.4e+17 FLOPs; 200M at 9.6e+17 FLOPs and 1 more), and the frontier may "
		 "lie lower: add smaller sizes there",
		 .grid = {0.6, 0.001, 2, -1, 0.02}},
		{"muon: at 4 of 4 budgets the largest size tried is the best",
		 .grid = {0.6, 0.001, 2, 3, 0.02}},
		{"muon: no finished trial in 1 of the 12 cells of adamw (400M params, 9.6e+17 "
		 "FLOPs), of which 1 make its frontier, where that of muon may be too high: run "
		 "them",
		 .spoil = drop_cells_of_muon},
		{"only 2 model sizes: laws need at least 3", .spoil = keep_two_sizes},
		{"only 2 compute budgets: laws need at least 3", .spoil = keep_two_budgets},
		{"no arm 'adamw' to compare with: name one of 'lion', 'muon' with --baseline",
		 .spoil = rename_the_baseline},
		{"1 point lacks a column that it needs", .spoil = hide_sizes},
		{"1 of 12 points lie more than 4 robust standard deviations",
		 .spoil = raise_a_cell},
		{"look at them (400M params, 2.4e+17 FLOPs by +4.", .spoil = raise_a_cell},
	};

	(void)state;
	check_warnings(cases, ARRAY_SIZE(cases));
}

/* Points of a CSV that nothing tuned: named by their line or key. */
static void an_outlier_is_named_by_its_line_or_its_key(void **state)
{
	struct fit_options options = fit_options_default();

	(void)state;
	options.bootstrap = 0;
	options.laws = "chinchilla";
	for (int keyed = 0; keyed < 2; keyed++) {
		struct random random = random_stream(8, 1);
		struct observations set = {0};
		struct fit_report report;
		struct error err = ERROR_INIT;

		for (int i = 0; i < 25; i++) {
			struct observation *row = observations_add(&set);

			row->params = 1e7 * pow(3, i / 5);
			row->tokens = 1e9 * pow(3, i % 5);
			row->flops = 6 * row->params * row->tokens;
			row->loss =
				1.7 + 400 * pow(row->params, -0.34) + 410 * pow(row->tokens, -0.28);
			row->loss *= exp(0.002 * random_normal(&random)) * (i == 17 ? 1.04 : 1);
			row->line = keyed ? 0 : i + 2;
			row->trial_key = keyed ? arena_printf(&set.arena, "key-%d", i) : NULL;
		}
		check_ok(fit_study(&set, &options, &report, &err), &err);
		check_contains(text_string(&report.laws[0].warnings),
			       "1 of 25 points lie more than 4 robust standard deviations");
		check_contains(text_string(&report.laws[0].warnings),
			       keyed ? "(trial key-17 by +" : "(line 19 by +");
		fit_report_release(&report);
		set.rows[17].loss /= 1.04;
		check_ok(fit_study(&set, &options, &report, &err), &err);
		assert_null(strstr(text_string(&report.laws[0].warnings), "robust"));
		fit_report_release(&report);
		observations_release(&set);
	}
}

static void a_target_beyond_the_data_is_extrapolated(void **state)
{
	static const struct {
		double target;
		const char *warning; /* of adamw; NULL: none */
	} cases[] = {
		{2.9, NULL},
		{2.5, "adamw: the target loss 2.5 is extrapolated: its compute is "},
		{4.5, "adamw: the target loss 4.5 is extrapolated: its compute is 1/"},
		{1.6, "adamw: its 'power_offset' levels off above the target loss 1.6"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fit_options options = fit_options_default();
		struct text out = {0};

		options.bootstrap = 0;
		options.target = cases[i].target;
		warnings_of(&flawless, NULL, options, &out);
		if (cases[i].warning)
			check_contains(text_string(&out), cases[i].warning);
		else
			assert_string_equal(text_string(&out), "");
		text_release(&out);
	}
}

/* Noise that bends the frontier the wrong way at every other draw. */
static void replicates_that_fail_are_told_with_their_number(void **state)
{
	const struct grid noisy = {0.6, 0.1, 2, 1, 0.02};
	struct fit_options options = fit_options_default();
	struct text out = {0};

	(void)state;
	options.bootstrap = 40;
	options.laws = "power_offset";
	warnings_of(&flawless, NULL, options, &out);
	assert_null(strstr(text_string(&out), "bootstrap replicates"));
	warnings_of(&noisy, NULL, options, &out);
	check_contains(text_string(&out),
		       " of 40 bootstrap replicates are at a bound or could not be fitted");
	text_clear(&out);
	options.bootstrap = 19;
	warnings_of(&flawless, NULL, options, &out);
	check_contains(text_string(&out),
		       "19 bootstrap replicates are too few for an interval: --bootstrap 20");
	text_release(&out);
}

static void a_ratio_outside_its_own_interval_is_told(void **state)
{
	struct efficiency_row rows[] = {
		{.ratio = {0.7}, .interval = {{0.6, 0.8}}},
		{.ratio = {0.9}, .interval = {{0.6, 0.8}}},
		{.ratio = {(double)NAN}, .interval = {{0.6, 0.8}}},
		{.ratio = {0.9}, .interval = {{(double)NAN, (double)NAN}}},
	};
	struct efficiency pair = {.rows = rows, .n_rows = 4};
	struct fit_report report = {.pairs = &pair, .n_pairs = 1};

	(void)state;
	warn_off_centre(&report);
	check_contains(text_string(&pair.warnings), "1 of 4 ratios lie outside their own");
	text_clear(&pair.warnings);
	pair.n_rows = 1;
	warn_off_centre(&report);
	assert_string_equal(text_string(&pair.warnings), "");
	text_release(&pair.warnings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ratio_outside_its_own_interval_is_told),
		cmocka_unit_test(a_grid_that_cannot_carry_a_law_is_told),
		cmocka_unit_test(an_outlier_is_named_by_its_line_or_its_key),
		cmocka_unit_test(a_target_beyond_the_data_is_extrapolated),
		cmocka_unit_test(replicates_that_fail_are_told_with_their_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
