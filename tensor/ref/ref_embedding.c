/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "tensor/ref/ref.h"

/* The row of the table that belongs to position i. */
static ref_real *row_of(const struct tensor *table, const struct tensor *ids, size_t i)
{
	int32_t id = ref_ints(ids)[i];

	assert(id >= 0 && (size_t)id < table->dim[0]);
	return ref_reals(table) + (size_t)id * table->dim[1];
}

void REF(embedding_forward)(const struct tensor *y, const struct tensor *table,
			    const struct tensor *ids)
{
	size_t n = tensor_size(ids), c = table->dim[1];

	for (size_t i = 0; i < n; i++)
		memcpy(ref_reals(y) + i * c, row_of(table, ids, i), c * sizeof(ref_real));
}

/* Repeated ids add up in the table's own type: the gradient that is there already is one of them.
 */
void REF(embedding_backward)(const struct tensor *dtable, const struct tensor *dy,
			     const struct tensor *ids)
{
	size_t n = tensor_size(ids), c = dtable->dim[1];

	for (size_t i = 0; i < n; i++) {
		const ref_real *dys = ref_reals(dy) + i * c;
		ref_real *row = row_of(dtable, ids, i);

		for (size_t j = 0; j < c; j++)
			row[j] += dys[j];
	}
}
