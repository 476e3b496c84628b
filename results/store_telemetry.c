/* SPDX-License-Identifier: MIT
 *
 * Reading the public view telemetry.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "results/store_internal.h"

void telemetry_release(struct telemetry *set)
{
	free(set->points);
	arena_release(&set->arena);
	*set = (struct telemetry){0};
}

/* The metrics of the store as "a, b, c"; *known tells whether `metric` is one, `near` hears of
 * them. */
static int list_metrics(struct store *store, const char *metric, struct suggestion *near,
			struct arena *arena, struct text *names, bool *known, struct error *err)
{
	sqlite3_stmt *list = store_prepare(store, STORE_METRICS, err);
	int code;

	if (!list)
		return -(int)ERR_STORE;
	*known = false;
	while ((code = sqlite3_step(list)) == SQLITE_ROW) {
		const char *name = arena_strdup(arena, store_column_text(list, 0));

		text_printf(names, "%s%s", names->length ? ", " : "", name);
		suggestion_offer(near, name);
		*known |= strcmp(name, metric) == 0;
	}
	sqlite3_reset(list);
	return code == SQLITE_DONE ? 0 : store_fail(store, err);
}

static int check_metric(struct store *store, const char *metric, struct error *err)
{
	struct suggestion near;
	struct arena arena = {0};
	struct text names = {0};
	char hint[128];
	bool known;
	int result;

	suggestion_start(&near, metric);
	result = list_metrics(store, metric, &near, &arena, &names, &known, err);
	suggestion_text(&near, hint, sizeof(hint));
	if (!result && !names.length)
		result = error_set(err, ERR_DATA, "store '%s' has no telemetry", store->path);
	else if (!result && !metric[0])
		result = error_set(err, ERR_USAGE, "name a metric with --metric; there are %s",
				   text_string(&names));
	else if (!result && !known && hint[0])
		result = error_set(err, ERR_USAGE, "unknown metric '%s'%s", metric, hint);
	else if (!result && !known)
		result = error_set(err, ERR_USAGE, "unknown metric '%s'; there are %s", metric,
				   text_string(&names));
	arena_release(&arena);
	text_release(&names);
	return result;
}

static int read_trial(struct store *store, const char *key, struct telemetry *set,
		      struct error *err)
{
	sqlite3_stmt *read = store_prepare(store, STORE_TELEMETRY, err);
	const char *role = "";
	int code;

	if (!read)
		return -(int)ERR_STORE;
	store_bind_text(read, 1, key);
	store_bind_text(read, 2, set->metric);
	key = arena_strdup(&set->arena, key);
	while ((code = sqlite3_step(read)) == SQLITE_ROW) {
		const char *own = store_column_text(read, 0);

		if (strcmp(own, role) != 0)
			role = arena_strdup(&set->arena, own);
		set->points =
			grow_array(set->points, &set->capacity, set->n + 1, sizeof(*set->points));
		set->points[set->n++] = (struct telemetry_point){
			key, role, sqlite3_column_int(read, 1), sqlite3_column_double(read, 2),
			store_column_real(read, 3)};
	}
	sqlite3_reset(read);
	return code == SQLITE_DONE ? 0 : store_fail(store, err);
}

int store_telemetry(struct store *store, const char *metric, const char *const *keys, size_t n,
		    struct telemetry *set, struct error *err)
{
	int result = check_metric(store, metric, err);

	if (result)
		return result;
	set->metric = arena_strdup(&set->arena, metric);
	for (size_t i = 0; i < n && !result; i++)
		result = read_trial(store, keys[i], set, err);
	return result;
}
