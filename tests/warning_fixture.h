/* SPDX-License-Identifier: MIT
 *
 * A study that no referee would object to, and what it takes to raise each warning.
 */
#ifndef TESTS_WARNING_FIXTURE_H
#define TESTS_WARNING_FIXTURE_H

#include "tests/check.h"

#include "base/memory.h"
#include "base/random.h"
#include "tests/fit_fixture.h"

enum { GRID_SIZES = 3, GRID_BUDGETS = 4, GRID_LRS = 5, GRID_SEEDS = 2 };

/* Those that its three sizes can carry without a word. */
#define FLAWLESS_LAWS "power,power_offset,chinchilla,joint"

/* Two arms, `flawless` unless told otherwise. */
struct grid {
	double ratio;	/* of muon's compute to adamw's */
	double noise;	/* of ln L, per trial */
	double best_lr; /* 0 to 4 */
	int best_size;	/* 0 to 2; beyond: off the grid */
	double bowl;	/* rise of the loss per squared step of lr */
};

static const struct grid flawless = {0.6, 0.001, 2, 1, 0.02};

/* Where a row lies in the grid. */
struct place {
	int arm, size, budget, lr, seed;
};

/* 1.7 + 1000 (N^-0.38 + D^-0.38): the best of the sizes at a budget is N = D, or as many doublings
 * from there as best_size is from the middle; and a bowl over lr. */
static inline double grid_loss(const struct grid *grid, const struct place *at, double params,
			       double tokens)
{
	double step = at->lr - grid->best_lr, off = pow(2, grid->best_size - 1);
	double gain = at->arm ? pow(grid->ratio, 0.19) : 1;

	return 1.7 + 1000 * gain * (pow(params / off, -0.38) + pow(tokens * off, -0.38)) +
	       grid->bowl * step * step;
}

static inline void grid_row(struct observations *set, const struct grid *grid,
			    struct random *random, const struct place *at)
{
	struct observation *row = observations_add(set);
	double flops = 6e16 * pow(4, at->budget);

	row->optimizer = row->label = at->arm ? "muon" : "adamw";
	row->state = "done";
	row->tuned = "lr";
	row->schedule = "wsd";
	row->params = 1e8 * pow(2, at->budget + at->size - 1);
	row->tokens = flops / 6 / row->params;
	row->flops = row->budget_flops = flops;
	row->flops_optimizer = row->flops_optimizer_plain = at->arm ? 0.01 * flops : 0;
	row->batch_tokens = 1024;
	row->lr = 1e-3 * pow(2, at->lr);
	row->seed = at->seed;
	row->steps = 1000;
	row->epochs = 0.5;
	row->trial_key = arena_printf(&set->arena, "%d%d%d%d%d", at->arm, at->size, at->budget,
				      at->lr, at->seed);
	row->loss = grid_loss(grid, at, row->params, row->tokens) *
		    exp(grid->noise * random_normal(random));
}

/* Row i is of arm i / 120, then size, budget, lr, seed. */
static inline void make_grid(struct observations *set, const struct grid *grid)
{
	struct random random = random_stream(3, 7);
	struct place at;

	for (at.arm = 0; at.arm < 2; at.arm++)
		for (at.size = 0; at.size < GRID_SIZES; at.size++)
			for (at.budget = 0; at.budget < GRID_BUDGETS; at.budget++)
				for (at.lr = 0; at.lr < GRID_LRS; at.lr++)
					for (at.seed = 0; at.seed < GRID_SEEDS; at.seed++)
						grid_row(set, grid, &random, &at);
}

/* Index of a row of make_grid(). */
static inline size_t grid_at(int arm, int size, int budget, int lr, int seed)
{
	return (size_t)((((arm * GRID_SIZES + size) * GRID_BUDGETS + budget) * GRID_LRS + lr) *
				GRID_SEEDS +
			seed);
}

/* Leaves out row i; those after it move up. */
static inline void drop_row(struct observations *set, size_t i)
{
	memmove(&set->rows[i], &set->rows[i + 1], (set->n - i - 1) * sizeof(*set->rows));
	set->n--;
}

/* Every warning of a report, of laws and pairs too. */
static inline void all_warnings(const struct fit_report *report, struct text *out)
{
	text_add(out, text_string(&report->warnings));
	for (size_t i = 0; i < report->n_laws; i++)
		text_add(out, text_string(&report->laws[i].warnings));
	for (size_t i = 0; i < report->n_pairs; i++)
		text_add(out, text_string(&report->pairs[i].warnings));
}

/* Fits a grid that spoil() has changed (NULL: left alone) and adds its warnings to `out`. */
static inline void warnings_of(const struct grid *grid, void (*spoil)(struct observations *set),
			       struct fit_options options, struct text *out)
{
	struct observations set = {0};
	struct fit_report report;

	if (!options.laws)
		options.laws = FLAWLESS_LAWS;
	make_grid(&set, grid);
	if (spoil)
		spoil(&set);
	report = fit_set(&set, options);
	all_warnings(&report, out);
	release(&report, &set);
}

/* One warning: what raises it, and how it begins. */
struct warning_case {
	const char *text;
	struct grid grid; /* .noise 0: flawless */
	void (*spoil)(struct observations *set);
};

/* Each is told of its own study, and not of the flawless one. */
static inline void check_warnings(const struct warning_case *cases, size_t n)
{
	struct fit_options options = asking(NULL, 0);
	struct text clean = {0};

	warnings_of(&flawless, NULL, options, &clean);
	assert_string_equal(text_string(&clean), "");
	for (size_t i = 0; i < n; i++) {
		struct text spoilt = {0};

		warnings_of(cases[i].grid.noise > 0 ? &cases[i].grid : &flawless, cases[i].spoil,
			    options, &spoilt);
		check_contains(text_string(&spoilt), cases[i].text);
		text_release(&spoilt);
	}
	text_release(&clean);
}

#endif
