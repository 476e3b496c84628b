/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "sweep/sweep_build.h"

static int by_key(const void *a, const void *b)
{
	const struct trial *x = *(const struct trial *const *)a;
	const struct trial *y = *(const struct trial *const *)b;
	int order = strcmp(x->key, y->key);

	return order ? order : (x > y) - (x < y);
}

/* Trials that were dropped for one arm since another has them. */
struct shared {
	const char *label, *owner;
	size_t n;
	struct shared *next;
};

static void count_shared(struct sweep *sweep, struct shared **list, const char *label,
			 const char *owner)
{
	while (*list && (strcmp((*list)->label, label) != 0 || strcmp((*list)->owner, owner) != 0))
		list = &(*list)->next;
	if (!*list) {
		*list = arena_alloc(&sweep->arena, sizeof(**list));
		**list = (struct shared){.label = label, .owner = owner};
	}
	(*list)->n++;
}

static void warn_of_shared(struct sweep *sweep, const struct shared *list)
{
	for (; list; list = list->next)
		sweep_warn(sweep,
			   arena_printf(&sweep->arena,
					"%zu trials of '%s' are the same as trials of '%s' and "
					"count for '%s' alone; leave them out of one of the two",
					list->n, list->label, list->owner, list->owner));
}

void sweep_drop_duplicates(struct sweep *sweep)
{
	const struct trial **sorted = xcalloc(sweep->n_trials, sizeof(*sorted));
	bool *doubled = xcalloc(sweep->n_trials, sizeof(*doubled));
	const struct trial *owner = NULL;
	struct shared *shared = NULL;
	size_t n = 0;

	for (size_t i = 0; i < sweep->n_trials; i++)
		sorted[i] = &sweep->trials[i];
	qsort(sorted, sweep->n_trials, sizeof(*sorted), by_key);
	for (size_t i = 0; i < sweep->n_trials; i++) {
		bool same = owner && strcmp(sorted[i]->key, owner->key) == 0;

		doubled[sorted[i] - sweep->trials] = same;
		if (!same)
			owner = sorted[i];
		else if (strcmp(sorted[i]->label, owner->label) != 0)
			count_shared(sweep, &shared, sorted[i]->label, owner->label);
	}
	for (size_t i = 0; i < sweep->n_trials; i++) {
		if (doubled[i])
			sweep_drop(sweep, "same as another trial");
		else
			sweep->trials[n++] = sweep->trials[i];
	}
	sweep->n_trials = n;
	warn_of_shared(sweep, shared);
	free(sorted);
	free(doubled);
}
