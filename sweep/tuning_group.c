/* SPDX-License-Identifier: MIT */
#include "sweep/tuning_group.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "sweep/sweep.h"
#include "sweep/tuning_rung.h"

#define SAME 1e-9 /* relative: values of an axis that are one */

static bool is_same(double a, double b)
{
	return fabs(a - b) <= SAME * fmax(fabs(a), fabs(b));
}

const char *tuning_axis_name(const struct tuning_arm *arm, size_t axis)
{
	return arm->axes[axis]->points[0].items[0].target.key->name;
}

struct tuned_setting *group_find(const struct tuning_group *group, const struct tuning_point *point)
{
	for (size_t i = 0; i < group->n_settings; i++) {
		struct tuned_setting *s = &group->settings[i];
		bool found = s->point.rung == point->rung;

		for (size_t a = 0; a < group->arm->n_axes && found; a++)
			found = is_same(s->point.at[a], point->at[a]);
		if (found)
			return s;
	}
	return NULL;
}

bool setting_beats(const struct tuned_setting *a, const struct tuned_setting *b)
{
	if (a->is_absent || b->is_absent)
		return !a->is_absent;
	return a->loss == b->loss ? a < b : a->loss < b->loss;
}

/* The text of what one key has at a setting. */
static const char *value_text(const struct tuning_group *group, const struct tuned_setting *setting,
			      size_t axis, const struct setting *s)
{
	struct tuning_arm *arm = group->arm;
	const struct trial *trial = setting->trials[0];
	struct text out = {0};
	const char *text;

	if (arm->axes[axis]->bracket)
		return arena_printf(arm->arena, "%.12g", setting->point.at[axis]);
	if (!s->law)
		return s->text;
	key_add_json(s->target.key,
		     s->target.section ? (const void *)((const char *)&trial->options +
							s->target.section->offset)
				       : trial->optimizer_options,
		     &out);
	text = arena_strdup(arm->arena, out.data);
	text_release(&out);
	return text;
}

/* The point of an axis that a setting is at; of a bracket any does, since its key is the same. */
static const struct settings *axis_point(const struct tuning_group *group,
					 const struct tuned_setting *setting, size_t axis)
{
	const struct axis *of = group->arm->axes[axis];

	return &of->points[of->bracket ? 0 : (size_t)setting->point.at[axis]];
}

size_t tuning_values(const struct tuning_group *group, const struct tuned_setting *setting,
		     struct tuned_value **values)
{
	struct tuning_arm *arm = group->arm;
	size_t n = 0, most = 0;

	for (size_t a = 0; a < arm->n_axes; a++)
		most += axis_point(group, setting, a)->n;
	*values = arena_alloc(arm->arena, (most + 1) * sizeof(**values));
	for (size_t a = 0; a < arm->n_axes; a++) {
		const struct settings *point = axis_point(group, setting, a);

		for (size_t k = 0; k < point->n; k++)
			(*values)[n++] = (struct tuned_value){
				setting_path(&point->items[k], arm->arena),
				value_text(group, setting, a, &point->items[k])};
	}
	return n;
}

/* The choice of one replica at a point: lists by the cell, brackets by values. */
static struct cell_choice choice_at(const struct tuning_group *group,
				    const struct tuning_point *point, size_t replica,
				    struct arena *arena)
{
	struct tuning_arm *arm = group->arm;
	struct tuned_value *values = arena_alloc(arena, (arm->n_axes + 1) * sizeof(*values));
	struct cell_choice choice = {.cell = group->replicas[replica], .values = values};

	for (size_t a = 0; a < arm->n_axes; a++) {
		const struct axis *axis = arm->axes[a];

		if (!axis->bracket) {
			choice.cell += (size_t)point->at[a] * arm->strides[a];
			continue;
		}
		values[choice.n_values++] =
			(struct tuned_value){setting_path(&axis->points[0].items[0], arena),
					     arena_printf(arena, "%.12g", point->at[a])};
	}
	return choice;
}

/* Turns the choice of a whole budget into that of a rung. */
static int choose_rung(const struct tuning_group *group, int64_t rung, struct cell_choice *choice,
		       struct arena *arena, struct error *err)
{
	struct tuning_arm *arm = group->arm;
	struct trial whole;
	bool is_left;
	int result = sweep_resolve_cell(arm->sweep, choice, arena, &whole, &is_left, err);

	if (!result && is_left)
		*choice = tuning_rung(&whole, rung, arm->arm->tuning.rungs, arena);
	return result;
}

