/* SPDX-License-Identifier: MIT
 *
 * Ticks of an axis: few round numbers with labels, and small ones between them.  A log axis
 * has decades where it spans many, 1-3 or 1-2-5 where it spans one or two, and evenly spaced
 * round numbers where it spans less, so that there are always labels to read.
 */
#ifndef PLOTS_TICKS_H
#define PLOTS_TICKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "plots/chart.h"

#define TICKS_MAX 160

struct tick {
	double at;
	bool minor; /* without label */
};

struct ticks {
	struct tick list[TICKS_MAX];
	size_t n, n_major;
};

/* Ticks within the range, about `wanted` (at least 2) of them with a label. */
void ticks_choose(struct ticks *ticks, struct chart_range range, bool log_axis, int wanted);

/* Powers of two on a log axis: labels at every one, at every second, ... */
void ticks_choose_doubling(struct ticks *ticks, struct chart_range range, int wanted);

#endif
