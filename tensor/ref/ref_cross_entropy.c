/* SPDX-License-Identifier: MIT
 *
 * The largest logit is taken out before anything else, so that no finite row overflows and rows
 * of large logits lose no digits: loss = ln(sum_j exp(x_j - max)) + (max - x_target).
 */
#include <assert.h>
#include <math.h>

#include "tensor/ref/ref.h"

struct row {
	ref_real *x;
	size_t n, target;
	double largest, sum; /* sum of exp(x - largest) */
};

static struct row row_of(const struct tensor *logits, const struct tensor *targets, size_t i)
{
	size_t v = logits->dim[logits->rank - 1];
	struct row row = {
		.x = ref_reals(logits) + i * v,
		.n = v,
		.target = (size_t)ref_ints(targets)[i],
		.largest = -HUGE_VAL,
	};

	assert(row.target < v);
	for (size_t j = 0; j < v; j++)
		row.largest = ref_larger(row.largest, (double)row.x[j]);
	for (size_t j = 0; j < v; j++)
		row.sum += exp((double)row.x[j] - row.largest);
	return row;
}

static double row_loss(const struct row *row)
{
	return log(row->sum) + (row->largest - (double)row->x[row->target]);
}

void REF(cross_entropy_forward)(const struct tensor *losses, const struct tensor *logits,
				const struct tensor *targets)
{
	size_t n = tensor_size(targets);

	for (size_t i = 0; i < n; i++) {
		struct row row = row_of(logits, targets, i);

		ref_reals(losses)[i] = (ref_real)row_loss(&row);
	}
}

void REF(cross_entropy_backward)(const struct tensor *losses, const struct tensor *logits,
				 const struct tensor *targets, double scale)
{
	size_t n = tensor_size(targets);

	for (size_t i = 0; i < n; i++) {
		struct row row = row_of(logits, targets, i);

		ref_reals(losses)[i] = (ref_real)row_loss(&row);
		for (size_t j = 0; j < row.n; j++) {
			double p = exp((double)row.x[j] - row.largest) / row.sum;

			row.x[j] = (ref_real)(scale * (p - (j == row.target)));
		}
	}
}
