/* SPDX-License-Identifier: MIT
 *
 * Observations from anybody's CSV: a header, then one row per trial or per point of a curve.
 *
 * Columns are found by their name or an alias (observation.h); a column of the exact name wins
 * over an alias.  Comma-separated, UTF-8 with or without mark, LF or CRLF, fields in double
 * quotes where need be ("" is a quote).  No unit is converted.
 *
 * Where there is no column of FLOPs, flops = 6 params tokens.  A row whose `state` is not
 * "done", or whose `final` is 0, is not final.
 */
#ifndef RESULTS_CSV_H
#define RESULTS_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "results/observation.h"

struct csv_options {
	const char *map;   /* "name=column,name=column" or NULL; one column may feed several */
	const char *where; /* SQL condition over the file's columns and their names here, or NULL */
	/* Names of columns that every final row must have, each value positive.  Ends with
	 * NULL; may be NULL. */
	const char *const *needed;
};

/* A value that could not be used. */
struct csv_fault {
	long line; /* of the file, from 1 */
	const char *column, *value;
	const char *why; /* "is missing", "is no number", "is not finite", "is not positive" */
	bool dropped;	 /* its row was left out, since the column was needed */
};

struct csv_report {
	size_t n_rows;	   /* in the file */
	size_t n_selected; /* of them, those that fulfil `where` */
	size_t n_dropped;  /* of them, those left out for a fault */
	struct csv_fault *faults;
	size_t n_faults, capacity;
	const char **ignored; /* columns that nothing was read from, and `where` does not name */
	size_t n_ignored;
	struct arena arena; /* owns the texts */
};

/* Appends the rows of `path` ("-": standard input) to `set`.  ERR_IO, ERR_DATA with file:line
 * for a malformed file or a missing column, ERR_USAGE for a wrong map or condition.  The report
 * must be zero-initialised and is released by the caller also after an error. */
int csv_observations(const char *path, const struct csv_options *options, struct observations *set,
		     struct csv_report *report, struct error *err);
void csv_report_release(struct csv_report *report);

/* Warns of columns ignored and rows left out, on stderr. */
void csv_report_log(const struct csv_report *report, const char *path);

#endif
