/* SPDX-License-Identifier: MIT */
#include "sweep/sweep_build.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sweep/cell.h"

struct known_corpus {
	const char *options; /* canonical text */
	struct corpus_facts facts;
	struct known_corpus *next;
};

struct builder {
	struct sweep *sweep;
	struct spec *spec;
	struct trial_options defaults;
	void *optimizer_defaults;
	struct cell cell;
	const char *tuned;
	size_t n_before; /* cells of the arms before */
};

/* --- rules --- */

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

static void apply_when(struct builder *b, struct trial *trial, void *optimizer_options)
{
	for (size_t i = 0; i < b->spec->when.n; i++) {
		struct rule *rule = &b->spec->when.items[i];

		if (!rule_matches(rule, trial, &b->cell))
			continue;
		for (size_t k = 0; k < rule->set.n; k++) {
			const struct setting *s = &rule->set.items[k];

			if (!setting_is_for(s, b->cell.grid->arm))
				continue;
			setting_apply(s, &trial->options, optimizer_options, &b->sweep->arena);
			cell_add(&b->cell, s);
		}
	}
}

static const char *exclude_reason(const struct rule *rule, struct arena *arena)
{
	if (rule->at->line == 0)
		return arena_strdup(arena, rule->at->file);
	return arena_printf(arena, "exclude on line %d", rule->at->line);
}

static bool is_excluded(struct builder *b, struct trial *trial)
{
	for (size_t i = 0; i < b->spec->exclude.n; i++) {
		struct rule *rule = &b->spec->exclude.items[i];

		if (rule_matches(rule, trial, &b->cell)) {
			sweep_drop(b->sweep, exclude_reason(rule, &b->sweep->arena));
			return true;
		}
	}
	return false;
}

static bool meets_requirements(struct builder *b, const struct trial *trial)
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
		char bound[96];

		if (values[i] < bounds[i][0])
			snprintf(bound, sizeof(bound), "require: %s at least %g", names[i],
				 bounds[i][0]);
		else if (values[i] > bounds[i][1])
			snprintf(bound, sizeof(bound), "require: %s at most %g", names[i],
				 bounds[i][1]);
		else
			continue;
		sweep_drop(b->sweep, bound);
		return false;
	}
	return true;
}

/* --- corpora --- */

static const char *describe_data(const struct corpus_options *data, struct arena *arena)
{
	struct text text = {0};
	const char *result;

	for (size_t i = 0; i < n_corpus_keys; i++) {
		key_add_json(&corpus_keys[i], data, &text);
		text_add_char(&text, ' ');
	}
	result = arena_strdup(arena, text.data);
	text_release(&text);
	return result;
}

static int check_data(const struct builder *b, const struct corpus_options *data, struct error *err)
{
	const struct node *at = spec_section_node(b->spec, "data");

	if (!data->corpus[0] && !data->n_files)
		return node_error(at, err, "missing key: 'data' needs a 'corpus' or 'files'");
	if (data->corpus[0] && data->n_files)
		return node_error(at, err, "'corpus' and 'files' of 'data' exclude each other");
	return 0;
}

static int find_corpus(struct builder *b, struct trial *trial, struct error *err)
{
	struct corpus_options *data = &trial->options.data;
	const char *options = describe_data(data, &b->sweep->arena);
	struct known_corpus *known = b->sweep->corpora;
	int result;

	data->files = b->spec->files;
	data->n_files = b->spec->n_files;
	while (known && strcmp(known->options, options) != 0)
		known = known->next;
	if (!known) {
		result = check_data(b, data, err);
		if (result)
			return result;
		known = arena_alloc(&b->sweep->arena, sizeof(*known));
		known->options = options;
		known->next = b->sweep->corpora;
		if (b->sweep->source->find(data, &b->sweep->arena, &known->facts, err))
			return cell_blame(&b->cell,
					  spec_section_node(b->spec, data->n_files ? "data.files"
										   : "data.corpus"),
					  err);
		b->sweep->corpora = known;
	}
	trial->corpus = &known->facts;
	return 0;
}

/* --- trials --- */

static void *copy_bytes(struct arena *arena, const void *bytes, size_t size)
{
	return memcpy(arena_alloc(arena, size), bytes, size);
}

/* A cell that turns out to be a trial of the same arm counts once; two arms may share a training.
 */
static struct trial *keep(struct sweep *sweep, struct trial *trial)
{
	struct trial *first = trial_index_find(&sweep->index, trial->key), *kept;

	for (struct trial *other = first; other; other = other->next_same)
		if (strcmp(other->label, trial->label) == 0) {
			sweep_drop(sweep, "same as another trial");
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
	return kept;
}

/* What tuning has set wins over the file. */
static int add_values(struct builder *b, const struct cell_choice *choice, struct error *err)
{
	for (size_t i = 0; i < choice->n_values; i++) {
		struct setting *s = arena_alloc(&b->sweep->arena, sizeof(*s));
		int result =
			spec_tuned_setting(b->spec, b->cell.grid->arm, &choice->values[i], s, err);

		if (result)
			return result;
		cell_add(&b->cell, s);
	}
	return 0;
}

/* The cell that was gathered; `built` receives the trial, or NULL where it is dropped. */
static int build_cell(struct builder *b, const struct cell_choice *choice, struct trial **built,
		      struct error *err)
{
	struct arena *arena = &b->sweep->arena;
	const struct arm *arm = &b->spec->arms[b->cell.grid->arm];
	void *options = copy_bytes(arena, b->optimizer_defaults, arm->type->options_size);
	struct trial trial = {.cell = choice->cell,
			      .values = choice->values,
			      .n_values = choice->n_values,
			      .optimizer = arm->type,
			      .optimizer_options = options};
	int result = add_values(b, choice, err);

