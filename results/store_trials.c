/* SPDX-License-Identifier: MIT
 *
 * Sweeps, their trials, and how these stand.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "results/store_internal.h"

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

int store_put_command(struct store *store, const char *sweep, const char *command,
		      const char *shard, struct error *err)
{
	sqlite3_stmt *put = store_prepare(store, STORE_PUT_COMMAND, err);

	if (!put)
		return -(int)ERR_STORE;
	store_bind_text(put, 1, sweep);
	store_bind_text(put, 2, command);
	store_bind_text(put, 3, shard);
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
