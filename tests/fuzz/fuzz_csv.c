/* SPDX-License-Identifier: MIT
 *
 * CSVs of others, read as `fit` does: plainly, with needed columns and a map, with a condition.
 * The size of the input decides which.
 */
#include "results/csv.h"

#include <math.h>

#include "tests/fuzz/fuzz_file.h"

static void check(const struct observations *set, const struct csv_report *report)
{
	fuzz_demand(report->n_selected <= report->n_rows);
	fuzz_demand(set->n == report->n_selected - report->n_dropped);
	for (size_t i = 0; i < set->n; i++) {
#define X(field, ...) fuzz_demand(!isinf(set->rows[i].field));
		OBSERVATION_NUMBERS(X)
#undef X
		fuzz_demand(observation_arm(&set->rows[i])[0] || 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const needed[] = {"flops", "loss", NULL};
	static const struct csv_options options[] = {
		{NULL, NULL, NULL},
		{"flops=C,params_hidden=N", NULL, needed},
		{NULL, "loss < 3 AND label <> 'x'", needed},
	};
	struct observations set = {0};
	struct csv_report report = {0};
	struct error err = ERROR_INIT;
	char path[128];

	fuzz_file_write(path, "x.csv", data, size);
	if (csv_observations(path, &options[size % 3], &set, &report, &err) == 0)
		check(&set, &report);
	else
		fuzz_demand(err.text[0]);
	csv_report_release(&report);
	observations_release(&set);
	fuzz_file_remove(path);
	return 0;
}
