/* SPDX-License-Identifier: MIT
 *
 * What replicates draw: seeds that arms share, trunks, held-out documents; and what intervals make
 * of it.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "results/bootstrap.h"
#include "results/selection_bias.h"
#include "tests/coverage_fixture.h"
#include "tests/study_fixture.h"

#define REPLICATES 60

static const struct study_options as_asked = {0};

static void build(struct study *study, const struct observations *set)
{
	struct error err = ERROR_INIT;

	check_ok(study_build(study, set, &as_asked, &err), &err);
}

/* How often a replicate weighs trials of an arm and a seed, over all cells. */
static double drawn(const struct study *study, const double *weight, size_t arm, double seed)
{
	double total = 0;

	for (size_t i = 0; i < study->n_trials; i++)
		if (study->trials[i].arm == arm && study->trials[i].row->seed == seed)
			total += weight[i];
	return total;
}

/* adamw ran seeds 0 and 1, muon 1 and 0 and no other: by value they share every draw, though rows
 * come in another order. */
static void arms_draw_the_seeds_that_both_ran_together(void **state)
{
	struct observations set = {0};
	struct study study;
	double *weight;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 2, .noise = 0.01});
	for (size_t i = 0; i < set.n; i++)
		if (strcmp(set.rows[i].label, "muon") == 0)
			set.rows[i].seed += 1; /* 1 and 2: only 1 is shared */
	build(&study, &set);
	weight = xmalloc(2 * study.n_trials * sizeof(*weight));
	for (size_t replicate = 0; replicate < REPLICATES; replicate++) {
		bootstrap_draw(&study, 1, replicate, weight, weight + study.n_trials);
		for (size_t c = 0; c < study.n_cells; c++) {
			const struct study_cell *cell = &study.cells[c];
			double total = 0;

			for (size_t i = cell->first; i < cell->first + cell->n_trials; i++)
				total += weight[i];
			assert_true(total == LRS); /* one of two seeds, all its lrs */
		}
	}
	/* Of three seeds in a random order: adamw takes 1 where 1 is before 0, muon where it is
	 * before 2.  Both do in a third of the draws, either in a half. */
	size_t both = 0, n = 0;

	for (size_t replicate = 0; replicate < REPLICATES; replicate++) {
		bootstrap_draw(&study, 1, replicate, weight, weight + study.n_trials);
		for (size_t c = 0; c < study.n_cells / 2; c++) {
			const struct study_cell *a = &study.cells[c];
			const struct study_cell *b = &study.cells[study.n_cells / 2 + c];
			bool first = weight[a->first + 1] > 0, second = weight[b->first] > 0;

			assert_true(a->stratum == b->stratum);
			assert_true(study.trials[a->first + 1].row->seed == 1 &&
				    study.trials[b->first].row->seed == 1);
			both += first && second;
			n++;
		}
	}
	check_near((double)both / (double)n, 1.0 / 3, 0.15, 0);
	free(weight);
	study_release(&study);
	observations_release(&set);
}

static void seeds_of_init_and_data_are_clusters_of_their_own(void **state)
{
	struct observations set = {0};
	struct study study;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 4});
	for (size_t i = 0; i < set.n; i++) {
		int seed = (int)set.rows[i].seed;

		set.rows[i].init_seed = seed / 2;
		set.rows[i].data_seed = seed % 2;
		set.rows[i].seed = 0;
	}
	build(&study, &set);
	assert_int_equal(study.n_seeds, 4);
	assert_int_equal(study.arms[0].settings_max, LRS);
	study_release(&study);
	observations_release(&set);
}

/* All budgets of a size and seed branch off one trunk. */
static void budgets_of_one_trunk_are_drawn_together(void **state)
{
	struct observations set = {0};
	struct study study;
	double *weight;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 3});
	for (size_t i = 0; i < set.n; i++)
		set.rows[i].trunk_key =
			arena_printf(&set.arena, "%s-%g-%g-%g", set.rows[i].label,
				     set.rows[i].params, set.rows[i].lr, set.rows[i].seed);
	build(&study, &set);
	assert_int_equal(study.n_strata, SIZES);
	weight = xmalloc(2 * study.n_trials * sizeof(*weight));
	for (size_t replicate = 0; replicate < 20; replicate++) {
		bootstrap_draw(&study, 1, replicate, weight, weight + study.n_trials);
		for (size_t i = 0; i < study.n_trials; i++)
			for (size_t k = 0; k < study.n_trials; k++)
				if (study.trials[i].size == study.trials[k].size &&
				    study.trials[i].row->seed == study.trials[k].row->seed)
					assert_true(weight[i] == weight[k]);
	}
	assert_true(drawn(&study, weight, 0, 0) == drawn(&study, weight, 1, 0));
	free(weight);
	study_release(&study);
	observations_release(&set);
}

static double width(const struct fit_report *report, size_t parameter)
{
	return report->laws[0].interval[parameter].high - report->laws[0].interval[parameter].low;
}

