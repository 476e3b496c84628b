/* SPDX-License-Identifier: MIT
 *
 * What tuning may yet ask for that shares a trunk with a trial that there is: its values at another
 * budget, or at a further rung.
 */
#include <string.h>

#include "sweep/tuning.h"
#include "sweep/tuning_setup.h"

static bool has_rung(const struct tuning_group *group, int64_t rung)
{
	for (size_t i = 0; i < group->n_settings; i++)
		if (group->settings[i].point.rung == rung)
			return true;
	return false;
}

/* The first rung from which on a group may yet ask for a point; the number of its rungs where it
 * does not any more.  No setting is asked for twice, and halving does not come back to one that it
 * has left behind.  Other rules have one rung. */
static int64_t first_open_rung(const struct tuning_group *group, struct tuning_point point,
			       int64_t n_rungs)
{
	for (point.rung = 0; point.rung < n_rungs; point.rung++) {
		const struct tuned_setting *setting = group_find(group, &point);

		if (!setting)
			return n_rungs > 1 && has_rung(group, point.rung) ? n_rungs : point.rung;
		if (setting->is_absent)
			break;
	}
	return n_rungs;
}

static int64_t count_rungs(const struct tuning_group *group)
{
	return group->arm->rule == &tuning_halving ? group->arm->arm->tuning.rungs : 1;
}

/* Sets the point that a trial's values are at, with the first rung that a group may ask for. */
static bool may_ask(const struct tuning_group *group, const struct trial *trial,
		    struct tuning_point *point)
{
	const struct model_config *model = &trial->options.model;
	const struct tuning_arm *arm = group->arm;
	size_t base_cell;

	if (group->state == GROUP_DECIDED || arm->rule == &tuning_grid ||
	    group->d_model != model->d_model || group->n_layers != model->n_layers ||
	    !tuning_find_point(arm, trial, point, &base_cell))
		return false;
	point->rung = first_open_rung(group, *point, count_rungs(group));
	return point->rung < count_rungs(group);
}

bool tuner_may_branch(const struct tuner *tuner, const struct trial *trial)
{
	struct tuning_point point;

	for (size_t i = 0; i < tuner->n_groups; i++)
		if (may_ask(tuner->groups[i], trial, &point))
			return true;
	return false;
}

/* Only to save time: trials of other seeds share no trunk.  Of an heir they are not known yet. */
static bool has_seeds(const struct tuning_group *group, size_t replica, const struct trial *trial)
{
	const struct trial *known =
		group->n_settings > 0 ? group->settings[0].trials[replica] : NULL;

	return !known ||
	       (known->init_seed == trial->init_seed && known->data_seed == trial->data_seed);
}

/* What a replica of the group would be with a trial's values; false where there is no such trial,
 * or it shares no trunk. */
static bool find_branch(const struct tuning_group *group, const struct tuning_point *point,
			size_t replica, const struct trial *trial, struct arena *arena,
			struct trial *branch)
{
	struct error err = ERROR_INIT;
	bool is_left = false;

	if (!has_seeds(group, replica, trial))
		return false;
	return group_resolve(group, point, replica, trial, arena, branch, &is_left, &err) == 0 &&
	       is_left && strcmp(branch->trunk_key, trial->trunk_key) == 0;
}

void tuner_each_branch(const struct tuner *tuner, const struct trial *trial,
		       void (*each)(void *context, const struct trial *branch), void *context)
{
	for (size_t i = 0; i < tuner->n_groups && trial->trunk_key[0]; i++) {
		const struct tuning_group *group = tuner->groups[i];
		struct tuning_point point;

		if (!may_ask(group, trial, &point))
			continue;
		for (; point.rung < count_rungs(group); point.rung++)
			for (size_t r = 0; r < group->n_replicas; r++) {
				struct arena arena = {0};
				struct trial branch;

				if (find_branch(group, &point, r, trial, &arena, &branch))
					each(context, &branch);
				arena_release(&arena);
			}
	}
}
