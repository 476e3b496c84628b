/* SPDX-License-Identifier: MIT
 *
 * What a reader of a whole sweep should know: rules without effect, short trials, none at all.
 */
#include <stdint.h>

#include "sweep/sweep_build.h"

static void warn_of_rules(struct sweep *sweep, const struct rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->items[i].n_matched == 0)
			sweep_warn(sweep,
				   arena_printf(&sweep->arena, "%s: '%s' matches no cell",
						node_place(rules->items[i].at, &sweep->arena),
						name));
}

static void warn_of_short_trials(struct sweep *sweep)
{
	int64_t shortest = INT64_MAX;
	size_t n = 0;

	for (size_t i = 0; i < sweep->n_trials; i++)
		if (sweep->trials[i]->steps < TRIAL_SHORT_STEPS) {
			n++;
			if (sweep->trials[i]->steps < shortest)
				shortest = sweep->trials[i]->steps;
		}
	if (n > 0)
		sweep_warn(sweep,
			   arena_printf(&sweep->arena,
					"%zu of %zu trials have under %d steps, the shortest %lld",
					n, sweep->n_trials, TRIAL_SHORT_STEPS,
					(long long)shortest));
}

static void warn_of_halving(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->spec->n_arms; i++)
		if (sweep->spec->arms[i].tuning.method == TUNING_HALVING)
			sweep_warn(sweep,
				   arena_printf(&sweep->arena,
						"%s is tuned by halving: what is better at a short "
						"horizon need not be at the whole budget, since "
						"rankings change during the decay",
						sweep->spec->arms[i].label));
}

int sweep_refuse_empty(const struct sweep *sweep, struct error *err)
{
	struct text why = {0};
	int result;

	for (size_t i = 0; i < sweep->n_dropped; i++)
		text_printf(&why, "%s%zu by %s", i ? ", " : "", sweep->dropped[i].n,
			    sweep->dropped[i].reason);
	result = node_error(sweep->spec->root, err, "no trial is left: all cells were dropped (%s)",
			    text_string(&why));
	text_release(&why);
	return result;
}

void sweep_warn_of_all(struct sweep *sweep)
{
	warn_of_rules(sweep, &sweep->spec->exclude, "exclude");
	warn_of_rules(sweep, &sweep->spec->when, "when");
	warn_of_halving(sweep);
	warn_of_short_trials(sweep);
}
