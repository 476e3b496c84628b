/* SPDX-License-Identifier: MIT */
#ifndef TENSOR_CPU_KERNEL_TRANSPOSE_H
#define TENSOR_CPU_KERNEL_TRANSPOSE_H

#include <stddef.h>

#include "tensor/cpu/cpu_kernels.h"

/* to(columns, rows) = factor from(rows, columns), transposed. */
void VARIANT(tile_transpose)(float *to, size_t to_row, const float *from, size_t from_row,
			     size_t rows, size_t columns, float factor);

#endif
