/* SPDX-License-Identifier: MIT
 *
 * The largest logit is taken out before exponentials, so that no finite row overflows.
 */
#include <assert.h>
#include <math.h>

#include "tensor/ref/ref.h"

static double log_sum_exp(const ref_real *x, size_t n)
{
	double largest = -HUGE_VAL, sum = 0;

	for (size_t i = 0; i < n; i++)
		largest = ref_larger(largest, (double)x[i]);
	for (size_t i = 0; i < n; i++)
		sum += exp((double)x[i] - largest);
	return largest + log(sum);
}

/* Sets the loss of row i; returns its log-sum-exp. */
static double row_loss(const struct tensor *losses, const struct tensor *logits,
		       const struct tensor *targets, size_t i)
{
	size_t v = logits->dim[logits->rank - 1];
	const ref_real *row = ref_reals(logits) + i * v;
	int32_t target = ref_ints(targets)[i];
	double lse = log_sum_exp(row, v);

	assert(target >= 0 && (size_t)target < v);
	ref_reals(losses)[i] = (ref_real)(lse - (double)row[target]);
	return lse;
}

void REF(cross_entropy_forward)(const struct tensor *losses, const struct tensor *logits,
				const struct tensor *targets)
{
	size_t n = tensor_size(targets);

	for (size_t i = 0; i < n; i++)
		row_loss(losses, logits, targets, i);
}

void REF(cross_entropy_backward)(const struct tensor *losses, const struct tensor *logits,
				 const struct tensor *targets, double scale)
{
	size_t n = tensor_size(targets), v = logits->dim[logits->rank - 1];

	for (size_t i = 0; i < n; i++) {
		double lse = row_loss(losses, logits, targets, i);
		ref_real *row = ref_reals(logits) + i * v;
		size_t target = (size_t)ref_ints(targets)[i];

		for (size_t j = 0; j < v; j++)
			row[j] = (ref_real)(scale * (exp((double)row[j] - lse) - (j == target)));
	}
}
