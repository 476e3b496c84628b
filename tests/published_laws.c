/* SPDX-License-Identifier: MIT
 *
 * Laws against published data and other people's fits of them.  The data are not part of this
 * project: the argument is the folder that holds chinchilla/, gemstones/ and synthetic/ as
 * described in docs/laws.md.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "base/text.h"
#include "results/csv.h"
#include "results/fit.h"

static const char *folder;

/* One fit of one file, and what it must give. */
struct published {
	const char *file, *where, *law;
	enum robust_kind loss;
	double delta;
	double objective, objective_tolerance; /* not above objective + tolerance, nor far below */
	double parameters[5], tolerance[5];    /* tolerance 0: not checked */
};

#define CHINCHILLA "chinchilla/chinchilla_epoch.csv"
#define RELATIVE(r, a, b, c, d, e)                                    \
	{                                                             \
		(r) * (a), (r) * (b), (r) * (c), (r) * (d), (r) * (e) \
	}

static const struct published cases[] = {
	{CHINCHILLA,
	 "kept = 1",
	 "chinchilla",
	 ROBUST_HUBER,
	 1e-3,
	 0.001018274017801,
	 1e-13,
	 {1.81721810, 477.825868, 2143.41736, 0.347310499, 0.367172433},
	 {1.5e-4, 0.7, 3, 1e-4, 1e-4}},
	{CHINCHILLA,
	 "kept = 1",
	 "chinchilla",
	 ROBUST_HUBER,
	 1e-2,
	 0.00469622488262,
	 1e-12,
	 {1.83807862, 538.751877, 2905.59993, 0.354415503, 0.381537525},
	 RELATIVE(1e-6, 1.8, 538, 2905, .35, .38)},
	{CHINCHILLA,
	 "kept = 1",
	 "chinchilla",
	 ROBUST_LSQ_LOG,
	 1e-3,
	 0.00573094349585,
	 1e-12,
	 {1.86455010, 593.322102, 4875.63781, 0.360252798, 0.405883362},
	 RELATIVE(1e-6, 1.8, 593, 4875, .36, .4)},
	{CHINCHILLA,
	 "kept = 1",
	 "chinchilla",
	 ROBUST_LAD,
	 1e-3,
	 1.129494653622,
	 1e-9,
	 {1.81686413, 482.006055, 2085.43625, 0.347813070, 0.365854164},
	 RELATIVE(1e-6, 1.8, 482, 2085, .34, .36)},
	{CHINCHILLA,
	 NULL,
	 "chinchilla",
	 ROBUST_HUBER,
	 1e-3,
	 0.00182601052307,
	 1e-12,
	 {1.89133850, 495.726009, 12845.61327, 0.349312894, 0.453049296},
	 RELATIVE(1e-6, 1.8, 495, 12845, .35, .45)},
	{"gemstones/gemstones_hot.csv",
	 NULL,
	 "chinchilla",
	 ROBUST_HUBER,
	 1e-3,
	 0.001981612809,
	 1e-11,
	 {2.14321, 213.0846, 4967600, 0.29289, 0.71298},
	 {1e-5, 0.05, 500, 1e-5, 1e-5}},
	{"gemstones/gemstones_hot.csv",
	 NULL,
	 "chinchilla",
	 ROBUST_HUBER,
	 1e-4,
	 0.000207505156,
	 1e-12,
	 {0},
	 {0}},
	{"synthetic/s01_grid_clean.csv",
	 NULL,
	 "chinchilla",
	 ROBUST_HUBER,
	 1e-3,
	 0,
	 1e-15,
	 {1.69, 406.4, 410.7, 0.34, 0.28},
	 RELATIVE(1e-7, 1.69, 406, 410, .34, .28)},
	{"synthetic/s02_noise_gauss_0p5pct.csv",
	 NULL,
	 "chinchilla",
	 ROBUST_HUBER,
	 1e-3,
	 0.0008405013218606317,
	 1e-12,
	 {1.828096515, 589.1510691, 2029.791508, 0.35913280695, 0.3644462001},
	 RELATIVE(1e-4, 1.8, 589, 2029, .36, .36)},
	{"synthetic/s03_outliers_5pct.csv",
	 NULL,
	 "chinchilla",
	 ROBUST_HUBER,
	 1e-3,
	 0.004146789731459313,
	 1e-12,
	 {1.816788527, 479.12392949, 2046.2928283, 0.3476591987, 0.3647403127},
	 RELATIVE(1e-4, 1.8, 479, 2046, .35, .36)},
	{"synthetic/s04_outliers_permuted.csv",
	 NULL,
	 "chinchilla",
	 ROBUST_HUBER,
	 1e-3,
	 0.004146789731459313,
	 1e-12,
	 {1.816788527, 479.12392949, 2046.2928283, 0.3476591987, 0.3647403127},
	 RELATIVE(1e-5, 1.8, 479, 2046, .35, .36)},
	{"synthetic/s05_units_millions_billions.csv",
	 NULL,
	 "chinchilla",
	 ROBUST_HUBER,
	 1e-3,
	 0.0008405013218606317,
	 1e-12,
	 {1.828096515, 4.125055807, 1.06521096964, 0.35913280695, 0.3644462001},
	 RELATIVE(1e-4, 1.8, 4.1, 1.06, .36, .36)},
	{"synthetic/s07_fixed_ratio_unequal.csv",
	 NULL,
	 "chinchilla",
	 ROBUST_HUBER,
	 1e-3,
	 3.7851753805400104e-06,
	 1e-13,
	 {0},
	 {0}},
	{"synthetic/s09_single_budget_noisy.csv",
	 NULL,
	 "chinchilla",
	 ROBUST_HUBER,
	 1e-3,
	 1.6237375383909494e-05,
	 1e-13,
	 {0},
	 {0}},
	{"synthetic/s11_five_points_exact.csv",
	 NULL,
	 "chinchilla",
	 ROBUST_HUBER,
	 1e-3,
	 0,
	 1e-12,
	 {1.69, 406.4, 410.7, 0.34, 0.28},
	 RELATIVE(1e-7, 1.69, 406, 410, .34, .28)},
	{"synthetic/p01_power_clean.csv",
	 NULL,
	 "power",
	 ROBUST_LSQ_LOG,
	 1e-3,
	 0,
	 1e-20,
	 {25, 0.05},
	 {2.5e-9, 5e-12}},
	{"synthetic/p02_power_noisy.csv",
	 NULL,
	 "power",
	 ROBUST_LSQ_LOG,
	 1e-3,
	 0.00027382826425,
	 1e-12,
	 {25.91208174159237, 0.05070237457825984},
	 {2.6e-8, 5e-11}},
	{"synthetic/p04_power_rising.csv",
	 NULL,
	 "power",
	 ROBUST_LSQ_LOG,
	 1e-3,
	 0,
	 1e-20,
	 {0.5, -0.03},
	 {1e-10, 1e-11}},
	{"synthetic/p05_offset_clean.csv",
	 NULL,
	 "power_offset",
	 ROBUST_HUBER,
	 1e-3,
	 0,
	 1e-15,
	 {1.7, 3000, 0.19},
	 {1.7e-5, 0.03, 1.9e-6}},
	{"synthetic/p06_offset_noisy.csv",
	 NULL,
	 "power_offset",
	 ROBUST_HUBER,
	 1e-3,
	 1.6698873363582014e-05,
	 1e-13,
	 {1.7046416789, 2962.155644, 0.18977249850},
	 {1.7e-3, 3, 1.9e-4}},
	{"synthetic/p06_offset_noisy.csv",
	 NULL,
	 "power_offset",
	 ROBUST_LSQ_LOG,
	 1e-3,
	 3.5185344089587047e-05,
	 1e-13,
	 {1.70528801903, 3098.4155941, 0.19089083911},
	 {1.7e-3, 3, 1.9e-4}},
	{"synthetic/p07_offset_two_outliers.csv",
	 NULL,
	 "power_offset",
	 ROBUST_HUBER,
	 1e-3,
	 0.0005592362246662222,
	 1e-12,
	 {1.69352358847, 2786.9971731, 0.18803984392},
	 {1.7e-3, 3, 1.9e-4}},
};

