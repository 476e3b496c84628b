/* SPDX-License-Identifier: MIT
 *
 * The bare products of causal attention, forward and backward: per head, in blocks of 64 queries,
 * without the keys behind the block.
 */
#ifndef CMD_BENCH_HEADS_H
#define CMD_BENCH_HEADS_H

#include "tensor/tensor.h"

#define BENCH_QUERIES 64 /* of a block */

/* Those with D columns have the rows of all heads, one head behind the other. */
struct bench_heads {
	struct tensor q, k, v, dy;     /* inputs (BHT,D) */
	struct tensor y, dq, dk, dv;   /* outputs, likewise */
	struct tensor weights, scores; /* an input and an output (64 T) */
};

/* Two products forward and five backward, of all heads with t queries each. */
void bench_heads_run(const struct bench_heads *h, size_t t);

#endif
