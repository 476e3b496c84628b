/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "tensor/cpu/cpu_kernels.h"

static void embedding_forward(const struct tensor *y, const struct tensor *table,
			      const struct tensor *ids)
{
	const int32_t *id = host_data(ids);
	const float *from = host_data(table);
	float *to = host_data(y);
	size_t n = tensor_size(ids), c = table->dim[1];

	for (size_t i = 0; i < n; i++)
		memcpy(to + i * c, from + (size_t)id[i] * c, c * sizeof(*to));
}

static void embedding_backward(const struct tensor *dtable, const struct tensor *dy,
			       const struct tensor *ids)
{
	const int32_t *id = host_data(ids);
	size_t n = tensor_size(ids), c = dtable->dim[1];

	for (size_t i = 0; i < n; i++) {
		const float *restrict from = (const float *)host_data(dy) + i * c;
		float *restrict to = (float *)host_data(dtable) + (size_t)id[i] * c;

		for (size_t j = 0; j < c; j++)
			to[j] += from[j];
	}
}

void VARIANT(install_embedding)(struct backend_ops *ops)
{
	ops->embedding_forward = embedding_forward;
	ops->embedding_backward = embedding_backward;
}
