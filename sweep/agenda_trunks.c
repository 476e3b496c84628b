/* SPDX-License-Identifier: MIT
 *
 * Trials of one trunk: who trains it, who waits for that, and who starts from what is there.
 *
 * Nobody trains a trunk for its own sake.  Of the trials that wait, the one with the latest fork
 * carries the trunk as a part of itself, and leaves a checkpoint at the fork of every other; these
 * wait for theirs and train their decay alone.  All of it follows from the checkpoints that there
 * are and from who trains now, so that any trial may fail, stop or be somebody else's: whoever
 * waited starts from the latest checkpoint before its fork, and carries the trunk on if it must.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "sweep/agenda_internal.h"
#include "sweep/checkpoint_folder.h"
#include "sweep/sharing.h"

double agenda_seconds_from(const struct agenda_entry *entry, int64_t step)
{
	struct cost_parts amounts = cost_amounts_from(entry->trial, step);

	return cost_seconds(&entry->times, &amounts);
}

/* --- who belongs to which --- */

static int compare_key(const void *key, const void *trunk)
{
	return strcmp(key, (*(struct agenda_trunk *const *)trunk)->key);
}

/* Among the first `n`, which are sorted. */
static struct agenda_trunk *find_trunk(const struct agenda *agenda, size_t n, const char *key)
{
	struct agenda_trunk **found;

	if (n == 0)
		return NULL;
	found = bsearch(key, agenda->trunks, n, sizeof(*found), compare_key);
	return found ? *found : NULL;
}

static int by_key(const void *a, const void *b)
{
	const struct agenda_trunk *x = *(struct agenda_trunk *const *)a;
	const struct agenda_trunk *y = *(struct agenda_trunk *const *)b;

	return strcmp(x->key, y->key);
}

/* Trunks that are there twice become one. */
static void add_trunk(struct agenda *agenda, struct agenda_entry *entry)
{
	struct agenda_trunk *trunk = arena_alloc(&agenda->arena, sizeof(*trunk));

	trunk->key = entry->trial->trunk_key;
	agenda->trunks = grow_array(agenda->trunks, &agenda->trunk_capacity, agenda->n_trunks + 1,
				    sizeof(struct agenda_trunk *));
	agenda->trunks[agenda->n_trunks++] = trunk;
}

static void merge_twins(struct agenda *agenda)
{
	size_t n = 0;

	if (agenda->n_trunks > 0)
		qsort(agenda->trunks, agenda->n_trunks, sizeof(struct agenda_trunk *), by_key);
	for (size_t i = 0; i < agenda->n_trunks; i++)
		if (n == 0 || strcmp(agenda->trunks[n - 1]->key, agenda->trunks[i]->key) != 0)
			agenda->trunks[n++] = agenda->trunks[i];
	agenda->n_trunks = n;
}

static int by_turn(const void *a, const void *b)
{
	const struct agenda_entry *x = *(struct agenda_entry *const *)a;
	const struct agenda_entry *y = *(struct agenda_entry *const *)b;

	return compare_carriers(x->trial, y->trial);
}

struct agenda_trunk *agenda_find_trunk(const struct agenda *agenda, const char *key)
{
	return find_trunk(agenda, agenda->n_trunks, key);
}

static bool has_trunk(const struct agenda *agenda, const struct agenda_entry *entry)
{
	return agenda->orders.checkpoints && entry->trial->trunk_key[0];
}

static void sort_members(struct agenda *agenda, struct agenda_trunk *trunk)
{
	(void)agenda;
	qsort(trunk->members.items, trunk->members.n, sizeof(struct agenda_entry *), by_turn);
}

/* Calls `each` for every trunk that was touched, which is over then. */
static void each_touched(struct agenda *agenda,
			 void (*each)(struct agenda *agenda, struct agenda_trunk *trunk))
{
	for (size_t i = 0; i < agenda->n_trunks; i++)
		if (agenda->trunks[i]->is_touched) {
			agenda->trunks[i]->is_touched = false;
			each(agenda, agenda->trunks[i]);
		}
}

