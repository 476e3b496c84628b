/* SPDX-License-Identifier: MIT
 *
 * Units are found by union of trials that have a key in common (their own, their trunk's, their
 * group's), each key in a table of its first trial.  Costs are whole numbers, so that no rounding
 * of sums can differ between machines.
 */
#include "sweep/shard.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sweep/sharing.h"

#define COST_UNIT 1e6 /* FLOPs */

int shard_parse(const char *text, struct shard *shard, struct error *err)
{
	int number, count, length = 0;

	if (sscanf(text, "%6d/%6d%n", &number, &count, &length) == 2 && text[length] == '\0' &&
	    text[0] != ' ' && number >= 1 && number <= count && count <= SHARD_MOST) {
		*shard = (struct shard){number, count};
		return 0;
	}
	return error_set(err, ERR_USAGE,
			 "'--shard' must be K/N with K from 1 to N and N up to %d, such as 2/4, "
			 "not '%s'",
			 SHARD_MOST, text);
}

/* --- units --- */

struct unit {
	size_t first;	 /* the first trial of it, which stands for all */
	const char *key; /* the least of its trials */
	uint64_t cost;
};

/* The first trial of a unit; paths are halved on the way. */
static size_t find(size_t *parents, size_t i)
{
	while (parents[i] != i) {
		parents[i] = parents[parents[i]];
		i = parents[i];
	}
	return i;
}

static void unite(size_t *parents, size_t i, size_t j)
{
	size_t a = find(parents, i), b = find(parents, j);

	if (a < b)
		parents[b] = a;
	else
		parents[a] = b;
}

/* Something that trials have in common. */
struct mark {
	const char *text; /* or, NULL, */
	size_t number;
	size_t trial;
};

static int compare_marks(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	int order = x->text && y->text ? strcmp(x->text, y->text) : 0;

	if (order)
		return order;
	return (x->number > y->number) - (x->number < y->number);
}

static void unite_equal(size_t *parents, struct mark *marks, size_t n)
{
	qsort(marks, n, sizeof(*marks), compare_marks);
	for (size_t i = 1; i < n; i++)
		if (compare_marks(&marks[i - 1], &marks[i]) == 0)
			unite(parents, marks[i - 1].trial, marks[i].trial);
}

static void find_units(const struct sweep *sweep, const size_t *groups, size_t *parents)
{
	struct mark *marks = xcalloc(sweep->n_trials + 1, sizeof(*marks));
	size_t n = 0;

	for (size_t i = 0; i < sweep->n_trials; i++)
		parents[i] = i;
	for (size_t i = 0; i < sweep->n_trials; i++)
		marks[i] = (struct mark){sweep->trials[i]->key, 0, i};
	unite_equal(parents, marks, sweep->n_trials);
	for (size_t i = 0; i < sweep->n_trials; i++)
		if (sweep->trials[i]->trunk_key[0])
			marks[n++] = (struct mark){sweep->trials[i]->trunk_key, 0, i};
	unite_equal(parents, marks, n);
	n = 0;
	for (size_t i = 0; groups && i < sweep->n_trials; i++)
		if (groups[i])
			marks[n++] = (struct mark){NULL, groups[i], i};
	unite_equal(parents, marks, n);
	free(marks);
}

/* --- costs --- */

static double step_flops(const struct trial *trial)
{
	return trial->flops / (double)trial->steps + trial->optimizer_flops.spent;
}

/* The final evaluation computes forward alone, a third of training. */
static double end_flops(const struct trial *trial)
{
	const uint64_t *tokens = trial->corpus->slice_tokens;

	return trial->flops / (double)trial->tokens *
	       (double)(tokens[CORPUS_VAL] + tokens[CORPUS_TEST]) / 3;
}

static uint64_t cost_of(const struct trial *trial, int64_t own_steps)
{
	if (trial->same_as)
		return 0;
	return (uint64_t)llround(
		fmax(1, ((double)own_steps * step_flops(trial) + end_flops(trial)) / COST_UNIT));
}

/* --- the split --- */

/* The most expensive first; of equal ones by key, which no order of the file changes. */
static int dearest_first(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;

	if (x->cost != y->cost)
		return x->cost < y->cost ? 1 : -1;
	return strcmp(x->key, y->key);
}

static size_t list_units(const struct sweep *sweep, size_t *parents, struct unit *units)
{
	size_t *unit_of = xcalloc(sweep->n_trials + 1, sizeof(*unit_of));
	struct sharing sharing;
	size_t n = 0;

	sharing_find(&sharing, sweep);
	for (size_t i = 0; i < sweep->n_trials; i++) {
		const struct trial *trial = sweep->trials[i];
		size_t first = find(parents, i);
		struct unit *unit;

		if (first == i) {
			unit_of[i] = n;
			units[n++] = (struct unit){i, trial->key, 0};
		}
		unit = &units[unit_of[first]];
		unit->cost += cost_of(trial, trial->steps - sharing.from[i]);
		if (strcmp(trial->key, unit->key) < 0)
			unit->key = trial->key;
	}
	sharing_release(&sharing);
	free(unit_of);
	return n;
}

/* The shard with the least; the first of equal ones. */
static int emptiest(const uint64_t *loads, int n)
{
	int least = 0;

	for (int i = 1; i < n; i++)
		if (loads[i] < loads[least])
			least = i;
	return least;
}

void shard_assign(const struct sweep *sweep, const size_t *groups, int n_shards, int *shards)
{
	size_t *parents = xcalloc(sweep->n_trials + 1, sizeof(*parents));
	struct unit *units = xcalloc(sweep->n_trials + 1, sizeof(*units));
	uint64_t *loads = xcalloc((size_t)n_shards, sizeof(*loads));
	size_t n;

	find_units(sweep, groups, parents);
	n = list_units(sweep, parents, units);
	qsort(units, n, sizeof(*units), dearest_first);
	for (size_t i = 0; i < n; i++) {
		int to = emptiest(loads, n_shards);

		loads[to] += units[i].cost;
		shards[units[i].first] = to + 1;
	}
	for (size_t i = 0; i < sweep->n_trials; i++)
		shards[i] = shards[find(parents, i)];
	free(loads);
	free(units);
	free(parents);
}
