/* SPDX-License-Identifier: MIT
 *
 * Random numbers that are the same on every machine: a splitmix64 stream, and a keyed
 * permutation that needs no memory.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

/* A bijective mixer of 64 bits (Steele et al. 2014, splitmix64's output function). */
uint64_t mix64(uint64_t x);

/* A keyed bijection on [0, m), m >= 1: six Feistel rounds and cycle walking. */
uint64_t permute(uint64_t i, uint64_t m, uint64_t key);

struct random {
	uint64_t state;
};

/* Independent streams: any two different (seed, stream) pairs. */
struct random random_stream(uint64_t seed, uint64_t stream);
uint64_t random_bits(struct random *r);
double random_uniform(struct random *r);		 /* [0, 1) with 53 bits */
uint64_t random_below(struct random *r, uint64_t bound); /* [0, bound), unbiased */
double random_normal(struct random *r);			 /* mean 0, variance 1 */

#endif
