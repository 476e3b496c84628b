/* SPDX-License-Identifier: MIT
 *
 * Tensors as values: sizes, windows and views.  Nothing here touches memory but tensor_write and
 * tensor_read, which pass through the backend's transfer piece in bites, so that no copy of any
 * size ever allocates.
 */
#include "tensor/tensor.h"

#include <assert.h>
#include <string.h>

#include "tensor/backend_impl.h"

const struct tensor no_tensor = {.backend = NULL};

bool tensor_exists(const struct tensor *t)
{
	return t->backend != NULL;
}

size_t tensor_size(const struct tensor *t)
{
	size_t size = t->rank > 0;

	for (int i = 0; i < t->rank; i++)
		size *= t->dim[i];
	return size;
}

size_t tensor_element_size(const struct tensor *t)
{
	return t->dtype == DTYPE_INT ? sizeof(int32_t) : t->backend->type->real_size;
}

struct tensor tensor_rows(const struct tensor *t, size_t first, size_t n)
{
	struct tensor window = *t;
	size_t row_size;

	assert(t->rank > 0 && first <= t->dim[0] && n <= t->dim[0] - first);
	window.dim[0] = 1;
	row_size = tensor_size(&window);
	window.dim[0] = n;
	window.offset += first * row_size * tensor_element_size(t);
	return window;
}

struct tensor tensor_as(const struct tensor *t, int rank, const size_t *dim)
{
	struct tensor view = *t;

	assert(rank > 0 && rank <= TENSOR_MAX_RANK);
	view.rank = rank;
	memset(view.dim, 0, sizeof(view.dim));
	memcpy(view.dim, dim, (size_t)rank * sizeof(*dim));
	assert(tensor_size(&view) == tensor_size(t));
	return view;
}

struct tensor tensor_as_matrix(const struct tensor *t, size_t rows, size_t columns)
{
	return tensor_as(t, 2, (const size_t[]){rows, columns});
}

struct tensor tensor_as_vector(const struct tensor *t)
{
	return tensor_as(t, 1, (const size_t[]){tensor_size(t)});
}

/* The next bite of a vector of reals, from element `first`. */
static struct tensor next_bite(const struct tensor *vector, size_t first)
{
	size_t most = vector->backend->transfer_size / sizeof(float);
	size_t left = vector->dim[0] - first;

	return tensor_rows(vector, first, left < most ? left : most);
}

void tensor_write(const struct tensor *t, const double *values)
{
	const struct backend *backend = t->backend;
	struct tensor all = tensor_as_vector(t), bite;
	float *floats = backend->transfer;

	assert(t->dtype == DTYPE_REAL && t->buffer);
	if (backend->type->real_size == sizeof(double)) {
		backend->type->write(t, values);
		return;
	}
	for (size_t first = 0; first < all.dim[0]; first += bite.dim[0]) {
		bite = next_bite(&all, first);
		for (size_t i = 0; i < bite.dim[0]; i++)
			floats[i] = (float)values[first + i];
		backend->type->write(&bite, floats);
	}
}

void tensor_read(const struct tensor *t, double *values)
{
	const struct backend *backend = t->backend;
	struct tensor all = tensor_as_vector(t), bite;
	const float *floats = backend->transfer;

	assert(t->dtype == DTYPE_REAL && t->buffer);
	if (backend->type->real_size == sizeof(double)) {
		backend->type->read(t, values);
		return;
	}
	for (size_t first = 0; first < all.dim[0]; first += bite.dim[0]) {
		bite = next_bite(&all, first);
		backend->type->read(&bite, backend->transfer);
		for (size_t i = 0; i < bite.dim[0]; i++)
			values[first + i] = (double)floats[i];
	}
}

void tensor_write_ints(const struct tensor *t, const int32_t *values)
{
	assert(t->dtype == DTYPE_INT && t->buffer);
	t->backend->type->write(t, values);
}

size_t tensor_size_bytes(const struct tensor *t)
{
	return tensor_exists(t) ? tensor_size(t) * tensor_element_size(t) : 0;
}

void tensor_save(const struct tensor *t, void *bytes)
{
	if (tensor_exists(t))
		t->backend->type->read(t, bytes);
}

void tensor_restore(const struct tensor *t, const void *bytes)
{
	if (tensor_exists(t))
		t->backend->type->write(t, bytes);
}
