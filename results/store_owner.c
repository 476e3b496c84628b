/* SPDX-License-Identifier: MIT
 *
 * The life of a trial, and whose it is.
 *
 * A trial that is "running" belongs to the process (host, pid, mark) that claimed it, as long as
 * that lives.  Of a process that can be seen from here the system says whether it does, and no
 * clock matters; of all others the heartbeat, which clocks that differ by less than STALE_AFTER_S
 * do not disturb.  Heartbeat and finish name the owner, so that a process which was taken for dead
 * cannot end another's trial.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/process.h"
#include "results/store_internal.h"

#define STALE_AFTER_S 60

static bool process_lives(int pid)
{
	return kill(pid, 0) == 0 || errno != ESRCH;
}

enum owner { OWNER_LIVES, OWNER_GONE, OWNER_OUT_OF_SIGHT };

/* The process in the current row of STORE_OWNER, of which `run` is told by its host's name. */
static enum owner see_owner(sqlite3_stmt *row, const struct trial_run *run)
{
	const char *host = store_column_text(row, 1), *mark = store_column_text(row, 4);
	int pid = sqlite3_column_int(row, 2);
	char now[PROCESS_MARK];

	if (!host || strcmp(host, run->host) != 0)
		return OWNER_OUT_OF_SIGHT;
	if (!mark) /* of a store that was brought forward */
		return process_lives(pid) ? OWNER_OUT_OF_SIGHT : OWNER_GONE;
	if (!process_mark_is_visible(mark))
		return OWNER_OUT_OF_SIGHT;
	process_mark(pid, now);
	return strcmp(now, mark) == 0 ? OWNER_LIVES : OWNER_GONE;
}

/* Who asks for a trial, and whether for a failed one too. */
struct claimant {
	const struct trial_run *run;
	bool failed_too;
};

struct claim {
	bool may;   /* the trial be claimed */
	bool ahead; /* its heartbeat is of a time to come */
	bool gone;  /* its process can be seen to live no more */
};

/* Of the trial in the current row of STORE_OWNER. */
static struct claim see_claim(sqlite3_stmt *row, const struct claimant *by)
{
	enum trial_state state = store_column_state(row, 0);
	double silent_s = wall_clock_s() - store_column_real(row, 3);
	enum owner owner;

	if (state != TRIAL_running)
		return (struct claim){.may = state == TRIAL_planned || state == TRIAL_interrupted ||
					     (state == TRIAL_failed && by->failed_too)};
	owner = see_owner(row, by->run);
	return (struct claim){
		.may = owner == OWNER_GONE ||
		       (owner == OWNER_OUT_OF_SIGHT && !(silent_s <= STALE_AFTER_S)),
		.ahead = owner == OWNER_OUT_OF_SIGHT && silent_s < -STALE_AFTER_S,
		.gone = owner == OWNER_GONE,
	};
}

/* A heartbeat ahead of the clock would keep a dead owner alive until then.  It is set to now: an
 * owner that lives, with a wrong clock, soon sets its own again. */
static int set_heartbeat_back(struct store *store, const char *trial_key, struct error *err)
{
	sqlite3_stmt *set = store_prepare(store, STORE_SET_HEARTBEAT, err);

	if (!set)
		return -(int)ERR_STORE;
	store_bind_text(set, 1, trial_key);
	store_bind_real(set, 2, wall_clock_s());
	return store_step(store, set, err);
}

static int find_claim(struct store *store, const char *trial_key, const struct claimant *by,
		      struct claim *claim, struct error *err)
{
	sqlite3_stmt *owner = store_prepare(store, STORE_OWNER, err);
	int code, result = 0;

	if (!owner)
		return -(int)ERR_STORE;
	store_bind_text(owner, 1, trial_key);
	code = sqlite3_step(owner);
	if (code == SQLITE_ROW)
		*claim = see_claim(owner, by);
	else if (code == SQLITE_DONE)
		result = error_set(err, ERR_STORE, "store '%s' has no trial '%s'", store->path,
				   trial_key);
	else
		result = store_fail(store, err);
	sqlite3_reset(owner);
	return result;
}

int store_is_free(struct store *store, const char *trial_key, const struct trial_run *run,
		  bool *is_free, struct error *err)
{
	const struct claimant by = {run, true};
	struct claim claim = {.may = false};
	int result = find_claim(store, trial_key, &by, &claim, err);

	*is_free = claim.may;
	return result;
}

