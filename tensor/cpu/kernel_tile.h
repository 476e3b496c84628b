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

/* c(m,n) = a(m,k) b(k,n), or adds it. */
void VARIANT(tile_multiply)(struct tile_out c, struct tile_left a, struct tile_right b, size_t m,
			    size_t n, size_t k, enum tile_mode mode);

#endif
