/* SPDX-License-Identifier: MIT
 *
 * One function, reader_entry(), decides what an entry is: a section to descend into, a value,
 * an axis, or a mistake.  Everything is checked here, where the place is known.
 */
#include "sweep/spec_reader.h"

#include <string.h>

static void settings_add(struct settings *list, struct setting setting, struct arena *arena)
{
	if (list->n == list->capacity) {
		size_t wanted = list->capacity ? 2 * list->capacity : 4;
		struct setting *items = arena_alloc(arena, wanted * sizeof(*items));

		if (list->n)
			memcpy(items, list->items, list->n * sizeof(*items));
		list->items = items;
		list->capacity = wanted;
	}
	list->items[list->n++] = setting;
}

static const struct setting *settings_find(const struct settings *list, const struct setting *like)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].arm == like->arm &&
		    target_equal(&list->items[i].target, &like->target))
			return &list->items[i];
	return NULL;
}

static const struct setting *part_find(const struct part *part, const struct setting *like)
{
	const struct setting *found = settings_find(&part->fixed, like);

	for (size_t a = 0; a < part->n_axes && !found; a++)
		for (size_t i = 0; i < part->axes[a].n && !found; i++)
			found = settings_find(&part->axes[a].points[i], like);
	return found;
}

/* As people write it: `size` sets model.size.shape. */
static const char *usual_name(const struct target *target)
{
	const struct section *section = target->section;
	const char *dot;

	if (!section || !section->shorthand || strcmp(section->shorthand, target->key->name) != 0)
		return target->key->name;
	dot = strrchr(section->path, '.');
	return dot ? dot + 1 : section->path;
}

static int check_once(const struct reader *r, const struct setting *setting, struct error *err)
{
	const struct setting *first = r->point ? settings_find(r->point, setting) : NULL;

	if (!first && r->part)
		first = part_find(r->part, setting);
	if (!first && r->part && setting->arm != ALL_ARMS)
		first = part_find(&r->spec->arms[setting->arm].part, setting);
	if (!first)
		return 0;
	if (first->at->line == 0)
		return node_error(setting->at, err, "'%s' is set twice; it is also in %s",
				  usual_name(&setting->target), first->at->file);
	return node_error(setting->at, err, "'%s' is set twice; it is also on line %d",
			  usual_name(&setting->target), first->at->line);
}

const char *node_value_text(const struct node *node, struct arena *arena)
{
	struct text text = {0};
	const char *result;

	if (node->kind == NODE_SCALAR)
		return node->text;
	if (node->kind == NODE_MAPPING)
		return NULL;
	for (size_t i = 0; i < node->n; i++) {
		if (node->items[i]->kind != NODE_SCALAR) {
			text_release(&text);
			return NULL;
		}
		text_printf(&text, "%s%s", i ? ", " : "[", node->items[i]->text);
	}
	text_add(&text, node->n ? "]" : "[]");
	result = arena_strdup(arena, text.data);
	text_release(&text);
	return result;
}

int reader_check(const struct reader *r, const struct target *target, const char *text,
		 const struct node *at, struct error *err)
{
	struct arena arena = {0};
	struct trial_options scratch;
	void *options = r->type ? arena_alloc(&arena, r->type->options_size) : NULL;
	int result =
		key_set(target->key, target_struct(target, &scratch, options), text, &arena, err);

	arena_release(&arena);
	return result ? node_wrap(at, err) : 0;
}

int reader_canonical(const struct reader *r, const struct target *target, const char *text,
		     const struct node *at, const char **canonical, struct error *err)
{
	struct arena *arena = r->spec->arena;
	struct trial_options options;
	void *own = r->type ? arena_alloc(arena, r->type->options_size) : NULL;
	struct text out = {0};
	int result = reader_check(r, target, text, at, err);

	if (result)
		return result;
	key_set(target->key, target_struct(target, &options, own), text, arena, NULL);
	key_add_json(target->key, target_struct(target, &options, own), &out);
	*canonical = arena_strdup(arena, out.data);
	text_release(&out);
	return 0;
}

static int add_setting(struct reader *r, const struct setting *setting, struct error *err)
{
	int result = check_once(r, setting, err);

	if (!result)
		settings_add(r->point ? r->point : &r->part->fixed, *setting, r->spec->arena);
	return result;
}

static int read_value(struct reader *r, const struct target *target, const struct node *value,
		      struct error *err)
{
	struct setting setting = {.target = *target,
				  .arm = r->arm,
				  .text = node_value_text(value, r->spec->arena),
				  .at = value};
	int result;

	if (node_is_law(value)) {
		result = reader_law(r, target, value, &setting, err);
		return result ? result : add_setting(r, &setting, err);
	}

	if (!setting.text)
		return node_error(value, err, "'%s' takes a plain value", target->key->name);
	if (node_is_null(value))
		return node_error(value, err, "'%s' has no value", target->key->name);
	if (r->point && target->section && target->section->fixed)
		return node_error(value, err, "'%s' is of the whole sweep and takes one value",
				  target->key->name);
	result = reader_check(r, target, setting.text, value, err);
	return result ? result : add_setting(r, &setting, err);
}

static int read_files(struct reader *r, const struct node *value, struct error *err)
{
	bool alone = value->kind == NODE_SCALAR;
	size_t n = alone ? 1 : value->n;

	if (r->point || value->kind == NODE_MAPPING || n == 0)
		return node_error(value, err, "'files' must be a list of paths or patterns");
	r->spec->files = arena_alloc(r->spec->arena, n * sizeof(*r->spec->files));
	for (size_t i = 0; i < n; i++) {
		const struct node *item = alone ? value : value->items[i];

		if (item->kind != NODE_SCALAR || node_is_null(item))
			return node_error(item, err, "'files' must be a list of paths or patterns");
		r->spec->files[i] = item->text;
	}
	r->spec->n_files = n;
	return 0;
}

