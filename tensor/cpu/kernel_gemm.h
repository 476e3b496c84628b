/* SPDX-License-Identifier: MIT
 *
 * Products in fp32 of our own, for sizes at which the BLAS spends much of its time on copies of
 * its inputs: the models' smaller layers.
 */
#ifndef TENSOR_CPU_KERNEL_GEMM_H
#define TENSOR_CPU_KERNEL_GEMM_H

#include "tensor/cpu/cpu_backend.h"
#include "tensor/cpu/cpu_kernels.h"

/* Any sizes and strides, by these kernels alone; on one thread.  Every element of c is a sum over k
 * in the same order, whatever window of a product it is computed in. */
void VARIANT(gemm)(const struct product *p, struct cpu_scratch *scratch);

/* By these kernels or by the BLAS, as the sizes and the instruction set suggest. */
void VARIANT(multiply)(const struct product *p, struct cpu_scratch *scratch);

#endif
