/* SPDX-License-Identifier: MIT
 *
 * The fragility of a ratio: other choices find what was put into a made study.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "results/compute_optimal.h"
#include "tests/study_fixture.h"

static const struct specification *find(const struct fit_report *report, const char *choice)
{
	for (size_t i = 0; i < report->n_specifications; i++)
		if (strstr(report->specifications[i].choice, choice))
			return &report->specifications[i];
	print_error("no choice '%s'\n", choice);
	fail();
	return NULL;
}

static void check_ratio(const struct fit_report *report, const char *choice, double want,
			double tol)
{
	const struct specification *found = find(report, choice);

	if (found->why_not)
		print_error("%s: %s\n", choice, found->why_not);
	assert_null(found->why_not);
	check_near(found->ratio, want, tol, 0);
}

static void a_constant_ratio_survives_every_choice(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	static const char *const choices[] = {"as asked",
					      "separate E",
					      "largest budget dropped",
					      "smallest budget dropped",
					      "lowest ratio of 3",
					      "highest ratio of 3"};

	(void)state;
	make_study(&set, &(struct plan){.seeds = 1, .optimizer_cost = 0.25});
	report = fit_set(&set, asking(NULL, 0));
	for (size_t i = 0; i < 4; i++)
		check_ratio(&report, choices[i], RATIO, 1e-4);
	check_ratio(&report, choices[4], RATIO, 0.1); /* its frontier has gaps of 0.03 nats */
	check_ratio(&report, choices[5], RATIO, 0.1);
	check_ratio(&report, "interpolation", RATIO, 0.05);
	check_ratio(&report, "optimizer's FLOPs counted", RATIO * 1.25, 1e-4);
	check_near(find(&report, "as asked")->flops, 1e17 * pow(4, BUDGETS - 1), 1e-9, 0);
	check_near(find(&report, "largest budget dropped")->flops, 1e17 * pow(4, BUDGETS - 2), 1e-9,
		   0);
	release(&report, &set);
}

static void what_the_rows_cannot_tell_says_why(void **state)
{
	static const char *const reasons[][2] = {
		{"FLOPs as 6ND without embedding", "do not tell embedding parameters apart"},
		{"trials under 200 steps dropped", "no trial is that short"},
		{"cells with an optimum on an edge", "no optimum is on an edge"},
		{"FLOPs as counted", "rows have no other count than 6ND"},
	};
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 1});
	report = fit_set(&set, asking(NULL, 0));
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		const struct specification *found = find(&report, reasons[i][0]);

		assert_true(isnan(found->ratio));
		check_contains(found->why_not, reasons[i][1]);
	}
	assert_null(find(&report, "loss on the test slice")->why_not);
	release(&report, &set);
}

/* A table of thousands of sizes would otherwise be a study for each. */
static void many_sizes_are_not_left_out_one_by_one(void **state)
{
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 1});
	assert_true(set.n > 40);
	for (size_t i = 0; i < set.n; i++)
		set.rows[i].params *= 1 + 1e-6 * (double)i;
	report = fit_set(&set, asking(NULL, 0));
	check_contains(find(&report, "a size left out, the lowest")->why_not, "too many sizes");
	check_contains(find(&report, "a size left out, the highest")->why_not, "too many sizes");
	release(&report, &set);
}

/* On the test slice muon is as good as it is on the held-out set with RATIO squared. */
static void the_test_slice_is_read_where_it_differs(void **state)
{
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 1});
	for (size_t i = 0; i < set.n; i++) {
		struct observation *row = &set.rows[i];
		bool muon = strcmp(row->optimizer, "muon") == 0;

		row->test_loss = row->loss;
		if (muon)
			row->test_loss +=
				best_loss(1, row->flops / RATIO) - best_loss(1, row->flops);
	}
	report = fit_set(&set, asking(NULL, 0));
	check_ratio(&report, "loss on the test slice", RATIO * RATIO, 1e-4);
	check_ratio(&report, "as asked", RATIO, 1e-4);
	release(&report, &set);
}

/* Short trials of muon are worse by a tenth of a nat. */
static void short_trials_that_mislead_are_seen_when_dropped(void **state)
{
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 1});
	for (size_t i = 0; i < set.n; i++)
		if (set.rows[i].flops < 3e17) {
			set.rows[i].steps = 100;
			set.rows[i].loss += strcmp(set.rows[i].optimizer, "muon") ? 0 : 0.1;
		}
	report = fit_set(&set, asking(NULL, 0));
	check_ratio(&report, "trials under 200 steps dropped", RATIO, 1e-4);
	assert_true(fabs(find(&report, "as asked")->ratio - RATIO) > 1e-3);
	release(&report, &set);
}

static void choices_have_intervals_from_fewer_replicates(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	const struct interval *in;

	(void)state;
	make_study(&set, &(struct plan){.seeds = 2, .noise = 0.002});
	report = fit_set(&set, asking(NULL, 60));
	in = &find(&report, "largest budget dropped")->interval;
	assert_true(in->low < RATIO && RATIO < in->high && in->high - in->low < 0.3);
	release(&report, &set);
}

static void no_ratio_no_specifications(void **state)
{
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	add_line(&set, "adamw", 4, 1e17, 1);
	report = fit_set(&set, asking(NULL, 0));
	assert_int_equal(report.n_specifications, 0);
	release(&report, &set);
}

/* Against the surface itself: no N gives a lower loss at that C, and the inverse is one. */
static void the_optimal_frontier_is_the_minimum_of_the_surface(void **state)
{
	static const double law[] = {1.69, 406.4, 410.7, 0.34, 0.28};
	struct compute_optimal frontier = compute_optimal(law);
	double lowest = HUGE_VAL, flops = 1e21;

	(void)state;
	for (double ln_n = 18; ln_n < 25; ln_n += 1e-3) {
		double n = exp(ln_n), d = flops / 6 / n;

		lowest = fmin(lowest, law[0] + law[1] * pow(n, -law[3]) + law[2] * pow(d, -law[4]));
	}
	check_near(compute_optimal_loss(&frontier, flops), lowest, 1e-7, 0);
	check_near(compute_optimal_flops(&frontier, compute_optimal_loss(&frontier, flops)), flops,
		   1e-9, 0);
	assert_true(isnan(compute_optimal_flops(&frontier, 1.69)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_constant_ratio_survives_every_choice),
		cmocka_unit_test(what_the_rows_cannot_tell_says_why),
		cmocka_unit_test(many_sizes_are_not_left_out_one_by_one),
		cmocka_unit_test(the_test_slice_is_read_where_it_differs),
		cmocka_unit_test(short_trials_that_mislead_are_seen_when_dropped),
		cmocka_unit_test(choices_have_intervals_from_fewer_replicates),
		cmocka_unit_test(no_ratio_no_specifications),
		cmocka_unit_test(the_optimal_frontier_is_the_minimum_of_the_surface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
