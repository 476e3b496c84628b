/* SPDX-License-Identifier: MIT
 *
 * Heads apart and together again, turned by position on the way.  Common widths of a head are
 * compiled as constants, so that a head is a few vectors.
 */
#include <string.h>

#include "tensor/cpu/cpu_kernels.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum direction { APART, TOGETHER };

/* Heads(B,H,T,D) and where they stand in rows(N, stride). */
struct heads {
	float *heads, *rows;
	size_t b, h, t, stride;
	const float *rope; /* (T,D), or NULL */
};

/* Turns one head by the angles at `rope`, or back by them. */
ALWAYS_INLINE void turn(float *restrict head, const float *restrict rope, float sign, size_t d)
{
	size_t half = d / 2;

	for (size_t i = 0; i < half; i++) {
		float a = head[i], b = head[i + half];
		float cosine = rope[i], sine = sign * rope[i + half];

		head[i] = a * cosine - b * sine;
		head[i + half] = b * cosine + a * sine;
	}
}

ALWAYS_INLINE void move(const struct heads *m, enum direction direction, size_t d)
{
	for (size_t i = 0; i < m->b * m->h; i++) {
		float *head = m->heads + i * m->t * d;
		float *row = m->rows + i / m->h * m->t * m->stride + i % m->h * d;

		for (size_t t = 0; t < m->t; t++, head += d, row += m->stride) {
			float *to = direction == APART ? head : row;

			memcpy(to, direction == APART ? row : head, d * sizeof(*to));
			if (m->rope)
				turn(to, m->rope + t * d, direction == APART ? 1 : -1, d);
		}
	}
}

ALWAYS_INLINE void move_either(const struct heads *m, enum direction direction, size_t d)
{
	if (direction == APART)
		move(m, APART, d);
	else
		move(m, TOGETHER, d);
}

static void move_heads(const struct heads *m, enum direction direction, size_t d)
{
	switch (d) {
	case 16:
		move_either(m, direction, 16);
		break;
	case 32:
		move_either(m, direction, 32);
		break;
	case 64:
		move_either(m, direction, 64);
		break;
	default:
		move_either(m, direction, d);
	}
}

/* `first` is the column of the first head. */
static struct heads heads_at(const struct tensor *heads, const struct tensor *rows, size_t first,
			     const struct tensor *rope)
{
	return (struct heads){.heads = host_data(heads),
			      .rows = (float *)host_data(rows) + first,
			      .b = heads->dim[0],
			      .h = heads->dim[1],
			      .t = heads->dim[2],
			      .stride = rows->dim[1],
			      .rope = tensor_exists(rope) ? host_data(rope) : NULL};
}

static void move_all(const struct tensor *q, const struct tensor *k, const struct tensor *v,
		     const struct tensor *qkv, const struct tensor *rope, enum direction direction)
{
	size_t d = q->dim[3], k_first = q->dim[1] * d, v_first = k_first + k->dim[1] * d;
	const struct heads all[] = {heads_at(q, qkv, 0, rope), heads_at(k, qkv, k_first, rope),
				    heads_at(v, qkv, v_first, &no_tensor)};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		move_heads(&all[i], direction, d);
}

static void split_heads_forward(const struct tensor *q, const struct tensor *k,
				const struct tensor *v, const struct tensor *qkv,
				const struct tensor *rope)
{
	move_all(q, k, v, qkv, rope, APART);
}

static void split_heads_backward(const struct tensor *dqkv, const struct tensor *dq,
				 const struct tensor *dk, const struct tensor *dv,
				 const struct tensor *rope)
{
	move_all(dq, dk, dv, dqkv, rope, TOGETHER);
}

static void rope_turn(const struct tensor *x, const struct tensor *rope, bool inverse)
{
	size_t t = x->dim[2], d = x->dim[3], n = x->dim[0] * x->dim[1] * t;
	const float *angles = host_data(rope);
	float *head = host_data(x);

	for (size_t i = 0; i < n; i++)
		turn(head + i * d, angles + i % t * d, inverse ? -1 : 1, d);
}

void VARIANT(install_heads)(struct backend_ops *ops)
{
	ops->split_heads_forward = split_heads_forward;
	ops->split_heads_backward = split_heads_backward;
	ops->rope = rope_turn;
}
