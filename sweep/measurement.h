/* SPDX-License-Identifier: MIT
 *
 * A trial's speed, measured in a fraction of a second on random tokens.
 */
#ifndef SWEEP_MEASUREMENT_H
#define SWEEP_MEASUREMENT_H

#include "sweep/cost_shape.h"

/* Trains and evaluates micro-batches for about `seconds`, two steps at least, however many the
 * trial has.  The start counts from `started_s`, when the process was started (clock_s()); NAN
 * where nobody knows.  The row says that it ran alone; the caller knows better.
 * ERR_NOMEM, ERR_DEVICE. */
int measurement_take(const struct trial *trial, int threads, double started_s, double seconds,
		     struct cost_row *row, struct error *err);

#endif
