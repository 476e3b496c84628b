/* SPDX-License-Identifier: MIT
 *
 * A machine in a few numbers: each part of a trial's time (struct cost_parts) is a sum of features
 * of its shape, operations that are counted exactly, times what one of each takes.
 */
#ifndef SWEEP_COST_FEATURES_H
#define SWEEP_COST_FEATURES_H

#include "sweep/cost_shape.h"

#define COST_MAX_FEATURES 9

struct cost_part_model {
	const char *name;
	size_t n;
	void (*features)(const struct cost_shape *shape, double *values);
	/* s per feature, on one thread of the machine that the program was written on */
	double typical[COST_MAX_FEATURES];
};

/* In the order of COST_PARTS. */
extern const struct cost_part_model cost_part_models[N_COST_PARTS];

/* About how many times as long any part takes on a shape's backend, precision, threads and number
 * of trials at once as on one thread of the cpu in fp32. */
double cost_handicap(const struct cost_shape *shape);

#endif
