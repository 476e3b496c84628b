/* SPDX-License-Identifier: MIT */
#include "tensor/ref/ref.h"

/* A matrix under op(): element (i, j) is at i * row + j * column. */
struct operand {
	const ref_real *data;
	size_t row, column;
};

static struct operand operand_of(const struct tensor *t, enum transpose transpose)
{
	size_t columns = t->dim[1];

	return transpose == TRANSPOSED ? (struct operand){ref_reals(t), 1, columns}
				       : (struct operand){ref_reals(t), columns, 1};
}

static double inner_product(const struct operand *a, size_t i, const struct operand *b, size_t j,
			    size_t k)
{
	const ref_real *as = a->data + i * a->row, *bs = b->data + j * b->column;
	double sum = 0;

	for (size_t p = 0; p < k; p++)
		sum += (double)as[p * a->column] * (double)bs[p * b->row];
	return sum;
}

void REF(matmul)(const struct tensor *c, const struct tensor *a, enum transpose ta,
		 const struct tensor *b, enum transpose tb, double alpha, double beta)
{
	struct operand left = operand_of(a, ta), right = operand_of(b, tb);
	size_t m = c->dim[0], n = c->dim[1], k = a->dim[ta == TRANSPOSED ? 0 : 1];
	ref_real *cs = ref_reals(c);

	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++) {
			ref_real *at = &cs[i * n + j];
			double old = beta == 0 ? 0 : beta * (double)*at;

			*at = (ref_real)(alpha * inner_product(&left, i, &right, j, k) + old);
		}
}
