/* SPDX-License-Identifier: MIT
 *
 * A condition on the trials of a sweep, whatever their state.
 */
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "results/filter.h"
#include "results/store_internal.h"

/* Every column of the view has a name that a condition may use. */
static int refuse(struct store *store, const char *where, struct error *err)
{
	static const char *const columns[] = {"sweep",
					      "label",
					      "state",
					      "val_loss",
					      "probe_loss",
					      "step",
					      "host",
					      "version",
#define X(field, ...) #field,
					      TRIAL_FACTS(X) EVALUATION_NUMBERS(X)
#undef X
	};
	struct text message = {0};
	int result;

	text_add(&message, sqlite3_errmsg(store->db));
	result = filter_refuse(where, message.data, columns, ARRAY_SIZE(columns), STORE_COLUMNS,
			       err);
	text_release(&message);
	return result;
}

/* The condition stands alone on its lines, so that it cannot comment out what follows. */
static int prepare(struct store *store, const char *where, sqlite3_stmt **select, struct error *err)
{
	struct text sql = {0};
	const char *tail = "";
	int result = 0;

	text_printf(&sql,
		    "SELECT trial_key, max(coalesce((\n%s\n), 0) <> 0) FROM observation "
		    "WHERE last AND sweep = ?1 GROUP BY trial_key",
		    where);
	if (sqlite3_prepare_v2(store->db, sql.data, -1, select, &tail) != SQLITE_OK)
		result = refuse(store, where, err);
	else if (tail[0] || !sqlite3_stmt_readonly(*select))
		result = error_set(err, ERR_USAGE, "wrong condition '%s': more than one expression",
				   where);
	text_release(&sql);
	return result;
}

int store_select(struct store *store, const char *sweep, const char *where,
		 void (*each)(void *context, const char *trial_key, bool fulfils), void *context,
		 struct error *err)
{
	sqlite3_stmt *select = NULL;
	int code, result = prepare(store, where, &select, err);

	if (!result) {
		store_bind_text(select, 1, sweep);
		while ((code = sqlite3_step(select)) == SQLITE_ROW)
			each(context, store_column_text(select, 0),
			     sqlite3_column_int(select, 1) != 0);
		if (code != SQLITE_DONE)
			result = refuse(store, where, err);
	}
	sqlite3_finalize(select);
	return result;
}
