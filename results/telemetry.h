/* SPDX-License-Identifier: MIT
 *
 * What one metric was over the training of some trials, by layer and role.
 */
#ifndef RESULTS_TELEMETRY_H
#define RESULTS_TELEMETRY_H

#include <stddef.h>

#include "base/memory.h"

struct telemetry_point {
	const char *trial_key, *role;
	int layer; /* -1: no layer's */
	double step, value;
};

struct telemetry {
	const char *metric;
	struct telemetry_point *points; /* by trial as asked for, role, layer, rising step */
	size_t n, capacity;
	struct arena arena; /* owns the texts */
};

void telemetry_release(struct telemetry *set);

#endif
