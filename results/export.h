/* SPDX-License-Identifier: MIT
 *
 * Observations as files that csv_observations() and other programs read.
 */
#ifndef RESULTS_EXPORT_H
#define RESULTS_EXPORT_H

#include "base/text.h"
#include "results/observation.h"

/* Adds a header and rows: every column of observation.h in its order, then `final`.  What is
 * not known is empty; numbers read back as the same double. */
void export_csv(const struct observations *set, struct text *out);

/* Adds one JSON object per line with the same names; what is not known is left out. */
void export_jsonl(const struct observations *set, struct text *out);

#endif
