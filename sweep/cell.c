/* SPDX-License-Identifier: MIT */
#include "sweep/cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct arm *arm_of(const struct arm_grid *grid)
{
	return &grid->spec->arms[grid->arm];
}

/* Whether an axis of the whole sweep changes anything for this arm: other arms' settings do not
 * count, nor what the arm sets for itself. */
static bool axis_concerns(const struct axis *axis, const struct arm_grid *grid)
{
	for (size_t i = 0; i < axis->n; i++)
		for (size_t k = 0; k < axis->points[i].n; k++) {
			const struct setting *s = &axis->points[i].items[k];

			if (setting_is_for(s, grid->arm) &&
			    !part_sets(&arm_of(grid)->part, &s->target))
				return true;
		}
	return false;
}

void arm_grid_init(struct arm_grid *grid, const struct spec *spec, int arm, struct arena *arena)
{
	const struct part *own = &spec->arms[arm].part;
	size_t most = spec->base.n_axes + own->n_axes;

	*grid = (struct arm_grid){.spec = spec, .arm = arm};
	grid->axes = arena_alloc(arena, most * sizeof(*grid->axes));
	grid->sizes = arena_alloc(arena, most * sizeof(*grid->sizes));
	for (size_t i = 0; i < spec->base.n_axes; i++)
		if (axis_concerns(&spec->base.axes[i], grid))
			grid->axes[grid->n_axes++] = &spec->base.axes[i];
	for (size_t i = 0; i < own->n_axes; i++)
		grid->axes[grid->n_axes++] = &own->axes[i];
	for (size_t i = 0; i < grid->n_axes; i++)
		grid->sizes[i] = grid->axes[i]->n;
	grid->n_cells = grid_count(grid->sizes, grid->n_axes);
}

void cell_release(struct cell *cell)
{
	free(cell->settings);
	*cell = (struct cell){0};
}

void cell_add(struct cell *cell, const struct setting *setting)
{
	cell->settings = grow_array(cell->settings, &cell->capacity, cell->n_settings + 1,
				    sizeof(*cell->settings));
	cell->settings[cell->n_settings++] = setting;
}

static void add_all(struct cell *cell, const struct settings *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (setting_is_for(&list->items[i], cell->grid->arm))
			cell_add(cell, &list->items[i]);
}

static bool is_base_axis(const struct spec *spec, const struct axis *axis)
{
	return spec->base.n_axes && axis >= spec->base.axes &&
	       axis < spec->base.axes + spec->base.n_axes;
}

void cell_gather(struct cell *cell, const struct arm_grid *grid, size_t index, struct arena *arena)
{
	const struct spec *spec = grid->spec;
	size_t n_base = 0;

	if (cell->grid != grid)
		cell->coordinates = arena_alloc(arena, grid->n_axes * sizeof(*cell->coordinates));
	cell->grid = grid;
	cell->n_settings = 0;
	grid_cell(grid->sizes, grid->n_axes, index, cell->coordinates);
	while (n_base < grid->n_axes && is_base_axis(spec, grid->axes[n_base]))
		n_base++;
	add_all(cell, &spec->base.fixed);
	for (size_t i = 0; i < n_base; i++)
		add_all(cell, &grid->axes[i]->points[cell->coordinates[i]]);
	add_all(cell, &arm_of(grid)->part.fixed);
	for (size_t i = n_base; i < grid->n_axes; i++)
		add_all(cell, &grid->axes[i]->points[cell->coordinates[i]]);
}

const struct setting *cell_find(const struct cell *cell, const struct target *target)
{
	for (size_t i = cell->n_settings; i-- > 0;)
		if (target_equal(&cell->settings[i]->target, target))
			return cell->settings[i];
	return NULL;
}

static int check_alternatives(const struct cell *cell, const struct section *section,
			      struct error *err)
{
	const struct setting *first = NULL, *second = NULL;

	for (size_t i = 0; i < *section->n_keys; i++) {
		struct target target = {section, &section->keys[i]};
		const struct setting *s =
			section->keys[i].fallback ? NULL : cell_find(cell, &target);

		if (s && first)
			second = s;
		else if (s)
			first = s;
	}
	if (first && !second)
		return 0;
	if (second)
		return node_error(second->at, err, "'%s' and '%s' of '%s' exclude each other",
				  first->target.key->name, second->target.key->name, section->path);
	return node_error(spec_section_node(cell->grid->spec, section->path), err,
			  "missing key '%s'; write %s", section->path, section->example);
}

static int check_section(const struct cell *cell, const struct section *section, struct error *err)
{
	for (size_t i = 0; i < *section->n_keys; i++) {
		struct target target = {section, &section->keys[i]};

		if (!section->keys[i].fallback && !cell_find(cell, &target))
			return node_error(spec_section_node(cell->grid->spec, section->path), err,
					  "missing key '%s.%s'; write %s", section->path,
					  section->keys[i].name, section->example);
	}
	return 0;
}

static int check_optimizer(const struct cell *cell, struct error *err)
{
	const struct arm *arm = arm_of(cell->grid);

	for (size_t i = 0; i < arm->type->n_keys; i++) {
		struct target target = {NULL, &arm->type->keys[i]};

		if (!target.key->fallback && !cell_find(cell, &target))
			return node_error(arm->at, err,
					  "'%s' needs '%s', as a value or as tune: {%s: [..]}",
					  arm->label, target.key->name, target.key->name);
	}
	return 0;
}

