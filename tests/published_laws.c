/* SPDX-License-Identifier: MIT
 *
 * Laws against published data and other people's fits of them.  The data are not part of this
 * project: the argument is the folder that holds chinchilla/, gemstones/ and synthetic/ as
 * described in docs/laws.md.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "results/fit_passes.h"
#include "results/isoflop.h"
#include "results/power_line.h"
#include "tests/published_cases.h"
#include "tests/published_files.h"

static void read_rows(const char *file, const char *where, struct observations *set)
{
	read_published(file, &(struct csv_options){.where = where}, set);
}

/* The points of the report's first law. */
static struct law_data points_of(const struct fit_report *report, struct law_point *points,
				 size_t capacity)
{
	struct sample sample;
	size_t n;

	fit_law_sample(report, &report->laws[0], report->points, &sample);
	n = sample.data.n;
	assert_true(n <= capacity);
	memcpy(points, sample.points, n * sizeof(*points));
	sample_release(&sample);
	return (struct law_data){points, NULL, n, 1};
}

static void fits_are_those_published(void **state)
{
	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(published_cases); c++) {
		const struct published *want = &published_cases[c];
		struct fit_options options = asking(want->law, 0);
		struct observations set = {0};
		struct fit_report report;

		read_rows(want->file, want->where, &set);
		options.loss_given = true;
		options.robust.kind = want->loss;
		options.delta = want->delta;
		report = fit_set(&set, options);
		print_message("%s %s %s %g\n", want->file, want->law, robust_name(want->loss),
			      want->delta);
		check_near(report.laws[0].fit.objective, want->objective, 1e-8,
			   want->objective_tolerance);
		for (size_t k = 0; k < 5; k++)
			if (want->tolerance[k] > 0)
				check_near(report.laws[0].fit.parameters[k], want->parameters[k], 0,
					   want->tolerance[k]);
		release(&report, &set);
	}
}

static void vertices_and_exponents_of_isoflops_are_those_computed_elsewhere(void **state)
{
	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(published_isoflops); c++) {
		struct law_point points[64];
		struct isoflop_budget budgets[64];
		struct fit_report report;
		struct observations set = {0};
		struct law_data data;

		read_rows(published_isoflops[c].file, NULL, &set);
		report = fit_set(&set, asking("isoflop", 0));
		check_near(report.laws[0].fit.parameters[0], published_isoflops[c].a, 1e-9, 0);
		check_near(report.laws[0].fit.parameters[1], published_isoflops[c].b, 1e-9, 0);
		data = points_of(&report, points, ARRAY_SIZE(points));
		assert_int_equal(isoflop_budgets(&data, budgets), 5);
		for (size_t b = 0; b < 5; b++) {
			check_near(budgets[b].params, published_isoflops[c].params[b], 1e-9, 0);
			check_near(budgets[b].tokens, published_isoflops[c].tokens[b], 1e-9, 0);
			assert_true(budgets[b].inside == published_isoflops[c].inside[b]);
		}
		release(&report, &set);
	}
}

/* McLeish et al. 2025: approach 1 by the hull. */
static void the_envelope_of_gemstones_is_the_published_one(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	const struct law_fit *fit;

	(void)state;
	read_rows("gemstones/gemstones_a1_hot_477.csv", NULL, &set);
	report = fit_set(&set, asking("envelope", 0));
	fit = &report.laws[0].fit;
	assert_int_equal(fit->n, 21);
	check_near(fit->parameters[0], 0.499380216083, 0, 1e-9);
	check_near(fit->parameters[1], 0.480988823213, 0, 1e-9);
	check_near(log(fit->parameters[2]), -2.84510769608, 0, 1e-9);
	check_near(log(fit->parameters[3]), 1.89632082733, 0, 1e-9);
	release(&report, &set);
}

/* karpathy/nanochat's optima: two digits of each exponent. */
static void exponents_through_given_optima_are_those_published(void **state)
{
	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(published_optima); c++) {
		struct csv_options how = {.where = published_optima[c].where,
					  .map = "params=params_star,tokens=tokens_star,"
						 "loss=val_bpb,group=param_convention"};
		double flops[8], params[8], tokens[8];
		struct observations set = {0};
		struct power_line line;

		read_published("isoflop_optima/nanochat_optima.csv", &how, &set);
		assert_int_equal(set.n, 4);
		for (size_t i = 0; i < set.n; i++) {
			flops[i] = set.rows[i].flops;
			params[i] = set.rows[i].params;
			tokens[i] = set.rows[i].tokens;
		}
		assert_true(power_line_fit(flops, params, set.n, &line));
		check_near(line.exponent, published_optima[c].params, 0, 0.0051);
		assert_true(power_line_fit(flops, tokens, set.n, &line));
		check_near(line.exponent, published_optima[c].tokens, 0, 0.0051);
		observations_release(&set);
	}
}

