/* SPDX-License-Identifier: MIT */
#include "sweep/tuning_setup.h"

#include <stdio.h>
#include <string.h>

/* --- arms --- */

static bool is_donor(const struct spec *spec, const struct arm *arm)
{
	for (size_t i = 0; i < spec->n_arms; i++)
		if (spec->arms[i].tuning.donor == arm)
			return true;
	return false;
}

/* NULL where an arm needs no tuner: its grid is all. */
static const struct tuning_rule *rule_of(const struct spec *spec, const struct arm *arm)
{
	if (arm->tuning.donor)
		return &tuning_inherit;
	if (arm->tuning.method == TUNING_HALVING)
		return &tuning_halving;
	if (arm->tuning.method == TUNING_COORDINATE)
		return &tuning_coordinate;
	if (arm->tuning.has_bracket)
		return &tuning_bracket;
	return is_donor(spec, arm) ? &tuning_grid : NULL;
}

/* What the tuned keys decide cannot keep groups apart. */
static unsigned tuned_columns(const struct tuning_arm *arm)
{
	unsigned tuned = 0;

	for (size_t a = 0; a < arm->n_axes; a++) {
		const struct target *target = &arm->axes[a]->points[0].items[0].target;

		if (target->section && strcmp(target->key->name, "batch_tokens") == 0)
			tuned |= PER_BATCH;
		if (target->section && strcmp(target->section->path, "train.schedule") == 0)
			tuned |= PER_SCHEDULE;
	}
	return tuned;
}

static int find_axes(struct tuning_arm *arm, struct error *err)
{
	size_t stride = 1;

	for (size_t i = arm->grid.n_axes; i-- > 0; stride *= arm->grid.sizes[i]) {
		if (!arm->grid.axes[i]->tuned)
			continue;
		if (arm->n_axes == TUNING_MAX_AXES)
			return node_error(arm->arm->tuning.at, err,
					  "at most %d keys can be tuned together", TUNING_MAX_AXES);
		arm->axes[arm->n_axes] = arm->grid.axes[i];
		arm->strides[arm->n_axes++] = stride;
	}
	/* In the order of the file. */
	for (size_t a = 0; a < arm->n_axes / 2; a++) {
		size_t b = arm->n_axes - 1 - a, held = arm->strides[a];
		const struct axis *axis = arm->axes[a];

		arm->axes[a] = arm->axes[b];
		arm->axes[b] = axis;
		arm->strides[a] = arm->strides[b];
		arm->strides[b] = held;
	}
	return 0;
}

/* A bracket names the axes that it tunes apart; other tuning averages over seeds alone. */
static unsigned columns_apart(const struct arm *arm)
{
	const struct tuning *tuning = arm->tuning.donor ? &arm->tuning.donor->tuning : &arm->tuning;

	return tuning->has_bracket ? tuning->per : PER_BATCH | PER_CONTEXT | PER_SCHEDULE;
}

static int setup_arm(struct tuner *tuner, const struct arm *arm, const struct arm_grid *grid,
		     size_t first_cell, struct error *err)
{
	struct tuning_arm *added = &tuner->arms[tuner->n_arms];
	int result;

	*added = (struct tuning_arm){.sweep = tuner->sweep,
				     .arm = arm,
				     .rule = rule_of(tuner->sweep->spec, arm),
				     .grid = *grid,
				     .first_cell = first_cell,
				     .outcomes = &tuner->outcomes,
				     .arena = &tuner->arena};
	if (!added->rule)
		return 0;
	result = find_axes(added, err);
	added->apart = columns_apart(arm);
	added->apart &= ~tuned_columns(added);
	tuner->n_arms++;
	return result;
}

/* --- groups --- */

static void add_key(const struct trial *trial, const char *path, struct text *out)
{
	struct target target;

	if (!target_find(path, &target))
		return;
	text_add_char(out, ' ');
	key_add_json(target.key, (const char *)&trial->options + target.section->offset, out);
}

/* What keeps groups apart, the arm's own name left out, so that donors and heirs agree. */
static const char *group_key(const struct tuning_arm *arm, unsigned apart,
			     const struct trial *trial)
{
	static const struct {
		unsigned per;
		const char *path;
	} columns[] = {{PER_BATCH, "train.batch_tokens"},
		       {PER_CONTEXT, "model.context"},
		       {PER_SCHEDULE, "train.schedule.kind"}};
	const struct section *budget = section_find("train.budget");
	struct text key = {0};
	const char *result;

	text_printf(&key, "%s %lldx%lld", trial->label + strlen(arm->arm->label),
		    (long long)trial->options.model.d_model,
		    (long long)trial->options.model.n_layers);
	for (size_t i = 0; i < *budget->n_keys; i++) {
		text_add_char(&key, ' ');
		key_add_json(&budget->keys[i], &trial->options.budget, &key);
	}
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		if (apart & columns[i].per)
			add_key(trial, columns[i].path, &key);
	if (apart & PER_SEEDS)
		text_printf(&key, " %lld/%lld", (long long)trial->init_seed,
			    (long long)trial->data_seed);
	result = arena_strdup(arm->arena, key.data);
	text_release(&key);
	return result;
}

