/* SPDX-License-Identifier: MIT */
#include "sweep/canonical.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

struct canonical_item {
	const char *name;
	const char *value; /* JSON */
};

void canonical_release(struct canonical *c)
{
	free(c->items);
	c->items = NULL;
	c->n = c->capacity = 0;
}

static void add(struct canonical *c, const char *name, const char *value)
{
	c->items = grow_array(c->items, &c->capacity, c->n + 1, sizeof(*c->items));
	c->items[c->n++] = (struct canonical_item){name, value};
}

/* "prefix.name"; a sweep makes many. */
static const char *join(struct arena *arena, const char *prefix, const char *name)
{
	size_t before = strlen(prefix), after = strlen(name);
	char *joined = arena_alloc(arena, before + 1 + after + 1);

	memcpy(joined, prefix, before);
	joined[before] = '.';
	memcpy(joined + before + 1, name, after);
	return joined;
}

void canonical_real(struct canonical *c, const char *name, double value)
{
	add(c, name, arena_printf(c->arena, "%.17g", value));
}

void canonical_integer(struct canonical *c, const char *name, int64_t value)
{
	add(c, name, arena_printf(c->arena, "%" PRId64, value));
}

void canonical_text(struct canonical *c, const char *name, const char *value)
{
	struct text quoted = {0};

	json_add_quoted(&quoted, value);
	add(c, name, arena_strdup(c->arena, quoted.data));
	text_release(&quoted);
}

void canonical_keys(struct canonical *c, const char *prefix, const struct key *keys, size_t n,
		    const void *options)
{
	struct text value = {0};

	for (size_t i = 0; i < n; i++) {
		text_clear(&value);
		key_add_json(&keys[i], options, &value);
		add(c, join(c->arena, prefix, keys[i].name), arena_strdup(c->arena, value.data));
	}
	text_release(&value);
}

/* '.' sorts before every letter, so that members of one object stay together. */
static int by_name(const void *a, const void *b)
{
	const struct canonical_item *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static bool is_left_out(const char *name, const char *const *without)
{
	for (size_t i = 0; without && without[i]; i++)
		if (text_starts_with(name, without[i]))
			return true;
	return false;
}

/* The length of the dotted path of objects that both names lie in. */
static size_t shared_objects(const char *a, const char *b)
{
	size_t shared = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '.')
			shared = i + 1;
	return shared;
}

static size_t count_dots(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '.';
	return n;
}

static void add_name(struct text *out, const char *name, size_t length)
{
	text_add_char(out, '"');
	text_add_bytes(out, name, length);
	text_add(out, "\":");
}

/* Closes and opens objects on the way from one name to the next; writes the member's name. */
static void move(struct text *out, const char *from, const char *to)
{
	size_t shared = shared_objects(from, to);
	const char *rest = to + shared;

	for (size_t n = count_dots(from + shared); n > 0; n--)
		text_add_char(out, '}');
	if (from[0])
		text_add_char(out, ',');
	for (const char *dot = strchr(rest, '.'); dot; dot = strchr(rest, '.')) {
		add_name(out, rest, (size_t)(dot - rest));
		text_add_char(out, '{');
		rest = dot + 1;
	}
	add_name(out, rest, strlen(rest));
}

void canonical_print(struct canonical *c, const char *const *without, struct text *out)
{
	const char *last = "";

	qsort(c->items, c->n, sizeof(*c->items), by_name);
	text_add_char(out, '{');
	for (size_t i = 0; i < c->n; i++) {
		if (is_left_out(c->items[i].name, without))
			continue;
		move(out, last, c->items[i].name);
		text_add(out, c->items[i].value);
		last = c->items[i].name;
	}
	for (size_t n = count_dots(last); n > 0; n--)
		text_add_char(out, '}');
	text_add_char(out, '}');
}
