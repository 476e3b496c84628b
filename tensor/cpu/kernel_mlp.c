/* SPDX-License-Identifier: MIT */
#include "tensor/cpu/cpu_kernels.h"
#include "tensor/cpu/cpu_math.h"

static void swiglu_forward(const struct tensor *h, const struct tensor *gate_up)
{
	size_t n = h->dim[0], f = h->dim[1];

	for (size_t i = 0; i < n; i++) {
		const float *restrict gate = (const float *)host_data(gate_up) + i * 2 * f;
		const float *restrict up = gate + f;
		float *restrict to = (float *)host_data(h) + i * f;

		for (size_t j = 0; j < f; j++)
			to[j] = gate[j] * math_sigmoid(gate[j]) * up[j];
	}
}

static void swiglu_backward(const struct tensor *dgate_up, const struct tensor *dh,
			    const struct tensor *gate_up)
{
	size_t n = dh->dim[0], f = dh->dim[1];

	for (size_t i = 0; i < n; i++) {
		const float *restrict gate = (const float *)host_data(gate_up) + i * 2 * f;
		const float *restrict up = gate + f;
		const float *restrict from = (const float *)host_data(dh) + i * f;
		float *restrict dgate = (float *)host_data(dgate_up) + i * 2 * f;
		float *restrict dup = dgate + f;

		for (size_t j = 0; j < f; j++) {
			float s = math_sigmoid(gate[j]), silu = gate[j] * s;

			dup[j] = from[j] * silu;
			dgate[j] = from[j] * up[j] * (s + silu * (1 - s));
		}
	}
}

/* gelu(x) = x sigmoid(2 z), z = sqrt(2/pi) (x + 0.044715 x^3): 1 + tanh(z) = 2 sigmoid(2 z). */
#define GELU_SLOPE 1.59576912160573071f /* 2 sqrt(2/pi) */
#define GELU_CUBIC 0.044715f

static void gelu_forward(const struct tensor *h, const struct tensor *x)
{
	const float *restrict from = host_data(x);
	float *restrict to = host_data(h);
	size_t n = tensor_size(x);

	for (size_t i = 0; i < n; i++) {
		float v = from[i];

		to[i] = v * math_sigmoid(GELU_SLOPE * (v + GELU_CUBIC * v * v * v));
	}
}

static void gelu_backward(const struct tensor *dx, const struct tensor *dh, const struct tensor *x)
{
	const float *restrict from = host_data(x), *restrict dout = host_data(dh);
	float *restrict din = host_data(dx);
	size_t n = tensor_size(x);

	for (size_t i = 0; i < n; i++) {
		float v = from[i];
		float s = math_sigmoid(GELU_SLOPE * (v + GELU_CUBIC * v * v * v));
		float slope = GELU_SLOPE * (1 + 3 * GELU_CUBIC * v * v);

		din[i] = dout[i] * (s + v * s * (1 - s) * slope);
	}
}

void VARIANT(install_mlp)(struct backend_ops *ops)
{
	ops->swiglu_forward = swiglu_forward;
	ops->swiglu_backward = swiglu_backward;
	ops->gelu_forward = gelu_forward;
	ops->gelu_backward = gelu_backward;
}
