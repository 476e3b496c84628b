/* SPDX-License-Identifier: MIT
 *
 * What was measured of the speed of training here: rows in the user's cache, one line each, that
 * `bench --calibrate` and ended trials add and `plan` reads.  Rows of another machine (processor,
 * cores, kernels, BLAS) or another build of the program (version, compiler, flags) are kept beside
 * them and never used.
 *
 * Several processes may write: each change is made under a lock, and readers see the old file or
 * the new one.  A file that cannot be read is never replaced.
 */
#ifndef SWEEP_CALIBRATION_H
#define SWEEP_CALIBRATION_H

#include <stddef.h>

#include "sweep/cost_shape.h"

struct calibration {
	struct cost_row *rows; /* of this machine and build, the latest last */
	size_t n, capacity;
};

/* Reads the cache; none is an empty one.  Lines that are no measurements are left out, with one
 * warning; a file that cannot be read is an empty one too, with a warning. */
void calibration_load(struct calibration *calibration);
void calibration_release(struct calibration *calibration);

/* Adds n rows to the cache: a row of a shape that is there already is averaged with it, by the time
 * that both were measured for.  The oldest rows make room.  Waits up to `patience_s` for other
 * processes that are at it, not at all with 0; then ERR_TAKEN.  That and ERR_IO: the cache is as it
 * was. */
int calibration_add(const struct cost_row *rows, size_t n, double patience_s, struct error *err);

/* Averages `row` into a list, or appends it; exported for tests. */
void calibration_merge(struct calibration *calibration, const struct cost_row *row);

/* A line, with its newline; false where a line is no row. */
void cost_row_write(const struct cost_row *row, struct text *out);
bool cost_row_read(const char *line, struct cost_row *row);

#endif
