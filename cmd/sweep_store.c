/* SPDX-License-Identifier: MIT */
#include "cmd/sweep_store.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"

bool trial_is_missing(enum trial_state state)
{
	return state == TRIAL_planned || state == TRIAL_interrupted || state == TRIAL_running;
}

void sweep_tell(const struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->n_dropped; i++)
		log_info("%zu cell%s dropped: %s", sweep->dropped[i].n,
			 sweep->dropped[i].n == 1 ? "" : "s", sweep->dropped[i].reason);
	for (size_t i = 0; i < sweep->n_warnings; i++)
		log_warn("%s", sweep->warnings[i]);
}

/* Calls `each` once for every corpus (facts are shared by the trials of one). */
static int each_corpus(const struct sweep *sweep,
		       int (*each)(const struct trial *trial, void *context, struct error *err),
		       void *context, struct error *err)
{
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

static int check_leak(const struct trial *trial, void *context, struct error *err)
{
	const enum corpus_slice slices[] = {CORPUS_VAL, CORPUS_TEST};
	struct corpus *corpus;
	double share;
	int result = corpus_open(&corpus, &trial->options.data, err);

	(void)context;
	if (result)
		return result;
	for (size_t i = 0; i < ARRAY_SIZE(slices) && !result; i++) {
		result = corpus_leak(corpus, slices[i], &share, err);
		if (!result)
			result = corpus_refuse_leak(corpus, share, trial->options.data.allow_leak,
						    err);
	}
	corpus_close(corpus);
	return result;
}

int sweep_check_corpora(const struct sweep *sweep, struct error *err)
{
	return each_corpus(sweep, check_leak, NULL, err);
}

static int put_corpus(const struct trial *trial, void *store, struct error *err)
{
	const struct corpus_facts *facts = trial->corpus;

	return store_put_corpus(store, facts->hash, facts->name, facts->provenance, err);
}

static int put_trials(const struct sweep *sweep, struct store *store, struct error *err)
{
	const char **keys = xcalloc(sweep->n_trials + 1, sizeof(*keys));
	int result = 0;

	for (size_t i = 0; i < sweep->n_trials && !result; i++) {
		const struct trial *trial = sweep->trials[i];
		const struct sweep_member member = {sweep->name, trial->label, trial->tuned,
						    trial->origin, (int)i};
		struct trial_facts facts;

		keys[i] = trial->key;
		trial_facts(trial, &facts);
		result = store_put_trial(store, &member, &facts, err);
	}
	if (!result)
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
	int result = store_begin(store, err);

	if (!result)
		result = store_put_sweep(store, sweep->name, sweep->text, err);
	if (!result)
		result = each_corpus(sweep, put_corpus, store, err);
	if (!result)
		result = put_trials(sweep, store, err);
	if (!result)
		result = store_commit(store, err);
	return result;
}
