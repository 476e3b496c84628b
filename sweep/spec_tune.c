/* SPDX-License-Identifier: MIT
 *
 * How an arm is tuned: `tune:` with its lists, brackets and methods, and `inherit:`.
 */
#include "sweep/spec_tune.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sweep/spec_reader.h"

#define BRACKET(name) offsetof(struct bracket, name)
#define TUNING(name)  offsetof(struct tuning, name)
#define MAX_POINTS    1000

static const struct key_choice method_choices[] = {
	[TUNING_GRID] = {"grid", NULL, "every combination; brackets extend and refine it"},
	[TUNING_HALVING] = {"halving", NULL,
			    "all settings at a short horizon, the better half at twice that, .."},
	[TUNING_COORDINATE] = {"coordinate", NULL,
			       "one key at a time, while that gains more than the threshold"},
	{0},
};

const struct key tuning_keys[] = {
	{"method", KEY_CHOICE, TUNING(method), 0, 0, 0, method_choices, "grid", NULL,
	 "which combinations of the tuned values are trained"},
	{"rungs", KEY_INTEGER, TUNING(rungs), 2, 20, 0, NULL, "3", NULL,
	 "of halving: horizons, each twice the one before, the last the whole budget"},
	{"threshold", KEY_REAL, TUNING(threshold), 0, 10, 0, NULL, "3e-3", "nats",
	 "of coordinate: a gain that is accepted is larger"},
};
const size_t n_tuning_keys = ARRAY_SIZE(tuning_keys);

const struct key bracket_keys[] = {
	{"from", KEY_REAL, BRACKET(from), 0, 1e30, true, NULL, NULL, NULL, "the first point"},
	{"factor", KEY_REAL, BRACKET(factor), 1, 1000, true, NULL, "2", NULL,
	 "from a point to the next"},
	{"points", KEY_INTEGER, BRACKET(points), 1, MAX_POINTS, 0, NULL, "3", NULL,
	 "to start with"},
	{"limit", KEY_INTEGER, BRACKET(limit), 0, MAX_POINTS, 0, NULL, "0", "points",
	 "values at which the axis no longer grows; 0: three times the points"},
	{"resolution", KEY_REAL, BRACKET(resolution), 0, 1000, 0, NULL, "0", NULL,
	 "the optimum's neighbours are within this ratio; 0: the square root of the factor"},
};
const size_t n_bracket_keys = ARRAY_SIZE(bracket_keys);

static const struct {
	const char *name;
	enum tuning_per per;
} per_names[] = {
	{"batch_tokens", PER_BATCH}, {"train.batch_tokens", PER_BATCH},
	{"context", PER_CONTEXT},    {"model.context", PER_CONTEXT},
	{"schedule", PER_SCHEDULE},  {"train.schedule", PER_SCHEDULE},
	{"seeds", PER_SEEDS},	     {"train.seeds", PER_SEEDS},
};

/* --- brackets --- */

bool node_is_bracket(const struct node *node)
{
	return node->kind == NODE_MAPPING && node_get(node, "bracket");
}

static int read_per_name(const struct node *name, unsigned *per, struct error *err)
{
	struct suggestion near;
	char hint[128];

	if (name->kind != NODE_SCALAR || node_is_null(name))
		return node_error(name, err, "'per' must be a list such as [batch_tokens]");
	suggestion_start(&near, name->text);
	for (size_t i = 0; i < ARRAY_SIZE(per_names); i++) {
		suggestion_offer(&near, per_names[i].name);
		if (strcmp(per_names[i].name, name->text) == 0) {
			*per |= per_names[i].per;
			return 0;
		}
	}
	suggestion_text(&near, hint, sizeof(hint));
	return node_error(
		name, err, "'per' names no such axis as '%s'%s", name->text,
		hint[0] ? hint
			: "; it may name batch_tokens, context, schedule and seeds; arms, "
			  "sizes and budgets are always tuned apart");
}

static int read_per(const struct node *node, unsigned *per, struct error *err)
{
	int result = 0;

	if (node->kind == NODE_MAPPING)
		return node_error(node, err, "'per' must be a list such as [batch_tokens]");
	if (node->kind == NODE_SCALAR)
		return read_per_name(node, per, err);
	for (size_t i = 0; i < node->n && !result; i++)
		result = read_per_name(node->items[i], per, err);
	return result;
}

/* Reads one entry of a mapping into options that a table of keys describes. */
static int read_option(const struct key *keys, size_t n_keys, const struct node *name,
		       const struct node *value, void *options, const char *of, struct arena *arena,
		       struct error *err)
{
	const struct key *key = keys_find(keys, n_keys, name->text);
	struct suggestion near;
	char hint[128];