static const char *group_title(const struct tuning_arm *arm, const struct trial *whole, bool full)
{
	const struct model_config *model = &whole->options.model;
	char tokens[SHORT_TEXT], batch[SHORT_TEXT];
	const char *title = arena_printf(arm->arena, "%s %lldx%lld", whole->label,
					 (long long)model->d_model, (long long)model->n_layers);

	if (!full)
		return title;
	title = arena_printf(arm->arena, "%s D=%s", title,
			     format_si(tokens, (double)whole->tokens));
	if (arm->apart & PER_BATCH)
		title = arena_printf(arm->arena, "%s B=%s", title,
				     format_si(batch, (double)whole->options.train.batch_tokens));
	if (arm->apart & PER_SEEDS)
		title = arena_printf(arm->arena, "%s seed=%lld", title,
				     (long long)whole->init_seed);
	return title;
}

/* The group of a key; with its short title until another has the same. */
static struct tuning_group *find_group(struct tuner *tuner, struct tuning_arm *arm, const char *key,
				       const struct trial *whole)
{
	struct tuning_group *group;

	for (size_t i = 0; i < tuner->n_groups; i++)
		if (tuner->groups[i]->arm == arm && strcmp(tuner->groups[i]->key, key) == 0)
			return tuner->groups[i];
	group = arena_alloc(&tuner->arena, sizeof(*group));
	group->arm = arm;
	group->key = key;
	group->title = group_title(arm, whole, false);
	group->long_title = group_title(arm, whole, true);
	group->d_model = whole->options.model.d_model;
	group->n_layers = whole->options.model.n_layers;
	tuner->groups = grow_array(tuner->groups, &tuner->groups_capacity, tuner->n_groups + 1,
				   sizeof(struct tuning_group *));
	tuner->groups[tuner->n_groups++] = group;
	return group;
}

static void choose_titles(struct tuner *tuner)
{
	for (size_t i = 0; i < tuner->n_groups; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(tuner->groups[i]->title, tuner->groups[k]->title) == 0)
				tuner->groups[i]->is_ambiguous = tuner->groups[k]->is_ambiguous =
					true;
	for (size_t i = 0; i < tuner->n_groups; i++)
		if (tuner->groups[i]->is_ambiguous)
			tuner->groups[i]->title = tuner->groups[i]->long_title;
}

/* The place of a cell among the group's replicas, added where it is not there yet. */
static size_t find_replica(struct tuning_group *group, size_t cell)
{
	for (size_t i = 0; i < group->n_replicas; i++)
		if (group->replicas[i] == cell)
			return i;
	group->replicas = grow_array(group->replicas, &group->replicas_capacity,
				     group->n_replicas + 1, sizeof(*group->replicas));
	group->replicas[group->n_replicas] = cell;
	return group->n_replicas++;
}

/* --- trials that are there --- */

/* Where a trial of the arm's own cells belongs. */
struct place {
	struct tuning_group *group;
	struct tuning_point point;
	size_t replica;
};

/* At the whole budget; of halving the trials that are there are not. */
static int find_whole(struct tuning_arm *arm, const struct trial *trial, struct trial *whole,
		      struct error *err)
{
	const struct cell_choice choice = {.cell = trial->cell};
	bool is_left;

	*whole = *trial;
	return trial->n_values ? sweep_resolve_cell(arm->sweep, &choice, &arm->sweep->arena, whole,
						    &is_left, err)
			       : 0;
}

static int place_trial(struct tuner *tuner, struct tuning_arm *arm, const struct trial *trial,
		       struct place *place, struct error *err)
{
	struct trial whole;
	size_t base_cell;
	int result = find_whole(arm, trial, &whole, err);

	if (result)
		return result;
	*place = (struct place){0};
	tuning_find_point(arm, trial, &place->point, &base_cell);
	place->group = find_group(tuner, arm, group_key(arm, arm->apart, &whole), &whole);
	place->replica = find_replica(place->group, base_cell);
	return 0;
}

