/* SPDX-License-Identifier: MIT */
#include "sweep/spec.h"

#include <assert.h>
#include <string.h>

#include "sweep/spec_reader.h"

bool target_equal(const struct target *a, const struct target *b)
{
	return a->section == b->section && a->key == b->key;
}

bool part_sets(const struct part *part, const struct target *target)
{
	for (size_t i = 0; i < part->fixed.n; i++)
		if (target_equal(&part->fixed.items[i].target, target))
			return true;
	for (size_t a = 0; a < part->n_axes; a++)
		for (size_t i = 0; i < part->axes[a].points[0].n; i++)
			if (target_equal(&part->axes[a].points[0].items[i].target, target))
				return true;
	return false;
}

bool setting_is_for(const struct setting *setting, int arm)
{
	return setting->arm == ALL_ARMS || setting->arm == arm;
}

void setting_apply(const struct setting *setting, struct trial_options *options,
		   void *optimizer_options, struct arena *arena)
{
	int result;

	if (setting->law)
		return;
	result = key_set(setting->target.key,
			 target_struct(&setting->target, options, optimizer_options), setting->text,
			 arena, NULL);

	assert(result == 0 && "a setting's text was checked when it was read");
	(void)result;
}

const char *setting_path(const struct setting *setting, struct arena *arena)
{
	const struct target *target = &setting->target;

	if (!target->section || !target->section->path[0])
		return target->key->name;
	return arena_printf(arena, "%s.%s", target->section->path, target->key->name);
}

const struct node *spec_section_node(const struct spec *spec, const char *path)
{
	const struct node *node = spec->root;

	while (*path && node->kind == NODE_MAPPING) {
		size_t length = strcspn(path, ".");
		const struct node *inner = NULL;

		for (size_t i = 0; i < node->n && !inner; i++)
			if (strlen(node->keys[i]->text) == length &&
			    strncmp(node->keys[i]->text, path, length) == 0)
				inner = node->items[i];
		if (!inner)
			break;
		node = inner;
		path += length + (path[length] == '.');
	}
	return node;
}

/* What is read after all the arms, since its paths may start with a label. */
static const struct {
	const char *name;
	int (*read)(struct spec *spec, const struct node *node, struct error *err);
} late_sections[] = {
	{"zip", spec_read_zip},
	{"exclude", spec_read_exclude},
	{"when", spec_read_when},
};

static bool is_own_section(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(late_sections); i++)
		if (strcmp(name, late_sections[i].name) == 0)
			return true;
	return strcmp(name, "optimizer") == 0;
}

static int read_base(struct spec *spec, const struct node *root, struct error *err)
{
	struct reader r = {.spec = spec, .arm = ALL_ARMS, .part = &spec->base};
	int result = 0;

	for (size_t i = 0; i < root->n && !result; i++)
		if (!is_own_section(root->keys[i]->text))
			result = reader_entry(&r, root->keys[i]->text, root->keys[i],
					      root->items[i], err);
	return result;
}

static int read_late(struct spec *spec, const struct node *root, struct error *err)
{
	int result = 0;

	for (size_t i = 0; i < ARRAY_SIZE(late_sections) && !result; i++) {
		const struct node *node = node_get(root, late_sections[i].name);

		if (node)
			result = late_sections[i].read(spec, node, err);
	}
	return result;
}

int spec_read(struct spec *spec, const struct node *root, struct arena *arena, struct error *err)
{
	int result;

	*spec = (struct spec){.root = root, .arena = arena};
	if (root->kind != NODE_MAPPING)
		return node_error(root, err, "a sweep file holds keys, as 'model: {size: 64x2}'");
	result = read_base(spec, root, err);
	if (!result && !node_get(root, "optimizer"))
		result = node_error(root, err,
				    "missing key 'optimizer', a list such as [adamw, muon]");
	if (!result)
		result = spec_read_arms(spec, node_get(root, "optimizer"), err);
	if (!result)
		result = spec_read_inherit(spec, err);
	if (!result)
		result = read_late(spec, root, err);
	return result;
}
