/* SPDX-License-Identifier: MIT
 *
 * How long a whole fit takes: 1,000 made trials, 1,000 replicates, every law.  `make bench-fit`
 * fails above 10 s.
 */
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "tests/coverage_fixture.h"

#define MOST_S 10.0

int main(void)
{
	/* 2 arms x 6 sizes x 5 budgets x 8 lrs x 2 seeds, and 40 of another seed */
	const struct made_design design = {"bench", 2, 8, 0.005}, third = {"more", 3, 8, 0.005};
	struct fit_options options = fit_options_default();
	struct observations set = {0}, more = {0};
	struct fit_report report;
	struct error err = ERROR_INIT;
	double start_s, took_s;
	clock_t cpu;

	made_study(&set, &design, 1);
	made_study(&more, &third, 1);
	for (size_t i = 0; i < more.n && set.n < 1000; i++)
		if (more.rows[i].seed == 2)
			*observations_add(&set) = more.rows[i];
	start_s = clock_s();
	cpu = clock();
	if (fit_study(&set, &options, &report, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	took_s = clock_s() - start_s;
	printf("%zu trials, %d replicates, %zu fits of laws, %zu pairs: %.2f s, %.2f s of "
	       "processors\n",
	       set.n, options.bootstrap, report.n_laws, report.n_pairs, took_s,
	       (double)(clock() - cpu) / CLOCKS_PER_SEC);
	fit_report_release(&report);
	observations_release(&set);
	observations_release(&more);
	return took_s <= MOST_S ? 0 : 1;
}
