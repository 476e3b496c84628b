/* SPDX-License-Identifier: MIT */
#include "sweep/tuning.h"

#include <stdlib.h>

#include "base/memory.h"

struct tuner {
	struct sweep *sweep;
};

int tuner_new(struct tuner **tuner, struct sweep *sweep, struct error *err)
{
	(void)err;
	*tuner = xcalloc(1, sizeof(**tuner));
	(*tuner)->sweep = sweep;
	return 0;
}

void tuner_free(struct tuner *tuner)
{
	free(tuner);
}

void tuner_tell(struct tuner *tuner, const struct trial *trial, enum trial_state state, double loss)
{
	(void)tuner, (void)trial, (void)state, (void)loss;
}

bool tuner_may_prolong(const struct tuner *tuner, const struct trial *trial)
{
	(void)tuner, (void)trial;
	return false;
}

int tuner_advance(struct tuner *tuner, struct error *err)
{
	(void)tuner, (void)err;
	return 0;
}
