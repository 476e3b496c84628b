/* SPDX-License-Identifier: MIT */
#include "sweep/sweep_rules.h"

#include <stdint.h>
#include <string.h>

static bool arm_is_called(const struct arm *arm, const struct condition *condition)
{
	for (size_t i = 0; i < condition->n_wanted; i++)
		if (strcmp(condition->wanted[i], arm->label) == 0 ||
		    strcmp(condition->wanted[i], arm->type->name) == 0)
			return true;
	return false;
}

static bool condition_holds(const struct condition *condition, struct trial *trial,
			    const struct cell *cell)
{
	struct text value = {0};
	bool holds = false;

	if (!condition->target.key)
		return arm_is_called(&cell->grid->spec->arms[cell->grid->arm], condition);
	if (condition->arm != ALL_ARMS && condition->arm != cell->grid->arm)
		return false;
	key_add_json(condition->target.key,
		     target_struct(&condition->target, &trial->options,
				   (void *)(uintptr_t)trial->optimizer_options),
		     &value);
	for (size_t i = 0; i < condition->n_wanted && !holds; i++)
		holds = strcmp(condition->wanted[i], value.data) == 0;
	text_release(&value);
	return holds;
}

static bool rule_matches(struct rule *rule, struct trial *trial, const struct cell *cell)
{
	for (size_t i = 0; i < rule->n_conditions; i++)
		if (!condition_holds(&rule->conditions[i], trial, cell))
			return false;
	rule->n_matched++;
	return true;
}

void sweep_apply_when(struct sweep *sweep, struct cell *cell, struct trial *trial,
		      void *optimizer_options, struct arena *arena)
{
	const struct spec *spec = sweep->spec;

	for (size_t i = 0; i < spec->when.n; i++) {
		struct rule *rule = &spec->when.items[i];

		if (!rule_matches(rule, trial, cell))
			continue;
		for (size_t k = 0; k < rule->set.n; k++) {
			const struct setting *s = &rule->set.items[k];

			if (!setting_is_for(s, cell->grid->arm))
				continue;
			setting_apply(s, &trial->options, optimizer_options, arena);
			cell_add(cell, s);
		}
	}
}

static const char *exclude_reason(const struct rule *rule, struct arena *arena)
{
	if (rule->at->line == 0)
		return arena_strdup(arena, rule->at->file);
	return arena_printf(arena, "exclude on line %d", rule->at->line);
}

const char *sweep_excluded_by(struct sweep *sweep, const struct cell *cell, struct trial *trial,
			      struct arena *arena)
{
	const struct rules *exclude = &sweep->spec->exclude;

	for (size_t i = 0; i < exclude->n; i++)
		if (rule_matches(&exclude->items[i], trial, cell))
			return exclude_reason(&exclude->items[i], arena);
	return NULL;
}

const char *sweep_requirement_missed(const struct trial *trial, struct arena *arena)
{
	static const char *const names[] = {
#define X(name, unit) #name,
		REQUIREMENTS(X)
#undef X
	};
	struct trial_measures measures = trial_measures(trial);
	const double values[] = {
#define X(name, unit) measures.name,
		REQUIREMENTS(X)
#undef X
	};
	const double *const bounds[] = {
#define X(name, unit) trial->options.require.name,
		REQUIREMENTS(X)
#undef X
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (values[i] < bounds[i][0])
			return arena_printf(arena, "require: %s at least %g", names[i],
					    bounds[i][0]);
		if (values[i] > bounds[i][1])
			return arena_printf(arena, "require: %s at most %g", names[i],
					    bounds[i][1]);
	}
	return NULL;
}
