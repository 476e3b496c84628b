/* SPDX-License-Identifier: MIT
 *
 * The records of a CSV text (RFC 4180), split in place.
 */
#ifndef RESULTS_CSV_RECORD_H
#define RESULTS_CSV_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct csv_field {
	char *text; /* terminated, without its quotes or the blanks around it */
	bool quoted;
};

struct csv_record {
	struct csv_field *fields;
	size_t n, capacity;
	long line; /* where it begins, from 1 */
};

struct csv_cursor {
	const char *name; /* of the file, for messages */
	char *at, *end;	  /* *end is '\0' */
	long line;
};

/* `text` is changed by reading.  A mark of UTF-8 at the start is skipped. */
void csv_cursor_start(struct csv_cursor *cursor, const char *name, char *text, size_t size);

/* 1: the next record that is not an empty line; 0: there is none; ERR_DATA with file:line. */
int csv_record_next(struct csv_cursor *cursor, struct csv_record *record, struct error *err);
void csv_record_release(struct csv_record *record);

#endif
