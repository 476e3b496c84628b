/* SPDX-License-Identifier: MIT
 *
 * Grids: the values along an axis, and the cells of a product of axes.
 */
#ifndef SWEEP_GRID_H
#define SWEEP_GRID_H

#include "base/key.h"
#include "sweep/yaml.h"

#define GRID_MAX_POINTS 10000
#define GRID_MAX_CELLS	1000000

/* A list of values; they live in the arena. */
struct values {
	const struct node **items;
	size_t n;
};

/* Whether the node is {log: ..} or {lin: ..}. */
bool node_is_spacing(const struct node *node);

/* Whether the node is an axis where a value of this type is expected; a pair [a, b] is a value
 * of KEY_PAIR and KEY_RANGE, and a list of pairs an axis. */
bool node_is_axis(const struct node *node, enum key_type type);

/* The values of a list, or of {log: [from, to, n]} or {lin: [from, to, n]}, both with
 * `multiple_of: m` (the nearest multiple, at least m; values that fall together count once).
 * Numbers are rounded to 12 digits, so that 0.02 is what a user means by 0.02; those of
 * KEY_INTEGER to whole numbers.  The ends are as given.  ERR_USAGE. */
int values_of_axis(const struct node *node, enum key_type type, struct values *values,
		   struct arena *arena, struct error *err);

/* The number of cells of a product; SIZE_MAX where that is above GRID_MAX_CELLS. */
size_t grid_count(const size_t *sizes, size_t n);

/* The coordinates of a cell; the last axis runs fastest. */
void grid_cell(const size_t *sizes, size_t n, size_t cell, size_t *coordinates);

#endif
