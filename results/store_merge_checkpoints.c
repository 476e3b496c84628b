/* SPDX-License-Identifier: MIT
 *
 * What checkpoints may serve: the trials that are open, and their trunks.
 */
#include "results/store_merge_work.h"

/* Of a trial that may be trained yet. */
#define OPEN "state NOT IN ('done', 'diverged')"

#define OPEN_SWEEPS "SELECT sweep FROM sweep_trial JOIN trial ON id = trial WHERE " OPEN

/* Of an arm to which tuning adds trials, in a sweep that is not over.  An arm that inherits has
 * none at other budgets before its donor is decided there. */
#define TUNED_ON                                                                     \
	"SELECT trial FROM sweep_trial WHERE (tuned <> '' OR origin <> 'grid') AND " \
	"sweep IN (" OPEN_SWEEPS ")"
#define FORK "steps_total - coalesce(json_extract(resolved_spec, '$.horizon.decay_steps'), 0)"

static const char keys_sql[] =
	"SELECT trial_key, 0 FROM trial WHERE " OPEN " UNION SELECT trunk_key, " FORK
	" FROM trial WHERE trunk_key <> '' AND " OPEN " UNION SELECT trunk_key, ?1 "
	"FROM trial WHERE trunk_key <> '' AND id IN (" TUNED_ON ") ORDER BY 1, 2";

int store_each_checkpoint_key(struct store *store,
			      void (*each)(void *context, const char *key, int64_t fork),
			      void *context, struct error *err)
{
	sqlite3_stmt *keys = merge_prepare(store, keys_sql, err);
	int code;

	if (!keys)
		return -(int)ERR_STORE;
	sqlite3_bind_int64(keys, 1, ANY_FORK);
	while ((code = sqlite3_step(keys)) == SQLITE_ROW)
		each(context, store_column_text(keys, 0), sqlite3_column_int64(keys, 1));
	sqlite3_finalize(keys);
	return code == SQLITE_DONE ? 0 : store_fail(store, err);
}

int store_has_key(struct store *store, const char *key, bool *has, struct error *err)
{
	sqlite3_stmt *ask = merge_prepare(
		store, "SELECT count(*) FROM trial WHERE trial_key = ?1 OR trunk_key = ?1", err);
	int code;

	if (!ask)
		return -(int)ERR_STORE;
	store_bind_text(ask, 1, key);
	code = sqlite3_step(ask);
	*has = code == SQLITE_ROW && sqlite3_column_int64(ask, 0) > 0;
	sqlite3_finalize(ask);
	return code == SQLITE_ROW ? 0 : store_fail(store, err);
}
