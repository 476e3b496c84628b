/* SPDX-License-Identifier: MIT */
#include "sweep/override.h"

#include <string.h>

#include "base/text.h"
#include "sweep/keys.h"

struct override {
	struct arena *arena;
	struct node place; /* "-s path=value" */
	const char *path;
	struct node *value;
};

/* Nodes of the value stand where the setting stands: on the command line. */
static void move_nodes(struct node *node, const char *file)
{
	node->file = file;
	node->line = 0;
	for (size_t i = 0; node->kind != NODE_SCALAR && i < node->n; i++) {
		if (node->kind == NODE_MAPPING)
			move_nodes(node->keys[i], file);
		move_nodes(node->items[i], file);
	}
}

static int parse(struct override *o, const char *setting, struct error *err)
{
	const char *equals = strchr(setting, '=');
	struct error inner = ERROR_INIT;
	const char *cause;

	if (setting[strcspn(setting, "\n\r")])
		return error_set(err, ERR_USAGE,
				 "-s %.*s...: a setting is one line; write lists as [a, b] and "
				 "mappings as {key: value}",
				 (int)strcspn(setting, "\n\r"), setting);
	o->place = (struct node){.file = arena_printf(o->arena, "-s %s", setting)};
	if (!equals || equals == setting || !equals[1])
		return node_error(&o->place, err, "write -s path=value");
	o->path = arena_printf(o->arena, "%.*s", (int)(equals - setting), setting);
	if (yaml_parse(&o->value, "value", equals + 1, strlen(equals + 1), o->arena, &inner)) {
		cause = strstr(inner.text, ": ");
		return node_error(&o->place, err, "%s", cause ? cause + 2 : inner.text);
	}
	move_nodes(o->value, o->place.file);
	return 0;
}

static struct node *key_node(struct override *o, const char *text)
{
	return node_scalar(o->arena, text, &o->place);
}

/* "schedule: cosine" becomes "schedule: {kind: cosine}", so that one can descend into it. */
static struct node *opened(struct override *o, const char *path, struct node *node)
{
	const struct section *section = section_find(path);
	struct node *mapping = node_new(o->arena, NODE_MAPPING, node);

	if (section && section->shorthand)
		node_put(mapping, key_node(o, section->shorthand), node, o->arena);
	return mapping;
}

/* "train.budget.flops" takes the place of "train.budget.steps". */
static void remove_alternatives(struct node *mapping, const char *prefix, const char *name)
{
	const struct section *section = section_find(prefix);
	const struct key *key = section ? keys_find(section->keys, *section->n_keys, name) : NULL;

	if (!key || !section->alternatives || key->fallback)
		return;
	for (size_t i = 0; i < *section->n_keys; i++)
		if (!section->keys[i].fallback)
			node_remove(mapping, section->keys[i].name);
}

/* Sets `path` (in a mapping that stands at `prefix` of the file), making mappings on the way.
 * A key written with dots ("adamw.lr_ratio: 1") is replaced as it is. */
static void put_path(struct override *o, struct node *mapping, const char *prefix, const char *path)
{
	const char *dot = strchr(path, '.');
	const char *name, *full;
	struct node *inner;

	if (!dot || node_get(mapping, path)) {
		remove_alternatives(mapping, prefix, path);
		node_put(mapping, key_node(o, path), o->value, o->arena);
		return;
	}
	name = arena_printf(o->arena, "%.*s", (int)(dot - path), path);
	full = arena_printf(o->arena, "%s%s%s", prefix, prefix[0] ? "." : "", name);
	inner = node_get(mapping, name);
	if (!inner || inner->kind != NODE_MAPPING) {
		inner = inner ? opened(o, full, inner)
			      : node_new(o->arena, NODE_MAPPING, &o->place);
		node_put(mapping, key_node(o, name), inner, o->arena);
	}
	put_path(o, inner, full, dot + 1);
}

/* Removes a path from a mapping where it is there. */
static void remove_path(struct node *mapping, const char *path, struct arena *arena)
{
	const char *dot = strchr(path, '.');
	struct node *inner;

	node_remove(mapping, path);
	if (!dot)
		return;
	inner = node_get(mapping, arena_printf(arena, "%.*s", (int)(dot - path), path));
	if (inner && inner->kind == NODE_MAPPING)
		remove_path(inner, dot + 1, arena);
}

