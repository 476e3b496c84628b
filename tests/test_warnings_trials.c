/* SPDX-License-Identifier: MIT
 *
 * Warnings about tuning, seeds and single trials: each is raised by a study that deserves it and
 * not by one that does not.
 */
#include "tests/warning_fixture.h"

#include "results/tuned_keys.h"

static void shorten_a_trial(struct observations *set)
{
	set->rows[grid_at(1, 2, 0, 3, 1)].steps = 52;
}

static void repeat_data(struct observations *set)
{
	set->rows[0].epochs = 2.5;
}

static void orthogonalise_dearly(struct observations *set)
{
	set->rows[grid_at(1, 2, 0, 0, 0)].flops_optimizer_plain = 0.33 * 6e16;
}

static void mix_backends(struct observations *set)
{
	for (size_t i = 0; i < set->n; i++)
		set->rows[i].backend = i % 2 ? "cpu" : "ref";
}

static void mix_schedules(struct observations *set)
{
	for (size_t i = 0; i < set->n; i++)
		set->rows[i].schedule = i % GRID_SEEDS ? "wsd" : "cosine";
}

static void keep_one_seed(struct observations *set)
{
	for (size_t i = set->n; i-- > 0;)
		if (set->rows[i].seed > 0)
			drop_row(set, i);
}

static void drop_high_lrs_of_muon(struct observations *set)
{
	for (size_t i = set->n; i-- > 0;)
		if (i >= grid_at(1, 0, 0, 0, 0) && set->rows[i].lr > 5e-3)
			drop_row(set, i);
}

static void split_seeds(struct observations *set)
{
	set->rows[grid_at(0, 1, 2, 3, 1)].loss *= 1.05;
}

static void diverge_a_setting(struct observations *set)
{
	for (int seed = 0; seed < GRID_SEEDS; seed++)
		set->rows[grid_at(0, 0, 1, 4, seed)].state = "diverged";
}

static void diverge_a_seed(struct observations *set)
{
	set->rows[grid_at(1, 0, 1, 4, 1)].state = "diverged";
}

static void diverge_a_cell(struct observations *set)
{
	for (int i = 0; i < GRID_LRS * GRID_SEEDS; i++)
		set->rows[grid_at(1, 1, 3, 0, 0) + (size_t)i].state = "diverged";
}

static void diverge_an_arm(struct observations *set)
{
	for (size_t i = grid_at(1, 0, 0, 0, 0); i < set->n; i++)
		set->rows[i].state = "diverged";
}

static void diverge_without_a_budget(struct observations *set)
{
	for (size_t i = 0; i < set->n; i++)
		set->rows[i].budget_flops = (double)NAN;
	set->rows[7].state = "diverged";
	set->rows[7].line = 9;
}

static void warnings_name_the_arm_the_number_and_the_place(void **state)
{
	static const struct warning_case cases[] = {
		{"1 of 240 trials have under 200 steps, so that warm-up and decay are most of "
		 "them: raise the budget or lower the batch (muon has 52 at 200M params, 6e+16 "
		 "FLOPs)",
		 .spoil = shorten_a_trial},
		{"1 of 240 trials repeat data (epochs above 1, up to 2.5)", .spoil = repeat_data},
		{"muon: plain Newton-Schulz costs up to 33 % of the model's FLOPs (200M params, "
		 "6e+16 FLOPs, batch 1024)",
		 .spoil = orthogonalise_dearly},
		{"trials differ in backend ('ref', 'cpu')", .spoil = mix_backends},
		{"muon: schedules differ ('cosine', 'wsd')", .spoil = mix_schedules},
		{"selection bias not removed (one seed)", .spoil = keep_one_seed},
		{"tuning was unequal: 3 to 5 settings a cell (adamw 5, muon 3)",
		 .spoil = drop_high_lrs_of_muon},
		{"tuning cost adamw 1.28e+19 FLOPs a cell and muon 7.65e+18",
		 .spoil = drop_high_lrs_of_muon},
		{"adamw: seeds of one setting fall into two groups (400M params, 9.6e+17 FLOPs, lr "
		 "0.008: ",
		 .spoil = split_seeds},
		{"adamw: in 12 of 12 cells the highest lr is the best: widen its lr axis upwards "
		 "(50M params, 6e+16 FLOPs; 100M params, 6e+16 FLOPs; 100M params, 2.4e+17 FLOPs "
		 "and 9 "
		 "more)",
		 .grid = {0.6, 0.001, 4, 1, 0.02}},
		{"muon: in 12 of 12 cells the lowest lr is the best",
		 .grid = {0.6, 0.001, 0, 1, 0.02}},
		{"12 cells all settings are within 4 standard errors of the seeds",
		 .grid = {0.6, 0.01, 2, 1, 0}},
		{"adamw and muon differ by less than 2 standard errors of their seeds",
		 .grid = {1, 0.003, 2, 1, 0.02}},
		{"at 3 of 4 budgets (6e+16 FLOPs; 2.4e+17 FLOPs; 3.84e+18 FLOPs): more seeds there",
		 .grid = {1, 0.003, 2, 1, 0.02}},
		{"adamw: 2 diverged trials are missing from its cells (100M params, 2.4e+17 FLOPs, "
		 "lr 0.016; 100M params, 2.4e+17 FLOPs, lr 0.016): other settings of those cells "
		 "are left",
		 .spoil = diverge_a_setting},
		{"muon: 1 diverged trial is missing from its cells (100M params, 2.4e+17 FLOPs, lr "
		 "0.016): other seeds of those settings are left, whose mean is too low",
		 .spoil = diverge_a_seed},
		{"muon: 10 diverged trials are missing from its cells (800M params, 3.84e+18 "
		 "FLOPs, "
		 "lr 0.001; ",
		 .spoil = diverge_a_cell},
		{"nothing else is there, and the frontier may lie lower", .spoil = diverge_a_cell},
		{"muon: every trial diverged: lower its lr axis", .spoil = diverge_an_arm},
		{"adamw: 1 diverged trial is missing from its cells (line 9): where one was the "
		 "best",
		 .spoil = diverge_without_a_budget},
	};

	(void)state;
	check_warnings(cases, ARRAY_SIZE(cases));
}