/* One seed whose error is that of its trunk: the same for every budget of a size. */
static void points_of_one_trunk_are_not_taken_for_independent(void **state)
{
	const struct made_design design = {"", 1, 1, 0};
	struct fit_options options = fit_options_default();
	double widths[2];

	(void)state;
	options.laws = "chinchilla";
	options.bootstrap = REPLICATES;
	for (int trunks = 0; trunks < 2; trunks++) {
		struct observations set = {0};
		struct fit_report report;
		struct error err = ERROR_INIT;

		made_study(&set, &design, 1);
		for (size_t i = 0; i < set.n; i++) {
			int size = (int)lround(log2(set.rows[i].params / 4e7));

			set.rows[i].loss *= exp(size % 2 ? 0.005 : -0.005);
			if (trunks)
				set.rows[i].trunk_key =
					arena_printf(&set.arena, "%s-%d", set.rows[i].label, size);
		}
		check_ok(fit_study(&set, &options, &report, &err), &err);
		widths[trunks] = width(&report, 3);
		release(&report, &set);
	}
	assert_true(widths[1] > 1.15 * widths[0]);
}

static void add_buckets(struct observations *set, double noise, bool shared)
{
	struct random random = random_stream(3, 3);
	double common[OBSERVATION_BUCKETS];

	for (int b = 0; b < OBSERVATION_BUCKETS; b++)
		common[b] = exp(noise * random_normal(&random));
	for (size_t i = 0; i < set->n; i++) {
		struct observation_buckets *sums = arena_alloc(&set->arena, sizeof(*sums));
		double total = 0;

		for (int b = 0; b < OBSERVATION_BUCKETS; b++) {
			sums->tokens[SLICE_VAL][b] = 100;
			sums->nats[SLICE_VAL][b] =
				shared ? common[b] : exp(noise * random_normal(&random));
			total += sums->nats[SLICE_VAL][b];
		}
		for (int b = 0; b < OBSERVATION_BUCKETS; b++)
			sums->nats[SLICE_VAL][b] *=
				set->rows[i].loss * 100 * OBSERVATION_BUCKETS / total;
		set->rows[i].buckets = sums;
	}
}

static void check_bucketed(const struct observations *set, bool test_loss, bool wanted)
{
	const struct study_options options = {.test_loss = test_loss};
	struct error err = ERROR_INIT;
	struct study study;

	check_ok(study_build(&study, set, &options, &err), &err);
	assert_int_equal(study.bucketed, wanted);
	study_release(&study);
}

static void documents_are_drawn_where_each_trial_has_sums_of_the_slice(void **state)
{
	struct observations set = {0};
	struct observation_buckets *last;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 1});
	add_buckets(&set, 0.2, true);
	check_bucketed(&set, false, true);
	check_bucketed(&set, true, false);
	last = arena_alloc(&set.arena, sizeof(*last)); /* empty */
	set.rows[set.n - 1].buckets = last;
	check_bucketed(&set, false, false);
	last->tokens[SLICE_VAL][OBSERVATION_BUCKETS - 1] = 1;
	check_bucketed(&set, false, true);
	set.rows[set.n - 1].buckets = NULL;
	check_bucketed(&set, false, false);
	observations_release(&set);
}

/* Documents differ by 20 %, for all trials alike: 0.2 / sqrt(128) of the loss. */
static void held_out_documents_are_drawn_for_all_trials_alike(void **state)
{
	struct observations set = {0};
	struct study study;
	double *weight, sum = 0, squares = 0;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 1});
	add_buckets(&set, 0.2, true);
	build(&study, &set);
	assert_true(study.bucketed);
	weight = xmalloc(2 * study.n_trials * sizeof(*weight));
	for (size_t replicate = 0; replicate < 1000; replicate++) {
		const double *loss = weight + study.n_trials;
		double change;

		bootstrap_draw(&study, 1, replicate, weight, weight + study.n_trials);
		change = log(loss[0] / study.trials[0].loss);
		for (size_t i = 0; i < study.n_trials; i++)
			check_near(log(loss[i] / study.trials[i].loss), change, 0, 1e-9);
		sum += change;
		squares += change * change;
	}
	check_near(sqrt(squares / 1000 - sum * sum / 1e6), 0.2 / sqrt(OBSERVATION_BUCKETS), 0.15,
		   0);
	free(weight);
	study_release(&study);
	observations_release(&set);
}

/* It moves every loss and so E, but hardly the ratio of two arms that share the documents. */
static void held_out_noise_is_in_the_loss_and_cancels_in_the_ratio(void **state)
{
	const struct made_design design = {"", 1, 1, 0.0005};
	struct fit_options options = fit_options_default();
	double losses[2], ratios[2];

	(void)state;
	options.laws = "chinchilla";
	options.bootstrap = REPLICATES;
	for (int buckets = 0; buckets < 2; buckets++) {
		struct observations set = {0};
		struct fit_report report;
		struct error err = ERROR_INIT;

		made_study(&set, &design, 2);
		if (buckets)
			add_buckets(&set, 0.1, true);
		check_ok(fit_study(&set, &options, &report, &err), &err);
		losses[buckets] = width(&report, 0);
		ratios[buckets] = report.pairs[0].rows[1].interval[0].high -
				  report.pairs[0].rows[1].interval[0].low;
		release(&report, &set);
	}
	assert_true(losses[1] > 1.5 * losses[0]);
	assert_true(ratios[1] < 1.3 * ratios[0] + 0.01);
}

