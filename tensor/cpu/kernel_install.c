/* SPDX-License-Identifier: MIT */
#include "tensor/cpu/cpu_kernels.h"

void VARIANT(install_kernels)(struct backend_ops *ops)
{
#define X(group) VARIANT(install_##group)(ops);
	CPU_KERNEL_GROUPS(X)
#undef X
}
