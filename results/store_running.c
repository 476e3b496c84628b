/* SPDX-License-Identifier: MIT
 *
 * What is running, and what the workers that failed have said.
 */
#include <unistd.h>

#include "base/clock.h"
#include "results/store_internal.h"

int store_trial_log(struct store *store, const char *trial_key, struct text *log, struct error *err)
{
	sqlite3_stmt *read = store_prepare(store, STORE_LOG, err);
	int code;

	if (!read)
		return -(int)ERR_STORE;
	store_bind_text(read, 1, trial_key);
	code = sqlite3_step(read);
	if (code == SQLITE_ROW && store_column_text(read, 0))
		text_add(log, store_column_text(read, 0));
	sqlite3_reset(read);
	return code == SQLITE_ROW || code == SQLITE_DONE ? 0 : store_fail(store, err);
}

static struct trial_running read_row(sqlite3_stmt *row)
{
	double now = wall_clock_s();

	return (struct trial_running){
		.trial_key = store_column_text(row, 0),
		.label = store_column_text(row, 1),
		.sweep = store_column_text(row, 2),
		.host = store_column_text(row, 3),
		.pid = sqlite3_column_int(row, 4),
		.running_s = now - store_column_real(row, 5),
		.silent_s = now - store_column_real(row, 6),
		.params = store_column_real(row, 7),
		.lr = store_column_real(row, 8),
		.flops_total = store_column_real(row, 9),
		.flops = store_column_real(row, 10),
		.step = store_column_real(row, 11),
		.steps_total = store_column_real(row, 12),
		.loss = store_column_real(row, 13),
	};
}

int store_running(struct store *store, const char *sweep,
		  void (*each)(const struct trial_running *, void *), void *context,
		  struct error *err)
{
	char host[256] = "";
	const struct trial_run observer = {.host = host};
	sqlite3_stmt *read;
	int code, result = store_check_sweep(store, sweep, err);

	if (result)
		return result;
	gethostname(host, sizeof(host) - 1);
	read = store_prepare(store, STORE_RUNNING, err);
	if (!read)
		return -(int)ERR_STORE;
	store_bind_text(read, 1, sweep);
	while ((code = sqlite3_step(read)) == SQLITE_ROW) {
		struct trial_running running = read_row(read);

		result = store_see_owner(store, &running, &observer, err);
		if (result)
			break;
		each(&running, context);
	}
	if (!result && code != SQLITE_DONE)
		result = store_fail(store, err);
	sqlite3_reset(read);
	return result;
}
