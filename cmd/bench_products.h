/* SPDX-License-Identifier: MIT
 *
 * The matrix products of one training step, run alone.
 */
#ifndef CMD_BENCH_PRODUCTS_H
#define CMD_BENCH_PRODUCTS_H

#include "cmd/bench_config.h"

struct bench_products;

/* The products of one step of the configuration, and the large one.  ERR_NOMEM. */
int bench_products_new(struct bench_products **products, const struct bench_config *config,
		       struct backend *backend, struct error *err);
void bench_products_free(struct bench_products *products); /* NULL is fine */

/* Every product of a step, forward and backward, and nothing else: q, k, v in one, gate and up in
 * one, the head by the model's chunks, attention per head in blocks of 64 queries without the keys
 * behind the block. */
void bench_products_step(struct bench_products *products);

/* The 1024 x 1024 x 1024 product for at least `seconds`; returns GFLOP/s. */
double bench_products_large(struct bench_products *products, double seconds);

#endif
