/* SPDX-License-Identifier: MIT
 *
 * zip, exclude and when: their paths may start with the label of an arm.
 */
#include <string.h>

#include "sweep/spec_reader.h"

#define MAX_ZIPPED 64

/* Calls read() for each entry of a list, or for a lone mapping. */
static int each_entry(struct spec *spec, const struct node *node, const char *name,
		      const char *example,
		      int (*read)(struct spec *spec, const struct node *entry, struct error *err),
		      struct error *err)
{
	bool is_list = node->kind == NODE_SEQUENCE;
	int result = 0;

	for (size_t i = 0; i < (is_list ? node->n : 1) && !result; i++) {
		const struct node *entry = is_list ? node->items[i] : node;

		if (entry->kind != NODE_MAPPING || entry->n == 0)
			result = node_error(entry, err, "'%s' must be a list such as %s", name,
					    example);
		else
			result = read(spec, entry, err);
	}
	return result;
}

/* The type of a path's key, as far as it matters for what a list is. */
static enum key_type path_type(struct spec *spec, const char *path)
{
	struct reader r = {.spec = spec, .arm = ALL_ARMS};
	struct target target;
	const char *rest = reader_for_path(&r, spec, path);

	return reader_find(&r, rest, &target) ? target.key->type : KEY_TEXT;
}

static int read_zip_entry(struct spec *spec, const struct node *entry, struct error *err)
{
	struct reader r = {.spec = spec, .arm = ALL_ARMS, .part = &spec->base};
	const char *paths[MAX_ZIPPED];
	const struct node *names[MAX_ZIPPED];
	struct values lists[MAX_ZIPPED];

	if (entry->n > MAX_ZIPPED)
		return node_error(entry, err, "'zip' ties at most %d paths", MAX_ZIPPED);
	for (size_t i = 0; i < entry->n; i++) {
		const struct node *value = entry->items[i];
		enum key_type type = path_type(spec, entry->keys[i]->text);
		int result;

		paths[i] = entry->keys[i]->text;
		names[i] = entry->keys[i];
		if (!node_is_axis(value, type))
			return node_error(value, err, "'zip' ties lists; '%s' has no list",
					  paths[i]);
		result = values_of_axis(value, type, &lists[i], spec->arena, err);
		if (result)
			return result;
		if (lists[i].n != lists[0].n)
			return node_error(
				value, err,
				"'zip' ties lists of one length; '%s' has %zu, '%s' has %zu",
				paths[0], lists[0].n, paths[i], lists[i].n);
	}
	return reader_axis(&r, paths, names, lists, entry->n, err);
}

int spec_read_zip(struct spec *spec, const struct node *node, struct error *err)
{
	return each_entry(spec, node, "zip", "[{model.size: [..], train.batch_tokens: [..]}]",
			  read_zip_entry, err);
}

/* What an equal value of this key looks like. */
static int canonical_value(struct reader *r, const struct target *target, const struct node *value,
			   const char **canonical, struct error *err)
{
	const char *text = node_value_text(value, r->spec->arena);

	if (!text || node_is_null(value))
		return node_error(value, err, "'%s' takes a value or a list of them",
				  target->key->name);
	return reader_canonical(r, target, text, value, canonical, err);
}

static int check_arm_name(const struct spec *spec, const struct node *value, struct error *err)
{
	struct suggestion near;
	char hint[128];

	if (value->kind != NODE_SCALAR)
		return node_error(value, err, "'optimizer' takes a label or a list of them");
	suggestion_start(&near, value->text);
	for (size_t i = 0; i < spec->n_arms; i++) {
		if (strcmp(spec->arms[i].label, value->text) == 0 ||
		    strcmp(spec->arms[i].type->name, value->text) == 0)
			return 0;
		suggestion_offer(&near, spec->arms[i].label);
	}
	return node_error(value, err, "no optimizer is labelled '%s'%s", value->text,
			  suggestion_text(&near, hint, sizeof(hint)));
}

