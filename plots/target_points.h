/* SPDX-License-Identifier: MIT
 *
 * The losses that figures of cost are drawn for, and what each batch needs to reach them.
 */
#ifndef PLOTS_TARGET_POINTS_H
#define PLOTS_TARGET_POINTS_H

#include <stddef.h>

#include "plots/figure.h"
#include "results/targets.h"

/* The points of the losses that were asked for; else of those that rows name; else of one that each
 * size chooses and of two above it.  By loss, arm, size and rising batch.  *found receives them,
 * to be freed; returns how many. */
size_t figure_target_points(const struct figure_input *input, struct target_point **found);

#endif
