/* SPDX-License-Identifier: MIT
 *
 * The bootstrap: what a replicate draws, and intervals of what came of it.
 *
 * Of the n clusters of a cell n - 1 are drawn with replacement: that many give the mean its right
 * variance where n is as small as 2 (Rao and Wu 1988).  Of a pool of whole points n are drawn.
 * Cells that share a stratum share their draws: each draw is an order of all clusters, of which a
 * cell takes the first that it has, so that arms are paired by the seeds that both ran.  Cells of
 * one cluster draw nothing; their noise comes from the residuals of a fit.  Buckets of held-out
 * documents are drawn once for all trials.
 *
 * Every number depends on (seed, replicate) alone, so that threads change nothing.
 */
#ifndef RESULTS_BOOTSTRAP_H
#define RESULTS_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

#include "results/study.h"

struct interval {
	double low, high; /* NAN: none */
};

/* 90 %, both ways.  `corrected` for the bias in the median of the replicates (BC: Efron and
 * Tibshirani 1993, section 14.3, without acceleration). */
struct intervals {
	struct interval percentile, corrected;
};

/* weight[i] receives how often trial i was drawn, 1 where its cell has one cluster only, and
 * loss[i] its loss, had other documents been held out where the study has their sums. */
void bootstrap_draw(const struct study *study, uint64_t seed, size_t replicate, double *weight,
		    double *loss);

/* A number in [0, 1) that belongs to a replicate and one size and budget, for all arms. */
double bootstrap_uniform(uint64_t seed, size_t replicate, size_t stratum, size_t budget_group);

/* A standard normal that likewise belongs to them. */
double bootstrap_normal(uint64_t seed, size_t replicate, size_t stratum, size_t budget_group);

/* A factor of mean 0 and variance 1 that belongs to a replicate and a stratum: +- sqrt of 1/2, 1
 * or 3/2 (Webb 2023, for few clusters). */
double bootstrap_wild(uint64_t seed, size_t replicate, size_t stratum);

/* Of those among n values with a stride that are not NAN; NAN when they are under half of them,
 * or fewer than BOOTSTRAP_LEAST.  HUGE_VAL is a value: what is never reached.  `estimate` NAN:
 * both are percentiles. */
#define BOOTSTRAP_LEAST 20
struct intervals bootstrap_intervals(const double *values, size_t n, size_t stride,
				     double estimate);

/* The percentiles alone: of bands that have no estimate at hand. */
struct interval bootstrap_interval(const double *values, size_t n, size_t stride);

/* The one that is printed. */
struct interval intervals_printed(const struct intervals *intervals);

/* Calls work(context, 0..n-1) from several threads (0: one a core). */
void parallel_for(size_t n, int threads, void (*work)(void *context, size_t i), void *context);

#endif
