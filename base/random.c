/* SPDX-License-Identifier: MIT */
#include "base/random.h"

#include <math.h>

#define GOLDEN	      0x9E3779B97F4A7C15ull
#define TWO_PI	      6.283185307179586476925
#define FEISTEL_TURNS 6

uint64_t mix64(uint64_t x)
{
	x += GOLDEN;
	x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
	x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
	return x ^ (x >> 31);
}

uint64_t permute(uint64_t i, uint64_t m, uint64_t key)
{
	unsigned half = 1;
	uint64_t mask;

	while (half < 32 && (1ull << (2 * half)) < m)
		half++;
	mask = (1ull << half) - 1;
	do {
		uint64_t left = i >> half, right = i & mask;

		for (uint64_t turn = 0; turn < FEISTEL_TURNS; turn++) {
			uint64_t mixed = left ^ (mix64(right ^ mix64(key + turn)) & mask);

			left = right;
			right = mixed;
		}
		i = (left << half) | right;
	} while (i >= m);
	return i;
}

struct random random_stream(uint64_t seed, uint64_t stream)
{
	return (struct random){mix64(mix64(seed) + mix64(stream ^ GOLDEN))};
}

uint64_t random_bits(struct random *r)
{
	uint64_t bits = mix64(r->state);

	r->state += GOLDEN;
	return bits;
}

double random_uniform(struct random *r)
{
	return (double)(random_bits(r) >> 11) * 0x1p-53;
}

uint64_t random_below(struct random *r, uint64_t bound)
{
	uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
	uint64_t bits;

	do
		bits = random_bits(r);
	while (bits >= limit);
	return bits % bound;
}

double random_normal(struct random *r)
{
	double radius = sqrt(-2 * log(1 - random_uniform(r)));

	return radius * cos(TWO_PI * random_uniform(r));
}