/* A fraction and an absolute warm-up: one would be silently ignored. */
static int check_warmup(const struct cell *cell, struct error *err)
{
	static const char *const absolute[] = {"train.schedule.warmup_steps",
					       "train.schedule.warmup_tokens"};
	const struct setting *fraction, *other = NULL;
	struct target target;

	target_find("train.schedule.warmup", &target);
	fraction = cell_find(cell, &target);
	for (size_t i = 0; i < ARRAY_SIZE(absolute) && !other; i++)
		if (target_find(absolute[i], &target))
			other = cell_find(cell, &target);
	if (!fraction || !other)
		return 0;
	return node_error(other->at, err, "'warmup' and '%s' exclude each other",
			  other->target.key->name);
}

int cell_check_given(const struct cell *cell, struct error *err)
{
	int result = 0;

	for (size_t i = 0; i < n_sections && !result; i++)
		result = sections[i].alternatives ? check_alternatives(cell, &sections[i], err)
						  : check_section(cell, &sections[i], err);
	if (!result)
		result = check_warmup(cell, err);
	return result ? result : check_optimizer(cell, err);
}

static const char *last_part(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot ? dot + 1 : path;
}

/* Whether a setting is what a message calls by `word`: its key, with the whole path where several
 * sections have such a key, or the section that it is in. */
static bool is_called(const struct setting *setting, const char *word)
{
	struct target target;

	if (strchr(word, '.') && target_find(word, &target))
		return target_equal(&target, &setting->target);
	if (strcmp(setting->target.key->name, word) == 0)
		return true;
	return setting->target.section &&
	       strcmp(last_part(setting->target.section->path), word) == 0;
}

/* Where a key stands that is not in the file: what a section below decides with it ("model.size"
 * with "head_dim"), or its section. */
static const struct node *default_place(const struct cell *cell, const char *word,
					const struct node *otherwise)
{
	const struct spec *spec = cell->grid->spec;
	const struct section *section = NULL;
	struct target target;

	if (strchr(word, '.') && target_find(word, &target))
		section = target.section;
	for (size_t i = 0; i < n_sections && !section; i++)
		if (keys_find(sections[i].keys, *sections[i].n_keys, word) ||
		    strcmp(last_part(sections[i].path), word) == 0)
			section = &sections[i];
	if (!section)
		return otherwise ? otherwise : arm_of(cell->grid)->at;
	for (size_t i = cell->n_settings; i-- > 0;) {
		const struct section *below = cell->settings[i]->target.section;

		if (below && section->path[0] && below != section &&
		    text_starts_with(below->path, section->path))
			return cell->settings[i]->at;
	}
	return spec_section_node(spec, section->path);
}

int cell_blame(const struct cell *cell, const struct node *otherwise, struct error *err)
{
	const char *open = strchr(err->text, '\'');
	size_t length = open ? strcspn(open + 1, "'") : 0;
	char word[64] = "";

	if (length > 0 && length < sizeof(word))
		snprintf(word, sizeof(word), "%.*s", (int)length, open + 1);
	for (size_t i = cell->n_settings; i-- > 0;)
		if (is_called(cell->settings[i], word))
			return node_wrap(cell->settings[i]->at, err);
	return node_wrap(default_place(cell, word, otherwise), err);
}

/* What fits keep apart by a column of its own. */
static bool has_column(const struct target *target)
{
	static const char *const paths[] = {"model.size", "model.context", "train.budget",
					    "train.batch_tokens", "train.seeds"};
	const char *section = target->section ? target->section->path : NULL;
	char path[128];

	if (!section)
		return false;
	snprintf(path, sizeof(path), "%s.%s", section, target->key->name);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (strcmp(section, paths[i]) == 0 || strcmp(path, paths[i]) == 0)
			return true;
	return false;
}

/* Whether the values of an axis belong in the label.  What is tied to a size or a budget is kept
 * apart by it. */
static bool is_labelled(const struct cell *cell, const struct axis *axis)
{
	const struct settings *point = &axis->points[0];

	if (axis->tuned || axis->n == 1)
		return false;
	for (size_t k = 0; is_base_axis(cell->grid->spec, axis) && k < point->n; k++)
		if (has_column(&point->items[k].target))
			return false;
	return true;
}

/* The values that decide in this cell; kinds of schedule have a column. */
static void add_values(const struct cell *cell, const struct settings *point, struct text *label)
{
	for (size_t k = 0; k < point->n; k++) {
		const struct setting *s = &point->items[k];
		bool is_kind = s->target.section && strcmp(s->target.key->name, "kind") == 0;

		if (!is_kind && cell_find(cell, &s->target) == s)
			text_printf(label, " %s=%s", s->target.key->name, s->text);
	}
}

const char *cell_label(const struct cell *cell, struct arena *arena)
{
	const struct arm_grid *grid = cell->grid;
	struct text label = {0};
	const char *result;

	text_add(&label, arm_of(grid)->label);
	for (size_t i = 0; i < grid->n_axes; i++)
		if (is_labelled(cell, grid->axes[i]))
			add_values(cell, &grid->axes[i]->points[cell->coordinates[i]], &label);
	result = arena_strdup(arena, label.data);
	text_release(&label);
	return result;
}

const char *arm_grid_tuned(const struct arm_grid *grid, struct arena *arena)
{
	struct text names = {0};
	const char *result;

	for (size_t i = 0; i < grid->n_axes; i++) {
		const struct settings *point = &grid->axes[i]->points[0];

		for (size_t k = 0; grid->axes[i]->tuned && k < point->n; k++)
			text_printf(&names, "%s%s", names.length ? "," : "",
				    point->items[k].target.key->name);
	}
	result = arena_strdup(arena, text_string(&names));
	text_release(&names);
	return result;
}
