/* SPDX-License-Identifier: MIT
 *
 * Laws of batches and learning rates against published data.  The argument is the folder that
 * holds critical_batch/, optimizers/ and synthetic/ as described in docs/laws.md.
 */
#include "tests/published_files.h"

static void read_rows(const char *file, const char *map, struct observations *set)
{
	read_published(file, &(struct csv_options){.map = map}, set);
}

static void made_critical_batches_are_found(void **state)
{
	static const struct {
		const char *file;
		double S_min, B_crit, tolerance;
	} rows[] = {
		{"synthetic/c01_clean.csv", 2000, 1500, 1e-8},
		{"synthetic/c02_noisy.csv", 2025.6904313183377, 1470.6497628314567, 1e-5},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct observations set = {0};
		struct fit_report report;
		const struct fit_law *law;

		read_rows(rows[i].file, NULL, &set);
		report = fit_set(&set, asking("critical_batch", 400));
		law = &report.laws[0];
		check_near(law->fit.parameters[0], rows[i].S_min, rows[i].tolerance, 0);
		check_near(law->fit.parameters[1], rows[i].B_crit, rows[i].tolerance, 0);
		if (i == 1)
			assert_true(law->interval[1].low < 1500 && law->interval[1].high > 1500);
		release(&report, &set);
	}
}

/* Zhang et al. 2024: 20 % overhead over 256 sequences is B = 93.20 N^0.47, N in millions; their
 * line misses its own points by up to 3 %. */
static void critical_batches_grow_as_published(void **state)
{
	static const double millions[] = {85, 151, 302, 604};
	struct fit_options options = asking("critical_batch", 0);
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	read_rows("critical_batch/steps_to_target.csv", "batch_size=batch_size_seqs,group=model",
		  &set);
	options.base_batch = 256;
	report = fit_set(&set, options);
	assert_int_equal(report.n_laws, 4);
	assert_string_equal(report.laws[3].group, "604M, L = 2.92");
	for (size_t i = 0; i < 4; i++) {
		const double *parameters = report.laws[i].fit.parameters;

		print_message("%gM: S_min %.6g, B_crit %.6g, B_20 %.5g\n", millions[i],
			      parameters[0], parameters[1], parameters[2]);
		check_near(parameters[2], 307.2 + parameters[1] / 5, 1e-12, 0);
		check_near(parameters[2], 93.20 * pow(millions[i], 0.47), 0.04, 0);
	}
	release(&report, &set);
}

/* Wen et al. 2025: bowls with real divergences, whose losses are 4.7 to 7.8. */
static void divergences_do_not_move_optima(void **state)
{
	static const struct {
		const char *size;
		double params;
	} sizes[] = {{"130m", 130e6}, {"300m", 300e6}, {"1.2b", 1.2e9}};
	struct observations set = {0};
	struct fit_report report;
	size_t bowls = 0;

	(void)state;
	read_rows("optimizers/lr_batch_sweeps.csv",
		  "batch_size=batch_size_seqs,corpus=size,epochs=chinchilla_ratio", &set);
	for (size_t i = 0; i < set.n; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(sizes); k++)
			if (strcmp(set.rows[i].corpus, sizes[k].size) == 0)
				set.rows[i].params = sizes[k].params;
		set.rows[i].tokens = 20 * set.rows[i].epochs * set.rows[i].params;
		set.rows[i].flops = 6 * set.rows[i].params * set.rows[i].tokens;
	}
	report = fit_set(&set, asking("power,lr,batch", 0));
	for (size_t i = 0; i < report.study.n_cells; i++) {
		const struct study_point *point = &report.points[i];

		assert_true(point->loss < 4);
		bowls += point->bowl;
		if (point->bowl)
			print_message("%s %g params: lr* = %.4g\n",
				      report.study.arms[point->arm].name, point->params, point->lr);
	}
	/* adamw and muon at 130M; of adamw at 300M the next lr diverged */
	assert_int_equal(bowls, 2);
	check_contains(text_string(&report.refused),
		       "law 'lr' needs at least 2 interior optima at different computes");
	check_contains(text_string(&report.refused), "left out: optima of the batch on the edge");
	release(&report, &set);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_critical_batches_are_found),
		cmocka_unit_test(critical_batches_grow_as_published),
		cmocka_unit_test(divergences_do_not_move_optima),
	};

	take_folder(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
