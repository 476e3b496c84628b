/* SPDX-License-Identifier: MIT
 *
 * YAML read into a tree whose nodes know where they stand, so that every later complaint can
 * name file, line and column.  A plain subset: scalars, sequences and mappings of one document;
 * anchors, aliases, tags and duplicate keys are refused.
 */
#ifndef SWEEP_YAML_H
#define SWEEP_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"

enum node_kind { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING };

/* Lives in the arena that it was read into, as does everything below it. */
struct node {
	enum node_kind kind;
	const char *file;
	int line, column;    /* from 1; line 0: `file` is the whole place ("-s lr=3") */
	const char *text;    /* NODE_SCALAR */
	bool quoted;	     /* NODE_SCALAR */
	struct node **keys;  /* NODE_MAPPING: n scalars */
	struct node **items; /* the n values of a mapping or sequence */
	size_t n, capacity;
};

/* Reads one document.  `file` is only what messages call it.  ERR_USAGE with
 * "file:line:column: ". */
int yaml_parse(struct node **root, const char *file, const char *data, size_t size,
	       struct arena *arena, struct error *err);

/* The value of a key of a mapping, or NULL. */
struct node *node_get(const struct node *mapping, const char *key);

/* Sets or adds a key; `key` is a scalar. */
void node_put(struct node *mapping, struct node *key, struct node *value, struct arena *arena);

/* Removes a key; does nothing where there is none. */
void node_remove(struct node *mapping, const char *key);

/* A new node that stands where `at` stands. */
struct node *node_new(struct arena *arena, enum node_kind kind, const struct node *at);
struct node *node_scalar(struct arena *arena, const char *text, const struct node *at);

/* Whether this is nothing: an empty plain scalar, null or ~. */
bool node_is_null(const struct node *node);

/* "file:line:column", or the file alone where that is the whole place. */
const char *node_place(const struct node *at, struct arena *arena);

/* error_set(ERR_USAGE) with the node's place before it. */
int node_error(const struct node *at, struct error *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts the node's place before the error that is there. */
int node_wrap(const struct node *at, struct error *err);

#endif
