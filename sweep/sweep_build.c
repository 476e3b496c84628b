/* SPDX-License-Identifier: MIT */
#include "sweep/sweep_build.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sweep/cell.h"
#include "sweep/cell_law.h"
#include "sweep/sweep_corpus.h"
#include "sweep/sweep_rules.h"
#include "sweep/tuning_rung.h"

struct builder {
	struct sweep *sweep;
	struct spec *spec;
	struct arena *arena; /* of what a trial has */
	struct trial_options defaults;
	void *optimizer_defaults;
	struct cell cell;
	const char *tuned;
	size_t n_before; /* cells of the arms before */
	bool quiet;	 /* no drop counts: the tuning asks */
	bool probing;	 /* nothing is kept, and no bounds are checked */
};

/* --- trials --- */

static void *copy_bytes(struct arena *arena, const void *bytes, size_t size)
{
	return memcpy(arena_alloc(arena, size), bytes, size);
}

static void drop(struct builder *b, const char *reason)
{
	if (!b->quiet)
		sweep_drop(b->sweep, reason);
}

/* A cell that turns out to be a trial of the same arm counts once; two arms may share a training.
 */
static struct trial *keep(struct builder *b, struct trial *trial)
{
	struct sweep *sweep = b->sweep;
	struct trial *first = trial_index_find(&sweep->index, trial->key), *kept;

	for (struct trial *other = first; other; other = other->next_same)
		if (strcmp(other->label, trial->label) == 0) {
			drop(b, "same as another trial");
			return other;
		}
	kept = copy_bytes(&sweep->arena, trial, sizeof(*trial));
	kept->position = sweep->n_trials;
	if (first) {
		kept->same_as = first;
		kept->next_same = first->next_same;
		first->next_same = kept;
	} else {
		trial_index_put(&sweep->index, kept);
	}
	sweep->trials = grow_array(sweep->trials, &sweep->capacity, sweep->n_trials + 1,
				   sizeof(*sweep->trials));
	sweep->trials[sweep->n_trials++] = kept;
	tuning_mark_whole(sweep, kept);
	return kept;
}

/* What tuning has set wins over the file. */
static int add_values(struct builder *b, const struct cell_choice *choice, struct error *err)
{
	for (size_t i = 0; i < choice->n_values; i++) {
		struct setting *s = arena_alloc(b->arena, sizeof(*s));
		int result =
			spec_tuned_setting(b->spec, b->cell.grid->arm, &choice->values[i], s, err);

		if (result)
			return result;
		cell_add(&b->cell, s);
	}
	return 0;
}

/* All settings of the gathered cell, in the order in which later ones win.  The budget of a rung
 * wins over any rule. */
static int apply_settings(struct builder *b, const struct cell_choice *choice, struct trial *trial,
			  void *options, struct error *err)
{
	struct arena *arena = b->arena;
	int result = add_values(b, choice, err);
	size_t n;

	if (result)
		return result;
	memcpy(&trial->options, &b->defaults, sizeof(b->defaults));
	for (size_t i = 0; i < b->cell.n_settings; i++)
		setting_apply(b->cell.settings[i], &trial->options, options, arena);
	sweep_apply_when(b->sweep, &b->cell, trial, options, arena);
	if (!tuning_is_rung(choice))
		return 0;
	n = b->cell.n_settings;
	result = add_values(b, choice, err);
	for (; n < b->cell.n_settings && !result; n++)
		setting_apply(b->cell.settings[n], &trial->options, options, arena);
	return result;
}

