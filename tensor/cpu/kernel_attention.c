/* SPDX-License-Identifier: MIT
 *
 * Causal attention by blocks of 32 queries and 64 keys, with a running maximum and sum (Dao et
 * al. 2022, Algorithm 1), so that T x T never exists and keys behind the last query of a block
 * are skipped; where a block meets the diagonal, the scores that the mask removes become -infinity.
 *
 * Scores are kept transposed, (keys, queries): a query is a lane of a vector, and maxima and sums
 * over keys need no work across lanes.  Powers are of 2: log2(e) is part of the scale that the
 * queries are multiplied by when they are transposed.  Lanes without a query compute with zeros.
 */
#include <math.h>
#include <string.h>

#include "base/order.h"
#include "tensor/cpu/cpu_backend.h"
#include "tensor/cpu/cpu_math.h"
#include "tensor/cpu/kernel_tile.h"
#include "tensor/cpu/kernel_transpose.h"

#define LANE_COUNT  ((size_t)ATTENTION_QUERIES)
#define ROW_VECTORS (LANE_COUNT / LANES)

/* Where vector i of the scores of key j begins. */
static inline float *score_at(float *scores, size_t j, size_t i)
{
	return scores + j * LANE_COUNT + i * LANES;
}

/* What the blocks of one head are computed from; rows of heads are D apart, of y and dy C. */
struct head {
	const float *q, *k, *v, *y, *dy, *lse;
	float *y_out, *lse_out, *dq, *dk, *dv;
	size_t t, d, c;
	float scale;
	struct attention_scratch *scratch;
};

/* Keys as one block of queries sees them. */
struct block {
	size_t query, key;    /* the first of each */
	size_t queries, keys; /* how many */
};

static struct block block_at(const struct head *head, size_t query, size_t key)
{
	size_t queries = size_smaller(ATTENTION_QUERIES, head->t - query);

	return (struct block){.query = query,
			      .key = key,
			      .queries = queries,
			      .keys = size_smaller(ATTENTION_KEYS, query + queries - key)};
}

/* out(keys, queries) = rows(keys, D) lanes(D, queries) */
static void scores(float *out, const float *rows, const float *lanes, size_t keys, size_t d)
{
	VARIANT(tile_multiply)
	((struct tile_out){out, LANE_COUNT}, (struct tile_left){rows, d, 1},
	 (struct tile_right){lanes, LANE_COUNT}, keys, LANE_COUNT, d, TILE_SET);
}

/* out(D, queries) = rows(keys, D)^T weights(keys, queries), or adds it */
static void gather(float *out, const float *rows, const float *weights, size_t keys, size_t d,
		   enum tile_mode mode)
{
	VARIANT(tile_multiply)
	((struct tile_out){out, LANE_COUNT}, (struct tile_left){rows, 1, d},
	 (struct tile_right){weights, LANE_COUNT}, d, LANE_COUNT, keys, mode);
}

/* out(keys, D) += weights(keys, queries) rows(queries, D), rows `stride` apart */
static void scatter(float *out, const float *weights, const float *rows, size_t stride,
		    const struct block *b, size_t d)
{
	VARIANT(tile_multiply)
	((struct tile_out){out, d}, (struct tile_left){weights, LANE_COUNT, 1},
	 (struct tile_right){rows, stride}, b->keys, d, b->queries, TILE_ADD);
}

/* Gives `value` to the pairs whose key is behind the query. */
static void mask(float *restrict p, const struct block *b, float value)
{
	for (size_t j = b->key < b->query ? b->query - b->key : 0; j < b->keys; j++) {
		int behind = (int)(b->key + j - b->query);

		for (int i = 0; i < (int)LANE_COUNT; i++)
			p[j * LANE_COUNT + (size_t)i] =
				i < behind ? value : p[j * LANE_COUNT + (size_t)i];
	}
}

/* Scores become powers relative to a new running maximum; sums follow. */
static void softmax_block(struct attention_scratch *s, size_t keys)
{
	vec before[ROW_VECTORS], largest[ROW_VECTORS], sum[ROW_VECTORS];

	for (size_t i = 0; i < ROW_VECTORS; i++)
		before[i] = largest[i] = vec_load(s->largest + i * LANES);
	for (size_t j = 0; j < keys; j++)
		for (size_t i = 0; i < ROW_VECTORS; i++)
			largest[i] = vec_max(vec_load(score_at(s->p, j, i)), largest[i]);
	for (size_t i = 0; i < ROW_VECTORS; i++) {
		vec rescale = vec_exp2(before[i] - largest[i]);

		sum[i] = rescale * vec_load(s->sum + i * LANES);
		vec_store(s->rescale + i * LANES, rescale);
		vec_store(s->largest + i * LANES, largest[i]);
	}
	for (size_t j = 0; j < keys; j++)
		for (size_t i = 0; i < ROW_VECTORS; i++) {
			vec power = vec_exp2(vec_load(score_at(s->p, j, i)) - largest[i]);

			vec_store(score_at(s->p, j, i), power);
			sum[i] += power;
		}
	for (size_t i = 0; i < ROW_VECTORS; i++)
		vec_store(s->sum + i * LANES, sum[i]);
}

