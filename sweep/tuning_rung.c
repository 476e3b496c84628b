/* SPDX-License-Identifier: MIT */
#include "sweep/tuning_rung.h"

#include <math.h>
#include <string.h>

static const char prefix[] = "train.budget.";
static const char rung_origin[] = "halving rung ";

/* The amount that the budget is given in, at a share of it. */
static struct tuned_value budget_value(const struct budget_options *budget, double share,
				       struct arena *arena)
{
	const struct {
		const char *name;
		double amount;
	} amounts[] = {
		{"flops", budget->flops},
		{"tokens", budget->tokens},
		{"tokens_per_param", budget->tokens_per_param},
	};
	const char *steps;

	for (size_t i = 0; i < ARRAY_SIZE(amounts); i++)
		if (amounts[i].amount > 0)
			return (struct tuned_value){
				arena_printf(arena, "%s%s", prefix, amounts[i].name),
				arena_printf(arena, "%.17g", share * amounts[i].amount)};
	steps = arena_printf(arena, "%.0f", fmax(1, round(share * (double)budget->steps)));
	return (struct tuned_value){arena_printf(arena, "%ssteps", prefix), steps};
}

struct cell_choice tuning_rung(const struct trial *whole, int64_t rung, int64_t n_rungs,
			       struct arena *arena)
{
	struct cell_choice choice = {.cell = whole->cell};
	struct tuned_value *value;

	if (rung == n_rungs - 1) {
		choice.origin = TUNING_WHOLE_BUDGET;
		return choice;
	}
	value = arena_alloc(arena, sizeof(*value));
	*value =
		budget_value(&whole->options.budget, pow(0.5, (double)(n_rungs - 1 - rung)), arena);
	choice.values = value;
	choice.n_values = 1;
	choice.origin = arena_printf(arena, "%s%lld of %lld", rung_origin, (long long)rung + 1,
				     (long long)n_rungs);
	return choice;
}

bool tuning_is_rung(const struct cell_choice *choice)
{
	for (size_t i = 0; i < choice->n_values; i++)
		if (text_starts_with(choice->values[i].path, prefix))
			return true;
	return false;
}

void tuning_know_whole(struct sweep *sweep, const struct trial *whole)
{
	struct trial *copy;

	if (trial_index_find(&sweep->whole_budgets, whole->key))
		return;
	copy = arena_alloc(&sweep->arena, sizeof(*copy));
	*copy = *whole;
	trial_index_put(&sweep->whole_budgets, copy);
}

void tuning_mark_whole(const struct sweep *sweep, struct trial *trial)
{
	const struct trial *whole = trial_index_find(&sweep->whole_budgets, trial->key);

	if (whole && strcmp(whole->label, trial->label) == 0 && trial->origin &&
	    text_starts_with(trial->origin, rung_origin))
		trial->origin = TUNING_WHOLE_BUDGET;
}
