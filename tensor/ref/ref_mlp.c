/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "tensor/ref/ref.h"

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

void REF(swiglu_forward)(const struct tensor *h, const struct tensor *gate_up)
{
	size_t f = h->dim[h->rank - 1], n = tensor_size(h) / f;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < f; j++) {
			double gate = (double)ref_reals(gate_up)[i * 2 * f + j];
			double up = (double)ref_reals(gate_up)[i * 2 * f + f + j];

			ref_reals(h)[i * f + j] = (ref_real)(gate * sigmoid(gate) * up);
		}
}

/* d silu(x) / dx = s + x s (1 - s), s = sigmoid(x) */
void REF(swiglu_backward)(const struct tensor *dgate_up, const struct tensor *dh,
			  const struct tensor *gate_up)
{
	size_t f = dh->dim[dh->rank - 1], n = tensor_size(dh) / f;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < f; j++) {
			size_t at = i * 2 * f + j;
			double gate = (double)ref_reals(gate_up)[at], s = sigmoid(gate);
			double up = (double)ref_reals(gate_up)[at + f];
			double d = (double)ref_reals(dh)[i * f + j];

			ref_reals(dgate_up)[at] = (ref_real)(d * up * (s + gate * s * (1 - s)));
			ref_reals(dgate_up)[at + f] = (ref_real)(d * gate * s);
		}
}

/* gelu(x) = x (1 + tanh(a (x + b x^3))) / 2 */
static const double gelu_a = 0.79788456080286535588; /* sqrt(2/pi) */
static const double gelu_b = 0.044715;

void REF(gelu_forward)(const struct tensor *h, const struct tensor *x)
{
	size_t n = tensor_size(x);

	for (size_t i = 0; i < n; i++) {
		double at = (double)ref_reals(x)[i];
		double bend = tanh(gelu_a * (at + gelu_b * at * at * at));

		ref_reals(h)[i] = (ref_real)(at * (1 + bend) / 2);
	}
}

void REF(gelu_backward)(const struct tensor *dx, const struct tensor *dh, const struct tensor *x)
{
	size_t n = tensor_size(x);

	for (size_t i = 0; i < n; i++) {
		double at = (double)ref_reals(x)[i];
		double bend = tanh(gelu_a * (at + gelu_b * at * at * at));
		double slope = gelu_a * (1 + 3 * gelu_b * at * at);
		double d = (1 + bend) / 2 + at * (1 - bend * bend) * slope / 2;

		ref_reals(dx)[i] = (ref_real)((double)ref_reals(dh)[i] * d);
	}
}
