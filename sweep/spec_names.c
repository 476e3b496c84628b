/* SPDX-License-Identifier: MIT
 *
 * What the names in a sweep file stand for, and what may have been meant by one that stands for
 * nothing.
 */
#include <stdio.h>
#include <string.h>

#include "sweep/spec_reader.h"

/* An arm may set its own training: there, "train..." is the section of that name. */
static const struct optimizer_type *owner_of(const struct reader *r, const char *path)
{
	return strcmp(path, "train") == 0 || text_starts_with(path, "train.") ? NULL : r->type;
}

bool reader_key(const struct reader *r, const char *path, struct target *target)
{
	const struct optimizer_type *type = owner_of(r, path);

	return type ? target_find_option(type, path, target) : target_find(path, target);
}

const struct section *reader_section(const struct reader *r, const char *path)
{
	return owner_of(r, path) ? NULL : section_find(path);
}

bool reader_knows(const struct reader *r, const char *path)
{
	struct target target;

	return reader_key(r, path, &target) || reader_section(r, path) ||
	       path_is_prefix(owner_of(r, path), path);
}

bool reader_find(const struct reader *r, const char *path, struct target *target)
{
	const struct section *section = reader_section(r, path);

	if (reader_key(r, path, target))
		return true;
	if (!section || !section->shorthand)
		return false;
	return reader_key(r, arena_printf(r->spec->arena, "%s.%s", path, section->shorthand),
			  target);
}

/* Names beside the keys: at the top of the file, of an optimizer's entry, or of its `tune`. */
static const char *const *further_names(const struct reader *r)
{
	static const char *const of_arm[] = {"name", "label", "tune", "inherit", NULL};
	static const char *const of_tune[] = {"method", "rungs", "threshold", "start", NULL};
	static const char *const of_file[] = {"optimizer", "zip", "exclude", "when", NULL};
	const char **names;

	if (r->type)
		return r->tuned ? of_tune : of_arm;
	names = arena_alloc(r->spec->arena, (r->spec->n_arms + 5) * sizeof(*names));
	memcpy(names, of_file, 4 * sizeof(*names));
	for (size_t i = 0; i < r->spec->n_arms; i++)
		names[4 + i] = r->spec->arms[i].label;
	return names;
}

/* "batch_tokens" inside an optimizer: the user means "train.batch_tokens". */
static const char *moved_hint(const struct reader *r, const char *path, char *buffer, size_t size)
{
	static const char *const homes[] = {"train", "train.schedule"};
	struct target target;

	for (size_t i = 0; i < ARRAY_SIZE(homes); i++) {
		const char *full = arena_printf(r->spec->arena, "%s.%s", homes[i], path);

		if (r->type && target_find(full, &target)) {
			snprintf(buffer, size, "; did you mean '%s'?", full);
			return buffer;
		}
	}
	return NULL;
}

/* A name that an optimizer has, but not as one of its options. */
static bool is_identity(const struct reader *r, const char *path)
{
	static const char *const names[] = {"name", "label", "tune", "inherit"};

	for (size_t i = 0; r->type && i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], path) == 0)
			return true;
	return false;
}

int reader_unknown(const struct reader *r, const char *path, const struct node *name,
		   struct error *err)
{
	char *known = arena_strdup(r->spec->arena, path);
	const char *word = path, *prefix = "", *hint;
	char buffer[160];

	if (is_identity(r, path))
		return node_error(name, err, "'%s' cannot be %s", path,
				  r->tuned ? "tuned" : "varied or set here");
	for (const char *dot = strchr(path, '.'); dot; dot = strchr(dot + 1, '.')) {
		known[dot - path] = '\0';
		if (!reader_knows(r, known))
			break;
		prefix = arena_strdup(r->spec->arena, known);
		word = dot + 1;
		known[dot - path] = '.';
	}
	known = arena_strdup(r->spec->arena, word);
	known[strcspn(known, ".")] = '\0';
	hint = moved_hint(r, path, buffer, sizeof(buffer));
	if (!hint)
		hint = name_hint(owner_of(r, path), prefix, known,
				 prefix[0] ? NULL : further_names(r), buffer, sizeof(buffer));
	return node_error(name, err, "unknown key '%s'%s", known,
			  hint[0] ? hint : "; 'muon-sweep help spec' lists the keys");
}