/* Resolves the cell that was gathered; `is_left` is false where a rule drops it. */
static int resolve_cell(struct builder *b, const struct cell_choice *choice, struct trial *trial,
			bool *is_left, struct error *err)
{
	struct arena *arena = b->arena;
	const struct optimizer_type *type = b->spec->arms[b->cell.grid->arm].type;
	void *options = copy_bytes(arena, b->optimizer_defaults, type->options_size);
	const char *reason;
	int result;

	*is_left = false;
	*trial = (struct trial){.cell = choice->cell,
				.values = choice->values,
				.n_values = choice->n_values,
				.origin = choice->origin,
				.optimizer = type,
				.optimizer_options = options};
	result = apply_settings(b, choice, trial, options, err);
	if (!result)
		result = cell_check_given(&b->cell, err);
	if (!result)
		result = sweep_find_corpus(b->sweep, &b->cell, trial, err);
	if (!result)
		result = cell_apply_laws(&b->cell, trial, options, &b->sweep->models, arena, err);
	if (result)
		return result;
	reason = sweep_excluded_by(b->sweep, &b->cell, trial, arena);
	if (!reason && trial_resolve(trial, &b->sweep->models, err))
		return cell_blame(&b->cell, NULL, err);
	if (!reason && !tuning_is_rung(choice) && !b->probing)
		reason = sweep_requirement_missed(trial, arena);
	if (reason) {
		drop(b, reason);
		return 0;
	}
	if (!b->probing && trial_check(trial, err))
		return cell_blame(&b->cell, NULL, err);
	trial->label = cell_label(&b->cell, arena);
	trial->tuned = b->tuned;
	trial_identify(trial, arena);
	*is_left = true;
	return 0;
}

static int start_arm(struct builder *b, int arm, struct arm_grid **grid, struct error *err)
{
	const struct optimizer_type *type = b->spec->arms[arm].type;
	struct arena *arena = b->arena;

	*grid = arena_alloc(arena, sizeof(**grid));
	arm_grid_init(*grid, b->spec, arm, arena);
	if ((*grid)->n_cells == SIZE_MAX)
		return node_error(b->spec->root, err, "more than %d trials; use fewer values",
				  GRID_MAX_CELLS);
	b->optimizer_defaults = arena_alloc(arena, type->options_size);
	keys_set_defaults(type->keys, type->n_keys, b->optimizer_defaults, arena);
	b->tuned = arm_grid_tuned(*grid, arena);
	return 0;
}

/* Cell `own` of an arm, with values of tuned keys; `built` receives the trial, or NULL where it is
 * dropped. */
static int build_chosen(struct builder *b, const struct arm_grid *grid, size_t own,
			const struct cell_choice *choice, struct trial **built, struct error *err)
{
	struct trial trial;
	bool is_left;
	int result;

	*built = NULL;
	cell_gather(&b->cell, grid, own, b->arena);
	result = resolve_cell(b, choice, &trial, &is_left, err);
	if (!result && is_left)
		*built = keep(b, &trial);
	return result;
}

/* What is too short is the rung, and not what the file asks for. */
static int blame_rung(const struct tuning *tuning, struct error *err)
{
	struct error inner = *err;

	return error_set(err, ERR_USAGE, "%s (at the first of %lld rungs of halving)", inner.text,
			 (long long)tuning->rungs);
}

/* Cell `own` of an arm that is tuned by halving starts at the shortest horizon. */
static int build_first_rung(struct builder *b, const struct arm_grid *grid, size_t own,
			    struct error *err)
{
	const struct tuning *tuning = &b->spec->arms[grid->arm].tuning;
	struct cell_choice choice = {.cell = b->n_before + own};
	struct trial whole, *built;
	bool is_left;
	int result;

	cell_gather(&b->cell, grid, own, b->arena);
	result = resolve_cell(b, &choice, &whole, &is_left, err);
	if (result || !is_left)
		return result;
	tuning_know_whole(b->sweep, &whole);
	choice = tuning_rung(&whole, 0, tuning->rungs, b->arena);
	result = build_chosen(b, grid, own, &choice, &built, err);
	if (result == -ERR_USAGE)
		return blame_rung(tuning, err);
	if (result || !built ||
	    (whole.trunk_key[0] && strcmp(built->trunk_key, whole.trunk_key) == 0))
		return result;
	return node_error(tuning->at, err,
			  "'method: halving' needs horizons that share a trunk: a wsd schedule "
			  "whose warm-up is absolute, as warmup: {steps: 100}, and no law that "
			  "uses the budget");
}

/* Coordinate tuning begins with one value of each key. */
static bool is_first(const struct arm_grid *grid, size_t own, size_t *coordinates)
{
	if (grid->spec->arms[grid->arm].tuning.method != TUNING_COORDINATE)
		return true;
	grid_cell(grid->sizes, grid->n_axes, own, coordinates);
	for (size_t i = 0; i < grid->n_axes; i++)
		if (grid->axes[i]->tuned && coordinates[i] != grid->axes[i]->start)
			return false;
	return true;
}

