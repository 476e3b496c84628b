/* SPDX-License-Identifier: MIT
 *
 * What the figure `telemetry` shows: one metric of the best trial of each arm.
 */
#ifndef CMD_TELEMETRY_LOAD_H
#define CMD_TELEMETRY_LOAD_H

#include "base/error.h"
#include "plots/figure.h"
#include "results/telemetry.h"

/* Appends the metric of the best trial of each arm at its largest budget, from the store `db`.
 * Errors of store_open() and store_telemetry(). */
int telemetry_load(const char *db, const char *metric, const struct figure_input *input,
		   struct telemetry *set, struct error *err);

#endif
