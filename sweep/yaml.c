/* SPDX-License-Identifier: MIT
 *
 * A recursive descent over libyaml's events.  Every event carries a mark; nodes keep it.
 */
#include "sweep/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <yaml.h>

#define MAX_DEPTH 32
#define MAX_SIZE  (1 << 20)

struct reader {
	yaml_parser_t parser;
	const char *file;
	const char *data;
	size_t size;
	struct arena *arena;
};

static int place_error(const char *file, size_t line, size_t column, struct error *err,
		       const char *text)
{
	return error_set(err, ERR_USAGE, "%s:%zu:%zu: %s", file, line, column, text);
}

static int mark_error(const struct reader *r, yaml_mark_t mark, struct error *err, const char *text)
{
	return place_error(r->file, mark.line + 1, mark.column + 1, err, text);
}

/* Errors of the character reader have an offset and no mark. */
static int encoding_error(const struct reader *r, struct error *err)
{
	size_t offset = r->parser.problem_offset, line = 1, column = 1;
	char text[128];

	for (size_t i = 0; i < offset && i < r->size; i++) {
		column = r->data[i] == '\n' ? 1 : column + 1;
		line += r->data[i] == '\n';
	}
	snprintf(text, sizeof(text), "not a text file in UTF-8: %s",
		 r->parser.problem ? r->parser.problem : "unreadable bytes");
	return place_error(r->file, line, column, err, text);
}

static int syntax_error(const struct reader *r, struct error *err)
{
	const yaml_parser_t *p = &r->parser;
	yaml_mark_t mark = p->problem_mark;
	char text[256];

	if (p->error == YAML_READER_ERROR)
		return encoding_error(r, err);
	if (p->error == YAML_MEMORY_ERROR)
		return error_set(err, ERR_NOMEM, "%s: out of memory", r->file);
	if (mark.index < r->size && r->data[mark.index] == '\t')
		return mark_error(r, mark, err,
				  "a tab where YAML wants spaces; indent with spaces");
	snprintf(text, sizeof(text), "%s%s%s", p->problem ? p->problem : "not YAML",
		 p->context ? " " : "", p->context ? p->context : "");
	return mark_error(r, mark, err, text);
}

static int next_event(struct reader *r, yaml_event_t *event, struct error *err)
{
	if (!yaml_parser_parse(&r->parser, event))
		return syntax_error(r, err);
	return 0;
}

static struct node *make_node(struct reader *r, enum node_kind kind, yaml_mark_t mark)
{
	struct node *node = arena_alloc(r->arena, sizeof(*node));

	node->kind = kind;
	node->file = r->file;
	node->line = (int)mark.line + 1;
	node->column = (int)mark.column + 1;
	return node;
}

static void append(struct node *parent, struct node *key, struct node *value, struct arena *arena)
{
	if (parent->n == parent->capacity) {
		size_t wanted = parent->capacity ? 2 * parent->capacity : 8;
		struct node **keys = arena_alloc(arena, wanted * sizeof(*keys));
		struct node **items = arena_alloc(arena, wanted * sizeof(*items));

		if (parent->n) {
			memcpy(keys, parent->keys, parent->n * sizeof(*keys));
			memcpy(items, parent->items, parent->n * sizeof(*items));
		}
		parent->keys = keys;
		parent->items = items;
		parent->capacity = wanted;
	}
	parent->keys[parent->n] = key;
	parent->items[parent->n++] = value;
}

static int refuse_decoration(const struct reader *r, const yaml_event_t *event, struct error *err)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (event->type) {
	case YAML_ALIAS_EVENT:
		anchor = event->data.alias.anchor;
		break;
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor)
		return mark_error(r, event->start_mark, err,
				  "anchors and aliases are not supported; write the value out");
	if (tag)
		return mark_error(r, event->start_mark, err,
				  "tags are not supported; types come from the key");
	return 0;
}

static int read_scalar(struct reader *r, const yaml_event_t *event, struct node **node,
		       struct error *err)
{
	const char *text = (const char *)event->data.scalar.value;

	if (strlen(text) != event->data.scalar.length)
		return mark_error(r, event->start_mark, err, "a zero byte in a value");
	*node = make_node(r, NODE_SCALAR, event->start_mark);
	(*node)->text = arena_strdup(r->arena, text);
	(*node)->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return 0;
}

static int read_node(struct reader *r, const yaml_event_t *event, int depth, struct node **node,
		     struct error *err);

/* Reads the next event as a node; *node is NULL at the end of the sequence or mapping. */
static int read_next(struct reader *r, int depth, struct node **node, struct error *err)
{
	yaml_event_t event;
	int result = next_event(r, &event, err);

	*node = NULL;
	if (result)
		return result;
	if (event.type != YAML_SEQUENCE_END_EVENT && event.type != YAML_MAPPING_END_EVENT)
		result = read_node(r, &event, depth, node, err);
	yaml_event_delete(&event);
	return result;
}

static int read_sequence(struct reader *r, struct node *node, int depth, struct error *err)
{
	for (;;) {
		struct node *item;
		int result = read_next(r, depth, &item, err);

		if (result || !item)
			return result;
		append(node, NULL, item, r->arena);
	}
}

