/* SPDX-License-Identifier: MIT
 *
 * The bootstrap: which trials a replicate draws, and percentiles of what came of it.
 *
 * Within each stratum of n clusters n - 1 are drawn with replacement, the same draw for all arms:
 * that many give the mean its right variance where n is as small as 2 (Rao and Wu 1988).  Strata
 * of one cluster draw nothing; their noise comes from the residuals of a fit, chosen by
 * bootstrap_uniform().  Every number depends on (seed, replicate) alone, so that threads change
 * nothing.
 */
#ifndef RESULTS_BOOTSTRAP_H
#define RESULTS_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

#include "results/study.h"

struct interval {
	double low, high; /* NAN: none */
};

/* weight[i] receives how often trial i was drawn; 1 where its cell has one cluster only. */
void bootstrap_draw(const struct study *study, uint64_t seed, size_t replicate, double *weight);

/* A number in [0, 1) that belongs to a replicate and one size and budget, for all arms. */
double bootstrap_uniform(uint64_t seed, size_t replicate, size_t stratum, size_t budget_group);

/* The middle 90 % of those among n values with a stride that are not NAN; NAN when they are under
 * half of them, or fewer than BOOTSTRAP_LEAST.  HUGE_VAL is a value: what is never reached. */
#define BOOTSTRAP_LEAST 20
struct interval bootstrap_interval(const double *values, size_t n, size_t stride);

/* Calls work(context, 0..n-1) from several threads (0: one a core). */
void parallel_for(size_t n, int threads, void (*work)(void *context, size_t i), void *context);

#endif