static void read_rows(const char *file, const char *where, struct observations *set)
{
	struct csv_options how = {.where = where};
	struct csv_report csv = {0};
	struct error err = ERROR_INIT;
	struct text path = {0};

	text_printf(&path, "%s/%s", folder, file);
	check_ok(csv_observations(path.data, &how, set, &csv, &err), &err);
	csv_report_release(&csv);
	text_release(&path);
}

static void fits_are_those_published(void **state)
{
	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
		const struct published *want = &cases[c];
		struct fit_options options = fit_options_default();
		struct observations set = {0};
		struct fit_report report;
		struct error err = ERROR_INIT;

		read_rows(want->file, want->where, &set);
		options.laws = want->law;
		options.loss_given = true;
		options.robust.kind = want->loss;
		options.delta = want->delta;
		options.bootstrap = 0;
		check_ok(fit_study(&set, &options, &report, &err), &err);
		print_message("%s %s %s %g\n", want->file, want->law, robust_name(want->loss),
			      want->delta);
		check_near(report.laws[0].fit.objective, want->objective, 1e-8,
			   want->objective_tolerance);
		for (size_t k = 0; k < 5; k++)
			if (want->tolerance[k] > 0)
				check_near(report.laws[0].fit.parameters[k], want->parameters[k], 0,
					   want->tolerance[k]);
		fit_report_release(&report);
		observations_release(&set);
	}
}

