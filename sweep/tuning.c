/* SPDX-License-Identifier: MIT
 *
 * A round of a group ends when the loss of each of its settings is known; then its rule asks for
 * the next round, or is content.  Groups do not wait for each other, but for heirs.
 */
#include "sweep/tuning.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "sweep/tuning_setup.h"

int tuner_new(struct tuner **tuner, struct sweep *sweep, struct error *err)
{
	int result;

	*tuner = xcalloc(1, sizeof(**tuner));
	(*tuner)->sweep = sweep;
	result = tuning_setup(*tuner, err);
	if (result) {
		tuner_free(*tuner);
		*tuner = NULL;
	}
	return result;
}

void tuner_free(struct tuner *tuner)
{
	if (!tuner)
		return;
	for (size_t i = 0; i < tuner->n_groups; i++) {
		free(tuner->groups[i]->settings);
		free(tuner->groups[i]->replicas);
	}
	free(tuner->groups);
	outcomes_release(&tuner->outcomes);
	arena_release(&tuner->arena);
	free(tuner);
}

void tuner_tell(struct tuner *tuner, const struct trial *trial, enum trial_state state, double loss)
{
	bool changed = outcomes_put(&tuner->outcomes, trial, state, loss);

	/* An end that is taken back, as when diverged trials are tried again. */
	for (size_t i = 0; changed && i < tuner->n_groups; i++)
		tuner->groups[i]->state = GROUP_OPEN;
}

/* --- which group --- */

/* The cell with all tuned coordinates 0; false where it is of another arm. */
static bool find_base_cell(const struct tuning_arm *arm, size_t cell, size_t *base)
{
	size_t own = cell - arm->first_cell;

	if (cell < arm->first_cell || own >= arm->grid.n_cells)
		return false;
	*base = cell;
	for (size_t a = 0; a < arm->n_axes; a++)
		*base -= own / arm->strides[a] % arm->axes[a]->n * arm->strides[a];
	return true;
}

static bool has_replica(const struct tuning_group *group, size_t cell)
{
	for (size_t i = 0; i < group->n_replicas; i++)
		if (group->replicas[i] == cell)
			return true;
	return false;
}

size_t tuner_group_of(const struct tuner *tuner, size_t cell)
{
	const struct tuning_group *found = NULL;
	size_t base;

	for (size_t i = 0; i < tuner->n_groups && !found; i++)
		if (find_base_cell(tuner->groups[i]->arm, cell, &base) &&
		    has_replica(tuner->groups[i], base))
			found = tuner->groups[i];
	while (found && found->donor)
		found = found->donor;
	for (size_t i = 0; i < tuner->n_groups; i++)
		if (tuner->groups[i] == found)
			return i + 1;
	return 0;
}

size_t tuner_n_groups(const struct tuner *tuner)
{
	return tuner->n_groups;
}

/* --- one group --- */

/* The state of a setting as if it were one trial: done with its mean loss in it, or what its
 * replicas are worst at. */
static enum trial_state read_setting(struct tuning_group *group, struct tuned_setting *setting)
{
	double sum = 0;

	setting->loss = HUGE_VAL;
	for (size_t r = 0; r < group->n_replicas && !setting->is_absent; r++) {
		const struct outcome *outcome =
			outcomes_find(group->arm->outcomes, setting->trials[r]);
		enum trial_state state = outcome ? outcome->state : TRIAL_planned;

		if (state == TRIAL_failed)
			return TRIAL_failed;
		if (state != TRIAL_done && state != TRIAL_diverged)
			return TRIAL_planned;
		sum += state == TRIAL_done && !isnan(outcome->loss) ? outcome->loss : HUGE_VAL;
	}
	if (!setting->is_absent)
		setting->loss = sum / (double)group->n_replicas;
	return TRIAL_done;
}

/* Reads all losses; whether every one is known. */
static bool read_losses(struct tuning_group *group)
{
	bool known = true, failed = false;

	for (size_t i = 0; i < group->n_settings; i++) {
		enum trial_state state = read_setting(group, &group->settings[i]);

		known = known && state == TRIAL_done;
		failed = failed || state == TRIAL_failed;
	}
	group->state = failed ? GROUP_BLOCKED : GROUP_OPEN;
	return known;
}

static void tell_result(struct tuning_group *group)
{
	if (group->note && !group->is_told)
		log_warn("%s", group->note);
	group->is_told = true;
}

static bool waits_for_donor(const struct tuning_group *group)
{
	return group->donor && group->donor->state != GROUP_DECIDED;
}

