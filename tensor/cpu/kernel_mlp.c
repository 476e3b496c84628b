/* SPDX-License-Identifier: MIT */
#include "tensor/cpu/cpu_kernels.h"
#include "tensor/cpu/cpu_math.h"

/* Up to LANES elements. */
ALWAYS_INLINE void swiglu(float *h, const float *gate, const float *up, size_t n)
{
	vec x = vec_load_part(gate, n);

	vec_store_part(h, x * vec_sigmoid(x) * vec_load_part(up, n), n);
}

static void swiglu_forward(const struct tensor *h, const struct tensor *gate_up)
{
	size_t n = h->dim[0], f = h->dim[1];

	for (size_t i = 0; i < n; i++) {
		const float *gate = (const float *)host_data(gate_up) + i * 2 * f, *up = gate + f;
		float *to = (float *)host_data(h) + i * f;
		size_t j = 0;

		for (; j + LANES <= f; j += LANES)
			swiglu(to + j, gate + j, up + j, LANES);
		if (j < f)
			swiglu(to + j, gate + j, up + j, f - j);
	}
}

struct swiglu_gradient {
	float *dgate, *dup;
	const float *dh, *gate, *up;
};

ALWAYS_INLINE void swiglu_slope(const struct swiglu_gradient *g, size_t j, size_t n)
{
	vec x = vec_load_part(g->gate + j, n), d = vec_load_part(g->dh + j, n);
	vec s = vec_sigmoid(x), silu = x * s;
	vec dsilu = d * vec_load_part(g->up + j, n);

	vec_store_part(g->dup + j, d * silu, n);
	vec_store_part(g->dgate + j, dsilu * (s + silu * (1 - s)), n);
}

static void swiglu_backward(const struct tensor *dgate_up, const struct tensor *dh,
			    const struct tensor *gate_up)
{
	size_t n = dh->dim[0], f = dh->dim[1];

	for (size_t i = 0; i < n; i++) {
		const float *gate = (const float *)host_data(gate_up) + i * 2 * f;
		float *dgate = (float *)host_data(dgate_up) + i * 2 * f;
		const struct swiglu_gradient row = {
			dgate, dgate + f, (const float *)host_data(dh) + i * f, gate, gate + f};
		size_t j = 0;

		for (; j + LANES <= f; j += LANES)
			swiglu_slope(&row, j, LANES);
		if (j < f)
			swiglu_slope(&row, j, f - j);
	}
}

/* gelu(x) = x sigmoid(2 z), z = sqrt(2/pi) (x + 0.044715 x^3): 1 + tanh(z) = 2 sigmoid(2 z). */
#define GELU_SLOPE 1.59576912160573071f /* 2 sqrt(2/pi) */
#define GELU_CUBIC 0.044715f

static inline vec gelu_sigmoid(vec x)
{
	return vec_sigmoid(GELU_SLOPE * (x + GELU_CUBIC * x * x * x));
}

ALWAYS_INLINE void gelu(float *h, const float *x, size_t n)
{
	vec v = vec_load_part(x, n);

	vec_store_part(h, v * gelu_sigmoid(v), n);
}

static void gelu_forward(const struct tensor *h, const struct tensor *x)
{
	const float *from = host_data(x);
	float *to = host_data(h);
	size_t n = tensor_size(x), i = 0;

	for (; i + LANES <= n; i += LANES)
		gelu(to + i, from + i, LANES);
	if (i < n)
		gelu(to + i, from + i, n - i);
}

ALWAYS_INLINE void gelu_slope(float *dx, const float *dh, const float *x, size_t n)
{
	vec v = vec_load_part(x, n), s = gelu_sigmoid(v);
	vec slope = GELU_SLOPE * (1 + 3 * GELU_CUBIC * v * v);

	vec_store_part(dx, vec_load_part(dh, n) * (s + v * s * (1 - s) * slope), n);
}

static void gelu_backward(const struct tensor *dx, const struct tensor *dh, const struct tensor *x)
{
	const float *from = host_data(x), *dout = host_data(dh);
	float *din = host_data(dx);
	size_t n = tensor_size(x), i = 0;

	for (; i + LANES <= n; i += LANES)
		gelu_slope(din + i, dout + i, from + i, LANES);
	if (i < n)
		gelu_slope(din + i, dout + i, from + i, n - i);
}

void VARIANT(install_mlp)(struct backend_ops *ops)
{
	ops->swiglu_forward = swiglu_forward;
	ops->swiglu_backward = swiglu_backward;
	ops->gelu_forward = gelu_forward;
	ops->gelu_backward = gelu_backward;
}