	suggestion_start(&near, name->text);
	for (size_t i = 0; i < n_keys; i++)
		suggestion_offer(&near, keys[i].name);
	if (!key)
		return node_error(name, err, "unknown key '%s' of '%s'%s", name->text, of,
				  suggestion_text(&near, hint, sizeof(hint)));
	if (value->kind != NODE_SCALAR || node_is_null(value))
		return node_error(value, err, "'%s' takes one value", key->name);
	if (key_set(key, options, value->text, arena, err))
		return node_wrap(value, err);
	return 0;
}

/* Fills in what follows from the other keys, and checks what they mean together. */
static int finish_bracket(struct bracket *b, const struct node *at, struct error *err)
{
	if (!node_get(at, "from"))
		return node_error(at, err,
				  "a bracket needs 'from', as {bracket: {from: 3e-3, factor: 2, "
				  "points: 3}}");
	if (b->limit == 0)
		b->limit = 3 * b->points;
	if (b->resolution == 0)
		b->resolution = sqrt(b->factor);
	if (b->limit < b->points)
		return node_error(node_get(at, "limit"), err,
				  "'limit' %lld is below the %lld 'points' to start with",
				  (long long)b->limit, (long long)b->points);
	if (b->resolution < 1.001)
		return node_error(node_get(at, "resolution"), err,
				  "'resolution' must be at least 1.001, the ratio of neighbours");
	if (b->resolution > b->factor)
		return node_error(node_get(at, "resolution"), err,
				  "'resolution' %g is above the 'factor' %g, which is the ratio of "
				  "neighbours from the start",
				  b->resolution, b->factor);
	return 0;
}

static int read_bracket(struct reader *r, const struct node *node, struct bracket *b,
			struct error *err)
{
	struct tuning *tuning = &r->spec->arms[r->arm].tuning;
	int result = 0;

	if (node->kind != NODE_MAPPING)
		return node_error(node, err,
				  "'bracket' holds keys, as {from: 3e-3, factor: 2, points: 3}");
	keys_set_defaults(bracket_keys, n_bracket_keys, b, r->spec->arena);
	for (size_t i = 0; i < node->n && !result; i++) {
		const struct node *name = node->keys[i], *value = node->items[i];

		if (strcmp(name->text, "per") == 0)
			result = read_per(value, &tuning->per, err);
		else
			result = read_option(bracket_keys, n_bracket_keys, name, value, b,
					     "bracket", r->spec->arena, err);
	}
	tuning->has_bracket = true;
	return result ? result : finish_bracket(b, node, err);
}

static int check_bracket_place(const struct reader *r, const struct target *target,
			       const struct node *value, struct error *err)
{
	if (!r->tuned || r->point)
		return node_error(value, err,
				  "'bracket' belongs under an optimizer's 'tune' and in no list");
	if (target->key->type != KEY_REAL && target->key->type != KEY_INTEGER)
		return node_error(value, err, "'%s' is no number: write its values as a list",
				  target->key->name);
	if (value->n > 1)
		return node_error(value, err,
				  "a bracket stands alone; 'per', 'limit' and 'resolution' go "
				  "inside it");
	return 0;
}

int reader_bracket(struct reader *r, const char *path, const struct target *target,
		   const struct node *name, const struct node *value, struct error *err)
{
	struct arena *arena = r->spec->arena;
	struct bracket *b = arena_alloc(arena, sizeof(*b));
	const struct node *inside = node_get(value, "bracket");
	struct values list = {0};
	struct axis *axis;
	int result = check_bracket_place(r, target, value, err);

	if (!result)
		result = read_bracket(r, inside, b, err);
	if (result)
		return result;
	list.items = arena_alloc(arena, (size_t)b->points * sizeof(*list.items));
	for (int64_t i = 0; i < b->points; i++) {
		double point = b->from * pow(b->factor, (double)i);
		const char *text = arena_printf(
			arena, "%.12g", target->key->type == KEY_INTEGER ? round(point) : point);

		if (list.n == 0 || strcmp(list.items[list.n - 1]->text, text) != 0)
			list.items[list.n++] = node_scalar(arena, text, inside);
	}
	result = reader_axis(r, &path, &name, &list, 1, err);
	if (result)
		return result;
	axis = &r->part->axes[r->part->n_axes - 1];
	axis->bracket = b;
	for (size_t i = 0; i < axis->n; i++)
		axis->points[i].items[0].snapped = true;
	return 0;
}

/* --- tune --- */

/* The point of a tuned axis that has this value. */
static int find_start(struct reader *r, struct axis *axis, const struct node *value,
		      struct error *err)
{
	const struct setting *first = &axis->points[0].items[0];
	const char *text = node_value_text(value, r->spec->arena), *wanted, *point;
	int result = text ? reader_canonical(r, &first->target, text, value, &wanted, err) : 0;

