/* SPDX-License-Identifier: MIT */
#include "sweep/grid.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct spacing {
	bool logarithmic;
	double from, to;
	int64_t n;
	double multiple; /* 0: any value */
};

bool node_is_spacing(const struct node *node)
{
	return node->kind == NODE_MAPPING && (node_get(node, "log") || node_get(node, "lin"));
}

bool node_is_axis(const struct node *node, enum key_type type)
{
	if (node_is_spacing(node))
		return true;
	if (node->kind != NODE_SEQUENCE)
		return false;
	if (type != KEY_PAIR && type != KEY_RANGE)
		return true;
	return node->n > 0 && node->items[0]->kind == NODE_SEQUENCE;
}

static bool read_number(const struct node *node, double *value)
{
	return node->kind == NODE_SCALAR && parse_real(node->text, value) && isfinite(*value);
}

static int check_names(const struct node *node, struct error *err)
{
	struct suggestion near;
	char hint[128];

	for (size_t i = 0; i < node->n; i++) {
		const char *name = node->keys[i]->text;

		if (strcmp(name, "log") == 0 || strcmp(name, "lin") == 0 ||
		    strcmp(name, "multiple_of") == 0)
			continue;
		suggestion_start(&near, name);
		suggestion_offer(&near, "multiple_of");
		return node_error(node->keys[i], err, "unknown key '%s' of an axis%s", name,
				  suggestion_text(&near, hint, sizeof(hint)));
	}
	if (node_get(node, "log") && node_get(node, "lin"))
		return node_error(node, err, "an axis is 'log' or 'lin', not both");
	return 0;
}

static int read_spacing(const struct node *node, struct spacing *s, struct error *err)
{
	const struct node *log_list = node_get(node, "log");
	const struct node *list = log_list ? log_list : node_get(node, "lin");
	const struct node *multiple = node_get(node, "multiple_of");
	const char *name = log_list ? "log" : "lin";
	double n;
	int result = check_names(node, err);

	if (result)
		return result;
	*s = (struct spacing){.logarithmic = log_list != NULL};
	if (list->kind != NODE_SEQUENCE || list->n != 3 || !read_number(list->items[0], &s->from) ||
	    !read_number(list->items[1], &s->to) || !read_number(list->items[2], &n))
		return node_error(list, err, "'%s' must be [from, to, points]", name);
	if (n != floor(n) || n < 1 || n > GRID_MAX_POINTS)
		return node_error(
			list->items[2], err,
			"the number of points must be a whole number from 1 to %d, not '%s'",
			GRID_MAX_POINTS, list->items[2]->text);
	s->n = (int64_t)n;
	if (s->logarithmic && (s->from <= 0 || s->to <= 0))
		return node_error(list, err, "'log' needs ends above 0; use 'lin'");
	if (s->n == 1 && s->from != s->to)
		return node_error(list, err,
				  "one point cannot have two ends; write the value alone");
	if (s->n > 1 && s->from == s->to)
		return node_error(list, err, "the ends are equal; write the value alone");
	if (multiple && (!read_number(multiple, &s->multiple) || s->multiple <= 0))
		return node_error(multiple, err, "'multiple_of' must be a number greater than 0");
	return 0;
}

static double spaced_value(const struct spacing *s, int64_t i, enum key_type type)
{
	double part = s->n > 1 ? (double)i / (double)(s->n - 1) : 0, value;

	if (i == 0)
		value = s->from;
	else if (i == s->n - 1)
		value = s->to;
	else if (s->logarithmic)
		value = s->from * pow(s->to / s->from, part);
	else
		value = s->from + (s->to - s->from) * part;
	if (s->multiple > 0)
		value = fmax(1, round(value / s->multiple)) * s->multiple;
	return type == KEY_INTEGER ? round(value) : value;
}

static int values_of_spacing(const struct node *node, enum key_type type, struct values *values,
			     struct arena *arena, struct error *err)
{
	struct spacing spacing;
	int result = read_spacing(node, &spacing, err);
	char text[40], before[40] = "";

	if (result)
		return result;
	if (type != KEY_INTEGER && type != KEY_REAL)
		return node_error(node, err, "this key is no number: write its values as a list");
	values->items = arena_alloc(arena, (size_t)spacing.n * sizeof(*values->items));
	for (int64_t i = 0; i < spacing.n; i++) {
		snprintf(text, sizeof(text), "%.12g", spaced_value(&spacing, i, type));
		if (strcmp(text, before) == 0)
			continue;
		values->items[values->n++] = node_scalar(arena, text, node);
		strcpy(before, text);
	}
	return 0;
}

int values_of_axis(const struct node *node, enum key_type type, struct values *values,
		   struct arena *arena, struct error *err)
{
	*values = (struct values){0};
	if (node_is_spacing(node))
		return values_of_spacing(node, type, values, arena, err);
	if (node->n == 0)
		return node_error(node, err,
				  "an empty list leaves no trial; give at least one value");
	if (node->n > GRID_MAX_POINTS)
		return node_error(node, err, "a list of more than %d values", GRID_MAX_POINTS);
	values->items = arena_alloc(arena, node->n * sizeof(*values->items));
	memcpy(values->items, node->items, node->n * sizeof(*values->items));
	values->n = node->n;
	return 0;
}

size_t grid_count(const size_t *sizes, size_t n)
{
	size_t count = 1;

	for (size_t i = 0; i < n; i++) {
		if (sizes[i] > GRID_MAX_CELLS || count * sizes[i] > GRID_MAX_CELLS)
			return SIZE_MAX;
		count *= sizes[i];
	}
	return count;
}

void grid_cell(const size_t *sizes, size_t n, size_t cell, size_t *coordinates)
{
	for (size_t i = n; i-- > 0;) {
		coordinates[i] = cell % sizes[i];
		cell /= sizes[i];
	}
}