static void rescale_out(struct attention_scratch *s, size_t d)
{
	float *restrict out = s->out;
	const float *restrict rescale = s->rescale;

	for (size_t j = 0; j < d; j++)
		for (size_t i = 0; i < LANE_COUNT; i++)
			out[j * LANE_COUNT + i] *= rescale[i];
}

/* Writes the block's rows of y and lse; returns the largest logit. */
static float finish_queries(const struct head *head, size_t query, size_t queries)
{
	struct attention_scratch *s = head->scratch;
	float best = -HUGE_VALF;

	for (size_t i = 0; i < LANE_COUNT; i += LANES) {
		vec sum = vec_load(s->sum + i);

		vec_store(s->rescale + i, 1 / sum);
		vec_store(s->sum + i, vec_load(s->largest + i) * MATH_LN2 + vec_log(sum));
	}
	rescale_out(s, head->d);
	for (size_t i = 0; i < queries; i++)
		best = s->largest[i] > best ? s->largest[i] : best;
	VARIANT(tile_transpose)
	(head->y_out + query * head->c, head->c, s->out, LANE_COUNT, head->d, queries, 1);
	memcpy(head->lse_out + query, s->sum, queries * sizeof(*s->sum));
	return best * MATH_LN2;
}

/* to(D, queries) = factor rows(queries, D), rows `stride` apart; zeros where there is no query */
static void transpose_queries(float *to, const float *rows, size_t stride, const struct block *b,
			      size_t d, float factor)
{
	if (b->queries < LANE_COUNT)
		memset(to, 0, d * LANE_COUNT * sizeof(*to));
	VARIANT(tile_transpose)(to, LANE_COUNT, rows, stride, b->queries, d, factor);
}

static float forward_queries(const struct head *head, size_t query)
{
	struct attention_scratch *s = head->scratch;
	struct block b = block_at(head, query, 0);
	size_t d = head->d;

	transpose_queries(s->q, head->q + query * d, d, &b, d, head->scale * MATH_LOG2E);
	for (size_t i = 0; i < LANE_COUNT; i++) {
		s->largest[i] = -HUGE_VALF;
		s->sum[i] = 0;
	}
	for (size_t key = 0; key < query + b.queries; key += ATTENTION_KEYS) {
		b = block_at(head, query, key);
		scores(s->p, head->k + key * d, s->q, b.keys, d);
		mask(s->p, &b, -HUGE_VALF);
		softmax_block(s, b.keys);
		if (key)
			rescale_out(s, d);
		gather(s->out, head->v + key * d, s->p, b.keys, d, key ? TILE_ADD : TILE_SET);
	}
	return finish_queries(head, query, b.queries);
}

/* sum(queries) = dy . y; largest(queries) = lse in powers of 2, infinite for queries that do not
 * exist, whose probabilities become 0. */
static void prepare_backward(const struct head *head, const struct block *b)
{
	struct attention_scratch *s = head->scratch;
	size_t d = head->d, c = head->c;

	for (size_t i = 0; i < LANE_COUNT; i++) {
		s->sum[i] = 0;
		s->largest[i] = i < b->queries ? head->lse[b->query + i] * MATH_LOG2E : HUGE_VALF;
	}
	transpose_queries(s->out, head->y + b->query * c, c, b, d, 1);
	for (size_t j = 0; j < d; j++)
		for (size_t i = 0; i < LANE_COUNT; i++)
			s->sum[i] += s->out[j * LANE_COUNT + i] * s->dy[j * LANE_COUNT + i];
}

/* p = exp(score - lse); dp = scale p (dp - sum), the gradient of the unscaled scores */
static void softmax_backward(struct attention_scratch *s, size_t keys, float scale)
{
	vec lse[ROW_VECTORS], sum[ROW_VECTORS], factor = vec_splat(scale);

	for (size_t i = 0; i < ROW_VECTORS; i++) {
		lse[i] = vec_load(s->largest + i * LANES);
		sum[i] = vec_load(s->sum + i * LANES);
	}
	for (size_t j = 0; j < keys; j++)
		for (size_t i = 0; i < ROW_VECTORS; i++) {
			vec power = vec_exp2(vec_load(score_at(s->p, j, i)) - lse[i]);
			vec change = vec_load(score_at(s->dp, j, i)) - sum[i];

			vec_store(score_at(s->p, j, i), power);
			vec_store(score_at(s->dp, j, i), factor * power * change);
		}
}

