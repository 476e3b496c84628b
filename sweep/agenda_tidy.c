/* SPDX-License-Identifier: MIT
 *
 * Checkpoints that nobody will start from any more.
 */
#include "sweep/agenda_internal.h"
#include "sweep/checkpoint_folder.h"

static bool is_over(const struct agenda_entry *entry)
{
	return entry->state == TRIAL_done || entry->state == TRIAL_diverged;
}

static bool may_get_branches(const struct agenda *agenda, const struct agenda_entry *entry)
{
	for (const struct trial *t = entry->trial; t; t = t->next_same)
		if (tuner_may_branch(agenda->tuner, t))
			return true;
	return false;
}

static bool all_over(const struct agenda *agenda, const struct agenda_trunk *trunk)
{
	for (size_t i = 0; i < trunk->members.n; i++)
		if (!is_over(trunk->members.items[i]) ||
		    may_get_branches(agenda, trunk->members.items[i]))
			return false;
	return true;
}

void agenda_tidy_trunk(struct agenda *agenda, struct agenda_trunk *trunk)
{
	if (all_over(agenda, trunk))
		checkpoint_remove_all(agenda->orders.checkpoints, trunk->key);
}

/* Of no trial of this sweep: another sweep of the store may have it, or this one before it was
 * edited. */
static bool is_over_in_store(const struct agenda *agenda, const char *trial_key)
{
	struct error err = ERROR_INIT;
	struct trial_status status;

	return agenda->store && store_trial_status(agenda->store, trial_key, &status, &err) == 0 &&
	       (status.state == TRIAL_done || status.state == TRIAL_diverged);
}

/* A process that registers its sweep meanwhile either is seen, or does not see the trunk. */
static void remove_spent_trunk(struct agenda *agenda, const char *trunk_key)
{
	struct error err = ERROR_INIT;
	bool spent;

	if (!agenda->store || store_begin(agenda->store, &err))
		return;
	if (store_trunk_is_spent(agenda->store, trunk_key, &spent, &err))
		return;
	if (spent)
		checkpoint_remove_all(agenda->orders.checkpoints, trunk_key);
	store_commit(agenda->store, &err);
}

/* A process that was killed may have left any. */
static void tidy(void *context, const char *key)
{
	struct agenda *agenda = context;
	struct agenda_trunk *trunk = agenda_find_trunk(agenda, key);
	const struct trial *trial = sweep_find(agenda->sweep, key);

	if (trunk)
		agenda_tidy_trunk(agenda, trunk);
	else if (trial ? is_over(agenda->of_trial[trial->position]) : is_over_in_store(agenda, key))
		checkpoint_remove_all(agenda->orders.checkpoints, key);
	else if (!trial)
		remove_spent_trunk(agenda, key);
}

void agenda_tidy(struct agenda *agenda)
{
	const char *folder = agenda->orders.checkpoints;

	if (!folder)
		return;
	checkpoint_each_key(folder, tidy, agenda);
	checkpoint_folder_remove(folder);
}
