/* SPDX-License-Identifier: MIT
 *
 * Frontiers: the lowest loss of an arm at each compute.
 */
#ifndef RESULTS_FRONTIER_H
#define RESULTS_FRONTIER_H

#include <stddef.h>

#include "results/law.h"
#include "results/selection.h"

/* Sets `frontier` of every point: the lowest loss of each arm and budget, where the compute of one
 * budget's points differs (with the optimizer's counted, say) brought to the same compute along the
 * arm's power law.  Where runs do not come in budgets that sizes share, points that a smaller
 * compute beats are taken out again, unless the size only rises with compute (a ladder). */
void study_mark_frontier(const struct study *study, struct study_point *points);

/* Indices of an arm's frontier points by rising compute; returns how many. */
size_t study_frontier(const struct study_point *points, size_t n, size_t arm, size_t *indices);

/* Straight pieces in (ln C, ln L) through points of rising C.  NAN outside them. */
double frontier_loss(const struct law_point *points, size_t n, double flops);
double frontier_flops(const struct law_point *points, size_t n, double loss); /* the least */

#endif
