/* SPDX-License-Identifier: MIT
 *
 * Causal attention, one query at a time.  Probabilities are never kept: each is computed where it
 * is used, from the logit and the log-sum-exp of its row.  Sums over positions run in double, in
 * pieces of PIECE columns, so that no head is too wide and nothing is allocated.
 *
 * With p_ij = exp(scale q_i.k_j - lse_i), y_i = sum_j p_ij v_j and s_ij = p_ij (dy_i.v_j -
 * dy_i.y_i): dq_i = scale sum_j s_ij k_j,   dk_j = scale sum_i s_ij q_i,   dv_j = sum_i p_ij dy_i,
 * over the kept pairs j <= i; dk and dv also over the query heads that share the key head.
 */
#include <math.h>

#include "tensor/ref/ref.h"

#define PIECE 64

/* One query head of one sequence with its key and value head. */
struct head {
	const ref_real *q, *k, *v; /* (T,D) */
	const ref_real *y, *dy;	   /* of position 0; the next is `stride` further */
	const ref_real *lse;	   /* (T) */
	size_t t, d, stride;
	double scale;
};

struct piece {
	double sum[PIECE];
	size_t n;
};

static struct piece piece_of(size_t first, size_t d)
{
	return (struct piece){.n = d - first < PIECE ? d - first : PIECE};
}

static void piece_add(struct piece *piece, double weight, const ref_real *x)
{
	for (size_t i = 0; i < piece->n; i++)
		piece->sum[i] += weight * (double)x[i];
}

static void piece_store(const struct piece *piece, double scale, ref_real *x)
{
	for (size_t i = 0; i < piece->n; i++)
		x[i] = (ref_real)(scale * piece->sum[i]);
}

static double dot(const ref_real *a, const ref_real *b, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)a[i] * (double)b[i];
	return sum;
}

static double logit(const struct head *s, size_t i, size_t j)
{
	return s->scale * dot(s->q + i * s->d, s->k + j * s->d, s->d);
}

static double probability(const struct head *s, size_t i, size_t j)
{
	return exp(logit(s, i, j) - (double)s->lse[i]);
}

/* s_ij of the head of this file. */
static double logit_gradient(const struct head *s, size_t i, size_t j)
{
	const ref_real *dy = s->dy + i * s->stride;

	return probability(s, i, j) *
	       (dot(dy, s->v + j * s->d, s->d) - dot(dy, s->y + i * s->stride, s->d));
}

/* Head h of sequence b (without dy). */
static struct head head_of(size_t b, size_t h, const struct tensor *y, const struct tensor *lse,
			   const struct tensor *q, const struct tensor *k, const struct tensor *v,
			   double scale)
{
	size_t n_heads = q->dim[1], n_keys = k->dim[1], t = q->dim[2], d = q->dim[3];
	size_t query = (b * n_heads + h) * t;
	size_t key = (b * n_keys + h / (n_heads / n_keys)) * t;

	return (struct head){
		.q = ref_reals(q) + query * d,
		.k = ref_reals(k) + key * d,
		.v = ref_reals(v) + key * d,
		.y = ref_reals(y) + (b * t * n_heads + h) * d,
		.lse = ref_reals(lse) + query,
		.t = t,
		.d = d,
		.stride = n_heads * d,
		.scale = scale,
	};
}

/* The largest logit of row i. */
static double row_max(const struct head *s, size_t i)
{
	double largest = -HUGE_VAL;

	for (size_t j = 0; j <= i; j++)
		largest = ref_larger(largest, logit(s, i, j));
	return largest;
}

static double row_lse(const struct head *s, size_t i, double largest)
{
	double sum = 0;

	for (size_t j = 0; j <= i; j++)
		sum += exp(logit(s, i, j) - largest);
	return largest + log(sum);
}

/* y_i = sum_j p_ij v_j */
static void row_forward(const struct head *s, size_t i, double lse, ref_real *y)
{
	for (size_t first = 0; first < s->d; first += PIECE) {
		struct piece piece = piece_of(first, s->d);

		for (size_t j = 0; j <= i; j++)
			piece_add(&piece, exp(logit(s, i, j) - lse), s->v + j * s->d + first);
		piece_store(&piece, 1, y + first);
	}
}

