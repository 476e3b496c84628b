/* SPDX-License-Identifier: MIT */
#include "results/observation.h"

#include <math.h>
#include <stdlib.h>

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
