/* SPDX-License-Identifier: MIT
 *
 * Made studies of known truth: two arms, SIZES x BUDGETS x LRS, muon at RATIO of adamw's compute.
 */
#ifndef TESTS_STUDY_FIXTURE_H
#define TESTS_STUDY_FIXTURE_H

#include "tests/check.h"

#include "base/random.h"
#include "tests/fit_fixture.h"

#define SIZES	3
#define BUDGETS 6
#define LRS	5
#define RATIO	0.6 /* of the challenger's compute to the baseline's */

/* What a made study looks like. */
struct plan {
	int seeds;
	double noise;	       /* of ln L, per trial */
	double lr_shift;       /* of the optimum from the middle of the grid, in grid steps */
	double optimizer_cost; /* of muon, relative to the model's FLOPs */
	int muon_lrs;	       /* 0: LRS */
};

/* Loss at the best size and lr: 1.7 + 3000 C^-0.19, with C scaled for muon. */
static inline double best_loss(int arm, double flops)
{
	return 1.7 + 3000 * pow(arm ? flops / RATIO : flops, -0.19);
}

static inline void add_trial(struct observations *set, const struct plan *plan,
			     struct random *random, const int at[5])
{
	struct observation *row = observations_add(set);
	double step = at[3] - 2 - plan->lr_shift, flops = 1e17 * pow(4, at[2]);

	row->optimizer = at[0] ? "muon" : "adamw";
	row->label = row->optimizer;
	row->state = "done";
	row->tuned = "lr";
	row->params = 1e6 * pow(2, at[1]);
	row->tokens = flops / 6 / row->params;
	row->flops = row->budget_flops = flops;
	row->flops_optimizer = at[0] ? plan->optimizer_cost * flops : 0;
	row->flops_optimizer_plain = 2 * row->flops_optimizer;
	row->batch_tokens = 1024;
	row->lr = 1e-3 * pow(2, at[3]);
	row->seed = at[4];
	row->steps = 1000;
	row->epochs = 0.5;
	row->trial_key =
		arena_printf(&set->arena, "%d-%d-%d-%d-%d", at[0], at[1], at[2], at[3], at[4]);
	row->loss = best_loss(at[0], flops) + 0.03 * (at[1] != at[2] / 2) + 0.01 * step * step;
	row->loss *= exp(plan->noise * random_normal(random));
	row->test_loss = row->loss + 0.1;
}

static inline void make_study(struct observations *set, const struct plan *plan)
{
	struct random random = random_stream(11, 5);
	int at[5];

	for (at[0] = 0; at[0] < 2; at[0]++)
		for (at[1] = 0; at[1] < SIZES; at[1]++)
			for (at[2] = 0; at[2] < BUDGETS; at[2]++)
				for (at[3] = 0;
				     at[3] < (at[0] && plan->muon_lrs ? plan->muon_lrs : LRS);
				     at[3]++)
					for (at[4] = 0; at[4] < plan->seeds; at[4]++)
						add_trial(set, plan, &random, at);
}

/* n points of L = 1.7 + 3000 (C / scale)^-0.19, C by threes, without sizes or settings. */
static inline void add_line(struct observations *set, const char *optimizer, size_t n, double first,
			    double scale)
{
	for (size_t i = 0; i < n; i++) {
		struct observation *row = observations_add(set);

		row->optimizer = optimizer;
		row->flops = first * pow(3, (double)i);
		row->loss = 1.7 + 3000 * pow(row->flops / scale, -0.19);
	}
}

static inline struct fit_report fit_plan(struct observations *set, const struct plan *plan,
					 struct fit_options options)
{
	make_study(set, plan);
	return fit_set(set, options);
}

/* Brackets and quotes balance, and no number is one that JSON does not have. */
static inline void check_json(const char *text)
{
	int depth = 0;
	bool quoted = false;

	for (const char *c = text; *c; c++) {
		if (*c == '"' && (c == text || c[-1] != '\\'))
			quoted = !quoted;
		if (quoted)
			continue;
		depth += (*c == '{' || *c == '[') - (*c == '}' || *c == ']');
		assert_true(depth >= 0);
	}
	assert_int_equal(depth, 0);
	assert_false(quoted);
	assert_null(strstr(text, "nan"));
	assert_null(strstr(text, "inf,"));
}

#endif
