/* SPDX-License-Identifier: MIT
 *
 * How the trials of a sweep stand, and the tuning that is told.
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "sweep/agenda_internal.h"

#define LOOK_INTERVAL_S	 1.0
#define WATCH_INTERVAL_S 0.2

bool trial_is_missing(enum trial_state state)
{
	return state == TRIAL_planned || state == TRIAL_interrupted || state == TRIAL_running;
}

bool trial_has_ended(enum trial_state state)
{
	return state == TRIAL_done || state == TRIAL_diverged || state == TRIAL_failed;
}

void entry_list_add(struct entry_list *list, struct agenda_entry *entry)
{
	list->items = grow_array(list->items, &list->capacity, list->n + 1,
				 sizeof(struct agenda_entry *));
	list->items[list->n++] = entry;
}

/* Every arm that has the training hears of its end. */
static void settle(struct agenda *agenda, struct agenda_entry *entry,
		   const struct trial_status *status)
{
	bool done = status->state == TRIAL_done;

	entry->state = status->state;
	if (!trial_has_ended(status->state))
		return;
	for (const struct trial *t = entry->trial; t; t = t->next_same)
		tuner_tell(agenda->tuner, t, status->state, done ? status->loss : (double)NAN);
}

int agenda_refresh(struct agenda *agenda, struct agenda_entry *entry, struct error *err)
{
	struct trial_status status;
	int result = store_trial_status(agenda->store, entry->trial->key, &status, err);

	if (!result)
		settle(agenda, entry, &status);
	return result;
}

/* An arm that has the training of another learns at once how that ended. */
static int join_arm(struct agenda *agenda, const struct trial *trial, struct error *err)
{
	struct agenda_entry *entry = agenda->of_trial[trial->same_as->position];
	bool told = trial_has_ended(entry->state);

	agenda->of_trial[trial->position] = entry;
	return told ? agenda_refresh(agenda, entry, err) : 0;
}

/* `look`: its state is asked of the store. */
static int add_trial(struct agenda *agenda, const struct trial *trial, bool look, struct error *err)
{
	struct agenda_entry *entry;

	if (trial->same_as)
		return join_arm(agenda, trial, err);
	entry = arena_alloc(&agenda->arena, sizeof(*entry));
	entry->trial = trial;
	entry->state = TRIAL_planned;
	agenda->of_trial[trial->position] = entry;
	entry_list_add(&agenda->entries, entry);
	return look ? agenda_refresh(agenda, entry, err) : 0;
}

static int add_trials(struct agenda *agenda, bool look, struct error *err)
{
	const struct sweep *sweep = agenda->sweep;
	int result = 0;

	agenda->of_trial = grow_array(agenda->of_trial, &agenda->capacity, sweep->n_trials,
				      sizeof(struct agenda_entry *));
	while (agenda->n_trials < sweep->n_trials && !result)
		result = add_trial(agenda, sweep->trials[agenda->n_trials++], look, err);
	return result;
}

int agenda_extend(struct agenda *agenda, struct error *err)
{
	int added;

	while ((added = tuner_advance(agenda->tuner, err)) > 0) {
		int result = add_trials(agenda, agenda->store != NULL, err);

		if (result)
			return result;
	}
	return added;
}

static void take_status(void *context, const char *trial_key, const struct trial_status *status)
{
	struct agenda *agenda = context;
	const struct trial *trial = sweep_find(agenda->sweep, trial_key);

	if (trial)
		settle(agenda, agenda->of_trial[trial->position], status);
}

int agenda_look_again(struct agenda *agenda, struct error *err)
{
	return store_each_status(agenda->store, take_status, agenda, err);
}

int agenda_new(struct agenda **agenda, struct sweep *sweep, struct store *store, struct error *err)
{
	struct agenda *a = xcalloc(1, sizeof(*a));
	int result = tuner_new(&a->tuner, sweep, err);

	a->sweep = sweep;
	a->store = store;
	a->look_interval_s = LOOK_INTERVAL_S;
	a->watch_interval_s = WATCH_INTERVAL_S;
	if (!result)
		result = add_trials(a, false, err);
	if (!result && store)
		result = store_each_status(store, take_status, a, err);
	if (!result)
		result = agenda_extend(a, err);
	if (result) {
		agenda_free(a);
		a = NULL;
	}
	*agenda = a;
	return result;
}

void agenda_free(struct agenda *agenda)
{
	if (!agenda)
		return;
	tuner_free(agenda->tuner);
	free(agenda->of_trial);
	free(agenda->entries.items);
	free(agenda->waiting.items);
	free(agenda->elsewhere.items);
	agenda_release_trunks(agenda);
	arena_release(&agenda->arena);
	free(agenda);
}

enum trial_state agenda_state(const struct agenda *agenda, size_t trial)
{
	return agenda->of_trial[trial]->state;
}

const struct tuner *agenda_tuner(const struct agenda *agenda)
{
	return agenda->tuner;
}
