/* SPDX-License-Identifier: MIT
 *
 * At which steps a trial that is about to start leaves checkpoints for others: those that there
 * are, and those that tuning may ask for while it trains or later.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "sweep/agenda_internal.h"
#include "sweep/checkpoint_folder.h"

/* To train fewer again is cheaper than to keep a checkpoint for what may never be asked for. */
#define WORTH_STEPS 10

/* Failed ones may be tried again. */
static bool may_branch(const struct agenda_entry *entry)
{
	return entry->phase == ENTRY_WAITING || trial_is_missing(entry->state) ||
	       entry->state == TRIAL_failed;
}

struct fork_list {
	int64_t *steps;
	size_t n, capacity;
};

static void add_fork(struct fork_list *list, int64_t step)
{
	list->steps = grow_array(list->steps, &list->capacity, list->n + 1, sizeof(*list->steps));
	list->steps[list->n++] = step;
}

static void add_branch(void *context, const struct trial *branch)
{
	int64_t fork = trial_fork_step(branch);

	if (fork >= WORTH_STEPS)
		add_fork(context, fork);
}

static int by_step(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* In their order, each once, those before the carrier's own. */
static void keep_forks(struct agenda *agenda, struct agenda_entry *carrier,
		       const struct fork_list *list)
{
	int64_t last = 0;

	if (list->n > 0)
		qsort(list->steps, list->n, sizeof(*list->steps), by_step);
	carrier->forks = arena_alloc(&agenda->arena, (list->n + 1) * sizeof(*carrier->forks));
	for (size_t i = 0; i < list->n && list->steps[i] < carrier->fork; i++)
		if (list->steps[i] > last)
			last = carrier->forks[carrier->n_forks++] = list->steps[i];
}

void agenda_promise_forks(struct agenda *agenda, struct agenda_entry *carrier)
{
	struct fork_list list = {0};

	carrier->n_forks = 0;
	if (!carrier->trunk)
		return;
	for (size_t i = 0; i < carrier->trunk->members.n; i++) {
		const struct agenda_entry *entry = carrier->trunk->members.items[i];

		if (entry != carrier && may_branch(entry))
			add_fork(&list, entry->fork);
	}
	for (const struct trial *t = carrier->trial; t; t = t->next_same)
		tuner_each_branch(agenda->tuner, t, add_branch, &list);
	keep_forks(agenda, carrier, &list);
	free(list.steps);
}