static void backward_block(const struct head *head, const struct block *b)
{
	struct attention_scratch *s = head->scratch;
	size_t d = head->d;
	const float *k = head->k + b->key * d, *v = head->v + b->key * d;

	scores(s->p, k, s->q, b->keys, d);
	scores(s->dp, v, s->dy, b->keys, d);
	mask(s->p, b, -HUGE_VALF);
	mask(s->dp, b, 0);
	softmax_backward(s, b->keys, head->scale);
	gather(s->out, k, s->dp, b->keys, d, b->key ? TILE_ADD : TILE_SET);
	scatter(head->dk + b->key * d, s->dp, head->q + b->query * d, d, b, d);
	scatter(head->dv + b->key * d, s->p, head->dy + b->query * head->c, head->c, b, d);
}

static void backward_queries(const struct head *head, size_t query)
{
	struct attention_scratch *s = head->scratch;
	struct block b = block_at(head, query, 0);
	size_t d = head->d;

	transpose_queries(s->q, head->q + query * d, d, &b, d, head->scale * MATH_LOG2E);
	transpose_queries(s->dy, head->dy + query * head->c, head->c, &b, d, 1);
	prepare_backward(head, &b);
	for (size_t key = 0; key < query + b.queries; key += ATTENTION_KEYS) {
		b = block_at(head, query, key);
		backward_block(head, &b);
	}
	VARIANT(tile_transpose)(head->dq + query * d, d, s->out, LANE_COUNT, d, b.queries, 1);
}

/* Head h of sequence b, without the outputs; rows of y are `c` apart, more than the heads fill
 * where these are some of many. */
static struct head head_at(const struct tensor *q, const struct tensor *k, const struct tensor *v,
			   size_t c, double scale, size_t b, size_t h)
{
	size_t n_heads = q->dim[1], n_kv = k->dim[1], t = q->dim[2], d = q->dim[3];
	size_t kv = (b * n_kv + h / (n_heads / n_kv)) * t * d;

	return (struct head){.q = (const float *)host_data(q) + (b * n_heads + h) * t * d,
			     .k = (const float *)host_data(k) + kv,
			     .v = (const float *)host_data(v) + kv,
			     .t = t,
			     .d = d,
			     .c = c,
			     .scale = (float)scale,
			     .scratch = &cpu_scratch(q->backend)->attention};
}

static size_t row_of(const struct tensor *y)
{
	return y->dim[y->rank - 1];
}

static void attention_forward(const struct tensor *y, const struct tensor *lse,
			      const struct tensor *max_logit, const struct tensor *q,
			      const struct tensor *k, const struct tensor *v, double scale)
{
	size_t t = q->dim[2], n_heads = q->dim[1];
	float *largest = host_data(max_logit);

	if (q->dim[3] > ATTENTION_MAX_WIDTH) {
		ref_ops_f32.attention_forward(y, lse, max_logit, q, k, v, scale);
		return;
	}
	for (size_t i = 0; i < q->dim[0] * n_heads; i++) {
		size_t b = i / n_heads, h = i % n_heads;
		struct head head = head_at(q, k, v, row_of(y), scale, b, h);

		head.y_out = (float *)host_data(y) + b * t * head.c + h * head.d;
		head.lse_out = (float *)host_data(lse) + i * t;
		for (size_t query = 0; query < t; query += LANE_COUNT) {
			float logit = forward_queries(&head, query);

			largest[h] = logit > largest[h] ? logit : largest[h];
		}
	}
}

static void attention_backward(const struct tensor *dq, const struct tensor *dk,
			       const struct tensor *dv, const struct tensor *dy,
			       const struct tensor *y, const struct tensor *lse,
			       const struct tensor *q, const struct tensor *k,
			       const struct tensor *v, double scale)
{
	size_t t = q->dim[2], n_heads = q->dim[1];

	if (q->dim[3] > ATTENTION_MAX_WIDTH) {
		ref_ops_f32.attention_backward(dq, dk, dv, dy, y, lse, q, k, v, scale);
		return;
	}
	memset(host_data(dk), 0, tensor_size(dk) * sizeof(float));
	memset(host_data(dv), 0, tensor_size(dv) * sizeof(float));
	for (size_t i = 0; i < q->dim[0] * n_heads; i++) {
		size_t b = i / n_heads, h = i % n_heads;
		struct head head = head_at(q, k, v, row_of(y), scale, b, h);
		size_t row = b * t * head.c + h * head.d;

		head.y = (const float *)host_data(y) + row;
		head.dy = (const float *)host_data(dy) + row;
		head.lse = (const float *)host_data(lse) + i * t;
		head.dq = (float *)host_data(dq) + i * t * head.d;
		head.dk = (float *)host_data(dk) + (head.k - (const float *)host_data(k));
		head.dv = (float *)host_data(dv) + (head.v - (const float *)host_data(v));
		for (size_t query = 0; query < t; query += LANE_COUNT)
			backward_queries(&head, query);
	}
}

void VARIANT(install_attention)(struct backend_ops *ops)
{
	ops->attention_forward = attention_forward;
	ops->attention_backward = attention_backward;
}
