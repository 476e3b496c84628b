/* SPDX-License-Identifier: MIT
 *
 * What operations assert of their arguments: each predicate says that the tensor lies in memory
 * of this backend and has this type and shape.
 */
#ifndef TENSOR_SHAPE_H
#define TENSOR_SHAPE_H

#include "tensor/tensor.h"

/* A tensor seen as rows: the last dimension is the columns, all others together the rows. */
size_t shape_columns(const struct tensor *t);
size_t shape_rows(const struct tensor *t);

/* Reals, any shape of n elements. */
bool shape_is_real(const struct tensor *t, const struct backend *backend, size_t n);
/* Integers, any shape of n elements. */
bool shape_is_ints(const struct tensor *t, const struct backend *backend, size_t n);
/* Reals, n rows of c columns as above. */
bool shape_is_rows(const struct tensor *t, const struct backend *backend, size_t n, size_t c);
/* Reals of rank 2. */
bool shape_is_matrix(const struct tensor *t, const struct backend *backend, size_t rows,
		     size_t columns);
/* Reals (B, heads, T, D), where B, T and D are those of `like`. */
bool shape_is_heads(const struct tensor *t, const struct tensor *like, size_t heads);

#endif