static void part_add_axis(struct part *part, struct axis axis, struct arena *arena)
{
	if (part->n_axes == part->axes_capacity) {
		size_t wanted = part->axes_capacity ? 2 * part->axes_capacity : 8;
		struct axis *axes = arena_alloc(arena, wanted * sizeof(*axes));

		if (part->n_axes)
			memcpy(axes, part->axes, part->n_axes * sizeof(*axes));
		part->axes = axes;
		part->axes_capacity = wanted;
	}
	part->axes[part->n_axes++] = axis;
}

int reader_axis(struct reader *r, const char *const *paths, const struct node *const *names,
		const struct values *lists, size_t n, struct error *err)
{
	struct axis axis = {.at = names[0], .n = lists[0].n, .tuned = r->tuned};

	axis.points = arena_alloc(r->spec->arena, axis.n * sizeof(*axis.points));
	for (size_t i = 0; i < axis.n; i++)
		for (size_t k = 0; k < n; k++) {
			struct reader inner = *r;
			const char *path = paths[k];
			int result;

			inner.point = &axis.points[i];
			if (!r->type)
				path = reader_for_path(&inner, r->spec, path);
			result = reader_entry(&inner, path, names[k], lists[k].items[i], err);
			if (result)
				return result;
		}
	part_add_axis(r->part, axis, r->spec->arena);
	return 0;
}

static int read_axis(struct reader *r, const char *path, enum key_type type,
		     const struct node *name, const struct node *value, struct error *err)
{
	struct values values;
	int result;

	if (r->point)
		return node_error(value, err, "one value is needed here, not an axis");
	result = values_of_axis(value, type, &values, r->spec->arena, err);
	return result ? result : reader_axis(r, &path, &name, &values, 1, err);
}

/* "warmup: {tokens: 64k}" is "warmup_tokens: 64k". */
static const char *child_path(const struct reader *r, const char *path, const char *child)
{
	const char *dotted = arena_printf(r->spec->arena, "%s.%s", path, child);
	const char *joined = arena_printf(r->spec->arena, "%s_%s", path, child);
	struct target target;

	if (!reader_knows(r, dotted) && reader_key(r, path, &target) &&
	    reader_key(r, joined, &target))
		return joined;
	return dotted;
}

static int read_children(struct reader *r, const char *path, const struct node *mapping,
			 struct error *err)
{
	struct target target;

	for (size_t i = 0; i < mapping->n; i++) {
		const struct node *name = mapping->keys[i];
		const char *child = child_path(r, path, name->text);
		int result;

		if (reader_key(r, path, &target) && !reader_knows(r, child))
			return node_error(name, err,
					  "unknown key '%s'; '%s' takes a value, a list or an axis "
					  "{log: [from, to, points]}",
					  name->text, target.key->name);
		result = reader_entry(r, child, name, mapping->items[i], err);
		if (result)
			return result;
	}
	return 0;
}

static int refuse_bare_section(const struct reader *r, const char *path, const struct node *value,
			       struct error *err)
{
	const struct section *section = reader_section(r, path);

	return node_error(value, err, "'%s' holds keys of its own%s%s", path,
			  section ? "; write " : "", section ? section->example : "");
}

int reader_entry(struct reader *r, const char *path, const struct node *name,
		 const struct node *value, struct error *err)
{
	const struct section *section = reader_section(r, path);
	struct target target = {NULL, NULL};
	bool is_key = reader_key(r, path, &target);
	enum key_type type = is_key ? target.key->type : KEY_TEXT;

	if (!reader_knows(r, path))
		return reader_unknown(r, path, name, err);
	if (is_key && target_is_files(&target))
		return read_files(r, value, err);
	if (section && section->shorthand && !is_key &&
	    (node_is_spacing(value) || value->kind == NODE_SCALAR))
		return reader_entry(r,
				    arena_printf(r->spec->arena, "%s.%s", path, section->shorthand),
				    name, value, err);
	if (!is_key && (node_is_spacing(value) || value->kind == NODE_SCALAR))
		return refuse_bare_section(r, path, value, err);
	if (node_is_axis(value, type)) {
		if ((is_key && target.section && target.section->fixed) ||
		    (section && section->fixed))
			return node_error(value, err,
					  "'%s' is of the whole sweep and takes one value", path);
		return read_axis(r, path, type, name, value, err);
	}
	if (is_key && node_is_bracket(value))
		return reader_bracket(r, path, &target, name, value, err);
	if (value->kind == NODE_MAPPING && !(is_key && node_is_law(value)))
		return read_children(r, path, value, err);
	return read_value(r, &target, value, err);
}

const char *reader_for_path(struct reader *r, struct spec *spec, const char *path)
{
	size_t longest = 0;

	if (text_starts_with(path, "optimizer."))
		path += strlen("optimizer.");
	for (size_t i = 0; i < spec->n_arms; i++) {
		size_t length = strlen(spec->arms[i].label);

		if (length > longest && text_starts_with(path, spec->arms[i].label) &&
		    path[length] == '.') {
			longest = length;
			r->arm = (int)i;
			r->type = spec->arms[i].type;
		}
	}
	return longest ? path + longest + 1 : path;
}