/* First all replicas, then settings, which have a place for each. */
static int collect_trials(struct tuner *tuner, struct tuning_arm *arm, struct error *err)
{
	const struct sweep *sweep = tuner->sweep;
	struct place *places = arena_alloc(&tuner->arena, sweep->n_trials * sizeof(*places));
	size_t first = arm->first_cell, end = first + arm->grid.n_cells;
	int result = 0;

	for (size_t i = 0; i < sweep->n_trials && !result; i++)
		if (sweep->trials[i]->cell >= first && sweep->trials[i]->cell < end)
			result = place_trial(tuner, arm, sweep->trials[i], &places[i], err);
	for (size_t i = 0; i < sweep->n_trials && !result; i++) {
		struct tuning_group *group = places[i].group;
		struct tuned_setting *setting;

		if (!group)
			continue;
		setting = group_find(group, &places[i].point);
		if (!setting)
			setting = group_add(group, &places[i].point);
		setting->trials[places[i].replica] = sweep->trials[i];
	}
	return result;
}

/* A setting that some replica does not have cannot be compared with the others. */
static void mark_absent(struct tuner *tuner)
{
	for (size_t i = 0; i < tuner->n_groups; i++)
		for (size_t s = 0; s < tuner->groups[i]->n_settings; s++)
			for (size_t r = 0; r < tuner->groups[i]->n_replicas; r++)
				if (!tuner->groups[i]->settings[s].trials[r])
					tuner->groups[i]->settings[s].is_absent = true;
}

/* --- heirs --- */

static struct tuning_group *find_donor(struct tuner *tuner, const struct arm *donor,
				       const struct tuning_arm *heir, const struct trial *trial)
{
	const char *key = NULL;

	for (size_t i = 0; i < tuner->n_groups; i++) {
		struct tuning_group *group = tuner->groups[i];

		if (group->arm->arm != donor)
			continue;
		if (!key)
			key = group_key(heir, group->arm->apart, trial);
		if (strcmp(group->key, key) == 0)
			return group;
	}
	return NULL;
}

/* Any values of the donor's keys, to see what a cell of the heir would be. */
static size_t any_values(struct tuner *tuner, const struct arm *donor, struct tuned_value **values)
{
	for (size_t i = 0; i < tuner->n_groups; i++) {
		const struct tuning_group *group = tuner->groups[i];

		for (size_t s = 0; group->arm->arm == donor && s < group->n_settings; s++)
			if (!group->settings[s].is_absent)
				return tuning_values(group, &group->settings[s], values);
	}
	return 0;
}

static int collect_heirs(struct tuner *tuner, struct tuning_arm *arm, struct error *err)
{
	const struct arm *donor = arm->arm->tuning.donor;
	struct tuned_value *values = NULL;
	size_t n_values = any_values(tuner, donor, &values);
	int result = 0;

	for (size_t i = 0; n_values && i < arm->grid.n_cells && !result; i++) {
		const struct cell_choice choice = {
			.cell = arm->first_cell + i, .values = values, .n_values = n_values};
		struct tuning_group *from, *group;
		struct trial trial;
		bool is_left;

		result = sweep_resolve_cell(tuner->sweep, &choice, &tuner->sweep->arena, &trial,
					    &is_left, err);
		if (result || !is_left)
			continue;
		from = find_donor(tuner, donor, arm, &trial);
		if (!from)
			continue;
		group = find_group(tuner, arm, from->key, &trial);
		group->donor = from;
		find_replica(group, choice.cell);
	}
	return result;
}

/* --- the whole --- */

static int collect(struct tuner *tuner, bool heirs, struct error *err)
{
	int result = 0;

	for (size_t i = 0; i < tuner->n_arms && !result; i++) {
		struct tuning_arm *arm = &tuner->arms[i];

		if ((arm->rule == &tuning_inherit) == heirs)
			result = heirs ? collect_heirs(tuner, arm, err)
				       : collect_trials(tuner, arm, err);
	}
	return result;
}

int tuning_setup(struct tuner *tuner, struct error *err)
{
	const struct spec *spec = tuner->sweep->spec;
	size_t first_cell = 0;
	int result = 0;

	tuner->arms = arena_alloc(&tuner->arena, spec->n_arms * sizeof(*tuner->arms));
	for (size_t i = 0; i < spec->n_arms && !result; i++) {
		struct arm_grid grid;

		arm_grid_init(&grid, spec, (int)i, &tuner->arena);
		result = setup_arm(tuner, &spec->arms[i], &grid, first_cell, err);
		first_cell += grid.n_cells;
	}
	if (!result)
		result = collect(tuner, false, err);
	mark_absent(tuner);
	if (!result)
		result = collect(tuner, true, err);
	choose_titles(tuner);
	return result;
}
