/* SPDX-License-Identifier: MIT
 *
 * The entries of `optimizer:`, called arms.  An entry that has no label is called by its
 * algorithm and, where several entries share that, by the options in which they differ.
 */
#include <stdio.h>
#include <string.h>

#include "sweep/spec_reader.h"
#include "sweep/trial.h"

#define MAX_LABEL 100

static int find_type(const struct node *name, const struct optimizer_type **type, struct error *err)
{
	struct suggestion near;
	struct text names = {0};
	char hint[128];
	int result;

	*type = optimizer_find(name->text);
	if (*type)
		return 0;
	suggestion_start(&near, name->text);
	for (size_t i = 0; optimizer_types[i]; i++) {
		suggestion_offer(&near, optimizer_types[i]->name);
		text_printf(&names, "%s%s", i ? ", " : "", optimizer_types[i]->name);
	}
	suggestion_text(&near, hint, sizeof(hint));
	result = hint[0] ? node_error(name, err, "unknown optimizer '%s'%s", name->text, hint)
			 : node_error(name, err, "unknown optimizer '%s'; there are %s", name->text,
				      names.data);
	text_release(&names);
	return result;
}

static int check_label(const struct node *label, struct error *err)
{
	size_t length;

	if (label->kind != NODE_SCALAR || node_is_null(label))
		return node_error(label, err, "'label' must be text");
	length = strlen(label->text);
	if (length == 0 || length > MAX_LABEL || label->text[strcspn(label->text, "\n\r\t")])
		return node_error(label, err, "'label' must be 1 to %d letters on one line",
				  MAX_LABEL);
	if (section_find(label->text) || strcmp(label->text, "optimizer") == 0)
		return node_error(label, err, "label '%s' is the name of a section; choose another",
				  label->text);
	return 0;
}

static int read_identity(struct arm *arm, const struct node *entry, struct error *err)
{
	const struct node *name = entry->kind == NODE_SCALAR ? entry : node_get(entry, "name");
	const struct node *label = entry->kind == NODE_SCALAR ? NULL : node_get(entry, "label");
	int result;

	if (!name)
		return node_error(entry, err, "an optimizer needs a 'name', as 'name: muon'");
	if (name->kind != NODE_SCALAR || node_is_null(name))
		return node_error(name, err, "'name' must be the name of one optimizer");
	result = find_type(name, &arm->type, err);
	if (!result && label)
		result = check_label(label, err);
	arm->at = entry;
	arm->has_label = label != NULL;
	arm->label = label ? label->text : name->text;
	return result;
}

static int read_options(struct spec *spec, size_t index, struct error *err)
{
	struct arm *arm = &spec->arms[index];
	struct reader r = {.spec = spec, .type = arm->type, .arm = (int)index, .part = &arm->part};
	const struct node *entry = arm->at;
	int result = 0;

	for (size_t i = 0; entry->kind == NODE_MAPPING && i < entry->n && !result; i++) {
		const char *key = entry->keys[i]->text;

		if (strcmp(key, "tune") == 0)
			result = spec_read_tune(&r, entry->items[i], err);
		else if (strcmp(key, "name") != 0 && strcmp(key, "label") != 0 &&
			 strcmp(key, "inherit") != 0)
			result = reader_entry(&r, key, entry->keys[i], entry->items[i], err);
	}
	return result;
}

/* The arm's own options as they stand without its axes. */
static void *fixed_options(const struct spec *spec, const struct arm *arm)
{
	void *options = arena_alloc(spec->arena, arm->type->options_size);
	struct trial_options ignored;

	keys_set_defaults(arm->type->keys, arm->type->n_keys, options, spec->arena);
	for (size_t i = 0; i < arm->part.fixed.n; i++)
		if (!arm->part.fixed.items[i].target.section)
			setting_apply(&arm->part.fixed.items[i], &ignored, options, spec->arena);
	return options;
}

static bool is_nameless(const struct arm *arm, const struct arm *like)
{
	return !arm->has_label && arm->type == like->type;
}

/* Whether the nameless arms of one algorithm differ in this key. */
static bool key_varies(const struct spec *spec, const struct arm *like, const struct key *key,
		       void *const *options)
{
	struct text first = {0}, other = {0};
	bool varies = false;

	for (size_t i = 0; i < spec->n_arms; i++) {
		if (!is_nameless(&spec->arms[i], like))
			continue;
		text_clear(&other);
		key_add_value(key, options[i], first.length ? &other : &first);
		if (other.length && strcmp(first.data, other.data) != 0)
			varies = true;
	}
	text_release(&first);
	text_release(&other);
	return varies;
}

static void name_arms(struct spec *spec)
{
	void **options = arena_alloc(spec->arena, spec->n_arms * sizeof(*options));
	const char **labels = arena_alloc(spec->arena, spec->n_arms * sizeof(*labels));
	struct text label = {0};

	for (size_t i = 0; i < spec->n_arms; i++)
		options[i] = fixed_options(spec, &spec->arms[i]);
	for (size_t i = 0; i < spec->n_arms; i++) {
		const struct arm *arm = &spec->arms[i];

		text_clear(&label);
		text_add(&label, arm->label);
		for (size_t k = 0; k < arm->type->n_keys && !arm->has_label; k++)
			if (key_varies(spec, arm, &arm->type->keys[k], options)) {
				text_printf(&label, " %s=", arm->type->keys[k].name);
				key_add_value(&arm->type->keys[k], options[i], &label);
			}
		labels[i] = arena_strdup(spec->arena, label.data);
	}
	for (size_t i = 0; i < spec->n_arms; i++)
		spec->arms[i].label = labels[i];
	text_release(&label);
}

static int check_labels_differ(const struct spec *spec, struct error *err)
{
	for (size_t i = 0; i < spec->n_arms; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(spec->arms[i].label, spec->arms[k].label) == 0)
				return node_error(spec->arms[i].at, err,
						  "two optimizers are labelled '%s'; give each its "
						  "own 'label'",
						  spec->arms[i].label);
	return 0;
}

int spec_read_arms(struct spec *spec, const struct node *node, struct error *err)
{
	bool is_list = node->kind == NODE_SEQUENCE;
	int result = 0;

	if (node_is_null(node) || (is_list && node->n == 0))
		return node_error(node, err, "'optimizer' must be a list such as [adamw, muon]");
	spec->n_arms = is_list ? node->n : 1;
	spec->arms = arena_alloc(spec->arena, spec->n_arms * sizeof(*spec->arms));
	for (size_t i = 0; i < spec->n_arms && !result; i++) {
		const struct node *entry = is_list ? node->items[i] : node;

		if (entry->kind == NODE_SEQUENCE)
			result = node_error(
				entry, err,
				"an optimizer is a name or keys, as {name: muon, lr: 0.02}");
		else
			result = read_identity(&spec->arms[i], entry, err);
	}
	for (size_t i = 0; i < spec->n_arms && !result; i++)
		result = read_options(spec, i, err);
	if (result)
		return result;
	name_arms(spec);
	return check_labels_differ(spec, err);
}

int spec_tuned_setting(struct spec *spec, int arm, const struct tuned_value *value,
		       struct setting *setting, struct error *err)
{
	const struct arm *of = &spec->arms[arm];
	struct reader r = {.spec = spec, .type = of->type, .arm = arm};

	*setting = (struct setting){.arm = arm, .text = value->text, .at = of->at, .snapped = true};
	if (!reader_find(&r, value->path, &setting->target))
		return node_error(of->at, err, "'%s' has no key '%s'", of->label, value->path);
	return reader_check(&r, &setting->target, value->text, of->at, err);
}
