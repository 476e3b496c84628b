/* SPDX-License-Identifier: MIT
 *
 * From a sweep to the groups that are tuned.  For the files tuning*.c alone.
 */
#ifndef SWEEP_TUNING_SETUP_H
#define SWEEP_TUNING_SETUP_H

#include "sweep/sweep.h"
#include "sweep/tuning_group.h"

struct tuner {
	struct sweep *sweep;
	struct outcomes outcomes;
	struct tuning_arm *arms; /* donors before their heirs */
	size_t n_arms;
	struct tuning_group **groups; /* of the arms, in their order */
	size_t n_groups, groups_capacity;
	struct arena arena;
};

/* Finds arms and groups, with the trials that the sweep has of them.  ERR_USAGE. */
int tuning_setup(struct tuner *tuner, struct error *err);

#endif