/* The axis of lr becomes one of another key; its place in `tuned` is the first of its names. */
static void rename_axis(struct observations *set, enum tuned_key key)
{
	for (size_t i = 0; i < set->n; i++) {
		struct observation *row = &set->rows[i];
		double value = row->lr;

		row->lr = 0.01;
		switch (key) {
#define X(name, column, names, title)                                                          \
	case TUNED_##name:                                                                     \
		row->column = value;                                                           \
		row->tuned =                                                                   \
			arena_printf(&set->arena, "lr,%.*s", (int)strcspn(names, "|"), names); \
		break;
			TUNED_KEYS(X)
#undef X
		case N_TUNED_KEYS:
			break;
		}
	}
}

/* Warnings of a study that tuned `key` and found its optimum at `best` of 0 to 4. */
static void tune(enum tuned_key key, double best, struct text *out)
{
	struct fit_options options = fit_options_default();
	struct grid grid = flawless;
	struct observations set = {0};
	struct fit_report report;
	struct error err = ERROR_INIT;

	options.bootstrap = 0;
	options.laws = FLAWLESS_LAWS;
	grid.best_lr = best;
	make_grid(&set, &grid);
	rename_axis(&set, key);
	check_ok(fit_study(&set, &options, &report, &err), &err);
	assert_int_equal(report.study.n_cells, 2 * GRID_SIZES * GRID_BUDGETS);
	assert_int_equal(report.study.cells[0].n_settings, GRID_LRS);
	assert_int_equal(report.study.cells[0].n_clusters, GRID_SEEDS);
	all_warnings(&report, out);
	fit_report_release(&report);
	observations_release(&set);
}

static void the_edge_of_any_tuned_key_is_told(void **state)
{
	(void)state;
	for (int k = 0; k < N_TUNED_KEYS; k++) {
		enum tuned_key key = (enum tuned_key)k;
		struct text inside = {0}, outside = {0}, want = {0};

		tune(key, 2, &inside);
		assert_string_equal(text_string(&inside), "");
		tune(key, 0, &outside);
		text_printf(&want,
			    "adamw: in 12 of 12 cells the best %s is on the edge: widen its axis",
			    tuned_key_name(key));
		check_contains(text_string(&outside), want.data);
		text_release(&inside);
		text_release(&outside);
		text_release(&want);
	}
}

/* A studied key that does not make cells is no axis to widen, and no setting. */
static void keys_that_were_not_tuned_make_no_settings(void **state)
{
	struct observation row = {.tuned = "lr,train.momentum,betas"};

	(void)state;
	assert_false(tuned_key_counts(&row, TUNED_MOMENTUM));
	assert_false(tuned_key_counts(&row, TUNED_WARMUP));
	assert_true(tuned_key_counts(&row, TUNED_BETA2));
	assert_true(tuned_key_counts(&row, TUNED_WEIGHT_DECAY));
	row.tuned = NULL;
	assert_false(tuned_key_counts(&row, TUNED_BETA2));
	assert_true(tuned_key_counts(&row, TUNED_BATCH));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(warnings_name_the_arm_the_number_and_the_place),
		cmocka_unit_test(the_edge_of_any_tuned_key_is_told),
		cmocka_unit_test(keys_that_were_not_tuned_make_no_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
