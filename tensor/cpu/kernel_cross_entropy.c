/* SPDX-License-Identifier: MIT
 *
 * loss = log(sum exp(x - max)) + max - x[target], one row at a time while it is in the cache.
 */
#include <math.h>

#include "tensor/cpu/cpu_kernels.h"
#include "tensor/cpu/cpu_math.h"
#include "tensor/cpu/cpu_vector.h"

#define CHUNK 256 /* logits at a time; their sum is in float, the sum of chunks in double */

/* NaN elements may be missed: they come back through the exponentials. */
static float row_max(const float *x, size_t n)
{
	vec lanes[2] = {vec_splat(x[0]), vec_splat(x[0])};
	float largest;
	size_t i = 0;

	for (; i + 2 * LANES <= n; i += 2 * LANES)
		for (size_t j = 0; j < 2; j++)
			lanes[j] = vec_max(vec_load(x + i + j * LANES), lanes[j]);
	lanes[0] = vec_max(lanes[0], lanes[1]);
	largest = x[0];
	for (size_t j = 0; j < LANES; j++)
		largest = lanes[0][j] > largest ? lanes[0][j] : largest;
	for (; i < n; i++)
		largest = x[i] > largest ? x[i] : largest;
	return largest;
}

static float chunk_sum(const float *x, size_t n)
{
	vec sum = {0};
	size_t i = 0;
	float total;

	for (; i + LANES <= n; i += LANES)
		sum += vec_load(x + i);
	total = vec_sum(sum);
	for (; i < n; i++)
		total += x[i];
	return total;
}

static void chunk_exp(float *restrict y, const float *restrict x, float largest, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = math_exp(x[i] - largest);
}

static float row_loss(float largest, double sum, float target)
{
	return (float)(log(sum) + ((double)largest - (double)target));
}

static void cross_entropy_forward(const struct tensor *losses, const struct tensor *logits,
				  const struct tensor *targets)
{
	const int32_t *target = host_data(targets);
	float *loss = host_data(losses), powers[CHUNK];
	size_t n = logits->dim[0], v = logits->dim[1];

	for (size_t i = 0; i < n; i++) {
		const float *x = (const float *)host_data(logits) + i * v;
		float largest = row_max(x, v);
		double sum = 0;

		for (size_t j = 0; j < v; j += CHUNK) {
			size_t length = v - j < CHUNK ? v - j : CHUNK;

			chunk_exp(powers, x + j, largest, length);
			sum += (double)chunk_sum(powers, length);
		}
		loss[i] = row_loss(largest, sum, x[target[i]]);
	}
}

/* Replaces a row by exp(x - max); returns the sum. */
static double row_exp(float *x, float largest, size_t n)
{
	double sum = 0;

	for (size_t j = 0; j < n; j += CHUNK) {
		size_t length = n - j < CHUNK ? n - j : CHUNK;

		for (size_t i = j; i < j + length; i++)
			x[i] = math_exp(x[i] - largest);
		sum += (double)chunk_sum(x + j, length);
	}
	return sum;
}

static void cross_entropy_backward(const struct tensor *losses, const struct tensor *logits,
				   const struct tensor *targets, double scale)
{
	const int32_t *target = host_data(targets);
	float *loss = host_data(losses);
	size_t n = logits->dim[0], v = logits->dim[1];

	for (size_t i = 0; i < n; i++) {
		float *x = (float *)host_data(logits) + i * v;
		float at_target = x[target[i]], largest = row_max(x, v);
		double sum = row_exp(x, largest, v);
		float factor = (float)(scale / sum);

		loss[i] = row_loss(largest, sum, at_target);
		for (size_t j = 0; j < v; j++)
			x[j] *= factor;
		x[target[i]] -= (float)scale;
	}
}

void VARIANT(install_cross_entropy)(struct backend_ops *ops)
{
	ops->cross_entropy_forward = cross_entropy_forward;
	ops->cross_entropy_backward = cross_entropy_backward;
}
