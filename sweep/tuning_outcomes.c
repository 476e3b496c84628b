/* SPDX-License-Identifier: MIT */
#include "sweep/tuning_outcomes.h"

#include <stdlib.h>

void outcomes_release(struct outcomes *outcomes)
{
	free(outcomes->slots);
	*outcomes = (struct outcomes){0};
}

static struct outcome *slot_of(const struct outcomes *outcomes, const struct trial *first)
{
	size_t at = hash64(0, &first, sizeof(first)) & (outcomes->capacity - 1);

	while (outcomes->slots[at].trial && outcomes->slots[at].trial != first)
		at = (at + 1) & (outcomes->capacity - 1);
	return &outcomes->slots[at];
}

static void grow(struct outcomes *outcomes)
{
	struct outcomes larger = {.n = outcomes->n,
				  .capacity = outcomes->capacity ? 2 * outcomes->capacity : 64};

	larger.slots = xcalloc(larger.capacity, sizeof(*larger.slots));
	for (size_t i = 0; i < outcomes->capacity; i++)
		if (outcomes->slots[i].trial)
			*slot_of(&larger, outcomes->slots[i].trial) = outcomes->slots[i];
	free(outcomes->slots);
	*outcomes = larger;
}

static bool is_end(enum trial_state state)
{
	return state == TRIAL_done || state == TRIAL_diverged;
}

bool outcomes_put(struct outcomes *outcomes, const struct trial *trial, enum trial_state state,
		  double loss)
{
	const struct trial *first = trial->same_as ? trial->same_as : trial;
	struct outcome *slot;
	bool changed = false;

	if (2 * outcomes->n >= outcomes->capacity)
		grow(outcomes);
	slot = slot_of(outcomes, first);
	if (slot->trial)
		changed = is_end(slot->state) &&
			  (slot->state != state || !(slot->loss == loss || loss != loss));
	else
		outcomes->n++;
	*slot = (struct outcome){first, state, loss};
	return changed;
}

const struct outcome *outcomes_find(const struct outcomes *outcomes, const struct trial *trial)
{
	const struct trial *first = trial->same_as ? trial->same_as : trial;
	const struct outcome *slot = outcomes->n ? slot_of(outcomes, first) : NULL;

	return slot && slot->trial ? slot : NULL;
}
