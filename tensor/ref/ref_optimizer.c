/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "tensor/ref/ref.h"

void REF(adamw)(const struct tensor *w, const struct tensor *m, const struct tensor *v,
		const struct tensor *g, const struct adamw_step *step)
{
	ref_real *ws = ref_reals(w), *ms = ref_reals(m), *vs = ref_reals(v);
	const ref_real *gs = ref_reals(g);
	size_t n = tensor_size(w);

	for (size_t i = 0; i < n; i++) {
		double gradient = step->gradient_scale * (double)gs[i];
		double mean = step->beta1 * (double)ms[i] + (1 - step->beta1) * gradient;
		double square =
			step->beta2 * (double)vs[i] + (1 - step->beta2) * gradient * gradient;
		double change =
			mean / step->correction1 / (sqrt(square / step->correction2) + step->eps);

		ms[i] = (ref_real)mean;
		vs[i] = (ref_real)square;
		ws[i] = (ref_real)((1 - step->decay) * (double)ws[i] - step->lr * change);
	}
}

void REF(momentum)(const struct tensor *u, const struct tensor *momentum, const struct tensor *g,
		   double gradient_scale, double mu, bool nesterov)
{
	ref_real *us = ref_reals(u), *ms = ref_reals(momentum);
	const ref_real *gs = ref_reals(g);
	size_t n = tensor_size(u);

	for (size_t i = 0; i < n; i++) {
		double gradient = gradient_scale * (double)gs[i];
		double sum = mu * (double)ms[i] + gradient;

		ms[i] = (ref_real)sum;
		us[i] = (ref_real)(nesterov ? mu * sum + gradient : sum);
	}
}
