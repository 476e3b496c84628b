/* SPDX-License-Identifier: MIT */
#include "cmd/bench_spread.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/order.h"

const struct bench_spread bench_not_measured = {(double)NAN, (double)NAN, (double)NAN};

static double quantile(const double *sorted, size_t n, double share)
{
	double at = share * (double)(n - 1);
	size_t below = (size_t)at, above = below + 1 < n ? below + 1 : below;

	return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

struct bench_spread bench_spread_of(double *values, size_t n)
{
	assert(n > 0);
	qsort(values, n, sizeof(*values), double_ascending);
	return (struct bench_spread){quantile(values, n, 0.5), quantile(values, n, 0.25),
				     quantile(values, n, 0.75)};
}

char *bench_spread_format(char buffer[SHORT_TEXT], const struct bench_spread *spread)
{
	if (isnan(spread->median))
		snprintf(buffer, SHORT_TEXT, "-");
	else
		snprintf(buffer, SHORT_TEXT, "%.2f (%.2f-%.2f)", spread->median, spread->low,
			 spread->high);
	return buffer;
}

void bench_spread_json(struct json *json, const char *name, const struct bench_spread *spread)
{
	char quartiles[64];

	snprintf(quartiles, sizeof(quartiles), "%s_quartiles", name);
	json_real(json, name, spread->median);
	json_open(json, quartiles, '[');
	json_real(json, NULL, spread->low);
	json_real(json, NULL, spread->high);
	json_close(json, ']');
}
