/* SPDX-License-Identifier: MIT
 *
 * A made study without noise, on a surface of known truth, for tests of figures:
 *
 *     L = E + A N^-a + B D_eff^-b + (ln lr/lr*)^2 / 50,   D_eff = D rho / (1 + batch / b_crit)
 *
 * with lr* = 0.01 (width/64)^-0.5, rho and b_crit of the arm, and C = 6 N D.
 */
#ifndef TESTS_SURFACE_FIXTURE_H
#define TESTS_SURFACE_FIXTURE_H

#include "base/memory.h"
#include "tests/chart_checks.h"
#include "tests/fit_fixture.h"

#define S_SIZES	  4
#define S_BUDGETS 5
#define S_LRS	  5
#define S_RHO	  1.5 /* of muon; adamw has 1 */

struct surface {
	struct observations rows;
	struct fit_report report;
	struct figure_input input;
};

struct surface_plan {
	int batches; /* 1024 and up, by factors of 2 */
	int arms;    /* 1: adamw alone */
	int jobs;
	const char *laws;
};

static inline double surface_loss(int arm, double params, double tokens, double batch)
{
	double critical = arm ? 65536 : 8192;
	double effective = tokens * (arm ? S_RHO : 1) / (1 + batch / critical);

	return 1 + 30 * pow(params, -0.35) + 60 * pow(effective, -0.35);
}

static inline double surface_width(int size)
{
	return 32 * pow(2, size);
}

static inline double surface_params(int size)
{
	return 4e4 * pow(4, size);
}

static inline double surface_flops(int budget)
{
	return 1e11 * pow(8, budget);
}

/* at: arm, size, budget, batch, lr. */
static inline void surface_add(struct surface *s, const struct surface_plan *plan, const int at[5])
{
	struct observation *row = observations_add(&s->rows);
	double best = 0.01 * pow(surface_width(at[1]) / 64, -0.5);

	row->optimizer = row->label = at[0] ? "muon" : "adamw";
	row->trial_key =
		arena_printf(&s->rows.arena, "%d%d%d%d%d", at[0], at[1], at[2], at[3], at[4]);
	row->state = "done";
	row->tuned = "lr";
	row->host = "one";
	row->jobs = plan->jobs;
	row->params = surface_params(at[1]);
	row->d_model = surface_width(at[1]);
	row->flops = row->budget_flops = surface_flops(at[2]);
	row->tokens = row->flops / 6 / row->params;
	row->batch_tokens = 1024 * pow(2, at[3]);
	row->steps = row->tokens / row->batch_tokens;
	row->seconds = row->flops / 1e10;
	row->seed = 0;
	row->lr = 1e-3 * pow(2.5, at[4]);
	row->loss = surface_loss(at[0], row->params, row->tokens, row->batch_tokens) +
		    pow(log(row->lr / best), 2) / 50;
}

static inline void surface_init(struct surface *s, const struct surface_plan *plan)
{
	int at[5];

	*s = (struct surface){.input = {.baseline = "adamw"}};
	for (at[0] = 0; at[0] < plan->arms; at[0]++)
		for (at[1] = 0; at[1] < S_SIZES; at[1]++)
			for (at[2] = 0; at[2] < S_BUDGETS; at[2]++)
				for (at[3] = 0; at[3] < plan->batches; at[3]++)
					for (at[4] = 0; at[4] < S_LRS; at[4]++)
						surface_add(s, plan, at);
	s->report = fit_set(&s->rows, asking(plan->laws, 0));
	s->input.rows = &s->rows;
	s->input.study = &s->report.study;
	s->input.points = s->report.points;
	s->input.report = &s->report;
	s->input.counting = &s->report.options.study;
}

static inline void surface_release(struct surface *s)
{
	fit_report_release(&s->report);
	observations_release(&s->rows);
}

#endif