/* Of a normal with a replicate mean that is 1 SD too high, BC goes down by 2 SDs. */
static void bias_correction_moves_against_the_bias(void **state)
{
	struct random random = random_stream(1, 1);
	struct intervals intervals;
	static double values[20000];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		values[i] = random_normal(&random);
	intervals = bootstrap_intervals(values, ARRAY_SIZE(values), 1, -0.5);
	check_near(intervals.percentile.low, -1.645, 0.03, 0);
	check_near(intervals.percentile.high, 1.645, 0.03, 0);
	check_near(intervals.corrected.low, -1.645 - 1, 0.04, 0);
	check_near(intervals.corrected.high, 1.645 - 1, 0.06, 0);
	intervals = bootstrap_intervals(values, ARRAY_SIZE(values), 1, (double)NAN);
	assert_true(intervals.corrected.low == intervals.percentile.low);
}

/* One seed, 1 % of noise, five settings of nearly the same loss. */
static void the_bias_of_selection_is_told_with_one_seed(void **state)
{
	const struct made_design one = {"", 1, 5, 0.01}, two = {"", 2, 5, 0.01};
	struct fit_options options = fit_options_default();

	(void)state;
	options.laws = "chinchilla";
	options.bootstrap = 50;
	for (int seeds = 1; seeds < 3; seeds++) {
		struct observations set = {0};
		struct fit_report report;
		struct error err = ERROR_INIT;
		const char *told;

		made_study(&set, seeds == 1 ? &one : &two, 1);
		check_ok(fit_study(&set, &options, &report, &err), &err);
		told = strstr(text_string(&report.warnings), "lowers the loss of a cell");
		assert_true((told != NULL) == (seeds == 1));
		if (told)
			assert_true(strtod(strstr(told, "by ") + 3, NULL) > 0.05 &&
				    strtod(strstr(told, "by ") + 3, NULL) < 1.2);
		release(&report, &set);
	}
}

struct shares {
	double last;
	int n;
};

static void take_share(void *context, double share)
{
	struct shares *shares = context;

	assert_true(share > shares->last && share <= 1);
	shares->last = share;
	shares->n++;
}

static void refits_are_checked_and_progress_is_told(void **state)
{
	const struct made_design design = {"", 2, 1, 0.005};
	struct fit_options options = fit_options_default();
	struct observations set = {0};
	struct shares shares = {0};
	struct fit_report report;
	struct error err = ERROR_INIT;

	(void)state;
	options.laws = "chinchilla";
	options.bootstrap = 64;
	options.threads = 1;
	options.progress = take_share;
	options.progress_context = &shares;
	made_study(&set, &design, 1);
	check_ok(fit_study(&set, &options, &report, &err), &err);
	assert_int_equal(shares.n, 64);
	assert_true(shares.last == 1);
	assert_int_equal(report.laws[0].n_checked, 8);
	assert_int_equal(report.laws[0].n_better, 0);
	release(&report, &set);
}

/* Near an objective of 0 the lower of two fits is a matter of rounding. */
static void replicates_of_an_exact_fit_do_not_end_lower(void **state)
{
	struct fit_options options = fit_options_default();
	struct observations set = {0};
	struct error err = ERROR_INIT;
	struct fit_report report;
	size_t checked = 0;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 1});
	options.bootstrap = 24;
	options.laws = "power_offset,chinchilla";
	check_ok(fit_study(&set, &options, &report, &err), &err);
	for (size_t i = 0; i < report.n_laws; i++) {
		checked += report.laws[i].n_checked;
		assert_int_equal(report.laws[i].n_better, 0);
	}
	assert_true(checked > 0);
	fit_report_release(&report);
	observations_release(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arms_draw_the_seeds_that_both_ran_together),
		cmocka_unit_test(seeds_of_init_and_data_are_clusters_of_their_own),
		cmocka_unit_test(budgets_of_one_trunk_are_drawn_together),
		cmocka_unit_test(points_of_one_trunk_are_not_taken_for_independent),
		cmocka_unit_test(documents_are_drawn_where_each_trial_has_sums_of_the_slice),
		cmocka_unit_test(held_out_documents_are_drawn_for_all_trials_alike),
		cmocka_unit_test(held_out_noise_is_in_the_loss_and_cancels_in_the_ratio),
		cmocka_unit_test(bias_correction_moves_against_the_bias),
		cmocka_unit_test(the_bias_of_selection_is_told_with_one_seed),
		cmocka_unit_test(refits_are_checked_and_progress_is_told),
		cmocka_unit_test(replicates_of_an_exact_fit_do_not_end_lower),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
