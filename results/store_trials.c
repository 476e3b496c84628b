/* SPDX-License-Identifier: MIT
 *
 * Sweeps, their trials, and the life of a trial.
 *
 * A trial that is "running" belongs to the process (host, pid) that claimed it, as long as
 * that gives signs of life: a heartbeat, or being seen on the same host.  Heartbeat and finish
 * name the owner, so that a process which was taken for dead cannot end another's trial.
 */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "results/store_internal.h"

#define STALE_AFTER_S 60

int store_put_sweep(struct store *store, const char *sweep, const char *spec_text,
		    struct error *err)
{
	sqlite3_stmt *put = store_prepare(store, STORE_PUT_SWEEP, err);

	if (!put)
		return -(int)ERR_STORE;
	store_bind_text(put, 1, sweep);
	store_bind_text(put, 2, spec_text);
	store_bind_real(put, 3, wall_clock_s());
	return store_step(store, put, err);
}

static int put_facts(struct store *store, const struct trial_facts *facts, struct error *err)
{
	sqlite3_stmt *put = store_prepare(store, STORE_PUT_TRIAL, err);
	int position = 1;

	if (!put)
		return -(int)ERR_STORE;
	store_bind_real(put, position++, wall_clock_s());
#define BIND_TEXT(field) store_bind_text(put, position++, facts->field);
#define BIND_REAL(field) store_bind_real(put, position++, facts->field);
#define X(field, type)	 BIND_##type(field)
	TRIAL_FACTS(X)
#undef X
	return store_step(store, put, err);
}

