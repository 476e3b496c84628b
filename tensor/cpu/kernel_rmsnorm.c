/* SPDX-License-Identifier: MIT
 *
 * RMSNorm (Zhang and Sennrich 2019).  With r = rstd and s = mean(dy gain x):
 *     dx += r gain dy - r^3 s x;   dgain += dy x r
 */
#include <math.h>

#include "tensor/cpu/cpu_kernels.h"
#include "tensor/cpu/cpu_vector.h"

static float row_sum_squares(const float *x, size_t c)
{
	vec sums[2] = {{0}};
	size_t i = 0;
	float sum;

	for (; i + 2 * LANES <= c; i += 2 * LANES) {
		vec a = vec_load(x + i), b = vec_load(x + i + LANES);

		sums[0] += a * a;
		sums[1] += b * b;
	}
	sum = vec_sum(sums[0] + sums[1]);
	for (; i < c; i++)
		sum += x[i] * x[i];
	return sum;
}

/* sum of dy gain x */
static float row_sum_products(const float *dy, const float *gain, const float *x, size_t c)
{
	vec sums[2] = {{0}};
	size_t i = 0;
	float sum;

	for (; i + 2 * LANES <= c; i += 2 * LANES) {
		sums[0] += vec_load(dy + i) * vec_load(gain + i) * vec_load(x + i);
		sums[1] += vec_load(dy + i + LANES) * vec_load(gain + i + LANES) *
			   vec_load(x + i + LANES);
	}
	sum = vec_sum(sums[0] + sums[1]);
	for (; i < c; i++)
		sum += dy[i] * gain[i] * x[i];
	return sum;
}

/* `copy` may be NULL. */
ALWAYS_INLINE void normalise_rows(float *copy, const struct tensor *y, const struct tensor *rstd,
				  const struct tensor *x, const struct tensor *gain)
{
	const float *restrict g = host_data(gain), *restrict from = host_data(x);
	float *restrict r = host_data(rstd), *restrict to = host_data(y), *restrict kept = copy;
	size_t n = y->dim[0], c = y->dim[1];

	for (size_t i = 0; i < n; i++, from += c, to += c) {
		float mean = row_sum_squares(from, c) / (float)c;
		float factor = r[i] = 1 / sqrtf(mean + (float)RMSNORM_EPS);

		for (size_t j = 0; j < c; j++) {
			to[j] = from[j] * factor * g[j];
			if (kept)
				kept[i * c + j] = from[j];
		}
	}
}

static void rmsnorm_forward(const struct tensor *y, const struct tensor *rstd,
			    const struct tensor *x, const struct tensor *gain)
{
	normalise_rows(NULL, y, rstd, x, gain);
}

static void rmsnorm_branch(const struct tensor *copy, const struct tensor *y,
			   const struct tensor *rstd, const struct tensor *x,
			   const struct tensor *gain)
{
	normalise_rows(host_data(copy), y, rstd, x, gain);
}

static void rmsnorm_backward(const struct tensor *dx, const struct tensor *dgain,
			     const struct tensor *dy, const struct tensor *x,
			     const struct tensor *gain, const struct tensor *rstd)
{
	const float *restrict g = host_data(gain), *restrict r = host_data(rstd);
	float *restrict dg = host_data(dgain);
	size_t n = dx->dim[0], c = dx->dim[1];

	for (size_t i = 0; i < n; i++) {
		const float *restrict dout = (const float *)host_data(dy) + i * c;
		const float *restrict in = (const float *)host_data(x) + i * c;
		float *restrict din = (float *)host_data(dx) + i * c;
		float factor = r[i];
		float back = factor * factor * factor * row_sum_products(dout, g, in, c) / (float)c;

		for (size_t j = 0; j < c; j++) {
			din[j] += factor * g[j] * dout[j] - back * in[j];
			dg[j] += dout[j] * in[j] * factor;
		}
	}
}

void VARIANT(install_rmsnorm)(struct backend_ops *ops)
{
	ops->rmsnorm_forward = rmsnorm_forward;
	ops->rmsnorm_branch = rmsnorm_branch;
	ops->rmsnorm_backward = rmsnorm_backward;
}
