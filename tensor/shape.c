/* SPDX-License-Identifier: MIT */
#include "tensor/shape.h"

size_t shape_columns(const struct tensor *t)
{
	return t->rank > 0 ? t->dim[t->rank - 1] : 0;
}

size_t shape_rows(const struct tensor *t)
{
	size_t columns = shape_columns(t);

	return columns > 0 ? tensor_size(t) / columns : 0;
}

static bool is_of(const struct tensor *t, const struct backend *backend, enum dtype dtype, size_t n)
{
	return t->backend && t->backend == backend && t->buffer && t->dtype == dtype &&
	       tensor_size(t) == n && n > 0;
}

bool shape_is_real(const struct tensor *t, const struct backend *backend, size_t n)
{
	return is_of(t, backend, DTYPE_REAL, n);
}

bool shape_is_ints(const struct tensor *t, const struct backend *backend, size_t n)
{
	return is_of(t, backend, DTYPE_INT, n);
}

bool shape_is_rows(const struct tensor *t, const struct backend *backend, size_t n, size_t c)
{
	return shape_is_real(t, backend, n * c) && shape_columns(t) == c;
}

bool shape_is_matrix(const struct tensor *t, const struct backend *backend, size_t rows,
		     size_t columns)
{
	return t->rank == 2 && shape_is_rows(t, backend, rows, columns);
}

bool shape_is_heads(const struct tensor *t, const struct tensor *like, size_t heads)
{
	return like->rank == 4 && t->rank == 4 && t->dim[0] == like->dim[0] && t->dim[1] == heads &&
	       t->dim[2] == like->dim[2] && t->dim[3] == like->dim[3] &&
	       shape_is_real(t, like->backend, tensor_size(t));
}
