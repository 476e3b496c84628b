/* SPDX-License-Identifier: MIT
 *
 * Products of small matrices that stay in the nearest caches, as attention needs them: sizes of
 * tens to hundreds, any strides on the left.
 */
#ifndef TENSOR_CPU_KERNEL_TILE_H
#define TENSOR_CPU_KERNEL_TILE_H

#include <stdbool.h>
#include <stddef.h>

#include "tensor/cpu/cpu_kernels.h"
#include "tensor/cpu/cpu_vector.h"

/* A block of the result that stays in registers: its sums are 28 of 32 registers, or 12 of 16. */
#if defined(__AVX512F__) || defined(__aarch64__)
#define TILE_ROWS 14
#else
#define TILE_ROWS 6
#endif
#define TILE_VECTORS 2
#define TILE_COLUMNS (TILE_VECTORS * LANES)

/* Element (i,j) is at data[i * row + j * column]. */
struct tile_left {
	const float *data;
	size_t row, column;
};

/* Element (i,j) is at data[i * row + j]. */
struct tile_right {
	const float *data;
	size_t row;
};

struct tile_out {
	float *data;
	size_t row;
};

enum tile_mode { TILE_SET, TILE_ADD };

struct tile_scale {
	float alpha, beta;
};

/* c(m,n) = a(m,k) b(k,n), or adds it.  Of a's row and column one is 1. */
void VARIANT(tile_multiply)(struct tile_out c, struct tile_left a, struct tile_right b, size_t m,
			    size_t n, size_t k, enum tile_mode mode);

/* c(m,n) = alpha a(m,k) b(k,n) + beta c for a width n of 1 or 2 vectors; with beta = 0 c is not
 * read.  Of a's row and column one is 1. */
void VARIANT(tile_panel)(struct tile_out c, struct tile_left a, struct tile_right b, size_t m,
			 size_t k, struct tile_scale scale, size_t vectors);

#endif