static void objectives_at_published_parameters_are_exact(void **state)
{
	static const struct {
		const char *at;
		double objective;
	} rows[] = {
		{"ln_A=6.0073404,ln_B=6.0179186,ln_E=0.5267228,alpha=0.33917084,beta=0.2849083",
		 0.00123116260257934},
		{"A=406.4,B=410.7,E=1.69,alpha=0.34,beta=0.28", 0.00412100913628037},
		{"ln_A=6.17795598,ln_B=7.64273236,ln_E=0.59711196,alpha=0.34781303,"
		 "beta=0.36585412",
		 0.00101864470521584},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fit_options options = fit_options_default();
		struct observations set = {0};
		struct fit_report report;
		struct error err = ERROR_INIT;

		read_rows(CHINCHILLA, "kept = 1", &set);
		options.laws = "chinchilla";
		options.at = rows[i].at;
		check_ok(fit_study(&set, &options, &report, &err), &err);
		check_near(report.laws[0].fit.objective, rows[i].objective, 0, 1e-12);
		fit_report_release(&report);
		observations_release(&set);
	}
}

/* Besiroglu et al.'s 4000 resamples: standard errors of E, A, B, alpha, beta. */
static void bootstrap_errors_are_those_published(void **state)
{
	static const double want[] = {0.02566, 124.5, 1293, 0.01540, 0.02059};
	static const double tolerance[] = {0.05, 0.05, 0.2, 0.05, 0.05}; /* B: a long tail */
	struct fit_options options = fit_options_default();
	struct observations set = {0};
	struct fit_report report;
	struct error err = ERROR_INIT;

	(void)state;
	read_rows(CHINCHILLA, "kept = 1", &set);
	options.laws = "chinchilla";
	options.bootstrap = 4000;
	check_ok(fit_study(&set, &options, &report, &err), &err);
	for (size_t k = 0; k < 5; k++) {
		const struct fit_law *law = &report.laws[0];
		double sum = 0, squares = 0, n = (double)law->n_replicates;

		for (size_t i = 0; i < law->n_replicates; i++) {
			double x = law->replicates[i * 5 + k] - law->fit.parameters[k];

			sum += x;
			squares += x * x;
		}
		check_near(sqrt(squares / n - sum * sum / n / n), want[k], tolerance[k], 0);
	}
	fit_report_release(&report);
	observations_release(&set);
}

static void ratios_of_made_curves_are_found(void **state)
{
	struct fit_options options = fit_options_default();
	struct error err = ERROR_INIT;

	(void)state;
	for (int noisy = 0; noisy < 2; noisy++) {
		struct observations set = {0};
		struct fit_report report;

		read_rows(noisy ? "synthetic/o02_constant_factor_noisy.csv"
				: "synthetic/o01_constant_factor_clean.csv",
			  NULL, &set);
		check_ok(fit_study(&set, &options, &report, &err), &err);
		assert_int_equal(report.pairs[0].n_rows, 6);
		for (size_t i = 0; i < 6; i++) {
			const struct efficiency_row *row = &report.pairs[0].rows[i];

			if (noisy)
				assert_true(row->interval[0].low < 1 / 1.92 &&
					    row->interval[0].high > 1 / 1.92);
			else
				check_near(row->ratio[0], 1 / 1.92, 1e-4, 0);
		}
		fit_report_release(&report);
		observations_release(&set);
	}
}

/* Liu et al. 2025, table 3: pure power laws, whose ratio rises with compute. */
static void moonlights_advantage_shrinks(void **state)
{
	struct fit_options options = fit_options_default();
	struct observations set = {0};
	struct fit_report report;
	struct error err = ERROR_INIT;

	(void)state;
	read_rows("synthetic/o03_moonlight_two_laws.csv", NULL, &set);
	check_ok(fit_study(&set, &options, &report, &err), &err);
	for (size_t i = 0; i < report.pairs[0].n_rows; i++) {
		double days = report.pairs[0].rows[i].flops / 8.64e19;
		double want = pow(2.506 / 2.608, 1 / 0.052) * pow(days, 0.054 / 0.052 - 1);

		check_near(report.pairs[0].rows[i].ratio[0], want, 1e-4, 0);
	}
	assert_string_equal(efficiency_trend(&report.pairs[0]), "shrinking");
	fit_report_release(&report);
	observations_release(&set);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits_are_those_published),
		cmocka_unit_test(objectives_at_published_parameters_are_exact),
		cmocka_unit_test(bootstrap_errors_are_those_published),
		cmocka_unit_test(ratios_of_made_curves_are_found),
		cmocka_unit_test(moonlights_advantage_shrinks),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	folder = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
