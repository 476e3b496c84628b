/* SPDX-License-Identifier: MIT
 *
 * The files kernel_*.c are compiled once per variant of the instruction set (Makefile: VARIANTS),
 * from one source in plain C with vector types.  Each exports one function that puts its
 * operations into a table; cpu_variant.c chooses among the variants at run time.
 */
#ifndef TENSOR_CPU_CPU_KERNELS_H
#define TENSOR_CPU_CPU_KERNELS_H

#include "tensor/backend_impl.h"

#ifndef CPU_VARIANT
#define CPU_VARIANT baseline
#endif
#define VARIANT_PASTE(name, variant)  name##_##variant
#define VARIANT_EXPAND(name, variant) VARIANT_PASTE(name, variant)
#define VARIANT(name)		      VARIANT_EXPAND(name, CPU_VARIANT)

/* X(group): kernel_GROUP.c */
#define CPU_KERNEL_GROUPS(X) \
	X(elementwise)       \
	X(update)            \
	X(embedding)         \
	X(rmsnorm)           \
	X(heads)             \
	X(mlp)               \
	X(cross_entropy)     \
	X(attention)

#define X(group) void VARIANT(install_##group)(struct backend_ops * ops);
CPU_KERNEL_GROUPS(X)
#undef X

/* Puts all groups of this variant into the table. */
void VARIANT(install_kernels)(struct backend_ops *ops);

#endif
