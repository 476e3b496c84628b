/* SPDX-License-Identifier: MIT */
#include "tensor/ref/ref.h"

/* A matrix under op(): element (i, j) is at i * row + j * column. */
struct operand {
	const ref_real *data;
	size_t row, column;
	bool rounded; /* to bfloat16 */
};

static struct operand operand_of(const struct tensor *t, enum transpose transpose)
{
	size_t columns = t->dim[1];

	struct operand operand = {ref_reals(t), columns, 1,
				  t->backend->precision == PRECISION_BF16};

	if (transpose == TRANSPOSED) {
		operand.row = 1;
		operand.column = columns;
	}
	return operand;
}

static double element(const struct operand *o, size_t i, size_t j)
{
	double value = (double)o->data[i * o->row + j * o->column];

	return o->rounded ? (double)round_to_bf16((float)value) : value;
}

static double inner_product(const struct operand *a, size_t i, const struct operand *b, size_t j,
			    size_t k)
{
	double sum = 0;

	for (size_t p = 0; p < k; p++)
		sum += element(a, i, p) * element(b, p, j);
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
