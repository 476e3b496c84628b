/* SPDX-License-Identifier: MIT
 *
 * Operations on heads on several threads.  Attention is cut into groups, each one key head of one
 * sequence with the query heads that share it; heads and sequences are moved by slices of
 * sequences.
 */
#include <math.h>

#include "tensor/cpu/cpu_slices.h"

static void apply_split_heads_forward(const struct slice *s)
{
	s->ops->split_heads_forward(&s->t[0], &s->t[1], &s->t[2], &s->t[3], s->call->whole);
}

static void split_heads_forward(const struct tensor *q, const struct tensor *k,
				const struct tensor *v, const struct tensor *qkv,
				const struct tensor *rope)
{
	slices_run(&(struct sliced){.apply = apply_split_heads_forward,
				    .tensors = {q, k, v, qkv},
				    .whole = rope},
		   q->dim[0]);
}

static void apply_split_heads_backward(const struct slice *s)
{
	s->ops->split_heads_backward(&s->t[0], &s->t[1], &s->t[2], &s->t[3], s->call->whole);
}

static void split_heads_backward(const struct tensor *dqkv, const struct tensor *dq,
				 const struct tensor *dk, const struct tensor *dv,
				 const struct tensor *rope)
{
	slices_run(&(struct sliced){.apply = apply_split_heads_backward,
				    .tensors = {dqkv, dq, dk, dv},
				    .whole = rope},
		   dq->dim[0]);
}

static void apply_rope(const struct slice *s)
{
	s->ops->rope(&s->t[0], s->call->whole, s->call->flag);
}

static void rope_turn(const struct tensor *x, const struct tensor *rope, bool inverse)
{
	slices_run(
		&(struct sliced){
			.apply = apply_rope, .tensors = {x}, .whole = rope, .flag = inverse},
		x->dim[0]);
}

/* --- attention --- */

struct attention {
	const struct tensor *dq, *dk, *dv, *dy; /* backward only */
	const struct tensor *y, *lse, *max_logit, *q, *k, *v;
	double scale;
};

/* Heads [first, first + n) of sequence b of `t`, which has `n_heads` in each: like x(1,n,T,D). */
static struct tensor heads_of(const struct tensor *t, const struct tensor *like, size_t n_heads,
			      size_t b, size_t first, size_t n)
{
	size_t head = tensor_size(t) / (like->dim[0] * n_heads), length = like->dim[2];
	struct tensor rows = tensor_as_matrix(t, like->dim[0] * n_heads, head);

	rows = tensor_rows(&rows, b * n_heads + first, n);
	return tensor_as(&rows, 4, (const size_t[]){1, n, length, head / length});
}

/* Rows of sequence b of y(N, H D), from the column of a head on: rows keep their distance. */
static struct tensor columns_of(const struct tensor *y, const struct tensor *q, size_t b,
				size_t head)
{
	size_t t = q->dim[2], d = q->dim[3];
	struct tensor rows = tensor_as_matrix(y, q->dim[0] * t, q->dim[1] * d);

	rows = tensor_rows(&rows, b * t, t);
	rows.offset += head * d * sizeof(float);
	return rows;
}

/* The windows of group i. */
struct group {
	struct tensor q, k, v, y, lse;
	size_t b, kv, n; /* sequence, key head, query heads */
};

static struct tensor queries_of(const struct attention *a, const struct group *g,
				const struct tensor *t)
{
	return heads_of(t, a->q, a->q->dim[1], g->b, g->kv * g->n, g->n);
}

static struct tensor keys_of(const struct attention *a, const struct group *g,
			     const struct tensor *t)
{
	return heads_of(t, a->q, a->k->dim[1], g->b, g->kv, 1);
}

static struct group group_at(const struct attention *a, size_t i)
{
	size_t n_kv = a->k->dim[1];
	struct group g = {.b = i / n_kv, .kv = i % n_kv, .n = a->q->dim[1] / n_kv};

	g.q = queries_of(a, &g, a->q);
	g.lse = queries_of(a, &g, a->lse);
	g.k = keys_of(a, &g, a->k);
	g.v = keys_of(a, &g, a->v);
	g.y = columns_of(a->y, a->q, g.b, g.kv * g.n);
	return g;
}