double tuning_value_of(const struct tuning_arm *arm, size_t axis, const struct trial *trial)
{
	const struct target *target = &arm->axes[axis]->points[0].items[0].target;
	const char *options = target->section
				      ? (const char *)&trial->options + target->section->offset
				      : trial->optimizer_options;
	const void *field = options + target->key->offset;

	return target->key->type == KEY_INTEGER ? (double)*(const int64_t *)field
						: *(const double *)field;
}

bool tuning_find_point(const struct tuning_arm *arm, const struct trial *trial,
		       struct tuning_point *point, size_t *base_cell)
{
	size_t own = trial->cell - arm->first_cell;

	if (trial->cell < arm->first_cell || own >= arm->grid.n_cells)
		return false;
	*point = (struct tuning_point){0};
	*base_cell = trial->cell;
	for (size_t a = 0; a < arm->n_axes; a++) {
		size_t at = own / arm->strides[a] % arm->axes[a]->n;

		*base_cell -= at * arm->strides[a];
		point->at[a] = arm->axes[a]->bracket ? tuning_value_of(arm, a, trial) : (double)at;
	}
	return true;
}

int group_resolve(const struct tuning_group *group, const struct tuning_point *point,
		  size_t replica, const struct trial *like, struct arena *arena,
		  struct trial *trial, bool *is_left, struct error *err)
{
	struct cell_choice choice = choice_at(group, point, replica, arena);
	int result = 0;

	if (group->arm->rule == &tuning_inherit) {
		choice.values = like->values;
		choice.n_values = like->n_values;
	}
	if (group->arm->rule == &tuning_halving)
		result = choose_rung(group, point->rung, &choice, arena, err);
	*is_left = false;
	return result ? result
		      : sweep_resolve_cell(group->arm->sweep, &choice, arena, trial, is_left, err);
}

/* Whether the trial has what was asked for; a `when` may have overruled it. */
static bool has_point(const struct tuning_group *group, const struct tuning_point *point,
		      const struct trial *trial)
{
	for (size_t a = 0; a < group->arm->n_axes; a++)
		if (group->arm->axes[a]->bracket &&
		    !is_same(point->at[a], tuning_value_of(group->arm, a, trial)))
			return false;
	return true;
}

bool group_forgive(const struct tuning_group *group, int result, struct error *err)
{
	if (result != -ERR_USAGE)
		return false;
	/* Beyond what the budget or the corpus allows a bracket ends, which it says itself. */
	if (group->arm->rule != &tuning_bracket)
		log_warn("a setting of %s is left out: %s", group->title, err->text);
	*err = (struct error)ERROR_INIT;
	return true;
}

static int ask_replica(struct tuning_group *group, struct tuned_setting *setting, size_t replica,
		       const char *origin, struct error *err)
{
	struct cell_choice choice = choice_at(group, &setting->point, replica, group->arm->arena);
	struct trial *trial;
	int result = 0;

	if (group->arm->rule == &tuning_halving)
		result = choose_rung(group, setting->point.rung, &choice, group->arm->arena, err);
	if (origin)
		choice.origin = origin;
	if (!result)
		result = sweep_extend(group->arm->sweep, &choice, &trial, err);
	if (result && !group_forgive(group, result, err))
		return result;
	if (result)
		trial = NULL;
	if (!trial || !has_point(group, &setting->point, trial))
		setting->is_absent = true;
	setting->trials[replica] = trial;
	return 0;
}

struct tuned_setting *group_add(struct tuning_group *group, const struct tuning_point *point)
{
	struct tuned_setting *setting;

	group->settings = grow_array(group->settings, &group->settings_capacity,
				     group->n_settings + 1, sizeof(*group->settings));
	setting = &group->settings[group->n_settings++];
	*setting = (struct tuned_setting){.point = *point, .loss = HUGE_VAL};
	setting->trials =
		arena_alloc(group->arm->arena, (group->n_replicas + 1) * sizeof(*setting->trials));
	return setting;
}

int group_ask(struct tuning_group *group, const struct tuning_point *point, const char *origin,
	      struct error *err)
{
	struct tuned_setting *setting;
	int result = 0;

	if (group_find(group, point))
		return 0;
	setting = group_add(group, point);
	for (size_t r = 0; r < group->n_replicas && !result && !setting->is_absent; r++)
		result = ask_replica(group, setting, r, origin, err);
	return result ? result : 1;
}
