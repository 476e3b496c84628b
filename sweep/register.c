/* SPDX-License-Identifier: MIT */
#include "sweep/register.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"

int sweep_each_corpus(const struct sweep *sweep,
		      int (*each)(const struct trial *trial, void *context, struct error *err),
		      void *context, struct error *err)
{
	/* Facts are shared by the trials of one corpus. */
	for (size_t i = 0; i < sweep->n_trials; i++) {
		bool seen = false;
		int result;

		for (size_t j = 0; j < i && !seen; j++)
			seen = sweep->trials[j]->corpus == sweep->trials[i]->corpus;
		if (seen)
			continue;
		result = each(sweep->trials[i], context, err);
		if (result)
			return result;
	}
	return 0;
}

static int put_corpus(const struct trial *trial, void *store, struct error *err)
{
	const struct corpus_facts *facts = trial->corpus;

	return store_put_corpus(store, facts->hash, facts->name, facts->provenance, err);
}

static int put_trials(const struct sweep *sweep, size_t from, struct store *store,
		      struct error *err)
{
	int result = 0;

	for (size_t i = from; i < sweep->n_trials && !result; i++) {
		const struct trial *trial = sweep->trials[i];
		const struct sweep_member member = {sweep->name, trial->label, trial->tuned,
						    trial->origin, (int)i};
		struct trial_facts facts;

		trial_facts(trial, &facts);
		result = store_put_trial(store, &member, &facts, err);
	}
	return result;
}

static int trim(const struct sweep *sweep, struct store *store, struct error *err)
{
	const char **keys = xcalloc(sweep->n_trials + 1, sizeof(*keys));
	int result;

	for (size_t i = 0; i < sweep->n_trials; i++)
		keys[i] = sweep->trials[i]->key;
	result = store_trim_sweep(store, sweep->name, keys, sweep->n_trials, err);
	if (result > 0)
		log_warn("'%s' no longer names %d trial%s that it had; no fit or figure sees such "
			 "trials.  To keep both, give one sweep a name of its own: -s name=%s-2",
			 sweep->name, result, result == 1 ? "" : "s", sweep->name);
	free(keys);
	return result < 0 ? result : 0;
}

int sweep_register(const struct sweep *sweep, struct store *store, struct error *err)
{
	int result = store_put_sweep(store, sweep->name, sweep->text, err);

	if (!result)
		result = sweep_each_corpus(sweep, put_corpus, store, err);
	if (!result)
		result = put_trials(sweep, 0, store, err);
	if (!result)
		result = trim(sweep, store, err);
	return result;
}

int sweep_register_added(const struct sweep *sweep, size_t n_known, struct store *store,
			 struct error *err)
{
	int result = store_begin(store, err);

	if (!result)
		result = put_trials(sweep, n_known, store, err);
	if (!result)
		result = store_commit(store, err);
	return result;
}