void REF(attention_forward)(const struct tensor *y, const struct tensor *lse,
			    const struct tensor *max_logit, const struct tensor *q,
			    const struct tensor *k, const struct tensor *v, double scale)
{
	size_t n_heads = q->dim[1], t = q->dim[2], n = q->dim[0] * n_heads * t;

	for (size_t row = 0; row < n; row++) {
		size_t i = row % t, h = row / t % n_heads, b = row / t / n_heads;
		struct head s = head_of(b, h, y, lse, q, k, v, scale);
		ref_real *most = ref_reals(max_logit) + h;
		double largest = row_max(&s, i), lse_i = row_lse(&s, i, largest);

		*most = (ref_real)ref_larger((double)*most, largest);
		ref_reals(lse)[row] = (ref_real)lse_i;
		row_forward(&s, i, lse_i, ref_reals(y) + (b * t + i) * s.stride + h * s.d);
	}
}

/* dq(T,D) of one query head. */
static void backward_queries(const struct head *s, ref_real *dq)
{
	for (size_t i = 0; i < s->t; i++)
		for (size_t first = 0; first < s->d; first += PIECE) {
			struct piece piece = piece_of(first, s->d);

			for (size_t j = 0; j <= i; j++)
				piece_add(&piece, logit_gradient(s, i, j), s->k + j * s->d + first);
			piece_store(&piece, s->scale, dq + i * s->d + first);
		}
}

/* Adds to the pieces what query head s gives to key and value j from column `first` on. */
static void add_key(const struct head *s, size_t j, size_t first, struct piece *dk,
		    struct piece *dv)
{
	for (size_t i = j; i < s->t; i++) {
		piece_add(dk, logit_gradient(s, i, j), s->q + i * s->d + first);
		piece_add(dv, probability(s, i, j), s->dy + i * s->stride + first);
	}
}

struct backward {
	const struct tensor *dy, *y, *lse, *q, *k, *v;
	double scale;
};

static struct head backward_head(const struct backward *w, size_t b, size_t h)
{
	struct head s = head_of(b, h, w->y, w->lse, w->q, w->k, w->v, w->scale);

	s.dy = ref_reals(w->dy) + (s.y - ref_reals(w->y));
	return s;
}

/* dk_j and dv_j (D) of one key head, from all query heads that share it. */
static void backward_key(const struct backward *w, size_t b, size_t key_head, size_t j,
			 ref_real *dk, ref_real *dv)
{
	size_t d = w->q->dim[3], group = w->q->dim[1] / w->k->dim[1];

	for (size_t first = 0; first < d; first += PIECE) {
		struct piece dk_piece = piece_of(first, d), dv_piece = dk_piece;

		for (size_t h = key_head * group; h < (key_head + 1) * group; h++) {
			struct head s = backward_head(w, b, h);

			add_key(&s, j, first, &dk_piece, &dv_piece);
		}
		piece_store(&dk_piece, w->scale, dk + first);
		piece_store(&dv_piece, 1, dv + first);
	}
}

void REF(attention_backward)(const struct tensor *dq, const struct tensor *dk,
			     const struct tensor *dv, const struct tensor *dy,
			     const struct tensor *y, const struct tensor *lse,
			     const struct tensor *q, const struct tensor *k, const struct tensor *v,
			     double scale)
{
	struct backward w = {dy, y, lse, q, k, v, scale};
	size_t n_heads = q->dim[1], n_keys = k->dim[1], t = q->dim[2], d = q->dim[3];

	for (size_t i = 0; i < q->dim[0] * n_heads; i++) {
		struct head s = backward_head(&w, i / n_heads, i % n_heads);

		backward_queries(&s, ref_reals(dq) + i * t * d);
	}
	for (size_t row = 0; row < k->dim[0] * n_keys * t; row++)
		backward_key(&w, row / t / n_keys, row / t % n_keys, row % t,
			     ref_reals(dk) + row * d, ref_reals(dv) + row * d);
}
