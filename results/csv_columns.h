/* SPDX-License-Identifier: MIT
 *
 * Which column of a CSV feeds which field of an observation.
 */
#ifndef RESULTS_CSV_COLUMNS_H
#define RESULTS_CSV_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"
#include "results/csv_record.h"
#include "results/observation.h"

#define CSV_NO_COLUMN (-1)

struct csv_columns {
	const char **names; /* of the file, in its order */
	size_t n;
	int source[N_OBSERVATION_COLUMNS]; /* index into names, or CSV_NO_COLUMN */
	int final;
};

/* Reads the header; `map` as in csv_options.  The arena owns the names.  ERR_DATA, ERR_USAGE. */
int csv_columns_read(struct csv_columns *columns, const char *file, const struct csv_record *header,
		     const char *map, struct arena *arena, struct error *err);

/* ERR_DATA, naming what the file has and how to map it, when a needed column has no source.
 * FLOPs may also come from flops_6nd, or from params and tokens; steps from tokens and
 * batch_tokens, or tokens from steps and batch_tokens. */
int csv_columns_check(const struct csv_columns *columns, const char *file,
		      const char *const *needed, struct error *err);

/* Index of an observation's column in observation_columns[], or CSV_NO_COLUMN. */
int csv_columns_index(const char *name);

/* Whether nothing is read from a column of the file. */
bool csv_columns_ignored(const struct csv_columns *columns, int column);

/* Whether the file has a source of this observation's column. */
bool csv_columns_has(const struct csv_columns *columns, const char *name);

#endif