static void attend(void *context, size_t i)
{
	const struct attention *a = context;
	const struct cpu_state *state = a->q->backend->state;
	struct group g = group_at(a, i);
	struct tensor all = tensor_as_vector(a->max_logit);
	struct buffer buffer;
	struct tensor largest = slices_tensor(&buffer, &all, cpu_scratch(a->q->backend)->partial);

	largest = tensor_rows(&largest, g.kv * g.n, g.n);
	state->serial.attention_forward(&g.y, &g.lse, &largest, &g.q, &g.k, &g.v, a->scale);
}

static void attend_backward(void *context, size_t i)
{
	const struct attention *a = context;
	const struct cpu_state *state = a->q->backend->state;
	struct group g = group_at(a, i);
	struct tensor dq = queries_of(a, &g, a->dq), dk = keys_of(a, &g, a->dk);
	struct tensor dv = keys_of(a, &g, a->dv);
	struct tensor dy = columns_of(a->dy, a->q, g.b, g.kv * g.n);

	state->serial.attention_backward(&dq, &dk, &dv, &dy, &g.y, &g.lse, &g.q, &g.k, &g.v,
					 a->scale);
}

/* The largest logits that each thread has seen, from -infinity on. */
static void begin_largest(const struct backend *backend, size_t n_heads)
{
	const struct cpu_state *state = backend->state;

	for (int i = 0; i < backend->threads; i++)
		for (size_t h = 0; h < n_heads; h++)
			state->scratch[i].partial[h] = -HUGE_VALF;
}

static void end_largest(const struct tensor *max_logit, size_t n_heads)
{
	const struct cpu_state *state = max_logit->backend->state;
	float *largest = host_data(max_logit);

	for (int i = 0; i < max_logit->backend->threads; i++)
		for (size_t h = 0; h < n_heads; h++)
			if (state->scratch[i].partial[h] > largest[h])
				largest[h] = state->scratch[i].partial[h];
}

/* Whether the kernels take rows that are wider than the heads in them. */
static bool is_cut(const struct tensor *q)
{
	return q->dim[3] <= ATTENTION_MAX_WIDTH && q->dim[1] <= CPU_PARTIAL_MAX;
}

static void attention_forward(const struct tensor *y, const struct tensor *lse,
			      const struct tensor *max_logit, const struct tensor *q,
			      const struct tensor *k, const struct tensor *v, double scale)
{
	const struct cpu_state *state = q->backend->state;
	struct attention a = {
		.y = y, .lse = lse, .max_logit = max_logit, .q = q, .k = k, .v = v, .scale = scale};

	if (!is_cut(q)) {
		state->serial.attention_forward(y, lse, max_logit, q, k, v, scale);
		return;
	}
	begin_largest(q->backend, q->dim[1]);
	cpu_threads_run(state->threads, k->dim[0] * k->dim[1], attend, &a);
	end_largest(max_logit, q->dim[1]);
}

static void attention_backward(const struct tensor *dq, const struct tensor *dk,
			       const struct tensor *dv, const struct tensor *dy,
			       const struct tensor *y, const struct tensor *lse,
			       const struct tensor *q, const struct tensor *k,
			       const struct tensor *v, double scale)
{
	const struct cpu_state *state = q->backend->state;
	struct attention a = {.dq = dq,
			      .dk = dk,
			      .dv = dv,
			      .dy = dy,
			      .y = y,
			      .lse = lse,
			      .q = q,
			      .k = k,
			      .v = v,
			      .scale = scale};

	if (is_cut(q))
		cpu_threads_run(state->threads, k->dim[0] * k->dim[1], attend_backward, &a);
	else
		state->serial.attention_backward(dq, dk, dv, dy, y, lse, q, k, v, scale);
}

void cpu_parallel_install_heads(struct backend_ops *ops)
{
	ops->split_heads_forward = split_heads_forward;
	ops->split_heads_backward = split_heads_backward;
	ops->rope = rope_turn;
	ops->attention_forward = attention_forward;
	ops->attention_backward = attention_backward;
}
