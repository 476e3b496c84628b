/* SPDX-License-Identifier: MIT
 *
 * What is tuned without looking further: a grid, all of which is there, and the values that an
 * heir takes from the best setting of its donor.
 */
#include <math.h>
#include <stdlib.h>

#include "sweep/sweep.h"
#include "sweep/tuning_group.h"

/* --- grid --- */

static int next_of_grid(struct tuning_group *group, struct error *err)
{
	(void)err;
	group->best = 0;
	for (size_t i = 1; i < group->n_settings; i++)
		if (setting_beats(&group->settings[i], &group->settings[group->best]))
			group->best = i;
	group->has_best = group->n_settings && isfinite(group->settings[group->best].loss);
	return 0;
}

static size_t none_left(const struct tuning_group *group)
{
	(void)group;
	return 0;
}

const struct tuning_rule tuning_grid = {"grid", next_of_grid, none_left};

/* --- inherit --- */

static int next_of_heir(struct tuning_group *group, struct error *err)
{
	const struct tuning_group *donor = group->donor;
	struct tuning_arm *arm = group->arm;
	const struct tuning_point nowhere = {0};
	struct cell_choice choice = {0};
	struct tuned_setting *setting;
	struct tuned_value *values;
	int result = 0;

	if (donor->state != GROUP_DECIDED)
		return 0;
	if (!donor->has_best || group->n_settings > 0) {
		group->has_best = group->n_settings > 0 && isfinite(group->settings[0].loss);
		if (!donor->has_best)
			group->note = arena_printf(arm->arena,
						   "%s has no values to inherit: no setting of %s "
						   "has a finite loss",
						   group->title, donor->title);
		return 0;
	}
	choice.n_values = tuning_values(donor, &donor->settings[donor->best], &values);
	choice.values = values;
	choice.origin = arena_printf(arm->arena, "inherited from %s", donor->arm->arm->label);
	setting = group_add(group, &nowhere);
	for (size_t r = 0; r < group->n_replicas; r++) {
		struct trial *trial;

		choice.cell = group->replicas[r];
		result = sweep_extend(arm->sweep, &choice, &trial, err);
		if (result && group_forgive(group, result, err)) {
			result = 0;
			trial = NULL;
		}
		if (result)
			break;
		if (!trial)
			setting->is_absent = true;
		setting->trials[r] = trial;
	}
	return result ? result : 1;
}

static size_t one_left(const struct tuning_group *group)
{
	return group->n_settings == 0;
}

const struct tuning_rule tuning_inherit = {"inherit", next_of_heir, one_left};
