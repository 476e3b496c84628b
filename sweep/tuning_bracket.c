/* SPDX-License-Identifier: MIT
 *
 * Brackets: a cross around the best setting.
 *
 * Along every bracket axis, with the other keys as in the best setting, there must be a neighbour
 * on either side.  While one is missing, the best is on an edge and the axis is extended there (or,
 * where the axis has a next value already, the setting is filled in).  When the best has all its
 * neighbours, the gaps to them are halved in the logarithm until they are within the resolution.
 * Last, the corners of the cross are tried in the plane of each two axes, since keys may depend on
 * each other: a narrow valley between them looks like an optimum along the axes alone.
 * Whenever another setting becomes the best, all that begins anew around it; it ends because
 * every round either improves the best or adds to a finite lattice.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sweep/tuning_group.h"

#define NEARLY	     (1 + 1e-6)
#define MAX_SETTINGS 2000 /* of a group: beyond that something is wrong with the losses */

/* Whether a comes before b where neither has a loss: smaller values do, which lets a bracket all
 * of whose settings diverged go down. */
static bool is_lower(const struct tuning_group *group, const struct tuned_setting *a,
		     const struct tuned_setting *b)
{
	for (size_t i = 0; i < group->arm->n_axes; i++)
		if (a->point.at[i] != b->point.at[i])
			return a->point.at[i] < b->point.at[i];
	return false;
}

static struct tuned_setting *find_best(const struct tuning_group *group)
{
	struct tuned_setting *best = NULL;

	for (size_t i = 0; i < group->n_settings; i++) {
		struct tuned_setting *s = &group->settings[i];

		if (s->is_absent)
			continue;
		if (!best || (isinf(s->loss) && isinf(best->loss) ? is_lower(group, s, best)
								  : setting_beats(s, best)))
			best = s;
	}
	return best;
}

/* On the line through `from` along an axis, the nearest setting below (side -1) or above. */
static const struct tuned_setting *
neighbour(const struct tuning_group *group, const struct tuned_setting *from, size_t axis, int side)
{
	const struct tuned_setting *nearest = NULL;

	for (size_t i = 0; i < group->n_settings; i++) {
		const struct tuned_setting *s = &group->settings[i];
		struct tuning_point point = s->point;

		if (side * (s->point.at[axis] - from->point.at[axis]) <= 0)
			continue;
		point.at[axis] = from->point.at[axis];
		if (group_find(group, &point) == from &&
		    (!nearest || side * (s->point.at[axis] - nearest->point.at[axis]) < 0))
			nearest = s;
	}
	return nearest;
}

/* How many values an axis has been tried at. */
static size_t count_values(const struct tuning_group *group, size_t axis)
{
	size_t n = 0;

	for (size_t i = 0; i < group->n_settings; i++) {
		bool is_new = !group->settings[i].is_absent;

		for (size_t k = 0; k < i && is_new; k++)
			is_new = group->settings[k].is_absent ||
				 group->settings[k].point.at[axis] !=
					 group->settings[i].point.at[axis];
		n += is_new;
	}
	return n;
}

/* The next value that an axis has on a side, by whatever setting; 0: none. */
static double next_value(const struct tuning_group *group, const struct tuned_setting *from,
			 size_t axis, int side)
{
	double here = from->point.at[axis], nearest = 0;

	for (size_t i = 0; i < group->n_settings; i++) {
		double value = group->settings[i].point.at[axis];

		if (!group->settings[i].is_absent && side * (value - here) > 0 &&
		    (nearest == 0 || side * (value - nearest) < 0))
			nearest = value;
	}
	return nearest;
}

static bool is_batch(const struct tuning_group *group, size_t axis)
{
	return strcmp(tuning_axis_name(group->arm, axis), "batch_tokens") == 0;
}

/* To 12 digits, whole numbers where the key takes no others, batches in whole contexts. */
static double rounded(const struct tuning_group *group, size_t axis, double value)
{
	const struct key *key = group->arm->axes[axis]->points[0].items[0].target.key;
	const struct trial *any = NULL;
	char text[40];

	for (size_t i = 0; i < group->n_settings && !any; i++)
		any = group->settings[i].is_absent ? NULL : group->settings[i].trials[0];
	if (is_batch(group, axis) && any) {
		double context = (double)any->options.model.context;

		value = fmax(1, round(value / context)) * context;
	}
	if (key->type == KEY_INTEGER)
		value = round(value);
	snprintf(text, sizeof(text), "%.12g", value);
	return strtod(text, NULL);
}

static bool is_in_range(const struct tuning_group *group, size_t axis, double value)
{
	const struct key *key = group->arm->axes[axis]->points[0].items[0].target.key;

	return value <= key->max && (key->above_min ? value > key->min : value >= key->min);
}

/* Asks for the neighbour on a side of the best where it is missing and can be had. */
static int extend_edge(struct tuning_group *group, size_t best, size_t axis, int side,
		       struct error *err)
{
	const struct bracket *bracket = group->arm->axes[axis]->bracket;
	const struct tuned_setting *from = &group->settings[best];
	struct tuning_point point = from->point;
	double here = point.at[axis], next = next_value(group, from, axis, side);