	if (!text)
		return node_error(value, err, "'start' takes plain values");
	for (size_t i = 0; i < axis->n && !result; i++) {
		const struct setting *s = &axis->points[i].items[0];

		if (s->law)
			continue;
		result = reader_canonical(r, &s->target, s->text, s->at, &point, err);
		if (!result && strcmp(point, wanted) == 0) {
			axis->start = i;
			return 0;
		}
	}
	return result ? result
		      : node_error(value, err, "'%s' is none of the values of '%s'", text,
				   first->target.key->name);
}

static int read_start(struct reader *r, const struct node *start, struct error *err)
{
	int result = 0;

	if (start->kind != NODE_MAPPING)
		return node_error(start, err, "'start' holds tuned keys, as {lr: 0.01}");
	for (size_t i = 0; i < start->n && !result; i++) {
		struct axis *axis = NULL;
		struct target target;

		if (reader_find(r, start->keys[i]->text, &target))
			for (size_t k = 0; k < r->part->n_axes && !axis; k++)
				if (r->part->axes[k].tuned &&
				    target_equal(&r->part->axes[k].points[0].items[0].target,
						 &target))
					axis = &r->part->axes[k];
		if (!axis)
			return node_error(start->keys[i], err, "'%s' is not tuned here",
					  start->keys[i]->text);
		result = find_start(r, axis, start->items[i], err);
	}
	return result;
}

/* Combinations of the tuned values. */
static size_t count_settings(const struct part *part)
{
	size_t n = 1;

	for (size_t i = 0; i < part->n_axes; i++)
		n *= part->axes[i].tuned ? part->axes[i].n : 1;
	return n;
}

static int check_tuning(const struct reader *r, const struct node *tune, struct error *err)
{
	const struct tuning *tuning = &r->spec->arms[r->arm].tuning;
	const struct node *at = node_get(tune, "method");
	static const struct {
		const char *key;
		enum tuning_method method;
	} own[] = {{"rungs", TUNING_HALVING},
		   {"threshold", TUNING_COORDINATE},
		   {"start", TUNING_COORDINATE}};

	if (tuning->method != TUNING_GRID && tuning->has_bracket)
		return node_error(at, err,
				  "'method: %s' takes lists, and no bracket; write the values",
				  method_choices[tuning->method].name);
	if (tuning->method == TUNING_HALVING && count_settings(r->part) < 2)
		return node_error(at, err,
				  "'method: halving' chooses among settings, and here is one; "
				  "write several values, or it as a plain value");
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (node_get(tune, own[i].key) && tuning->method != (int)own[i].method)
			return node_error(node_get(tune, own[i].key), err,
					  "'%s' belongs to 'method: %s'", own[i].key,
					  method_choices[own[i].method].name);
	for (size_t i = 0; i < r->part->n_axes && (tuning->per & PER_BATCH); i++)
		if (r->part->axes[i].tuned &&
		    strcmp(r->part->axes[i].points[0].items[0].target.key->name, "batch_tokens") ==
			    0)
			return node_error(tune, err,
					  "'per' names 'batch_tokens', which this arm tunes");
	return 0;
}

/* A tuned key, always as an axis, if only of one point. */
static int read_tuned_key(struct reader *r, const struct node *name, const struct node *value,
			  struct error *err)
{
	struct values one = {.items = &value, .n = 1};
	const char *path = name->text;
	struct target target;

	if (reader_find(r, path, &target) && !node_is_axis(value, target.key->type) &&
	    !node_is_bracket(value))
		return reader_axis(r, &path, &name, &one, 1, err);
	return reader_entry(r, path, name, value, err);
}

static bool is_start(const struct node *name)
{
	return strcmp(name->text, "start") == 0;
}

int spec_read_tune(struct reader *r, const struct node *tune, struct error *err)
{
	struct tuning *tuning = &r->spec->arms[r->arm].tuning;
	struct reader tuned = *r;
	int result = 0;

	tuned.tuned = true;
	tuning->at = tune;
	keys_set_defaults(tuning_keys, n_tuning_keys, tuning, r->spec->arena);
	if (tune->kind != NODE_MAPPING)
		return node_error(
			tune, err,
			"'tune' holds keys with their values, as {lr: {log: [1e-3, 1e-2, 3]}}");
	for (size_t i = 0; i < tune->n && !result; i++) {
		const struct node *name = tune->keys[i], *value = tune->items[i];

		if (keys_find(tuning_keys, n_tuning_keys, name->text))
			result = read_option(tuning_keys, n_tuning_keys, name, value, tuning,
					     "tune", r->spec->arena, err);
		else if (!is_start(name))
			result = read_tuned_key(&tuned, name, value, err);
	}
	if (!result && node_get(tune, "start"))
		result = read_start(r, node_get(tune, "start"), err);
	return result ? result : check_tuning(r, tune, err);
}
