/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "tensor/ref/ref.h"

void REF(fill)(const struct tensor *x, double value)
{
	ref_real *xs = ref_reals(x);
	size_t n = tensor_size(x);

	for (size_t i = 0; i < n; i++)
		xs[i] = (ref_real)value;
}

void REF(copy)(const struct tensor *y, const struct tensor *x)
{
	memmove(ref_reals(y), ref_reals(x), tensor_size(x) * sizeof(ref_real));
}

void REF(axpby)(const struct tensor *y, double a, const struct tensor *x, double b)
{
	const ref_real *xs = ref_reals(x);
	ref_real *ys = ref_reals(y);
	size_t n = tensor_size(y);

	for (size_t i = 0; i < n; i++)
		ys[i] = (ref_real)(a * (double)xs[i] + (b == 0 ? 0 : b * (double)ys[i]));
}

double REF(sum_squares)(const struct tensor *x)
{
	const ref_real *xs = ref_reals(x);
	size_t n = tensor_size(x);
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)xs[i] * (double)xs[i];
	return sum;
}

void REF(normalize)(const struct tensor *y, const struct tensor *x)
{
	const ref_real *xs = ref_reals(x);
	ref_real *ys = ref_reals(y);
	size_t n = tensor_size(x);
	double largest = 0, sum = 0, relative;

	for (size_t i = 0; i < n; i++)
		largest = ref_larger(largest, fabs((double)xs[i]));
	if (largest == 0) {
		REF(fill)(y, 0);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		relative = (double)xs[i] / largest;
		sum += relative * relative;
	}
	for (size_t i = 0; i < n; i++)
		ys[i] = (ref_real)((double)xs[i] / largest / sqrt(sum));
}

void REF(add_identity)(const struct tensor *x, double a)
{
	ref_real *xs = ref_reals(x);
	size_t m = x->dim[0];

	for (size_t i = 0; i < m; i++)
		xs[i * m + i] = (ref_real)((double)xs[i * m + i] + a);
}
