/* SPDX-License-Identifier: MIT
 *
 * Made studies on Chinchilla's surface: two arms, 6 sizes, 5 budgets; the challenger makes of a
 * token what the baseline makes of 1 / MADE_RATIO, at every size, so that its frontier needs
 * MADE_RATIO of the compute.
 */
#ifndef TESTS_COVERAGE_FIXTURE_H
#define TESTS_COVERAGE_FIXTURE_H

#include <math.h>

#include "base/random.h"
#include "results/fit.h"

#define MADE_E	   1.69
#define MADE_ALPHA 0.34
#define MADE_BETA  0.28
#define MADE_RATIO 0.6
enum { MADE_SIZES = 6, MADE_BUDGETS = 5 };
enum { MADE_QUANTITIES = 4 }; /* ratio, E, alpha, beta */

struct made_design {
	const char *name;
	int seeds, lrs;
	double noise; /* of ln L, per trial */
};

static inline double made_loss(int arm, double params, double tokens)
{
	double useful = arm ? tokens / MADE_RATIO : tokens;

	return MADE_E + 406.4 * pow(params, -MADE_ALPHA) + 410.7 * pow(useful, -MADE_BETA);
}

/* at: arm, size, budget, lr, seed. */
static inline void made_trial(struct observations *set, const struct made_design *design,
			      struct random *random, const int at[5])
{
	struct observation *row = observations_add(set);
	double step = at[3] - (design->lrs - 1) / 2 - 0.3;

	row->optimizer = at[0] ? "muon" : "adamw";
	row->label = row->optimizer;
	row->state = "done";
	row->params = 4e7 * pow(2, at[1]);
	row->flops = row->budget_flops = 1e18 * pow(10, 0.5 * at[2]);
	row->tokens = row->flops / 6 / row->params;
	row->seed = at[4];
	row->steps = 1000;
	row->trial_key =
		arena_printf(&set->arena, "%d-%d-%d-%d-%d", at[0], at[1], at[2], at[3], at[4]);
	row->loss = made_loss(at[0], row->params, row->tokens);
	if (design->lrs > 1) {
		row->tuned = "lr";
		row->lr = 1e-3 * pow(2, at[3]);
		row->loss *= 1 + 0.005 * step * step;
	}
	row->loss *= exp(design->noise * random_normal(random));
}

static inline void made_study(struct observations *set, const struct made_design *design,
			      uint64_t seed)
{
	struct random random = random_stream(77, seed);
	int at[5];

	for (at[0] = 0; at[0] < 2; at[0]++)
		for (at[1] = 0; at[1] < MADE_SIZES; at[1]++)
			for (at[2] = 0; at[2] < MADE_BUDGETS; at[2]++)
				for (at[3] = 0; at[3] < design->lrs; at[3]++)
					for (at[4] = 0; at[4] < design->seeds; at[4]++)
						made_trial(set, design, &random, at);
}

#endif
