/* SPDX-License-Identifier: MIT
 *
 * One key at a time (Wen et al. 2025, arXiv 2509.02046, phase I): all values of a key are tried
 * with the others where they are; the best is accepted if it gains more than the threshold; it ends
 * when a whole cycle through the keys accepts nothing.
 */
#include <math.h>

#include "sweep/tuning_group.h"

/* Asks for the other values of an axis around a point. */
static int ask_line(struct tuning_group *group, const struct tuning_point *around, size_t axis,
		    struct error *err)
{
	const struct tuning_arm *arm = group->arm;
	const char *origin = arena_printf(arm->arena, "coordinate %s", tuning_axis_name(arm, axis));
	int asked = 0;

	for (size_t i = 0; i < arm->axes[axis]->n; i++) {
		struct tuning_point point = *around;
		int n;

		point.at[axis] = (double)i;
		n = group_ask(group, &point, origin, err);
		if (n < 0)
			return n;
		asked += n;
	}
	return asked;
}

/* Moves to the best value of an axis if it gains enough; whether it did. */
static bool accept(const struct tuning_group *group, struct tuning_point *current, size_t axis)
{
	const struct tuned_setting *here = group_find(group, current), *best = here;
	double before = here->is_absent ? HUGE_VAL : here->loss;

	for (size_t i = 0; i < group->arm->axes[axis]->n; i++) {
		struct tuning_point point = *current;
		const struct tuned_setting *s;

		point.at[axis] = (double)i;
		s = group_find(group, &point);
		if (s != here && setting_beats(s, best))
			best = s;
	}
	if (best == here || !isfinite(best->loss) ||
	    !(before - best->loss > group->arm->arm->tuning.threshold))
		return false;
	*current = best->point;
	return true;
}

static int next(struct tuning_group *group, struct error *err)
{
	const struct tuning_arm *arm = group->arm;
	struct tuning_point current = {0};
	bool accepted = true;

	for (size_t a = 0; a < arm->n_axes; a++)
		current.at[a] = (double)arm->axes[a]->start;
	while (accepted) {
		accepted = false;
		for (size_t a = 0; a < arm->n_axes; a++) {
			int asked = ask_line(group, &current, a, err);

			if (asked)
				return asked;
			accepted = accept(group, &current, a) || accepted;
		}
	}
	group->best = (size_t)(group_find(group, &current) - group->settings);
	group->has_best = isfinite(group->settings[group->best].loss);
	if (!group->has_best)
		group->note = arena_printf(arm->arena,
					   "no value of any one key of %s gives a finite loss",
					   group->title);
	return 0;
}

/* Two cycles, as far as there are so many settings. */
static size_t most_left(const struct tuning_group *group)
{
	size_t line = 0, all = 1;

	for (size_t a = 0; a < group->arm->n_axes; a++) {
		line += group->arm->axes[a]->n - 1;
		all *= group->arm->axes[a]->n;
	}
	if (all > 2 * line + 1)
		all = 2 * line + 1;
	return all > group->n_settings ? all - group->n_settings : 0;
}

const struct tuning_rule tuning_coordinate = {"coordinate", next, most_left};
