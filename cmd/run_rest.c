/* SPDX-License-Identifier: MIT */
#include "cmd/run_rest.h"

static int is_covered(void *context, const struct trial *trial, struct error *err)
{
	return run_selection_covers(context, trial, err);
}

static int is_of_shard(void *context, const struct trial *trial, struct error *err)
{
	(void)err;
	return run_selection_has_in_shard(context, trial);
}

static bool asks_for(const struct run_options *o, enum run_only state)
{
	return o->only == ONLY_MISSING || o->only == (int)state;
}

int run_rest_find(struct run_rest *rest, const struct agenda *agenda,
		  struct run_selection *selection, const struct run_options *o, struct error *err)
{
	size_t covered[TRIAL_N_STATES] = {0}, all[TRIAL_N_STATES] = {0};
	int result = agenda_count(agenda, is_covered, selection, covered, err);

	*rest = (struct run_rest){.covered = 0};
	if (!result)
		result = agenda_count(agenda, is_of_shard, selection, all, err);
	if (result)
		return result;
	for (int state = 0; state < TRIAL_N_STATES; state++) {
		rest->covered += covered[state];
		rest->missing += trial_is_missing((enum trial_state)state) ? all[state] : 0;
	}
	rest->failed = asks_for(o, ONLY_FAILED) ? covered[TRIAL_failed] : 0;
	rest->diverged = asks_for(o, ONLY_DIVERGED) ? covered[TRIAL_diverged] : 0;
	rest->all_failed = all[TRIAL_failed];
	rest->all_diverged = all[TRIAL_diverged];
	rest->running = all[TRIAL_running];
	rest->tuning = o->shard.count == 1 && tuner_waiting(agenda_tuner(agenda)).groups > 0;
	return 0;
}
