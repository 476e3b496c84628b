/* SPDX-License-Identifier: MIT
 *
 * A user's SQL condition over rows that are in no database: they are put into one in memory.
 */
#ifndef RESULTS_FILTER_H
#define RESULTS_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct filter;

/* Columns of the rows; one without a name cannot be used in a condition.  ERR_DATA when names
 * differ in upper and lower case only, which SQL does not tell apart. */
int filter_open(struct filter **filter, const char *const *columns, size_t n, struct error *err);
void filter_close(struct filter *filter); /* NULL is fine */

/* Another name of a column, as long as no column has it. */
void filter_alias(struct filter *filter, const char *alias, size_t column);

/* Adds a row; NULL is missing, what reads as a number is one. */
int filter_add(struct filter *filter, const char *const *values, struct error *err);

/* Refuses a condition for SQLite's message; an unknown column is told the nearest of the names, or
 * else where all are listed: words such as "; docs/store.md lists the columns". */
int filter_refuse(const char *where, const char *message, const char *const *names, size_t n,
		  const char *elsewhere, struct error *err);

/* keep[i] tells whether row i, in the order added, fulfils the condition.  ERR_USAGE with
 * SQLite's message for a wrong one. */
int filter_select(struct filter *filter, const char *where, bool *keep, struct error *err);

#endif