	if (neighbour(group, from, axis, side))
		return 0;
	if (next > 0) {
		point.at[axis] = next;
	} else if (count_values(group, axis) < (size_t)bracket->limit) {
		double value = side > 0 ? here * bracket->factor : here / bracket->factor;

		point.at[axis] = rounded(group, axis, value);
	}
	if (side * (point.at[axis] - here) <= 0 || !is_in_range(group, axis, point.at[axis]))
		return 0;
	return group_ask(group, &point, side > 0 ? "extended up" : "extended down", err);
}

/* Asks for the middle between the best and its neighbour on a side, where that is far. */
static int refine_gap(struct tuning_group *group, size_t best, size_t axis, int side,
		      struct error *err)
{
	const struct bracket *bracket = group->arm->axes[axis]->bracket;
	const struct tuned_setting *from = &group->settings[best],
				   *other = neighbour(group, from, axis, side);
	struct tuning_point point = from->point;
	double here = point.at[axis], there = other ? other->point.at[axis] : 0;

	if (!other || other->is_absent || isinf(from->loss) ||
	    fmax(here / there, there / here) <= bracket->resolution * NEARLY)
		return 0;
	point.at[axis] = rounded(group, axis, sqrt(here * there));
	if (side * (point.at[axis] - here) <= 0 || side * (there - point.at[axis]) <= 0)
		return 0;
	return group_ask(group, &point, "refined", err);
}

typedef int bracket_step(struct tuning_group *group, size_t best, size_t axis, int side,
			 struct error *err);

/* Takes a step on all sides of the best. */
static int around(struct tuning_group *group, size_t best, bracket_step *take, struct error *err)
{
	int asked = 0;

	for (size_t a = 0; a < group->arm->n_axes; a++)
		for (int side = -1; side <= 1; side += 2) {
			int n = group->arm->axes[a]->bracket ? take(group, best, a, side, err) : 0;

			if (n < 0)
				return n;
			asked += n;
		}
	return asked;
}

/* The setting that differs from the best in two axes, in each as a neighbour does. */
static int ask_corner(struct tuning_group *group, size_t best, const size_t axes[2],
		      const int sides[2], struct error *err)
{
	struct tuning_point point = group->settings[best].point;

	for (int i = 0; i < 2; i++) {
		const struct tuned_setting *other =
			group->arm->axes[axes[i]]->bracket
				? neighbour(group, &group->settings[best], axes[i], sides[i])
				: NULL;

		if (!other || other->is_absent)
			return 0;
		point.at[axes[i]] = other->point.at[axes[i]];
	}
	return group_ask(group, &point, "corner", err);
}

static int ask_corners(struct tuning_group *group, size_t best, struct error *err)
{
	int asked = 0;

	for (size_t a = 0; a < group->arm->n_axes; a++)
		for (size_t b = a + 1; b < group->arm->n_axes; b++)
			for (int corner = 0; corner < 4; corner++) {
				const size_t axes[2] = {a, b};
				const int sides[2] = {corner & 1 ? 1 : -1, corner & 2 ? 1 : -1};
				int n = ask_corner(group, best, axes, sides, err);

				if (n < 0)
					return n;
				asked += n;
			}
	return asked;
}

/* What is odd about the optimum. */
static const char *describe_edges(const struct tuning_group *group)
{
	const struct tuned_setting *best = &group->settings[group->best];
	struct arena *arena = group->arm->arena;

	if (!group->has_best)
		return arena_printf(arena,
				    "no setting of %s has a finite loss, of %zu that were "
				    "tried",
				    group->title, group->n_settings);
	for (size_t a = 0; a < group->arm->n_axes; a++)
		for (int side = -1; side <= 1; side += 2) {
			const struct tuned_setting *other = neighbour(group, best, a, side);

			if (group->arm->axes[a]->bracket && (!other || other->is_absent))
				return arena_printf(
					arena, "optimum of %s on the edge of %s after %zu points",
					group->title, tuning_axis_name(group->arm, a),
					count_values(group, a));
		}
	return NULL;
}

static int next(struct tuning_group *group, struct error *err)
{
	const struct tuned_setting *found = find_best(group);
	int asked = 0;

	group->has_best = found && isfinite(found->loss);
	if (!found)
		return 0;
	group->best = (size_t)(found - group->settings);
	if (group->n_settings < MAX_SETTINGS)
		asked = around(group, group->best, extend_edge, err);
	if (asked == 0 && group->n_settings < MAX_SETTINGS)
		asked = around(group, group->best, refine_gap, err);
	if (asked == 0 && group->n_settings < MAX_SETTINGS)
		asked = ask_corners(group, group->best, err);
	if (asked == 0)
		group->note = describe_edges(group);
	return asked;
}

static size_t most_left(const struct tuning_group *group)
{
	size_t left = 0;

	for (size_t a = 0; a < group->arm->n_axes; a++) {
		const struct bracket *b = group->arm->axes[a]->bracket;
		size_t tried = count_values(group, a);

		if (!b)
			continue;
		if ((size_t)b->limit > tried)
			left += (size_t)b->limit - tried;
		left += 2 * (size_t)ceil(log2(log(b->factor) / log(b->resolution)) - 1e-6);
	}
	return left;
}

const struct tuning_rule tuning_bracket = {"bracket", next, most_left};
