/* SPDX-License-Identifier: MIT
 *
 * What intervals claim: seeds that arms do not share, replicates that are degenerate, and what
 * compute is.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "cmd/fit_output.h"
#include "results/bootstrap.h"
#include "results/sample.h"
#include "tests/study_fixture.h"

/* Muon ran one seed where adamw ran three. */
static void an_arm_of_one_seed_keeps_all_its_points_in_every_draw(void **state)
{
	struct observations set = {0};
	struct study study;
	struct study_point points[64];
	double *weight;
	size_t kept = 0;
	struct error err = ERROR_INIT;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 3, .noise = 0.002});
	for (size_t i = 0; i < set.n; i++)
		if (strcmp(set.rows[i].label, "adamw") == 0 || set.rows[i].seed == 0)
			set.rows[kept++] = set.rows[i];
	set.n = kept;
	check_ok(study_build(&study, &set, &(struct study_options){0}, &err), &err);
	assert_int_equal(study.n_seeds, 3);
	assert_int_equal(study.arms[0].n_seeds, 3);
	assert_int_equal(study.arms[1].n_seeds, 1);
	weight = xmalloc(2 * study.n_trials * sizeof(*weight));
	for (size_t replicate = 0; replicate < 20; replicate++) {
		bootstrap_draw(&study, 1, replicate, weight, weight + study.n_trials);
		study_select(&study, &(struct study_draw){weight, weight + study.n_trials}, points);
		for (size_t c = 0; c < study.n_cells; c++) {
			assert_int_equal(points[c].single, points[c].arm == 1);
			assert_true(isfinite(points[c].loss));
		}
	}
	free(weight);
	study_release(&study);
	observations_release(&set);
}

static void unequal_seeds_are_told_and_pairs_count_those_of_both(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	size_t kept = 0;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 3});
	for (size_t i = 0; i < set.n; i++)
		if (strcmp(set.rows[i].label, "adamw") == 0 || set.rows[i].seed < 2)
			set.rows[kept++] = set.rows[i];
	set.n = kept;
	report = fit_set(&set, asking(NULL, 0));
	assert_int_equal(report.pairs[0].seed_pairs, 2);
	assert_null(strstr(text_string(&report.warnings), "selection bias"));
	fit_report_release(&report);
	for (size_t i = kept = 0; i < set.n; i++)
		if (strcmp(set.rows[i].label, "adamw") == 0 || set.rows[i].seed < 1)
			set.rows[kept++] = set.rows[i];
	set.n = kept;
	report = fit_set(&set, asking(NULL, 0));
	assert_int_equal(report.pairs[0].seed_pairs, 1);
	check_contains(text_string(&report.warnings),
		       "selection bias not removed (one seed) in 18 of 36 cells");
	release(&report, &set);
}

/* Straight lines in (ln C, ln L) with a little noise: E is at 0 in most replicates. */
/* A law's parameters have none; a ratio has: at E = 0 it is still a fit through what was observed.
 */
static void mostly_degenerate_replicates_give_parameters_no_interval(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	struct text json = {0};
	const struct efficiency *pair;

	(void)state;
	for (int i = 0; i < 12; i++) {
		struct observation *row = observations_add(&set);

		row->optimizer = i % 2 ? "muon" : "adamw";
		row->flops = 1e15 * pow(2, i / 2);
		/* bent the other way than any E would bend it */
		row->loss = 3 * pow(row->flops * (i % 2 ? 1.5 : 1) / 1e15, -0.1) *
			    (1 - 0.004 * (i / 2) * (i / 2) + 0.0005 * (i % 3));
	}
	report = fit_set(&set, asking(NULL, 100));
	pair = &report.pairs[0];
	assert_true(pair->at_bound[EFFICIENCY_PRIMARY]);
	assert_true(pair->n_degenerate[EFFICIENCY_PRIMARY] > 50);
	assert_true(pair->n_rows > 0);
	for (size_t i = 0; i < pair->n_rows; i++) {
		assert_true(isfinite(pair->rows[i].ratio[EFFICIENCY_PRIMARY]));
		assert_true(pair->rows[i].interval[EFFICIENCY_PRIMARY].low <
			    pair->rows[i].ratio[EFFICIENCY_PRIMARY]);
		assert_true(pair->rows[i].interval[EFFICIENCY_PRIMARY].high >
			    pair->rows[i].ratio[EFFICIENCY_PRIMARY]);
	}
	check_contains(text_string(&pair->warnings), "are at a bound or could not be fitted");
	for (size_t i = 0; i < report.n_laws; i++)
		if (report.laws[i].n_degenerate > 50)
			assert_true(isnan(report.laws[i].interval[0].low));
	fit_add_json(&report, 0, &json);
	check_json(json.data);
	check_contains(json.data, "\"E\": [null, null]");
	check_contains(json.data, "\"at_bound\": true");
	text_release(&json);
	release(&report, &set);
}

