/* SPDX-License-Identifier: MIT
 *
 * What the files of a merge share: the copies of other stores' tables, and SQL made of pieces.
 *
 * Several copies may lie beside one target.  The one that is just being merged has tables called
 * "incoming_NAME", of the same columns as NAME.
 */
#ifndef RESULTS_STORE_MERGE_WORK_H
#define RESULTS_STORE_MERGE_WORK_H

#include "base/text.h"
#include "results/store_internal.h"
#include "results/store_merge.h"

struct merge_copy {
	struct store *target;
	char *path; /* of the store that it is a copy of */
	int number; /* among those of the target */
};

/* Within a transaction: its tables get the name "incoming_NAME", or lose it. */
int merge_copy_enter(struct merge_copy *copy, struct error *err);
int merge_copy_leave(struct merge_copy *copy, struct error *err);

/* The statement, to be finalized; NULL and an error where it cannot be prepared. */
sqlite3_stmt *merge_prepare(struct store *store, const char *sql, struct error *err);

/* Appends ", a, b" for the columns of a table but one (NULL: all). */
int merge_add_columns(struct store *store, const char *table, const char *without,
		      struct text *list, struct error *err);

#endif
