/* SPDX-License-Identifier: MIT
 *
 * `bench --calibrate`: fills the cache that `plan` estimates times from (sweep/calibration.h).
 */
#ifndef CMD_BENCH_CALIBRATE_H
#define CMD_BENCH_CALIBRATE_H

#include "cmd/command.h"

/* Measures the shapes of the sweep that the line names or, without one, of the calibration grid, as
 * `run` would train them: as many at once as there is room for with `threads` each; those of the
 * grid alone, too.  Prints a line for each.  ERR_USAGE, ERR_IO, ERR_DEVICE. */
int bench_calibrate(struct command_line *line, int threads, struct error *err);

#endif
