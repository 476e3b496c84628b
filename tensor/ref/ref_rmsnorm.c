/* SPDX-License-Identifier: MIT
 *
 * With r = 1/sqrt(mean(x^2) + eps) and y_j = g_j x_j r:
 *     dx_j = r g_j dy_j - x_j r^3 mean(g dy x),    dg_j = sum over rows of dy_j x_j r.
 */
#include <math.h>

#include "tensor/ref/ref.h"

void REF(rmsnorm_forward)(const struct tensor *y, const struct tensor *rstd, const struct tensor *x,
			  const struct tensor *gain)
{
	size_t c = tensor_size(gain), n = tensor_size(rstd);
	const ref_real *gains = ref_reals(gain);

	for (size_t i = 0; i < n; i++) {
		const ref_real *xs = ref_reals(x) + i * c;
		ref_real *ys = ref_reals(y) + i * c;
		double sum = 0, r;

		for (size_t j = 0; j < c; j++)
			sum += (double)xs[j] * (double)xs[j];
		r = 1 / sqrt(sum / (double)c + RMSNORM_EPS);
		ref_reals(rstd)[i] = (ref_real)r;
		for (size_t j = 0; j < c; j++)
			ys[j] = (ref_real)((double)gains[j] * (double)xs[j] * r);
	}
}

static void backward_x(const struct tensor *dx, const struct tensor *dy, const struct tensor *x,
		       const struct tensor *gain, const struct tensor *rstd)
{
	size_t c = tensor_size(gain), n = tensor_size(rstd);
	const ref_real *gains = ref_reals(gain);

	for (size_t i = 0; i < n; i++) {
		const ref_real *xs = ref_reals(x) + i * c, *dys = ref_reals(dy) + i * c;
		ref_real *dxs = ref_reals(dx) + i * c;
		double r = (double)ref_reals(rstd)[i], sum = 0, d;

		for (size_t j = 0; j < c; j++)
			sum += (double)gains[j] * (double)dys[j] * (double)xs[j];
		for (size_t j = 0; j < c; j++) {
			d = r * (double)gains[j] * (double)dys[j] -
			    (double)xs[j] * r * r * r * sum / (double)c;
			dxs[j] = (ref_real)((double)dxs[j] + d);
		}
	}
}

static void backward_gain(const struct tensor *dgain, const struct tensor *dy,
			  const struct tensor *x, const struct tensor *rstd)
{
	size_t c = tensor_size(dgain), n = tensor_size(rstd);
	const ref_real *xs = ref_reals(x), *dys = ref_reals(dy), *r = ref_reals(rstd);

	for (size_t j = 0; j < c; j++) {
		ref_real *at = ref_reals(dgain) + j;
		double sum = 0;

		for (size_t i = 0; i < n; i++)
			sum += (double)dys[i * c + j] * (double)xs[i * c + j] * (double)r[i];
		*at = (ref_real)((double)*at + sum);
	}
}

void REF(rmsnorm_backward)(const struct tensor *dx, const struct tensor *dgain,
			   const struct tensor *dy, const struct tensor *x,
			   const struct tensor *gain, const struct tensor *rstd)
{
	backward_x(dx, dy, x, gain, rstd);
	backward_gain(dgain, dy, x, rstd);
}