/* One group as far as it goes; returns how many settings it asked for, or a negative error. */
static int advance(struct tuning_group *group, struct error *err)
{
	int asked = 0;

	while (group->state != GROUP_DECIDED && read_losses(group)) {
		int n = group->arm->rule->next(group, err);

		if (n < 0)
			return n;
		if (n == 0 && !waits_for_donor(group)) {
			group->state = GROUP_DECIDED;
			tell_result(group);
		}
		if (n == 0)
			break;
		asked += n;
	}
	return asked;
}

static bool has_trial(const struct tuning_group *group, const struct trial *trial)
{
	for (size_t i = 0; i < group->n_settings; i++)
		for (size_t r = 0; r < group->n_replicas; r++)
			if (group->settings[i].trials[r] == trial)
				return true;
	return false;
}

bool tuner_waits_for(const struct tuner *tuner, const struct trial *trial)
{
	for (size_t i = 0; i < tuner->n_groups; i++)
		if (tuner->groups[i]->state == GROUP_OPEN && has_trial(tuner->groups[i], trial))
			return true;
	return false;
}

int tuner_advance(struct tuner *tuner, struct error *err)
{
	size_t before = tuner->sweep->n_trials;
	int asked;

	do {
		asked = 0;
		for (size_t i = 0; i < tuner->n_groups; i++) {
			int n = advance(tuner->groups[i], err);

			if (n < 0)
				return n;
			asked += n;
		}
	} while (asked > 0);
	return (int)(tuner->sweep->n_trials - before);
}

/* --- for people --- */

static size_t trials_left(const struct tuning_group *group)
{
	return group->state == GROUP_DECIDED
		       ? 0
		       : group->n_replicas * group->arm->rule->most_left(group);
}

struct tuner_waiting tuner_waiting(const struct tuner *tuner)
{
	struct tuner_waiting waiting = {0};

	for (size_t i = 0; i < tuner->n_groups; i++) {
		waiting.groups += tuner->groups[i]->state != GROUP_DECIDED;
		waiting.trials += trials_left(tuner->groups[i]);
	}
	return waiting;
}

static void describe_arm(const struct tuner *tuner, const struct tuning_arm *arm,
			 struct text *lines)
{
	size_t trials = 0, blocked = 0;

	for (size_t i = 0; i < tuner->n_groups; i++) {
		const struct tuning_group *group = tuner->groups[i];

		if (group->arm != arm)
			continue;
		trials += trials_left(group);
		if (group->state == GROUP_BLOCKED) {
			blocked++;
			text_printf(lines,
				    "%s: tuning waits for trials that failed; try them "
				    "again with --only failed\n",
				    group->title);
		}
	}
	if (trials && arm->rule == &tuning_inherit)
		text_printf(lines, "%s: %zu further trial%s for the tuning of %s\n",
			    arm->arm->label, trials, trials == 1 ? " waits" : "s wait",
			    arm->arm->tuning.donor->label);
	else if (trials)
		text_printf(lines, "%s: tuning may add up to about %zu trial%s\n", arm->arm->label,
			    trials, trials == 1 ? "" : "s");
}

void tuner_describe_waiting(const struct tuner *tuner, struct text *lines)
{
	for (size_t i = 0; i < tuner->n_arms; i++)
		describe_arm(tuner, &tuner->arms[i], lines);
}

/* A number as short as in titles; whole ones, and words, as they are. */
static void add_short(const char *value, struct text *lines)
{
	char *end;
	double number = strtod(value, &end);

	if (*end == '\0' && strpbrk(value, ".e"))
		text_printf(lines, "%g", number);
	else
		text_add(lines, value);
}

static void describe_result(const struct tuning_group *group, struct text *lines)
{
	const struct tuned_setting *best = &group->settings[group->best];
	struct tuned_value *values;
	size_t n = 0;

	text_printf(lines, "%s:", group->title);
	if (group->has_best && group->arm->rule != &tuning_inherit)
		n = tuning_values(group, best, &values);
	for (size_t i = 0; i < n; i++) {
		text_printf(lines, " %s=", values[i].path);
		add_short(values[i].text, lines);
	}
	if (group->has_best && group->arm->rule == &tuning_inherit)
		text_printf(lines, " values of %s", group->donor->title);
	if (group->has_best)
		text_printf(lines, ", loss %.4f", best->loss);
	else
		text_add(lines, " no setting that did not diverge");
	if (group->arm->rule != &tuning_inherit)
		text_printf(lines, ", of %zu setting%s", group->n_settings,
			    group->n_settings == 1 ? "" : "s");
	text_add(lines, "\n");
}

void tuner_describe_results(const struct tuner *tuner, struct text *lines)
{
	for (size_t i = 0; i < tuner->n_groups; i++)
		if (tuner->groups[i]->state == GROUP_DECIDED && tuner->groups[i]->n_settings)
			describe_result(tuner->groups[i], lines);
}