static const char *entry_word(const struct node *entry, const char *key)
{
	const struct node *word = entry->kind == NODE_MAPPING ? node_get(entry, key) : NULL;

	if (entry->kind == NODE_SCALAR && strcmp(key, "name") == 0)
		return entry->text;
	return word && word->kind == NODE_SCALAR ? word->text : NULL;
}

static void put_option(struct override *o, struct node *entry, const char *key)
{
	struct node *tune = node_get(entry, "tune");

	if (text_starts_with(key, "tune."))
		remove_path(entry, key + strlen("tune."), o->arena);
	else if (tune && tune->kind == NODE_MAPPING)
		remove_path(tune, key, o->arena);
	put_path(o, entry, "optimizer", key);
}

/* Whether `path` is "WORD.key"; *key then points to the key. */
static bool path_starts_with_word(const char *path, const char *word, const char **key)
{
	if (!word || !text_starts_with(path, word) || path[strlen(word)] != '.')
		return false;
	*key = path + strlen(word) + 1;
	return true;
}

static size_t put_in_arms(struct override *o, struct node *list, const char *path,
			  const char *called)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct node *entry = list->items[i];
		const char *key;

		if (!path_starts_with_word(path, entry_word(entry, called), &key))
			continue;
		if (entry->kind == NODE_SCALAR) {
			struct node *mapping = node_new(o->arena, NODE_MAPPING, entry);

			node_put(mapping, key_node(o, "name"), entry, o->arena);
			list->items[i] = entry = mapping;
		}
		put_option(o, entry, key);
		n++;
	}
	return n;
}

static int put_optimizer(struct override *o, struct node *root, const char *path, struct error *err)
{
	struct node *node = node_get(root, "optimizer"), *list = node;
	struct suggestion near;
	char hint[128], *word = arena_strdup(o->arena, path);

	if (!node)
		return node_error(&o->place, err, "the file has no 'optimizer'");
	if (node->kind != NODE_SEQUENCE) {
		list = node_new(o->arena, NODE_SEQUENCE, node);
		list->items = arena_alloc(o->arena, sizeof(*list->items));
		list->items[list->n++] = node;
		node_put(root, key_node(o, "optimizer"), list, o->arena);
	}
	if (put_in_arms(o, list, path, "label") || put_in_arms(o, list, path, "name"))
		return 0;
	word[strcspn(word, ".")] = '\0';
	suggestion_start(&near, word);
	for (size_t i = 0; i < list->n; i++) {
		const char *label = entry_word(list->items[i], "label");
		const char *name = entry_word(list->items[i], "name");

		if (label || name)
			suggestion_offer(&near, label ? label : name);
	}
	return node_error(&o->place, err, "no optimizer is called '%s'%s", word,
			  suggestion_text(&near, hint, sizeof(hint)));
}

/* Whether a path begins with the label or the name of an arm, as those inside the file do. */
static bool begins_with_arm(const struct node *root, const char *path)
{
	const struct node *list = node_get(root, "optimizer");
	const char *key;

	for (size_t i = 0; list && list->kind == NODE_SEQUENCE && i < list->n; i++)
		if (path_starts_with_word(path, entry_word(list->items[i], "label"), &key) ||
		    path_starts_with_word(path, entry_word(list->items[i], "name"), &key))
			return true;
	return false;
}

int override_apply(struct node *root, const char *setting, struct arena *arena, struct error *err)
{
	struct override o = {.arena = arena};
	int result = parse(&o, setting, err);

	if (result)
		return result;
	if (root->kind != NODE_MAPPING)
		return node_error(root, err, "a sweep file holds keys, as 'model: {size: 64x2}'");
	if (text_starts_with(o.path, "optimizer."))
		return put_optimizer(&o, root, o.path + strlen("optimizer."), err);
	if (begins_with_arm(root, o.path))
		return node_error(&o.place, err, "write -s optimizer.%s", setting);
	put_path(&o, root, "", o.path);
	return 0;
}
