/* SPDX-License-Identifier: MIT
 *
 * Heads apart and together again, and rotary positions.
 */
#include "tensor/ref/ref.h"

/* Turns one vector by the angles of `rope`, [cosines | sines]; sign -1 turns it back. */
static void turn(ref_real *x, const ref_real *rope, size_t d, double sign)
{
	size_t half = d / 2;

	for (size_t j = 0; j < half; j++) {
		double a = (double)x[j], b = (double)x[j + half];
		double c = (double)rope[j], s = sign * (double)rope[j + half];

		x[j] = (ref_real)(a * c - b * s);
		x[j + half] = (ref_real)(b * c + a * s);
	}
}

void REF(rope)(const struct tensor *x, const struct tensor *rope, bool inverse)
{
	size_t t = x->dim[2], d = x->dim[3];
	size_t n = x->dim[0] * x->dim[1] * t;

	for (size_t i = 0; i < n; i++)
		turn(ref_reals(x) + i * d, ref_reals(rope) + i % t * d, d, inverse ? -1 : 1);
}

enum direction { APART, TOGETHER };

/* Moves between rows(N, C), whose heads begin at column `first`, and heads(B,H,T,D). */
static void move_heads(const struct tensor *rows, size_t first, const struct tensor *heads,
		       enum direction direction)
{
	size_t b_size = heads->dim[0], h_size = heads->dim[1];
	size_t t_size = heads->dim[2], d_size = heads->dim[3];
	size_t n = b_size * t_size, c = tensor_size(rows) / n;

	for (size_t i = 0; i < n; i++)
		for (size_t h = 0; h < h_size; h++) {
			size_t b = i / t_size, t = i % t_size;
			ref_real *row = ref_reals(rows) + i * c + first + h * d_size;
			ref_real *head =
				ref_reals(heads) + ((b * h_size + h) * t_size + t) * d_size;

			for (size_t d = 0; d < d_size; d++)
				if (direction == APART)
					head[d] = row[d];
				else
					row[d] = head[d];
		}
}

static void move_all(const struct tensor *qkv, const struct tensor *q, const struct tensor *k,
		     const struct tensor *v, enum direction direction)
{
	size_t width_q = q->dim[1] * q->dim[3], width_k = k->dim[1] * k->dim[3];

	move_heads(qkv, 0, q, direction);
	move_heads(qkv, width_q, k, direction);
	move_heads(qkv, width_q + width_k, v, direction);
}

void REF(split_heads_forward)(const struct tensor *q, const struct tensor *k,
			      const struct tensor *v, const struct tensor *qkv,
			      const struct tensor *rope)
{
	move_all(qkv, q, k, v, APART);
	if (tensor_exists(rope)) {
		REF(rope)(q, rope, false);
		REF(rope)(k, rope, false);
	}
}

/* dq and dk are inputs and stay as they are, so what is turned back is their copy in dqkv, the
 * first n_heads heads of each row. */
static void turn_back(const struct tensor *dqkv, const struct tensor *rope, size_t n_heads)
{
	size_t t = rope->dim[0], d = rope->dim[1];
	size_t c = dqkv->dim[dqkv->rank - 1], n = tensor_size(dqkv) / c;

	for (size_t i = 0; i < n; i++)
		for (size_t h = 0; h < n_heads; h++)
			turn(ref_reals(dqkv) + i * c + h * d, ref_reals(rope) + i % t * d, d, -1);
}

void REF(split_heads_backward)(const struct tensor *dqkv, const struct tensor *dq,
			       const struct tensor *dk, const struct tensor *dv,
			       const struct tensor *rope)
{
	move_all(dqkv, dq, dk, dv, TOGETHER);
	if (tensor_exists(rope))
		turn_back(dqkv, rope, dq->dim[1] + dk->dim[1]);
}