int store_see_owner(struct store *store, struct trial_running *running,
		    const struct trial_run *observer, struct error *err)
{
	const struct claimant by = {observer, true};
	struct claim claim = {.may = false};
	int result = find_claim(store, running->trial_key, &by, &claim, err);

	running->stale = claim.may;
	running->gone = claim.gone;
	return result;
}

/* Steps statements that take the key alone. */
static int drop_each(struct store *store, const char *trial_key, const enum store_statement *drops,
		     size_t n, struct error *err)
{
	int result = 0;

	for (size_t i = 0; !result && i < n; i++) {
		sqlite3_stmt *drop = store_prepare(store, drops[i], err);

		if (!drop)
			return -(int)ERR_STORE;
		store_bind_text(drop, 1, trial_key);
		result = store_step(store, drop, err);
	}
	return result;
}

static int drop_rows(struct store *store, const char *trial_key, struct error *err)
{
	static const enum store_statement drops[] = {STORE_DROP_EVALUATIONS,
						     STORE_DROP_MEASUREMENTS, STORE_DROP_BUCKETS};

	return drop_each(store, trial_key, drops, ARRAY_SIZE(drops), err);
}

/* This connection acts for that process from now on. */
static void keep_owner(struct store *store, const struct trial_run *run)
{
	char mark[PROCESS_MARK];

	if (store->host && strcmp(store->host, run->host) == 0 && store->pid == run->pid)
		return;
	process_mark(run->pid, mark);
	free(store->host);
	free(store->mark);
	store->host = xstrdup(run->host);
	store->mark = mark[0] ? xstrdup(mark) : NULL;
	store->pid = run->pid;
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
	store_bind_text(claim, 9, store->mark);
	return store_step(store, claim, err);
}

static int claim(struct store *store, const char *trial_key, const struct claimant *by,
		 bool *claimed, struct error *err)
{
	struct claim claim = {.may = false};
	int result = store_begin(store, err);

	*claimed = false;
	if (!result)
		result = find_claim(store, trial_key, by, &claim, err);
	if (!result && claim.ahead)
		result = set_heartbeat_back(store, trial_key, err);
	if (!result && claim.may)
		keep_owner(store, by->run);
	if (!result && claim.may)
		result = take(store, trial_key, by->run, err);
	if (!result)
		result = store_commit(store, err);
	store_rollback(store);
	if (result || !claim.may)
		return result;
	*claimed = true;
	return 0;
}

int store_claim(struct store *store, const char *trial_key, const struct trial_run *run,
		bool *claimed, struct error *err)
{
	return claim(store, trial_key, &(struct claimant){run, true}, claimed, err);
}

int store_claim_unless_failed(struct store *store, const char *trial_key,
			      const struct trial_run *run, bool *claimed, struct error *err)
{
	return claim(store, trial_key, &(struct claimant){run, false}, claimed, err);
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
	store_bind_text(update, 7, store->mark);
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

static int set_end(struct store *store, const char *trial_key, enum trial_state state,
		   const char *reason, struct error *err)
{
	sqlite3_stmt *update = store_prepare(store, STORE_FINISH, err);

	if (!update)
		return -(int)ERR_STORE;
	store_bind_text(update, 5, trial_state_name(state));
	store_bind_text(update, 6, reason);
	return update_own(store, update, trial_key, err);
}

/* A worker may have told them before it came to a bad end. */
static int drop_results(struct store *store, const char *trial_key, struct error *err)
{
	static const enum store_statement drops[] = {STORE_DROP_FINALS, STORE_DROP_BUCKETS};
	int result = drop_each(store, trial_key, drops, ARRAY_SIZE(drops), err);

	return result ? result : store_put_weights(store, trial_key, NULL, err);
}

static int finish(struct store *store, const char *trial_key, enum trial_state state,
		  const char *reason, struct error *err)
{
	int result = store_begin(store, err);

	if (!result)
		result = set_end(store, trial_key, state, reason, err);
	if (!result && state != TRIAL_done)
		result = drop_results(store, trial_key, err);
	if (!result)
		result = store_commit(store, err);
	store_rollback(store);
	return result;
}

int store_finish(struct store *store, const char *trial_key, enum trial_state state,
		 const char *reason, struct error *err)
{
	int result, eased;

	assert(state != TRIAL_planned && state != TRIAL_running && state < TRIAL_N_STATES);
	result = store_sync_commits(store, true, err);
	if (result)
		return result;
	result = finish(store, trial_key, state, reason, err);
	eased = store_sync_commits(store, false, result ? NULL : err);
	return result ? result : eased;
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
