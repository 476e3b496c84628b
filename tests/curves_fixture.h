/* SPDX-License-Identifier: MIT
 *
 * A made study with curves for tests of figures: two arms, three sizes, five budgets, four learning
 * rates, two seeds; set_up() and tear_down() of a group.
 */
#ifndef TESTS_CURVES_FIXTURE_H
#define TESTS_CURVES_FIXTURE_H

#include "base/memory.h"
#include "plots/figure.h"
#include "tests/fit_fixture.h"

#define N_SIZES	      3
#define N_BUDGETS     5
#define N_LRS	      4
#define N_PROBES      12
#define TRIALS_AN_ARM (N_SIZES * N_BUDGETS * N_LRS * 2)

static const double sizes[N_SIZES] = {37e3, 140e3, 560e3};

struct trial_plan {
	const char *arm;
	double params, flops, lr, seed;
	int index;
};

static inline double true_loss(const struct trial_plan *plan, double flops)
{
	bool muon = strcmp(plan->arm, "muon") == 0;
	double tokens = flops / (6 * plan->params), off = log(plan->lr / (muon ? 2e-2 : 5e-3));
	double noise = 0.006 * sin(91.7 * plan->index + 3.1 * plan->seed);

	return 0.9 + 46 * pow(plan->params, -0.37) + (muon ? 70 : 84) * pow(tokens + 5e3, -0.36) +
	       0.035 * off * off + noise;
}

static inline void add_row(struct observations *set, const struct trial_plan *plan, double share)
{
	struct observation *row = observations_add(set);

	row->label = plan->arm;
	row->optimizer = plan->arm;
	row->trial_key = arena_printf(&set->arena, "trial%04d", plan->index);
	row->state = "done";
	row->params = plan->params;
	row->flops = plan->flops * share;
	row->budget_flops = plan->flops;
	row->tokens = row->flops / (6.6 * plan->params);
	row->steps = row->tokens / 1024;
	row->seconds = row->flops / 2e10;
	row->batch_tokens = 1024;
	row->lr = plan->lr;
	row->seed = plan->seed;
	row->loss = true_loss(plan, row->flops);
	row->bpb = row->loss / log(2) / 0.997;
	row->final = share >= 1;
	row->tuned = "lr";
}

static inline void add_trial(struct observations *set, const struct trial_plan *plan)
{
	for (int i = 1; i <= N_PROBES; i++)
		add_row(set, plan, pow(2, (i - N_PROBES) / 1.5));
}

/* Two arms, three sizes, five budgets, four learning rates, two seeds. */
static inline void make_study(struct observations *set)
{
	struct trial_plan plan = {.index = 0};

	for (int arm = 0; arm < 2; arm++)
		for (int size = 0; size < N_SIZES; size++)
			for (int budget = 0; budget < N_BUDGETS; budget++)
				for (int cell = 0; cell < 2 * N_LRS; cell++) {
					plan.arm = arm ? "muon" : "adamw";
					plan.params = sizes[size];
					plan.flops = 4e10 * pow(10, 0.5 * budget);
					plan.lr = (arm ? 5e-3 : 1.2e-3) * pow(2, cell / 2 * 1.2);
					plan.seed = cell % 2;
					plan.index++;
					add_trial(set, &plan);
				}
}

struct fixture {
	struct observations rows;
	struct fit_report report;
	struct figure_input input;
};

static const struct reference_line references[] = {
	{"unigram", 4.66}, {"bigram", 3.48}, {"trigram", 2.61}, {"gzip -9", 2.58}, {"PPMd", 1.49}};

static inline int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	make_study(&f->rows);
	f->report = fit_set(&f->rows, asking("power_offset,chinchilla,isoflop", 60));
	f->input = (struct figure_input){.rows = &f->rows,
					 .study = &f->report.study,
					 .points = f->report.points,
					 .report = &f->report,
					 .counting = &f->report.options.study,
					 .baseline = "adamw",
					 .references = references,
					 .n_references = ARRAY_SIZE(references)};
	*state = f;
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;

	fit_report_release(&f->report);
	observations_release(&f->rows);
	free(f);
	return 0;
}

#endif
