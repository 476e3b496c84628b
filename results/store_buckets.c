/* SPDX-License-Identifier: MIT
 *
 * The sums of held-out buckets, for the rows that fits take.
 */
#include <string.h>

#include "results/store_internal.h"

_Static_assert(STORE_BUCKETS == OBSERVATION_BUCKETS, "observations carry the store's buckets");

/* Adds what the statement, bound to a trial, has; returns SQLite's last word. */
static int read_buckets(sqlite3_stmt *read, struct observation *row, struct arena *arena)
{
	struct observation_buckets *buckets = NULL;
	int code;

	while ((code = sqlite3_step(read)) == SQLITE_ROW) {
		const char *slice = store_column_text(read, 0);
		int bucket = sqlite3_column_int(read, 1);
		int s = slice && strcmp(slice, "test") == 0 ? SLICE_TEST : SLICE_VAL;

		if (bucket < 0 || bucket >= OBSERVATION_BUCKETS)
			continue;
		if (!buckets)
			buckets = arena_alloc(arena, sizeof(*buckets));
		buckets->nats[s][bucket] = sqlite3_column_double(read, 2);
		buckets->tokens[s][bucket] = sqlite3_column_double(read, 3);
	}
	row->buckets = buckets;
	return code;
}

int store_add_buckets(struct store *store, struct observations *set, size_t first,
		      struct error *err)
{
	sqlite3_stmt *read = store_prepare(store, STORE_BUCKET_SUMS, err);
	int code = SQLITE_DONE;

	if (!read)
		return -(int)ERR_STORE;
	for (size_t i = first; i < set->n && code == SQLITE_DONE; i++) {
		if (!set->rows[i].final)
			continue;
		store_bind_text(read, 1, set->rows[i].trial_key);
		code = read_buckets(read, &set->rows[i], &set->arena);
		sqlite3_reset(read);
	}
	return code == SQLITE_DONE ? 0 : store_fail(store, err);
}