static void degenerate_cases_say_what_is_wrong(void **state)
{
	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(published_degenerates); c++) {
		struct fit_options options = asking(published_degenerates[c].law, 0);
		struct observations set = {0};
		struct fit_report report;
		struct error err = ERROR_INIT;

		print_message("%s %s\n", published_degenerates[c].file,
			      published_degenerates[c].law);
		read_rows(published_degenerates[c].file, NULL, &set);
		if (published_degenerates[c].warning) {
			report = fit_set(&set, options);
			check_contains(text_string(&report.laws[0].warnings),
				       published_degenerates[c].warning);
			fit_report_release(&report);
		} else {
			assert_int_equal(fit_study(&set, &options, &report, &err), -ERR_FIT);
			check_contains(err.text, published_degenerates[c].refusal);
		}
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

		read_rows(CHINCHILLA, "kept = 1", &set);
		options.laws = "chinchilla";
		options.at = rows[i].at;
		report = fit_set(&set, options);
		check_near(report.laws[0].fit.objective, rows[i].objective, 0, 1e-15);
		release(&report, &set);
	}
}

/* Besiroglu et al.'s 4000 resamples: standard errors of E, A, B, alpha, beta. */
static void bootstrap_errors_are_those_published(void **state)
{
	static const double want[] = {0.02566, 124.5, 1293, 0.01540, 0.02059};
	static const double tolerance[] = {0.05, 0.05, 0.2, 0.05, 0.05}; /* B: a long tail */
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	read_rows(CHINCHILLA, "kept = 1", &set);
	report = fit_set(&set, asking("chinchilla", 4000));
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
	release(&report, &set);
}

static void ratios_of_made_curves_are_found(void **state)
{
	struct fit_options options = fit_options_default();

	(void)state;
	for (int noisy = 0; noisy < 2; noisy++) {
		struct observations set = {0};
		struct fit_report report;

		read_rows(noisy ? "synthetic/o02_constant_factor_noisy.csv"
				: "synthetic/o01_constant_factor_clean.csv",
			  NULL, &set);
		report = fit_set(&set, options);
		assert_int_equal(report.pairs[0].n_rows, 6);
		for (size_t i = 0; i < 6; i++) {
			const struct efficiency_row *row = &report.pairs[0].rows[i];

			if (noisy)
				assert_true(row->interval[0].low < 1 / 1.92 &&
					    row->interval[0].high > 1 / 1.92);
			else
				check_near(row->ratio[0], 1 / 1.92, 1e-4, 0);
		}
		release(&report, &set);
	}
}

/* Liu et al. 2025, table 3: pure power laws, whose ratio rises with compute. */
static void moonlights_advantage_shrinks(void **state)
{
	struct fit_options options = fit_options_default();
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	read_rows("synthetic/o03_moonlight_two_laws.csv", NULL, &set);
	report = fit_set(&set, options);
	for (size_t i = 0; i < report.pairs[0].n_rows; i++) {
		double days = report.pairs[0].rows[i].flops / 8.64e19;
		double want = pow(2.506 / 2.608, 1 / 0.052) * pow(days, 0.054 / 0.052 - 1);

		check_near(report.pairs[0].rows[i].ratio[0], want, 1e-4, 0);
	}
	assert_string_equal(efficiency_trend(&report.pairs[0]), "shrinking");
	release(&report, &set);
}

/* Wen et al. 2025, arXiv 2509.02046: at 130M parameters, AdamW's tokens over the other's at 1, 2,
 * 4 and 8 times Chinchilla's; 0: not given. */
static const struct {
	const char *arm;
	double speedup[4];
} data_efficiency[] = {
	{"muon", {1.41942, 1.32708, 1.31968, 1.38235}},
	{"soap", {1.27244, 0, 0, 1.40507}},
	{"kron", {1.21505, 0, 0, 0}},
};

static void data_efficiency_is_that_published(void **state)
{
	struct observations set = {0};
	struct fit_report report;

	(void)state;
	read_published("optimizers/optimizers_130m.csv",
		       &(struct csv_options){.map = "tokens=tokens_nominal",
					     .where = "chinchilla_ratio <= 8"},
		       &set);
	report = fit_set(&set, asking("power", 0));
	for (size_t w = 0; w < ARRAY_SIZE(data_efficiency); w++) {
		const struct efficiency *pair = NULL;

		for (size_t a = 0; a < report.study.n_arms; a++)
			if (strcmp(report.study.arms[a].name, data_efficiency[w].arm) == 0)
				pair = fit_report_pair(&report, EFFICIENCY_TOKENS, a);
		assert_non_null(pair);
		assert_int_equal(pair->n_rows, 4);
		for (size_t i = 0; i < 4; i++)
			if (data_efficiency[w].speedup[i] > 0)
				check_near(1 / pair->rows[i].ratio[EFFICIENCY_PRIMARY],
					   data_efficiency[w].speedup[i], 0, 1e-5);
	}
	release(&report, &set);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits_are_those_published),
		cmocka_unit_test(vertices_and_exponents_of_isoflops_are_those_computed_elsewhere),
		cmocka_unit_test(the_envelope_of_gemstones_is_the_published_one),
		cmocka_unit_test(exponents_through_given_optima_are_those_published),
		cmocka_unit_test(degenerate_cases_say_what_is_wrong),
		cmocka_unit_test(objectives_at_published_parameters_are_exact),
		cmocka_unit_test(bootstrap_errors_are_those_published),
		cmocka_unit_test(ratios_of_made_curves_are_found),
		cmocka_unit_test(moonlights_advantage_shrinks),
		cmocka_unit_test(data_efficiency_is_that_published),
	};

	take_folder(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
