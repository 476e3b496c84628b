/* SPDX-License-Identifier: MIT
 *
 * Heads apart and together again, turned by position on the way.
 */
#include "tensor/cpu/cpu_kernels.h"
#include "tensor/cpu/cpu_vector.h"

/* Half a head of 16, the narrowest that is common. */
typedef float vec8 __attribute__((vector_size(32), aligned(4), may_alias));
#define EIGHT ((size_t)8)

enum direction { APART, TOGETHER };

/* Heads(B,H,T,D) and where they stand in rows(N, stride). */
struct heads {
	float *heads, *rows;
	size_t b, h, t, stride;
	const float *rope; /* (T,D), or NULL */
};

/* Turns one head by the angles at `rope`, or back by them; `to` and `from` may be the same. */
ALWAYS_INLINE void turn(float *to, const float *from, const float *rope, float sign, size_t d)
{
	size_t half = d / 2, i = 0;

	for (; i + EIGHT <= half; i += EIGHT) {
		vec8 a = *(const vec8 *)(from + i), b = *(const vec8 *)(from + i + half);
		vec8 cosine = *(const vec8 *)(rope + i);
		vec8 sine = sign * *(const vec8 *)(rope + i + half);

		*(vec8 *)(to + i) = a * cosine - b * sine;
		*(vec8 *)(to + i + half) = b * cosine + a * sine;
	}
	for (; i < half; i++) {
		float a = from[i], b = from[i + half];
		float cosine = rope[i], sine = sign * rope[i + half];

		to[i] = a * cosine - b * sine;
		to[i + half] = b * cosine + a * sine;
	}
}

ALWAYS_INLINE void copy(float *to, const float *from, size_t d)
{
	size_t i = 0;

	for (; i + EIGHT <= d; i += EIGHT)
		*(vec8 *)(to + i) = *(const vec8 *)(from + i);
	for (; i < d; i++)
		to[i] = from[i];
}

/* Row by row, so that rows are read or written in one stream. */
ALWAYS_INLINE void move_rows(const struct heads *m, enum direction direction, size_t d)
{
	float sign = direction == APART ? 1 : -1;

	for (size_t i = 0; i < m->b * m->t; i++) {
		size_t b = i / m->t, t = i % m->t;
		float *head = m->heads + (b * m->h * m->t + t) * d, *row = m->rows + i * m->stride;

		for (size_t h = 0; h < m->h; h++, head += m->t * d, row += d) {
			float *to = direction == APART ? head : row;
			const float *from = direction == APART ? row : head;

			if (m->rope)
				turn(to, from, m->rope + t * d, sign, d);
			else
				copy(to, from, d);
		}
	}
}

/* The common widths are constants, so that a head is moved without a loop. */
static void move_heads(const struct heads *m, enum direction direction, size_t d)
{
	if (d == 16)
		move_rows(m, direction, 16);
	else if (d == 32)
		move_rows(m, direction, 32);
	else if (d == 64)
		move_rows(m, direction, 64);
	else
		move_rows(m, direction, d);
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
		turn(head + i * d, head + i * d, angles + i % t * d, inverse ? -1 : 1, d);
}

void VARIANT(install_heads)(struct backend_ops *ops)
{
	ops->split_heads_forward = split_heads_forward;
	ops->split_heads_backward = split_heads_backward;
	ops->rope = rope_turn;
}
