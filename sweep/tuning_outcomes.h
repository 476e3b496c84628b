/* SPDX-License-Identifier: MIT
 *
 * How trials ended, by trial.
 */
#ifndef SWEEP_TUNING_OUTCOMES_H
#define SWEEP_TUNING_OUTCOMES_H

#include "sweep/trial.h"

struct outcome {
	const struct trial *trial; /* the first of its key; NULL: a free place */
	enum trial_state state;
	double loss;
};

/* Zero-initialised is empty and ready. */
struct outcomes {
	struct outcome *slots;
	size_t n, capacity;
};

void outcomes_release(struct outcomes *outcomes);

/* Returns whether an end that was known before has changed. */
bool outcomes_put(struct outcomes *outcomes, const struct trial *trial, enum trial_state state,
		  double loss);

/* NULL where nothing was told of the trial; trials that are the same share their outcome. */
const struct outcome *outcomes_find(const struct outcomes *outcomes, const struct trial *trial);

#endif
