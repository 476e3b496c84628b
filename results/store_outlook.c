/* SPDX-License-Identifier: MIT
 *
 * What is left to train, in seconds: at the speed, in FLOPs of the model per second, that trials of
 * the same optimizer and the nearest size had.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/store_internal.h"

struct speed {
	const char *optimizer;
	double log_params, flops_per_s;
};

struct speeds {
	struct speed *items;
	size_t n, capacity;
	struct arena arena;
};

static int read_speeds(struct store *store, const char *sweep, struct speeds *speeds,
		       struct error *err)
{
	sqlite3_stmt *read = store_prepare(store, STORE_SPEEDS, err);
	int code;

	if (!read)
		return -(int)ERR_STORE;
	store_bind_text(read, 1, sweep);
	while ((code = sqlite3_step(read)) == SQLITE_ROW) {
		double flops_per_s = store_column_real(read, 2) / store_column_real(read, 3);
		const char *optimizer = store_column_text(read, 0);

		if (!(flops_per_s > 0) || !isfinite(flops_per_s))
			continue;
		speeds->items = grow_array(speeds->items, &speeds->capacity, speeds->n + 1,
					   sizeof(*speeds->items));
		speeds->items[speeds->n++] = (struct speed){
			.optimizer = arena_strdup(&speeds->arena, optimizer ? optimizer : ""),
			.log_params = log(store_column_real(read, 1)),
			.flops_per_s = flops_per_s,
		};
	}
	sqlite3_reset(read);
	return code == SQLITE_DONE ? 0 : store_fail(store, err);
}

/* NAN: nothing was trained yet.  Another optimizer is as far away as a size ten times as large. */
static double find_speed(const struct speeds *speeds, const char *optimizer, double params)
{
	double nearest = HUGE_VAL, speed = (double)NAN;

	for (size_t i = 0; i < speeds->n; i++) {
		const struct speed *s = &speeds->items[i];
		bool same = optimizer && strcmp(s->optimizer, optimizer) == 0;
		double distance = fabs(s->log_params - log(params)) + (same ? 0 : log(10));

		if (distance < nearest) {
			nearest = distance;
			speed = s->flops_per_s;
		}
	}
	return speed;
}

static int each_left(struct store *store, const char *sweep, const struct speeds *speeds,
		     void (*each)(void *context, double seconds), void *context, struct error *err)
{
	sqlite3_stmt *read = store_prepare(store, STORE_LEFT, err);
	int code;

	if (!read)
		return -(int)ERR_STORE;
	store_bind_text(read, 1, sweep);
	while ((code = sqlite3_step(read)) == SQLITE_ROW) {
		double flops = sqlite3_column_double(read, 2) - sqlite3_column_double(read, 3);

		each(context, flops / find_speed(speeds, store_column_text(read, 0),
						 store_column_real(read, 1)));
	}
	sqlite3_reset(read);
	return code == SQLITE_DONE ? 0 : store_fail(store, err);
}

int store_seconds_left(struct store *store, const char *sweep,
		       void (*each)(void *context, double seconds), void *context,
		       struct error *err)
{
	struct speeds speeds = {0};
	int result = store_check_sweep(store, sweep, err);

	if (!result)
		result = read_speeds(store, sweep, &speeds, err);
	if (!result)
		result = each_left(store, sweep, &speeds, each, context, err);
	free(speeds.items);
	arena_release(&speeds.arena);
	return result;
}

int store_origins(struct store *store, const char *sweep,
		  void (*each)(const struct trial_origin *, void *), void *context,
		  struct error *err)
{
	sqlite3_stmt *read;
	int code, result = store_check_sweep(store, sweep, err);

	if (result)
		return result;
	read = store_prepare(store, STORE_ORIGINS, err);
	if (!read)
		return -(int)ERR_STORE;
	store_bind_text(read, 1, sweep);
	while ((code = sqlite3_step(read)) == SQLITE_ROW)
		each(&(struct trial_origin){.sweep = store_column_text(read, 0),
					    .label = store_column_text(read, 1),
					    .origin = store_column_text(read, 2),
					    .trials = (long)sqlite3_column_int64(read, 3),
					    .ended = (long)sqlite3_column_int64(read, 4)},
		     context);
	sqlite3_reset(read);
	return code == SQLITE_DONE ? 0 : store_fail(store, err);
}
