/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "tensor/cpu/cpu_kernels.h"
#include "tensor/cpu/cpu_vector.h"

static void fill(const struct tensor *x, double value)
{
	float *to = host_data(x), v = (float)value;
	size_t n = tensor_size(x);

	for (size_t i = 0; i < n; i++)
		to[i] = v;
}

static void copy(const struct tensor *y, const struct tensor *x)
{
	memmove(host_data(y), host_data(x), tensor_size(x) * sizeof(float));
}

static void axpby(const struct tensor *y, double a, const struct tensor *x, double b)
{
	const float *from = host_data(x);
	float *to = host_data(y), fa = (float)a, fb = (float)b;
	size_t n = tensor_size(y);

	if (b == 0)
		for (size_t i = 0; i < n; i++)
			to[i] = fa * from[i];
	else
		for (size_t i = 0; i < n; i++)
			to[i] = fa * from[i] + fb * to[i];
}

/* In double, where the square of no float over- or underflows. */
static double sum_squares(const struct tensor *x)
{
	const float *from = host_data(x);
	size_t n = tensor_size(x), width = LANES / 2, i = 0;
	vec_double sums[4] = {{0}};
	double sum;

	for (; i + 4 * width <= n; i += 4 * width)
		for (size_t j = 0; j < 4; j++) {
			vec_double v = vec_load_double(from + i + j * width);

			sums[j] += v * v;
		}
	sum = vec_sum_double((sums[0] + sums[1]) + (sums[2] + sums[3]));
	for (; i < n; i++)
		sum += (double)from[i] * (double)from[i];
	return sum;
}

static void normalize(const struct tensor *y, const struct tensor *x)
{
	const float *from = host_data(x);
	float *to = host_data(y);
	size_t n = tensor_size(x);
	double norm = sqrt(sum_squares(x));

	if (norm == 0) {
		fill(y, 0);
		return;
	}
	/* An infinite element makes the norm infinite: then every element becomes NaN or 0, and
	 * at least one NaN. */
	for (size_t i = 0; i < n; i++)
		to[i] = (float)((double)from[i] * (1 / norm));
}

void VARIANT(install_elementwise)(struct backend_ops *ops)
{
	ops->fill = fill;
	ops->copy = copy;
	ops->axpby = axpby;
	ops->sum_squares = sum_squares;
	ops->normalize = normalize;
}
