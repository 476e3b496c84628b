/* SPDX-License-Identifier: MIT
 *
 * Trunks that no sweep at hand names: whether somebody may want them.
 */
#include "base/clock.h"
#include "results/store_internal.h"

#define SILENT_AFTER_S 600 /* without a heartbeat a process is gone, whatever its clock says */

int store_trunk_is_spent(struct store *store, const char *trunk_key, bool *spent, struct error *err)
{
	sqlite3_stmt *read = store_prepare(store, STORE_TRUNK, err);
	int code;

	*spent = false;
	if (!read)
		return -(int)ERR_STORE;
	store_bind_text(read, 1, trunk_key);
	store_bind_real(read, 2, wall_clock_s() - SILENT_AFTER_S);
	code = sqlite3_step(read);
	if (code == SQLITE_ROW)
		*spent = sqlite3_column_int(read, 0) > 0 && sqlite3_column_int(read, 1) == 0;
	sqlite3_reset(read);
	return code == SQLITE_ROW ? 0 : store_fail(store, err);
}