/* The trials of an arm that are known before any has ended. */
static int build_arm(struct builder *b, const struct arm_grid *grid, struct error *err)
{
	const struct tuning *tuning = &b->spec->arms[grid->arm].tuning;
	size_t *coordinates = arena_alloc(b->arena, (grid->n_axes + 1) * sizeof(*coordinates));
	int result = 0;

	if (tuning->donor)
		return 0;
	for (size_t i = 0; i < grid->n_cells && !result; i++) {
		const struct cell_choice choice = {.cell = b->n_before + i};
		struct trial *built;

		if (!is_first(grid, i, coordinates))
			continue;
		if (tuning->method == TUNING_HALVING)
			result = build_first_rung(b, grid, i, err);
		else
			result = build_chosen(b, grid, i, &choice, &built, err);
	}
	return result;
}

/* --- the whole --- */

static void start(struct builder *b, struct sweep *sweep, struct arena *arena)
{
	*b = (struct builder){.sweep = sweep, .spec = sweep->spec, .arena = arena};
	trial_options_init(&b->defaults, arena);
}

int sweep_build(struct sweep *sweep, struct error *err)
{
	const struct spec *spec = sweep->spec;
	struct builder b;
	struct arm_grid *grid;
	int result = 0;

	start(&b, sweep, &sweep->arena);
	for (size_t i = 0; i < spec->n_arms && !result; i++) {
		result = start_arm(&b, (int)i, &grid, err);
		if (!result)
			result = build_arm(&b, grid, err);
		b.n_before += grid->n_cells;
	}
	cell_release(&b.cell);
	if (result)
		return result;
	if (sweep->n_trials == 0)
		return sweep_refuse_empty(sweep, err);
	for (size_t i = 0; i < sweep->n_trials; i++)
		tuning_mark_whole(sweep, sweep->trials[i]);
	sweep_warn_of_all(sweep);
	return 0;
}

static const struct tuned_value *copy_values(struct arena *arena, const struct cell_choice *choice)
{
	struct tuned_value *copy = arena_alloc(arena, choice->n_values * sizeof(*copy));

	for (size_t i = 0; i < choice->n_values; i++)
		copy[i] = (struct tuned_value){arena_strdup(arena, choice->values[i].path),
					       arena_strdup(arena, choice->values[i].text)};
	return copy;
}

/* Starts the arm that a cell belongs to; `own` receives its number there.  The grid stays NULL
 * where there is no such cell. */
static int find_arm(struct builder *b, size_t cell, struct arm_grid **grid, size_t *own,
		    struct error *err)
{
	int result = 0;

	*grid = NULL;
	for (size_t i = 0; i < b->spec->n_arms && !result && b->n_before <= cell; i++) {
		struct arm_grid *next;

		result = start_arm(b, (int)i, &next, err);
		if (!result && cell - b->n_before < next->n_cells) {
			*grid = next;
			*own = cell - b->n_before;
			return 0;
		}
		b->n_before += next->n_cells;
	}
	return result;
}

int sweep_extend(struct sweep *sweep, const struct cell_choice *choice, struct trial **trial,
		 struct error *err)
{
	struct arena *arena = &sweep->arena;
	const struct cell_choice kept = {choice->cell, copy_values(arena, choice), choice->n_values,
					 choice->origin ? arena_strdup(arena, choice->origin)
							: NULL};
	struct builder b;
	struct arm_grid *grid;
	size_t own;
	int result;

	*trial = NULL;
	start(&b, sweep, arena);
	b.quiet = true;
	result = find_arm(&b, choice->cell, &grid, &own, err);
	if (!result && grid)
		result = build_chosen(&b, grid, own, &kept, trial, err);
	cell_release(&b.cell);
	return result;
}

int sweep_resolve_cell(struct sweep *sweep, const struct cell_choice *choice, struct arena *arena,
		       struct trial *trial, bool *is_left, struct error *err)
{
	struct builder b;
	struct arm_grid *grid;
	size_t own;
	int result;

	*is_left = false;
	start(&b, sweep, arena);
	b.quiet = b.probing = true;
	result = find_arm(&b, choice->cell, &grid, &own, err);
	if (!result && grid) {
		cell_gather(&b.cell, grid, own, arena);
		result = resolve_cell(&b, choice, trial, is_left, err);
	}
	cell_release(&b.cell);
	return result;
}