int store_put_trial(struct store *store, const struct sweep_member *member,
		    const struct trial_facts *facts, struct error *err)
{
	sqlite3_stmt *put;
	int result = put_facts(store, facts, err);

	if (result)
		return result;
	put = store_prepare(store, STORE_PUT_MEMBER, err);
	if (!put)
		return -(int)ERR_STORE;
	store_bind_text(put, 1, facts->trial_key);
	store_bind_text(put, 2, member->sweep);
	store_bind_text(put, 3, member->label);
	store_bind_text(put, 4, member->tuned ? member->tuned : "");
	sqlite3_bind_int(put, 5, member->position);
	store_bind_text(put, 6, member->origin ? member->origin : "grid");
	return store_step(store, put, err);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int drop_member(struct store *store, const char *sweep, const char *key, struct error *err)
{
	sqlite3_stmt *drop = store_prepare(store, STORE_DROP_MEMBER, err);

	if (!drop)
		return -(int)ERR_STORE;
	store_bind_text(drop, 1, key);
	store_bind_text(drop, 2, sweep);
	return store_step(store, drop, err);
}

/* The keys of a sweep's trials that are not among the n sorted ones. */
static int list_unnamed(struct store *store, const char *sweep, const char *const *sorted, size_t n,
			struct arena *arena, const char ***unnamed, size_t *n_unnamed,
			struct error *err)
{
	sqlite3_stmt *members = store_prepare(store, STORE_MEMBERS, err);
	size_t capacity = 0;
	int code;

	if (!members)
		return -(int)ERR_STORE;
	store_bind_text(members, 1, sweep);
	while ((code = sqlite3_step(members)) == SQLITE_ROW) {
		const char *key = store_column_text(members, 0);

		if (bsearch(&key, sorted, n, sizeof(*sorted), compare_texts))
			continue;
		*unnamed = grow_array(*unnamed, &capacity, *n_unnamed + 1, sizeof(**unnamed));
		(*unnamed)[(*n_unnamed)++] = arena_strdup(arena, key);
	}
	sqlite3_reset(members);
	return code == SQLITE_DONE ? 0 : store_fail(store, err);
}

int store_trim_sweep(struct store *store, const char *sweep, const char *const *keys, size_t n,
		     struct error *err)
{
	const char **sorted = xcalloc(n, sizeof(*sorted));
	const char **unnamed = NULL;
	struct arena arena = {0};
	size_t n_unnamed = 0;
	int result;

	for (size_t i = 0; i < n; i++)
		sorted[i] = keys[i];
	qsort(sorted, n, sizeof(*sorted), compare_texts);
	result = list_unnamed(store, sweep, sorted, n, &arena, &unnamed, &n_unnamed, err);
	for (size_t i = 0; !result && i < n_unnamed; i++)
		result = drop_member(store, sweep, unnamed[i], err);
	free(sorted);
	free(unnamed);
	arena_release(&arena);
	return result ? result : (int)n_unnamed;
}

/* Of the current row, whose first column is the state. */
static struct trial_status read_status(sqlite3_stmt *row)
{
	return (struct trial_status){
		.state = store_column_state(row, 0),
		.seconds = store_column_real(row, 1),
		.step = store_column_real(row, 2),
		.loss = store_column_real(row, 3),
	};
}

int store_trial_status(struct store *store, const char *trial_key, struct trial_status *status,
		       struct error *err)
{
	sqlite3_stmt *read = store_prepare(store, STORE_STATUS, err);
	int code;

	*status = (struct trial_status){TRIAL_planned, (double)NAN, (double)NAN, (double)NAN};
	if (!read)
		return -(int)ERR_STORE;
	store_bind_text(read, 1, trial_key);
	code = sqlite3_step(read);
	if (code == SQLITE_ROW)
		*status = read_status(read);
	sqlite3_reset(read);
	return code == SQLITE_ROW || code == SQLITE_DONE ? 0 : store_fail(store, err);
}

int store_each_status(struct store *store,
		      void (*each)(void *context, const char *trial_key,
				   const struct trial_status *status),
		      void *context, struct error *err)
{
	sqlite3_stmt *read = store_prepare(store, STORE_STATUSES, err);
	int code;

	if (!read)
		return -(int)ERR_STORE;
	while ((code = sqlite3_step(read)) == SQLITE_ROW) {
		const struct trial_status status = read_status(read);

		each(context, store_column_text(read, 4), &status);
	}
	sqlite3_reset(read);
	return code == SQLITE_DONE ? 0 : store_fail(store, err);
}

static bool process_lives(int pid)
{
	return kill(pid, 0) == 0 || errno != ESRCH;
}

/* May the trial in the current row of STORE_OWNER be claimed from `run`? */
static bool is_free(sqlite3_stmt *owner, const struct trial_run *run)
{
	enum trial_state state = store_column_state(owner, 0);
	const char *host = store_column_text(owner, 1);
	double silent_s = wall_clock_s() - store_column_real(owner, 3);

	if (state != TRIAL_running)
		return state == TRIAL_planned || state == TRIAL_failed ||
		       state == TRIAL_interrupted;
	if (host && strcmp(host, run->host) == 0 && !process_lives(sqlite3_column_int(owner, 2)))
		return true;
	return !(silent_s <= STALE_AFTER_S);
}

static int check_free(struct store *store, const char *trial_key, const struct trial_run *run,
		      bool *is_it, struct error *err)
{
	sqlite3_stmt *owner = store_prepare(store, STORE_OWNER, err);
	int code, result = 0;

	if (!owner)
		return -(int)ERR_STORE;
	store_bind_text(owner, 1, trial_key);
	code = sqlite3_step(owner);
	if (code == SQLITE_ROW)
		*is_it = is_free(owner, run);
	else if (code == SQLITE_DONE)
		result = error_set(err, ERR_STORE, "store '%s' has no trial '%s'", store->path,
				   trial_key);
	else
		result = store_fail(store, err);
	sqlite3_reset(owner);
	return result;
}

static int drop_rows(struct store *store, const char *trial_key, struct error *err)
{
	static const enum store_statement drops[] = {STORE_DROP_EVALUATIONS,
						     STORE_DROP_MEASUREMENTS, STORE_DROP_BUCKETS};
	int result = 0;

	for (size_t i = 0; !result && i < ARRAY_SIZE(drops); i++) {
		sqlite3_stmt *drop = store_prepare(store, drops[i], err);

		if (!drop)
			return -(int)ERR_STORE;
		store_bind_text(drop, 1, trial_key);
		result = store_step(store, drop, err);
	}
	return result;
}

static int take(struct store *store, const char *trial_key, const struct trial_run *run,
		struct error *err)
{
	sqlite3_stmt *claim = store_prepare(store, STORE_CLAIM, err);

	if (!claim)
		return -(int)ERR_STORE;
	store_bind_text(claim, 1, trial_key);
	store_bind_text(claim, 2, run->host);
	sqlite3_bind_int(claim, 3, run->pid);
	store_bind_text(claim, 4, run->version);
	store_bind_text(claim, 5, run->blas);
	sqlite3_bind_int(claim, 6, run->jobs);
	sqlite3_bind_int(claim, 7, run->threads);
	store_bind_real(claim, 8, wall_clock_s());
	return store_step(store, claim, err);
}

int store_claim(struct store *store, const char *trial_key, const struct trial_run *run,
		bool *claimed, struct error *err)
{
	bool is_it = false;
	int result = store_begin(store, err);

	*claimed = false;
	if (!result)
		result = check_free(store, trial_key, run, &is_it, err);
	if (!result && is_it)
		result = take(store, trial_key, run, err);
	if (!result)
		result = store_commit(store, err);
	store_rollback(store);
	if (result || !is_it)
		return result;
	*claimed = true;
	free(store->host);
	store->host = xstrdup(run->host);
	store->pid = run->pid;
	return 0;
}

/* Steps an update of a running trial of this process, which is bound from 1: key, time, owner. */
static int update_own(struct store *store, sqlite3_stmt *update, const char *trial_key,
		      struct error *err)
{
	int result;

	store_bind_text(update, 1, trial_key);
	store_bind_real(update, 2, wall_clock_s());
	store_bind_text(update, 3, store->host);
	sqlite3_bind_int(update, 4, store->pid);
	result = store_step(store, update, err);
	if (!result && sqlite3_changes(store->db) == 0)
		result = error_set(err, ERR_TAKEN,
				   "trial '%s' is not running here; another process took it over",
				   trial_key);
	return result;
}

int store_heartbeat(struct store *store, const char *trial_key, struct error *err)
{
	sqlite3_stmt *update = store_prepare(store, STORE_HEARTBEAT, err);

	return update ? update_own(store, update, trial_key, err) : -(int)ERR_STORE;
}

int store_finish(struct store *store, const char *trial_key, enum trial_state state,
		 const char *reason, struct error *err)
{
	sqlite3_stmt *update = store_prepare(store, STORE_FINISH, err);

	assert(state != TRIAL_planned && state != TRIAL_running && state < TRIAL_N_STATES);
	if (!update)
		return -(int)ERR_STORE;
	store_bind_text(update, 5, trial_state_name(state));
	store_bind_text(update, 6, reason);
	return update_own(store, update, trial_key, err);
}

static int plan_again(struct store *store, const char *trial_key, struct error *err)
{
	sqlite3_stmt *update = store_prepare(store, STORE_REQUEUE, err);
	int result;

	if (!update)
		return -(int)ERR_STORE;
	store_bind_text(update, 1, trial_key);
	result = store_step(store, update, err);
	if (!result && sqlite3_changes(store->db) > 0)
		result = drop_rows(store, trial_key, err);
	return result;
}

int store_requeue(struct store *store, const char *trial_key, struct error *err)
{
	int result = store_begin(store, err);

	if (!result)
		result = plan_again(store, trial_key, err);
	if (!result)
		result = store_commit(store, err);
	store_rollback(store);
	return result;
}