static int read_condition(struct spec *spec, struct condition *condition, const struct node *name,
			  const struct node *value, struct error *err)
{
	struct reader r = {.spec = spec, .arm = ALL_ARMS};
	const char *path = reader_for_path(&r, spec, name->text);
	bool names_arm = strcmp(name->text, "optimizer") == 0;
	struct values values = {.items = &value, .n = 1};
	int result = 0;

	if (!names_arm && !reader_find(&r, path, &condition->target))
		return path_is_prefix(r.type, path)
			       ? node_error(name, err,
					    "'%s' holds keys of its own; write the whole path, as "
					    "model.size",
					    path)
			       : reader_unknown(&r, path, name, err);
	if (node_is_axis(value, names_arm ? KEY_TEXT : condition->target.key->type))
		result = values_of_axis(value, names_arm ? KEY_TEXT : condition->target.key->type,
					&values, spec->arena, err);
	condition->arm = r.arm;
	condition->wanted = arena_alloc(spec->arena, values.n * sizeof(*condition->wanted));
	condition->n_wanted = values.n;
	for (size_t i = 0; i < values.n && !result; i++) {
		if (names_arm) {
			condition->wanted[i] = values.items[i]->text;
			result = check_arm_name(spec, values.items[i], err);
		} else {
			result = canonical_value(&r, &condition->target, values.items[i],
						 &condition->wanted[i], err);
		}
	}
	return result;
}

static int read_conditions(struct spec *spec, struct rule *rule, const struct node *mapping,
			   struct error *err)
{
	int result = 0;

	rule->conditions = arena_alloc(spec->arena, mapping->n * sizeof(*rule->conditions));
	rule->n_conditions = mapping->n;
	for (size_t i = 0; i < mapping->n && !result; i++)
		result = read_condition(spec, &rule->conditions[i], mapping->keys[i],
					mapping->items[i], err);
	return result;
}

static struct rule *add_rule(struct spec *spec, struct rules *rules, const struct node *at)
{
	struct rule *items = arena_alloc(spec->arena, (rules->n + 1) * sizeof(*items));

	if (rules->n)
		memcpy(items, rules->items, rules->n * sizeof(*items));
	rules->items = items;
	items[rules->n].at = at;
	return &items[rules->n++];
}

static int read_exclude_entry(struct spec *spec, const struct node *entry, struct error *err)
{
	return read_conditions(spec, add_rule(spec, &spec->exclude, entry), entry, err);
}

int spec_read_exclude(struct spec *spec, const struct node *node, struct error *err)
{
	return each_entry(spec, node, "exclude", "[{model.size: 64x2, muon.lr: 0.04}]",
			  read_exclude_entry, err);
}

static int read_when_entry(struct spec *spec, const struct node *entry, struct error *err)
{
	const struct node *condition = node_get(entry, "if"), *set = node_get(entry, "set");
	struct rule *rule = add_rule(spec, &spec->when, entry);
	int result;

	if (entry->n != 2 || !condition || !set || condition->kind != NODE_MAPPING ||
	    set->kind != NODE_MAPPING)
		return node_error(entry, err,
				  "'when' needs {if: {path: value}, set: {path: value}}");
	result = read_conditions(spec, rule, condition, err);
	for (size_t i = 0; i < set->n && !result; i++) {
		struct reader r = {.spec = spec, .arm = ALL_ARMS, .point = &rule->set};
		const char *path = reader_for_path(&r, spec, set->keys[i]->text);

		result = reader_entry(&r, path, set->keys[i], set->items[i], err);
	}
	return result;
}

int spec_read_when(struct spec *spec, const struct node *node, struct error *err)
{
	return each_entry(spec, node, "when",
			  "[{if: {model.size: 64x2}, set: {train.batch_tokens: 4k}}]",
			  read_when_entry, err);
}