static int read_mapping(struct reader *r, struct node *node, int depth, struct error *err)
{
	for (;;) {
		struct node *key, *value, *before;
		int result = read_next(r, depth, &key, err);

		if (result || !key)
			return result;
		if (key->kind != NODE_SCALAR)
			return node_error(key, err, "a key must be a word");
		for (size_t i = 0; i < node->n; i++) {
			before = node->keys[i];
			if (strcmp(before->text, key->text) == 0)
				return node_error(key, err,
						  "key '%s' is here twice; the first is on line %d",
						  key->text, before->line);
		}
		result = read_next(r, depth, &value, err);
		if (result)
			return result;
		append(node, key, value, r->arena);
	}
}

static int read_node(struct reader *r, const yaml_event_t *event, int depth, struct node **node,
		     struct error *err)
{
	int result = refuse_decoration(r, event, err);

	if (result)
		return result;
	if (depth >= MAX_DEPTH)
		return mark_error(r, event->start_mark, err, "nested too deeply");
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return read_scalar(r, event, node, err);
	case YAML_SEQUENCE_START_EVENT:
		*node = make_node(r, NODE_SEQUENCE, event->start_mark);
		return read_sequence(r, *node, depth + 1, err);
	case YAML_MAPPING_START_EVENT:
		*node = make_node(r, NODE_MAPPING, event->start_mark);
		return read_mapping(r, *node, depth + 1, err);
	default:
		return mark_error(r, event->start_mark, err, "not YAML");
	}
}

/* Stream start, document start, the node, document end, and no second document. */
static int read_document(struct reader *r, struct node **root, struct error *err)
{
	yaml_event_t event;
	int result = 0;

	for (;;) {
		result = next_event(r, &event, err);
		if (result)
			return result;
		if (event.type == YAML_STREAM_END_EVENT)
			break;
		if (event.type == YAML_DOCUMENT_START_EVENT && *root)
			result = mark_error(r, event.start_mark, err,
					    "a second document; one file is one sweep");
		else if (event.type != YAML_STREAM_START_EVENT &&
			 event.type != YAML_DOCUMENT_START_EVENT &&
			 event.type != YAML_DOCUMENT_END_EVENT)
			result = read_node(r, &event, 0, root, err);
		yaml_event_delete(&event);
		if (result)
			return result;
	}
	yaml_event_delete(&event);
	if (!*root)
		return error_set(err, ERR_USAGE, "%s:1:1: the file is empty", r->file);
	return 0;
}

int yaml_parse(struct node **root, const char *file, const char *data, size_t size,
	       struct arena *arena, struct error *err)
{
	struct reader r = {
		.file = arena_strdup(arena, file), .data = data, .size = size, .arena = arena};
	int result;

	*root = NULL;
	if (size > MAX_SIZE)
		return error_set(err, ERR_USAGE, "%s:1:1: larger than 1 MiB; is it a sweep file?",
				 file);
	if (!yaml_parser_initialize(&r.parser))
		return error_set(err, ERR_NOMEM, "%s: out of memory", file);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)data, size);
	result = read_document(&r, root, err);
	yaml_parser_delete(&r.parser);
	return result;
}

static size_t find(const struct node *mapping, const char *key)
{
	size_t i = 0;

	while (i < mapping->n && strcmp(mapping->keys[i]->text, key) != 0)
		i++;
	return i;
}

struct node *node_get(const struct node *mapping, const char *key)
{
	size_t i = find(mapping, key);

	return i < mapping->n ? mapping->items[i] : NULL;
}

void node_put(struct node *mapping, struct node *key, struct node *value, struct arena *arena)
{
	size_t i = find(mapping, key->text);

	if (i < mapping->n) {
		mapping->keys[i] = key;
		mapping->items[i] = value;
	} else {
		append(mapping, key, value, arena);
	}
}

void node_remove(struct node *mapping, const char *key)
{
	size_t i = find(mapping, key);

	if (i == mapping->n)
		return;
	mapping->n--;
	memmove(mapping->keys + i, mapping->keys + i + 1, (mapping->n - i) * sizeof(struct node *));
	memmove(mapping->items + i, mapping->items + i + 1,
		(mapping->n - i) * sizeof(struct node *));
}

struct node *node_new(struct arena *arena, enum node_kind kind, const struct node *at)
{
	struct node *node = arena_alloc(arena, sizeof(*node));

	node->kind = kind;
	node->file = at->file;
	node->line = at->line;
	node->column = at->column;
	return node;
}

struct node *node_scalar(struct arena *arena, const char *text, const struct node *at)
{
	struct node *node = node_new(arena, NODE_SCALAR, at);

	node->text = arena_strdup(arena, text);
	return node;
}

bool node_is_null(const struct node *node)
{
	return node->kind == NODE_SCALAR && !node->quoted &&
	       (!node->text[0] || strcmp(node->text, "null") == 0 || strcmp(node->text, "~") == 0);
}

int node_error(const struct node *at, struct error *err, const char *format, ...)
{
	char text[sizeof(err->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	error_set(err, ERR_USAGE, "%s", text);
	return node_wrap(at, err);
}

int node_wrap(const struct node *at, struct error *err)
{
	if (at->line == 0)
		return error_wrap(err, "%s", at->file);
	return error_wrap(err, "%s:%d:%d", at->file, at->line, at->column);
}

const char *node_place(const struct node *at, struct arena *arena)
{
	if (at->line == 0)
		return at->file;
	return arena_printf(arena, "%s:%d:%d", at->file, at->line, at->column);
}
