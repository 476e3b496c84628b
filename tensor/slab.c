/* SPDX-License-Identifier: MIT
 *
 * Slabs: the same layout calls measure first and place afterwards, so offsets are the same in
 * both passes and a layout that takes more the second time is caught by assert.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "tensor/backend_impl.h"
#include "tensor/tensor.h"

#define SLAB_ALIGNMENT 64

static struct tensor take_at(struct slab *slab, size_t offset, enum dtype dtype, int rank,
			     const size_t *dim)
{
	struct tensor t = {
		.backend = slab->backend,
		.buffer = slab->buffer,
		.offset = offset,
		.dtype = dtype,
		.rank = rank,
	};

	assert(rank > 0 && rank <= TENSOR_MAX_RANK);
	for (int i = 0; i < rank; i++)
		t.dim[i] = dim[i];
	slab->used = offset + tensor_size(&t) * tensor_element_size(&t);
	assert(!slab->buffer || slab->used <= slab->size);
	return t;
}

struct tensor slab_take(struct slab *slab, enum dtype dtype, int rank, const size_t *dim)
{
	size_t offset = (slab->used + SLAB_ALIGNMENT - 1) / SLAB_ALIGNMENT * SLAB_ALIGNMENT;

	return take_at(slab, offset, dtype, rank, dim);
}

struct tensor slab_vector(struct slab *slab, size_t n)
{
	return slab_take(slab, DTYPE_REAL, 1, &n);
}

struct tensor slab_matrix(struct slab *slab, size_t rows, size_t columns)
{
	return slab_take(slab, DTYPE_REAL, 2, (const size_t[]){rows, columns});
}

struct tensor slab_matrix_joined(struct slab *slab, size_t rows, size_t columns)
{
	return take_at(slab, slab->used, DTYPE_REAL, 2, (const size_t[]){rows, columns});
}

struct slab slab_measuring(size_t lanes)
{
	static const struct backend_type floats = {.real_size = sizeof(float)};
	static struct backend nowhere = {.type = &floats};

	nowhere.lanes = (int)lanes;
	return (struct slab){.backend = &nowhere};
}

void slab_rewind(struct slab *slab)
{
	slab->used = 0;
}

struct tensor slab_whole(const struct slab *slab)
{
	struct tensor all = {.backend = slab->backend, .buffer = slab->buffer, .rank = 1};

	if (slab->size == 0)
		return no_tensor;
	all.dim[0] = slab->size / slab->backend->type->real_size;
	assert(all.dim[0] * slab->backend->type->real_size == slab->size);
	return all;
}

int slab_allocate(struct slab *slab, struct error *err)
{
	struct buffer *buffer = xcalloc(1, sizeof(*buffer));
	int rc;

	assert(!slab->buffer);
	rc = slab->backend->type->allocate(slab->backend, buffer, slab->used, err);
	if (rc < 0) {
		free(buffer);
		return rc;
	}
	slab->buffer = buffer;
	slab->size = slab->used;
	slab_rewind(slab);
	return 0;
}

void slab_release(struct slab *slab)
{
	if (slab->buffer) {
		slab->backend->type->release(slab->backend, slab->buffer);
		free(slab->buffer);
	}
	slab->buffer = NULL;
	slab->used = slab->size = 0;
}
