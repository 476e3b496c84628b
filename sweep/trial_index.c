/* SPDX-License-Identifier: MIT */
#include "sweep/trial_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sweep/trial.h"

/* The slot that holds the key, or the free one where it belongs. */
static struct trial **slot_of(const struct trial_index *index, const char *key)
{
	size_t at = hash64(0, key, strlen(key)) & (index->capacity - 1);

	while (index->slots[at] && strcmp(index->slots[at]->key, key) != 0)
		at = (at + 1) & (index->capacity - 1);
	return &index->slots[at];
}

struct trial *trial_index_find(const struct trial_index *index, const char *key)
{
	return index->n ? *slot_of(index, key) : NULL;
}

static void grow(struct trial_index *index)
{
	struct trial_index larger = {.n = index->n,
				     .capacity = index->capacity ? 2 * index->capacity : 64};

	larger.slots = xcalloc(larger.capacity, sizeof(struct trial *));
	for (size_t i = 0; i < index->capacity; i++)
		if (index->slots[i])
			*slot_of(&larger, index->slots[i]->key) = index->slots[i];
	free(index->slots);
	*index = larger;
}

void trial_index_put(struct trial_index *index, struct trial *trial)
{
	if (2 * index->n >= index->capacity)
		grow(index);
	*slot_of(index, trial->key) = trial;
	index->n++;
}

void trial_index_release(struct trial_index *index)
{
	free(index->slots);
	*index = (struct trial_index){0};
}