/* Where some replicates level off above the target their compute is infinite, not left out. */
static void a_target_that_replicates_never_reach_has_no_upper_end(void **state)
{
	const struct plan plan = {.seeds = 1, .noise = 0.01};
	struct fit_options options = asking("power_offset", 100);
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	options.target = 1.7; /* E */
	report = fit_plan(&set, &plan, options);
	assert_int_equal(report.n_targets, 2);
	for (size_t i = 0; i < report.n_targets; i++) {
		assert_true(isfinite(report.targets[i].interval.low));
		assert_true(report.targets[i].interval.high == HUGE_VAL);
	}
	release(&report, &set);
}

static void few_replicates_are_told(void **state)
{
	const struct plan plan = {.seeds = 1};
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	report = fit_plan(&set, &plan, asking(NULL, 10));
	check_contains(text_string(&report.warnings), "10 bootstrap replicates are too few");
	release(&report, &set);
}

static void what_c_counts_is_told(void **state)
{
	const struct plan plan = {.seeds = 1, .optimizer_cost = 0.1};
	struct fit_options options = asking(NULL, 0);
	struct observations set = {0};
	struct text table = {0};
	struct fit_report report;

	(void)state;
	options.study.count_optimizer = true;
	make_study(&set, &plan);
	for (size_t i = 0; i < set.n; i++)
		set.rows[i].flops *= 1.1;
	set.rows[0].flops_optimizer = (double)NAN;
	report = fit_set(&set, options);
	assert_int_equal(report.study.dropped.missing, 1);
	fit_add_tables(&report, false, &table);
	check_contains(table.data, "C: model FLOPs, exact (as counted), the optimizer's added\n");
	fit_report_release(&report);
	text_clear(&table);
	options.study.count_optimizer = false;
	for (size_t i = 0; i < set.n; i++)
		set.rows[i].flops = 6 * set.rows[i].params * set.rows[i].tokens;
	report = fit_set(&set, options);
	fit_add_tables(&report, false, &table);
	check_contains(table.data, "C: model FLOPs, 6nd (6 params tokens), the optimizer's left");
	text_release(&table);
	release(&report, &set);
}

static void the_optimizers_flops_are_not_guessed(void **state)
{
	struct fit_options options = fit_options_default();
	struct observations set = {0};
	struct fit_report report;
	struct error err = ERROR_INIT;

	(void)state;
	options.study.count_optimizer = true;
	make_study(&set, &(struct plan){.seeds = 1});
	for (size_t i = 0; i < set.n; i++)
		set.rows[i].flops_optimizer = (double)NAN;
	assert_int_equal(fit_study(&set, &options, &report, &err), -ERR_FIT);
	check_contains(err.text, "flops_optimizer (--count-optimizer)");
	observations_release(&set);
}

/* 8 points, 5 parameters: 3 degrees of freedom, where t is 2.353 and the normal 1.645. */
static void few_residuals_are_widened_as_by_students_t(void **state)
{
	static const struct law_fit fit = {.parameters = {3, 0.1}};
	struct law_point points[8];
	struct sample_noise noise[8] = {{.single = true}};
	struct sample sample = {.points = points, .noise = noise, .data = {points, NULL, 8, 1}};
	struct residuals residuals;

	(void)state;
	for (int i = 0; i < 8; i++) {
		noise[i].single = true;
		points[i].flops = pow(10, i);
		points[i].loss = 3 * pow(points[i].flops, -0.1) * exp(i % 2 ? 0.01 : -0.01);
	}
	residuals_take(&residuals, &sample, &law_power, &fit, 8, 5);
	assert_int_equal(residuals.n, 8);
	for (int i = 0; i < 8; i++)
		check_near(residuals.values[i],
			   (i % 2 ? 0.01 : -0.01) * sqrt(8.0 / 3) * 2.353 / 1.645, 0.03, 0);
	residuals_release(&residuals);
}

static void what_should_be_one_in_a_fit_is_told_where_it_is_not(void **state)
{
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 1});
	for (size_t i = 0; i < set.n; i++) {
		set.rows[i].backend = i ? "cpu" : "ref";
		set.rows[i].schedule = i % 2 ? "wsd" : "cosine";
		set.rows[i].host = "here";
		set.rows[i].corpus = i > 1 ? "a" : NULL;
	}
	report = fit_set(&set, asking(NULL, 0));
	check_contains(text_string(&report.warnings), "trials differ in backend (");
	check_contains(text_string(&report.warnings), "schedules differ ('cosine', 'wsd')");
	assert_null(strstr(text_string(&report.warnings), "host"));
	assert_null(strstr(text_string(&report.warnings), "corpus"));
	release(&report, &set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arm_of_one_seed_keeps_all_its_points_in_every_draw),
		cmocka_unit_test(unequal_seeds_are_told_and_pairs_count_those_of_both),
		cmocka_unit_test(mostly_degenerate_replicates_give_parameters_no_interval),
		cmocka_unit_test(a_target_that_replicates_never_reach_has_no_upper_end),
		cmocka_unit_test(few_replicates_are_told),
		cmocka_unit_test(what_c_counts_is_told),
		cmocka_unit_test(the_optimizers_flops_are_not_guessed),
		cmocka_unit_test(few_residuals_are_widened_as_by_students_t),
		cmocka_unit_test(what_should_be_one_in_a_fit_is_told_where_it_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