void agenda_join_trunks(struct agenda *agenda, size_t from)
{
	const struct entry_list *entries = &agenda->entries;
	size_t n_known = agenda->n_trunks;

	for (size_t i = from; i < entries->n; i++)
		if (has_trunk(agenda, entries->items[i]) &&
		    !find_trunk(agenda, n_known, entries->items[i]->trial->trunk_key))
			add_trunk(agenda, entries->items[i]);
	merge_twins(agenda);
	for (size_t i = from; i < entries->n; i++) {
		struct agenda_entry *entry = entries->items[i];

		if (!has_trunk(agenda, entry))
			continue;
		entry->trunk = agenda_find_trunk(agenda, entry->trial->trunk_key);
		entry->trunk->is_touched = true;
		entry->fork = trial_fork_step(entry->trial);
		entry_list_add(&entry->trunk->members, entry);
	}
	each_touched(agenda, sort_members);
}

/* --- checkpoints that there are --- */

static void add_step(void *context, int64_t step)
{
	struct agenda_trunk *trunk = context;

	trunk->have = grow_array(trunk->have, &trunk->have_capacity, trunk->n_have + 1,
				 sizeof(*trunk->have));
	trunk->have[trunk->n_have++] = step;
}

static void look(const struct agenda *agenda, struct agenda_trunk *trunk)
{
	trunk->n_have = 0;
	checkpoint_each(agenda->orders.checkpoints, trunk->key, add_step, trunk);
}

/* The newest up to a step; 0: none. */
static int64_t newest(const struct agenda_trunk *trunk, int64_t step)
{
	int64_t found = 0;

	for (size_t i = 0; i < trunk->n_have; i++)
		if (trunk->have[i] <= step && trunk->have[i] > found)
			found = trunk->have[i];
	return found;
}

/* --- who waits for whom --- */

static bool has_promised(const struct agenda_entry *carrier, int64_t fork)
{
	for (size_t i = 0; i < carrier->n_forks; i++)
		if (carrier->forks[i] == fork)
			return true;
	return fork == carrier->fork;
}

/* The last step of use to a fork at which another trial will leave a checkpoint; 0: at none.  It
 * runs, or waits for nobody itself. */
static int64_t will_reach(const struct agenda_trunk *trunk, const struct agenda_entry *carrier,
			  int64_t fork)
{
	int64_t step = fork < carrier->fork ? fork : carrier->fork;

	switch (carrier->phase) {
	case ENTRY_RUNNING:
		return carrier->from < step && newest(trunk, step) < step &&
				       has_promised(carrier, step)
			       ? step
			       : 0;
	case ENTRY_ELSEWHERE: /* past that step there would be a later one */
		return newest(trunk, INT64_MAX) < step ? step : 0;
	case ENTRY_WAITING:
		return !carrier->awaits && carrier->from < fork && step == fork ? step : 0;
	default:
		return 0;
	}
}

/* Who brings the trunk closest to a fork: of those that run, else of the first `n` members, which
 * wait and are placed. */
static struct agenda_entry *find_carrier(const struct agenda_trunk *trunk, size_t n, int64_t fork,
					 int64_t *step)
{
	struct agenda_entry *best = NULL;

	*step = 0;
	for (size_t i = 0; i < trunk->members.n; i++) {
		struct agenda_entry *carrier = trunk->members.items[i];
		bool waits = carrier->phase == ENTRY_WAITING;
		int64_t reached = waits && i >= n ? 0 : will_reach(trunk, carrier, fork);

		if (reached > *step ||
		    (reached == *step && best && best->phase == ENTRY_WAITING && !waits)) {
			best = carrier;
			*step = reached;
		}
	}
	return best;
}

/* Decides how member n, which waits, comes to its start. */
static void place(struct agenda_trunk *trunk, size_t n)
{
	struct agenda_entry *entry = trunk->members.items[n];
	int64_t step;

	entry->awaits = NULL;
	entry->from = entry->own_step > 0 ? entry->own_step : newest(trunk, entry->fork);
	if (entry->from < entry->fork) {
		entry->awaits = find_carrier(trunk, n, entry->fork, &step);
		entry->from = entry->awaits ? step : entry->from;
	}
	entry->job.cost = entry->priority = agenda_seconds_from(entry, entry->from);
	trunk->n_waiting += entry->awaits != NULL;
}

