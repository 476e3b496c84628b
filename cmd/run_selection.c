/* SPDX-License-Identifier: MIT
 *
 * The condition is asked of the store once for all trials, and again when one is asked about that
 * was not there.
 */
#include "cmd/run_selection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "sweep/agenda.h"
#include "sweep/tuning.h"

struct answer {
	char key[SHA256_HEX];
	bool fulfils;
};

struct run_selection {
	const struct run_options *options;
	struct sweep *sweep;
	struct store *store;
	char host[256];
	struct answer *answers; /* sorted by key */
	size_t n, capacity;
	int *shard_of_cell; /* from 1; 0: no trial had it */
	size_t n_cells;
	struct tuner *tuner; /* of the sweep as it was read; knows the groups */
	int *shard_of_group; /* of its groups; 0: no trial of it was there */
};

/* Remembers the shard of a trial's cell, and of the group in which that is tuned. */
static void remember(struct run_selection *s, size_t cell, int shard)
{
	s->shard_of_cell[cell] = shard;
	s->shard_of_group[tuner_group_of(s->tuner, cell)] = shard;
}

/* What tuning has asked for is not there yet, so that a sweep that goes on is split as before. */
static int split(struct run_selection *s, struct error *err)
{
	const struct shard *shard = &s->options->shard;
	size_t n = s->sweep->n_trials, n_mine = 0;
	int *shards = xcalloc(n + 1, sizeof(*shards));
	size_t *groups = xcalloc(n + 1, sizeof(*groups));

	for (size_t i = 0; i < n; i++) {
		groups[i] = tuner_group_of(s->tuner, s->sweep->trials[i]->cell);
		if (s->sweep->trials[i]->cell >= s->n_cells)
			s->n_cells = s->sweep->trials[i]->cell + 1;
	}
	shard_assign(s->sweep, groups, shard->count, shards);
	s->shard_of_cell = xcalloc(s->n_cells + 1, sizeof(*s->shard_of_cell));
	s->shard_of_group = xcalloc(tuner_n_groups(s->tuner) + 1, sizeof(*s->shard_of_group));
	for (size_t i = 0; i < n; i++) {
		remember(s, s->sweep->trials[i]->cell, shards[i]);
		n_mine += shards[i] == shard->number;
	}
	s->shard_of_group[0] = 0;
	free(groups);
	free(shards);
	if (n_mine > 0)
		return 0;
	return error_set(err, ERR_USAGE,
			 "shard %d/%d of '%s' is empty: the sweep has not as many parts that can "
			 "be trained apart",
			 shard->number, shard->count, s->sweep->name);
}

int run_selection_new(struct run_selection **selection, const struct run_options *options,
		      struct sweep *sweep, struct store *store, struct error *err)
{
	struct run_selection *s = xcalloc(1, sizeof(*s));
	int result;

	*s = (struct run_selection){.options = options, .sweep = sweep, .store = store};
	gethostname(s->host, sizeof(s->host) - 1);
	result = options->shard.count > 1 ? tuner_new(&s->tuner, sweep, err) : 0;
	if (!result && options->shard.count > 1)
		result = split(s, err);
	if (result) {
		run_selection_free(s);
		s = NULL;
	}
	*selection = s;
	return result;
}

void run_selection_free(struct run_selection *s)
{
	if (!s)
		return;
	free(s->answers);
	free(s->shard_of_cell);
	free(s->shard_of_group);
	tuner_free(s->tuner);
	free(s);
}

static bool is_of_state(enum run_only only, enum trial_state state)
{
	switch (only) {
	case ONLY_MISSING:
		return trial_is_missing(state);
	case ONLY_FAILED:
		return state == TRIAL_failed;
	case ONLY_DIVERGED:
		return state == TRIAL_diverged;
	case ONLY_INTERRUPTED:
		return state == TRIAL_interrupted;
	}
	return false;
}

bool run_selection_has_in_shard(const struct run_selection *s, const struct trial *trial)
{
	const struct shard *shard = &s->options->shard;
	int number;

	if (shard->count == 1)
		return true;
	number = trial->cell < s->n_cells ? s->shard_of_cell[trial->cell] : 0;
	if (!number)
		number = s->shard_of_group[tuner_group_of(s->tuner, trial->cell)];
	return (number ? number : (int)(trial->cell % (size_t)shard->count) + 1) == shard->number;
}

/* --- the condition --- */

static void add_answer(void *context, const char *trial_key, bool fulfils)
{
	struct run_selection *s = context;
	struct answer *answer;

	s->answers = grow_array(s->answers, &s->capacity, s->n + 1, sizeof(*s->answers));
	answer = &s->answers[s->n++];
	*answer = (struct answer){.fulfils = fulfils};
	snprintf(answer->key, sizeof(answer->key), "%s", trial_key);
}

static int compare_keys(const void *a, const void *b)
{
	const struct answer *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static int ask(struct run_selection *s, struct error *err)
{
	int result;

	s->n = 0;
	result = store_select(s->store, s->sweep->name, s->options->where, add_answer, s, err);
	if (s->n > 0)
		qsort(s->answers, s->n, sizeof(*s->answers), compare_keys);
	return result;
}

static const struct answer *find(const struct run_selection *s, const char *key)
{
	struct answer wanted = {.fulfils = false};

	snprintf(wanted.key, sizeof(wanted.key), "%s", key);
	return s->n ? bsearch(&wanted, s->answers, s->n, sizeof(wanted), compare_keys) : NULL;
}

static int fulfils(struct run_selection *s, const struct trial *trial, struct error *err)
{
	const struct answer *answer = find(s, trial->key);

	if (!answer && ask(s, err))
		return -(int)err->code;
	if (!answer)
		answer = find(s, trial->key);
	return answer && answer->fulfils;
}

/* Whether it seems to run, and whoever trained it had no time to say that it does not. */
static int was_killed(struct run_selection *s, const struct trial *trial, struct error *err)
{
	const struct trial_run observer = {.host = s->host};
	bool is_free = false;
	int result = store_is_free(s->store, trial->key, &observer, &is_free, err);

	return result ? result : is_free;
}

static int is_wanted_state(struct run_selection *s, const struct trial *trial,
			   enum trial_state state, struct error *err)
{
	enum run_only only = (enum run_only)s->options->only;

	if (only == ONLY_INTERRUPTED && state == TRIAL_running)
		return was_killed(s, trial, err);
	return is_of_state(only, state);
}

int run_selection_covers(struct run_selection *s, const struct trial *trial, struct error *err)
{
	if (!run_selection_has_in_shard(s, trial))
		return 0;
	return s->options->where[0] ? fulfils(s, trial, err) : 1;
}

int run_selection_wants(struct run_selection *s, const struct trial *trial, enum trial_state state,
			struct error *err)
{
	int wanted = is_wanted_state(s, trial, state, err);

	return wanted > 0 ? run_selection_covers(s, trial, err) : wanted;
}
