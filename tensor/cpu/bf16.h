/* SPDX-License-Identifier: MIT
 *
 * Matrix products of bfloat16: what is multiplied is rounded to the nearest bfloat16, ties to even,
 * and summed in fp32.  NaN stays NaN and infinity stays infinite.
 *
 * The processor's own instructions take what is below 2^-126 for zero, and sum in an order and with
 * roundings of their own; so results differ from those of another processor in their last bits, and
 * are the same from run to run on one.  Sums of k products of normal numbers are within 3e-6
 * sqrt(k) of the exact ones, as in fp32 (tests/test_bf16.c).
 */
#ifndef TENSOR_CPU_BF16_H
#define TENSOR_CPU_BF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Blocks of c(m,n) and of the inner index k that are packed at once. */
#define BF16_BLOCK_M 96
#define BF16_BLOCK_N 512
#define BF16_BLOCK_K 512
/* The largest part of c that a micro-kernel makes. */
#define BF16_TILE 32
/* Blocks in all directions where there are no instructions for bfloat16. */
#define ROUNDED_BLOCK 512

struct bf16_scratch {
	uint32_t a[BF16_BLOCK_M * BF16_BLOCK_K / 2]; /* packed pairs... */
	uint32_t b[BF16_BLOCK_N * BF16_BLOCK_K / 2];
	float tile[BF16_TILE * BF16_TILE];
} __attribute__((aligned(64)));

/* Rounded copies, to be multiplied in fp32. */
struct rounded_scratch {
	float a[ROUNDED_BLOCK * ROUNDED_BLOCK];
	float b[ROUNDED_BLOCK * ROUNDED_BLOCK];
} __attribute__((aligned(64)));

union bf16_room {
	struct bf16_scratch packed;
	struct rounded_scratch rounded;
};

struct product;
struct cpu_scratch;

/* A product on the calling thread, in its scratch->bf16: */
void bf16_multiply_rounded(const struct product *p, struct cpu_scratch *scratch);
void bf16_multiply_avx512(const struct product *p, struct cpu_scratch *scratch);
void bf16_multiply_amx(const struct product *p, struct cpu_scratch *scratch);

/* Whether the processor has tiles and the system lets this process use them. */
bool amx_supported(void);

#endif
