/* SPDX-License-Identifier: MIT */
#include "results/observation.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

const struct observation_column observation_columns[N_OBSERVATION_COLUMNS] = {
#define X(field, name, aliases, ...) {name, aliases, offsetof(struct observation, field), false},
	OBSERVATION_NUMBERS(X)
#undef X
#define X(field, name, aliases) {name, aliases, offsetof(struct observation, field), true},
		OBSERVATION_TEXTS(X)
#undef X
};

double *observation_number(struct observation *row, const struct observation_column *column)
{
	assert(!column->is_text);
	return (double *)((char *)row + column->offset);
}

const char **observation_text(struct observation *row, const struct observation_column *column)
{
	assert(column->is_text);
	return (const char **)((char *)row + column->offset);
}

void observations_release(struct observations *set)
{
	free(set->rows);
	arena_release(&set->arena);
	*set = (struct observations){0};
}

struct observation *observations_add(struct observations *set)
{
	struct observation *row;

	set->rows = grow_array(set->rows, &set->capacity, set->n + 1, sizeof(*set->rows));
	row = &set->rows[set->n++];
	*row = (struct observation){.final = true};
#define X(field, ...) row->field = (double)NAN;
	OBSERVATION_NUMBERS(X)
#undef X
	return row;
}

const char *observation_arm(const struct observation *row)
{
	if (row->group)
		return row->group;
	if (row->label)
		return row->label;
	return row->optimizer ? row->optimizer : "all";
}