/* What waits for a carrier begins in its middle; the longest way to an end counts. */
static void raise_priority(const struct agenda_entry *branch)
{
	struct agenda_entry *carrier = branch->awaits;
	double way_s = carrier->job.cost - agenda_seconds_from(carrier, branch->from);

	if (carrier->phase == ENTRY_WAITING && way_s + branch->job.cost > carrier->priority)
		carrier->priority = way_s + branch->job.cost;
}

void agenda_place_trunk(struct agenda *agenda, struct agenda_trunk *trunk)
{
	const struct entry_list *members = &trunk->members;

	look(agenda, trunk);
	trunk->n_waiting = 0;
	for (size_t i = 0; i < members->n; i++)
		if (members->items[i]->phase == ENTRY_WAITING)
			place(trunk, i);
	for (size_t i = 0; i < members->n; i++)
		if (members->items[i]->phase == ENTRY_WAITING && members->items[i]->awaits)
			raise_priority(members->items[i]);
	agenda->unsorted = true;
}

void agenda_place(struct agenda *agenda, struct agenda_entry *entry)
{
	if (entry->trunk) {
		agenda_place_trunk(agenda, entry->trunk);
		return;
	}
	entry->from = entry->own_step;
	entry->job.cost = entry->priority = agenda_seconds_from(entry, entry->from);
	agenda->unsorted = true;
}

void agenda_place_waiting(struct agenda *agenda, size_t from)
{
	for (size_t i = from; i < agenda->waiting.n; i++) {
		struct agenda_entry *entry = agenda->waiting.items[i];

		if (entry->trunk)
			entry->trunk->is_touched = true;
		else
			agenda_place(agenda, entry);
	}
	each_touched(agenda, agenda_place_trunk);
}

static bool is_active(const struct agenda_trunk *trunk)
{
	for (size_t i = 0; i < trunk->members.n; i++) {
		enum entry_phase phase = trunk->members.items[i]->phase;

		if (phase == ENTRY_RUNNING || phase == ENTRY_ELSEWHERE)
			return true;
	}
	return false;
}

void agenda_watch_trunks(struct agenda *agenda)
{
	double now = clock_s();

	if (now - agenda->watched_s < agenda->watch_interval_s)
		return;
	agenda->watched_s = now;
	for (size_t i = 0; i < agenda->n_trunks; i++)
		if (agenda->trunks[i]->n_waiting > 0 && is_active(agenda->trunks[i]))
			agenda_place_trunk(agenda, agenda->trunks[i]);
}

/* Whether the tuning may ask for another when it ends, that takes at least as long as its part
 * after the fork. */
static bool is_tuned_on(const struct agenda *agenda, const struct agenda_entry *entry,
			double room_s)
{
	if (agenda_seconds_from(entry, entry->fork) > room_s)
		return false;
	for (const struct trial *t = entry->trial; t; t = t->next_same)
		if (tuner_waits_for(agenda->tuner, t))
			return true;
	return false;
}

bool agenda_waits_for_others(const struct agenda *agenda, double room_s)
{
	for (size_t i = 0; i < agenda->elsewhere.n; i++)
		if (is_tuned_on(agenda, agenda->elsewhere.items[i], room_s))
			return true;
	for (size_t i = 0; i < agenda->waiting.n; i++) {
		const struct agenda_entry *entry = agenda->waiting.items[i];

		if (entry->awaits && entry->awaits->phase == ENTRY_ELSEWHERE &&
		    entry->job.cost <= room_s)
			return true;
	}
	return false;
}

bool agenda_start_alone(struct agenda_entry *entry, double room_s)
{
	int64_t from = newest(entry->trunk, entry->fork);
	double seconds = agenda_seconds_from(entry, from);

	if (entry->awaits->phase != ENTRY_WAITING || seconds > room_s)
		return false;
	entry->awaits = NULL;
	entry->from = from;
	entry->job.cost = seconds;
	return true;
}

/* --- the end --- */

void agenda_release_trunks(struct agenda *agenda)
{
	for (size_t i = 0; i < agenda->n_trunks; i++) {
		free(agenda->trunks[i]->members.items);
		free(agenda->trunks[i]->have);
	}
	free(agenda->trunks);
}
