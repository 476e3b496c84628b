/* SPDX-License-Identifier: MIT
 *
 * loss = log(sum exp(x - max)) + max - x[target], one row at a time while it is in the cache.
 */
#include <math.h>

#include "tensor/cpu/cpu_kernels.h"
#include "tensor/cpu/cpu_math.h"
#include "tensor/cpu/cpu_vector.h"

#define CHUNK 512 /* logits at a time; their sum is in float, the sum of chunks in double */

/* NaN elements may be missed: they come back through the exponentials. */
static float row_max(const float *x, size_t n)
{
	vec lanes[4];
	size_t i = 0;
	float largest = x[0];

	for (size_t j = 0; j < 4; j++)
		lanes[j] = vec_splat(largest);
	for (; i + 4 * LANES <= n; i += 4 * LANES)
		for (size_t j = 0; j < 4; j++)
			lanes[j] = vec_max(vec_load(x + i + j * LANES), lanes[j]);
	largest = vec_largest(vec_max(vec_max(lanes[0], lanes[1]), vec_max(lanes[2], lanes[3])));
	for (; i < n; i++)
		largest = x[i] > largest ? x[i] : largest;
	return largest;
}

/* The sum of exp(x - largest) over a chunk, n <= CHUNK; the powers are written to y. */
static float chunk_exp(float *y, const float *x, float largest, size_t n)
{
	vec sum = {0}, power;
	size_t i = 0;
	float total;

	for (; i + LANES <= n; i += LANES) {
		power = vec_exp2((vec_load(x + i) - largest) * MATH_LOG2E);
		vec_store(y + i, power);
		sum += power;
	}
	total = vec_sum(sum);
	if (i < n) {
		power = vec_exp2((vec_load_part(x + i, n - i) - largest) * MATH_LOG2E);
		vec_store_part(y + i, power, n - i);
		for (size_t j = 0; j < n - i; j++)
			total += power[j];
	}
	return total;
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

			sum += (double)chunk_exp(powers, x + j, largest, length);
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

		sum += (double)chunk_exp(x + j, x + j, largest, length);
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