	*built = NULL;
	if (result)
		return result;
	memcpy(&trial.options, &b->defaults, sizeof(b->defaults));
	for (size_t i = 0; i < b->cell.n_settings; i++)
		setting_apply(b->cell.settings[i], &trial.options, options, arena);
	apply_when(b, &trial, options);
	result = cell_check_given(&b->cell, err);
	if (result || is_excluded(b, &trial))
		return result;
	result = find_corpus(b, &trial, err);
	if (result)
		return result;
	if (trial_resolve(&trial, &b->sweep->models, err))
		return cell_blame(&b->cell, NULL, err);
	if (!meets_requirements(b, &trial))
		return 0;
	if (trial_check(&trial, err))
		return cell_blame(&b->cell, NULL, err);
	trial.label = cell_label(&b->cell, arena);
	trial.tuned = b->tuned;
	trial_identify(&trial, arena);
	*built = keep(b->sweep, &trial);
	return 0;
}

static int start_arm(struct builder *b, int arm, struct arm_grid **grid, struct error *err)
{
	const struct optimizer_type *type = b->spec->arms[arm].type;
	struct arena *arena = &b->sweep->arena;

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

/* Cell `own` of an arm, with values of tuned keys. */
static int build_chosen(struct builder *b, const struct arm_grid *grid, size_t own,
			const struct cell_choice *choice, struct trial **built, struct error *err)
{
	cell_gather(&b->cell, grid, own, &b->sweep->arena);
	return build_cell(b, choice, built, err);
}

static int build_arm(struct builder *b, const struct arm_grid *grid, struct error *err)
{
	int result = 0;

	for (size_t i = 0; i < grid->n_cells && !result; i++) {
		const struct cell_choice choice = {.cell = b->n_before + i};
		struct trial *built;

		result = build_chosen(b, grid, i, &choice, &built, err);
	}
	return result;
}

/* --- the whole --- */

static void warn_of_rules(struct sweep *sweep, const struct rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->items[i].n_matched == 0)
			sweep_warn(sweep,
				   arena_printf(&sweep->arena, "%s: '%s' matches no cell",
						node_place(rules->items[i].at, &sweep->arena),
						name));
}

static void warn_of_short_trials(struct sweep *sweep)
{
	int64_t shortest = INT64_MAX;
	size_t n = 0;

	for (size_t i = 0; i < sweep->n_trials; i++)
		if (sweep->trials[i]->steps < TRIAL_SHORT_STEPS) {
			n++;
			if (sweep->trials[i]->steps < shortest)
				shortest = sweep->trials[i]->steps;
		}
	if (n > 0)
		sweep_warn(sweep,
			   arena_printf(&sweep->arena,
					"%zu of %zu trials have under %d steps, the shortest %lld",
					n, sweep->n_trials, TRIAL_SHORT_STEPS,
					(long long)shortest));
}

static int refuse_empty(const struct sweep *sweep, const struct spec *spec, struct error *err)
{
	struct text why = {0};
	int result;

	for (size_t i = 0; i < sweep->n_dropped; i++)
		text_printf(&why, "%s%zu by %s", i ? ", " : "", sweep->dropped[i].n,
			    sweep->dropped[i].reason);
	result = node_error(spec->root, err, "no trial is left: all cells were dropped (%s)",
			    text_string(&why));
	text_release(&why);
	return result;
}

static void start(struct builder *b, struct sweep *sweep)
{
	*b = (struct builder){.sweep = sweep, .spec = sweep->spec};
	trial_options_init(&b->defaults, &sweep->arena);
}

int sweep_build(struct sweep *sweep, struct error *err)
{
	const struct spec *spec = sweep->spec;
	struct builder b;
	struct arm_grid *grid;
	int result = 0;

	start(&b, sweep);
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
		return refuse_empty(sweep, spec, err);
	warn_of_rules(sweep, &spec->exclude, "exclude");
	warn_of_rules(sweep, &spec->when, "when");
	warn_of_short_trials(sweep);
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

int sweep_extend(struct sweep *sweep, const struct cell_choice *choice, struct trial **trial,
		 struct error *err)
{
	const struct cell_choice kept = {choice->cell, copy_values(&sweep->arena, choice),
					 choice->n_values};
	struct builder b;
	struct arm_grid *grid;
	int result = 0;

	*trial = NULL;
	start(&b, sweep);
	for (size_t i = 0; i < sweep->spec->n_arms && !result && b.n_before <= kept.cell; i++) {
		size_t own = kept.cell - b.n_before;

		result = start_arm(&b, (int)i, &grid, err);
		if (!result && own < grid->n_cells)
			result = build_chosen(&b, grid, own, &kept, trial, err);
		b.n_before += grid->n_cells;
	}
	cell_release(&b.cell);
	return result;
}
