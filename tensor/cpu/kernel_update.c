/* SPDX-License-Identifier: MIT
 *
 * The elementwise part of optimizer steps, one pass over memory each.
 */
#include <math.h>

#include "tensor/cpu/cpu_kernels.h"

static void adamw(const struct tensor *w, const struct tensor *m, const struct tensor *v,
		  const struct tensor *g, const struct adamw_step *step)
{
	float *restrict ws = host_data(w), *restrict ms = host_data(m), *restrict vs = host_data(v);
	const float *restrict gs = host_data(g);
	float scale = (float)step->gradient_scale, keep = (float)(1 - step->decay);
	float beta1 = (float)step->beta1, beta2 = (float)step->beta2;
	float rest1 = (float)(1 - step->beta1), rest2 = (float)(1 - step->beta2);
	float rate = (float)(step->lr / step->correction1), eps = (float)step->eps;
	float inverse2 = (float)(1 / step->correction2);
	size_t n = tensor_size(w);

	for (size_t i = 0; i < n; i++) {
		float gradient = scale * gs[i];

		ms[i] = beta1 * ms[i] + rest1 * gradient;
		vs[i] = beta2 * vs[i] + rest2 * (gradient * gradient);
		ws[i] = keep * ws[i] - rate * ms[i] / (sqrtf(vs[i] * inverse2) + eps);
	}
}

static void momentum(const struct tensor *u, const struct tensor *momentum, const struct tensor *g,
		     double gradient_scale, double mu, bool nesterov)
{
	float *restrict us = host_data(u), *restrict ms = host_data(momentum);
	const float *restrict gs = host_data(g);
	float scale = (float)gradient_scale, keep = (float)mu;
	size_t n = tensor_size(u);

	if (nesterov)
		for (size_t i = 0; i < n; i++) {
			ms[i] = keep * ms[i] + scale * gs[i];
			us[i] = keep * ms[i] + scale * gs[i];
		}
	else
		for (size_t i = 0; i < n; i++)
			us[i] = ms[i] = keep * ms[i] + scale * gs[i];
}

void VARIANT(install_update)(struct backend_ops *ops)
{
	ops->adamw = adamw;
	ops->momentum = momentum;
}
