/* SPDX-License-Identifier: MIT
 *
 * What the losses of a study can be held against: the entropies of its corpus, and compressors.
 */
#ifndef CMD_REFERENCE_LINES_H
#define CMD_REFERENCE_LINES_H

#include <stddef.h>

#include "plots/figure.h"
#include "results/observation.h"

#define REFERENCE_LINES_MAX 6

/* Fills `lines` where all rows are of one corpus that is known or lies in a data folder; returns
 * how many. */
size_t reference_lines(const struct observations *rows,
		       struct reference_line lines[REFERENCE_LINES_MAX]);

#endif
