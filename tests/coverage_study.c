/* SPDX-License-Identifier: MIT
 *
 * How often 90 % intervals hold the truth: many made studies of two arms, 6 sizes and 5 budgets,
 * from surfaces that are known.  `make check-coverage` fails where the share is outside
 * 85 to 95 %.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/coverage_fixture.h"

#define STUDIES	   200
#define REPLICATES 300
#define LEAST	   0.85
#define MOST	   0.95
#define PRINTED	   0 /* the kind of interval that fit prints */

static const struct made_design cases[] = {
	{"1 seed", 1, 1, 0.005},	 {"2 seeds", 2, 1, 0.005},
	{"3 seeds", 3, 1, 0.005},	 {"1 seed, 5 lrs", 1, 5, 0.005},
	{"2 seeds, 5 lrs", 2, 5, 0.005}, {"3 seeds, 5 lrs", 3, 5, 0.005},
};

/* Of one kind of interval and one quantity. */
struct tally {
	int n, held, below, above; /* below: the interval lies below the truth */
};

static void count(struct tally *tally, const struct interval *interval, double truth)
{
	tally->n++;
	tally->held += interval->low <= truth && truth <= interval->high;
	tally->below += interval->high < truth;
	tally->above += interval->low > truth;
}

static const char *const kinds[] = {"percentile", "BC"};
#define N_KINDS 2

/* [kind][quantity] */
struct tallies {
	struct tally at[N_KINDS][MADE_QUANTITIES];
};

static void count_both(struct tallies *tallies, int quantity, const struct intervals *intervals,
		       double truth)
{
	count(&tallies->at[0][quantity], &intervals->percentile, truth);
	count(&tallies->at[1][quantity], &intervals->corrected, truth);
}

static void count_laws(const struct fit_report *report, struct tallies *tallies)
{
	static const size_t parameters[] = {0, 3, 4}; /* E, alpha, beta of law chinchilla */
	static const double truths[] = {MADE_E, MADE_ALPHA, MADE_BETA};

	for (size_t i = 0; i < report->n_laws; i++)
		for (size_t k = 0; k < ARRAY_SIZE(parameters); k++)
			count_both(tallies, 1 + (int)k, &report->laws[i].intervals[parameters[k]],
				   truths[k]);
}

static void run_case(const struct made_design *design, struct tallies *tallies, int n_studies)
{
	for (int i = 0; i < n_studies; i++) {
		struct observations set = {0};
		struct fit_options options = fit_options_default();
		struct fit_report report;
		struct error err = ERROR_INIT;

		options.laws = "chinchilla";
		options.bootstrap = REPLICATES;
		options.seed = (uint64_t)i + 1;
		made_study(&set, design, (uint64_t)i);
		if (fit_study(&set, &options, &report, &err)) {
			fprintf(stderr, "%s\n", err.text);
			exit(1);
		}
		if (report.n_pairs && report.pairs[0].n_rows)
			count_both(tallies, 0,
				   &report.pairs[0].rows[report.pairs[0].n_rows / 2].intervals[0],
				   MADE_RATIO);
		count_laws(&report, tallies);
		fit_report_release(&report);
		observations_release(&set);
	}
}

static bool print_case(const struct made_design *design, const char *kind,
		       const struct tally *tallies)
{
	bool good = true;

	printf("%-16s %-10s", design->name, kind);
	for (int q = 0; q < MADE_QUANTITIES; q++) {
		double share = (double)tallies[q].held / (double)tallies[q].n;

		good &= share >= LEAST && share <= MOST;
		printf("  %5.1f %% (%d-, %d+)", 100 * share, tallies[q].below, tallies[q].above);
	}
	printf("%s\n", good ? "" : "  outside");
	fflush(stdout);
	return good;
}

int main(int argc, char **argv)
{
	bool good = true;
	int n = argc > 1 ? atoi(argv[1]) : STUDIES;

	printf("coverage of 90 %% intervals, %d studies, noise 0.5 %%: ratio, E, alpha, beta\n", n);
	for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
		struct tallies tallies = {0};

		if (argc > 2 && atoi(argv[2]) != (int)c)
			continue;
		run_case(&cases[c], &tallies, n);
		for (int k = 0; k < N_KINDS; k++) {
			bool inside = print_case(&cases[c], kinds[k], tallies.at[k]);

			good &= inside || k != PRINTED;
		}
	}
	return good ? 0 : 1;
}
