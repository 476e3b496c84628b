/* SPDX-License-Identifier: MIT
 *
 * Operations that are the layers of a transformer.  Shapes are asserted here, once for all
 * backends.
 */
#include <assert.h>

#include "tensor/backend_impl.h"
#include "tensor/ops.h"
#include "tensor/shape.h"

static bool is_embedding(const struct tensor *y, const struct tensor *table,
			 const struct tensor *ids)
{
	const struct backend *backend = y->backend;
	size_t n = shape_rows(y), c = shape_columns(y);

	return shape_is_rows(y, backend, n, c) &&
	       shape_is_matrix(table, backend, table->dim[0], c) && shape_is_ints(ids, backend, n);
}

void op_embedding_forward(const struct tensor *y, const struct tensor *table,
			  const struct tensor *ids)
{
	assert(is_embedding(y, table, ids));
	y->backend->ops.embedding_forward(y, table, ids);
}

void op_embedding_backward(const struct tensor *dtable, const struct tensor *dy,
			   const struct tensor *ids)
{
	assert(is_embedding(dy, dtable, ids));
	dtable->backend->ops.embedding_backward(dtable, dy, ids);
}

void op_rmsnorm_forward(const struct tensor *y, const struct tensor *rstd, const struct tensor *x,
			const struct tensor *gain)
{
	struct backend *backend = y->backend;
	size_t n = shape_rows(y), c = shape_columns(y);

	assert(shape_is_rows(y, backend, n, c) && shape_is_rows(x, backend, n, c));
	assert(shape_is_real(rstd, backend, n) && shape_is_real(gain, backend, c));
	backend->ops.rmsnorm_forward(y, rstd, x, gain);
}

void op_rmsnorm_branch(const struct tensor *copy, const struct tensor *y, const struct tensor *rstd,
		       const struct tensor *x, const struct tensor *gain)
{
	const struct backend_ops *ops = &y->backend->ops;
	size_t n = shape_rows(y), c = shape_columns(y);

	if (!ops->rmsnorm_branch) {
		op_copy(copy, x);
		op_rmsnorm_forward(y, rstd, x, gain);
		return;
	}
	assert(shape_is_rows(y, y->backend, n, c) && shape_is_rows(x, y->backend, n, c));
	assert(shape_is_rows(copy, y->backend, n, c));
	assert(shape_is_real(rstd, y->backend, n) && shape_is_real(gain, y->backend, c));
	ops->rmsnorm_branch(copy, y, rstd, x, gain);
}

void op_rmsnorm_backward(const struct tensor *dx, const struct tensor *dgain,
			 const struct tensor *dy, const struct tensor *x, const struct tensor *gain,
			 const struct tensor *rstd)
{
	struct backend *backend = dx->backend;
	size_t n = shape_rows(dx), c = shape_columns(dx);

	assert(shape_is_rows(dx, backend, n, c) && shape_is_rows(dy, backend, n, c));
	assert(shape_is_rows(x, backend, n, c) && shape_is_real(rstd, backend, n));
	assert(shape_is_real(dgain, backend, c) && shape_is_real(gain, backend, c));
	backend->ops.rmsnorm_backward(dx, dgain, dy, x, gain, rstd);
}

/* Whether rope(T,D) turns x(B,H,T,D), or is not wanted. */
static bool is_rope(const struct tensor *rope, const struct tensor *x)
{
	return !tensor_exists(rope) ||
	       (shape_is_matrix(rope, x->backend, x->dim[2], x->dim[3]) && x->dim[3] % 2 == 0);
}

static bool is_split(const struct tensor *qkv, const struct tensor *q, const struct tensor *k,
		     const struct tensor *v, const struct tensor *rope)
{
	size_t n = q->dim[0] * q->dim[2];
	size_t columns = (q->dim[1] + 2 * k->dim[1]) * q->dim[3];

	return shape_is_heads(q, q, q->dim[1]) && shape_is_heads(k, q, k->dim[1]) &&
	       shape_is_heads(v, q, k->dim[1]) && shape_is_rows(qkv, q->backend, n, columns) &&
	       is_rope(rope, q);
}

void op_split_heads_forward(const struct tensor *q, const struct tensor *k, const struct tensor *v,
			    const struct tensor *qkv, const struct tensor *rope)
{
	assert(is_split(qkv, q, k, v, rope));
	q->backend->ops.split_heads_forward(q, k, v, qkv, rope);
}

void op_split_heads_backward(const struct tensor *dqkv, const struct tensor *dq,
			     const struct tensor *dk, const struct tensor *dv,
			     const struct tensor *rope)
{
	assert(is_split(dqkv, dq, dk, dv, rope));
	dqkv->backend->ops.split_heads_backward(dqkv, dq, dk, dv, rope);
}

void op_rope(const struct tensor *x, const struct tensor *rope, bool inverse)
{
	assert(shape_is_heads(x, x, x->dim[1]) && tensor_exists(rope) && is_rope(rope, x));
	x->backend->ops.rope(x, rope, inverse);
}

/* Whether y(N, H D) and lse(B,H,T) belong to q(B,H,T,D), k and v(B,K,T,D). */
static bool is_attention(const struct tensor *y, const struct tensor *lse, const struct tensor *q,
			 const struct tensor *k, const struct tensor *v)
{
	size_t b = q->dim[0], h = q->dim[1], t = q->dim[2], d = q->dim[3];

	return shape_is_heads(q, q, h) && shape_is_heads(k, q, k->dim[1]) &&
	       shape_is_heads(v, q, k->dim[1]) && h % k->dim[1] == 0 &&
	       shape_is_rows(y, q->backend, b * t, h * d) &&
	       shape_is_real(lse, q->backend, b * h * t);
}

void op_attention_forward(const struct tensor *y, const struct tensor *lse,
			  const struct tensor *max_logit, const struct tensor *q,
			  const struct tensor *k, const struct tensor *v, double scale)
{
	assert(is_attention(y, lse, q, k, v));
	assert(shape_is_real(max_logit, q->backend, q->dim[1]));
	y->backend->ops.attention_forward(y, lse, max_logit, q, k, v, scale);
}

void op_attention_backward(const struct tensor *dq, const struct tensor *dk,
			   const struct tensor *dv, const struct tensor *dy, const struct tensor *y,
			   const struct tensor *lse, const struct tensor *q, const struct tensor *k,
			   const struct tensor *v, double scale)
{
	assert(is_attention(y, lse, q, k, v));
	assert(is_attention(dy, lse, dq, dk, dv));
	assert(shape_is_heads(dq, q, q->dim[1]) && shape_is_heads(dk, k, k->dim[1]));
	dq->backend->ops.attention_backward(dq, dk, dv, dy, y, lse, q, k, v, scale);
}

static bool is_swiglu(const struct tensor *h, const struct tensor *gate_up)
{
	size_t n = shape_rows(h), f = shape_columns(h);

	return shape_is_rows(h, h->backend, n, f) && shape_is_rows(gate_up, h->backend, n, 2 * f);
}

void op_swiglu_forward(const struct tensor *h, const struct tensor *gate_up)
{
	assert(is_swiglu(h, gate_up));
	h->backend->ops.swiglu_forward(h, gate_up);
}

void op_swiglu_backward(const struct tensor *dgate_up, const struct tensor *dh,
			const struct tensor *gate_up)
{
	assert(is_swiglu(dh, gate_up) && is_swiglu(dh, dgate_up));
	dh->backend->ops.swiglu_backward(dgate_up, dh, gate_up);
}

void op_gelu_forward(const struct tensor *h, const struct tensor *x)
{
	assert(shape_is_real(x, h->backend, tensor_size(h)));
	h->backend->ops.gelu_forward(h, x);
}

void op_gelu_backward(const struct tensor *dx, const struct tensor *dh, const struct tensor *x)
{
	assert(shape_is_real(dx, dh->backend, tensor_size(dh)));
	assert(shape_is_real(x, dh->backend, tensor_size(dh)));
	dh->backend->ops.gelu_backward(dx, dh, x);
}

static bool is_cross_entropy(const struct tensor *losses, const struct tensor *logits,
			     const struct tensor *targets)
{
	const struct backend *backend = logits->backend;
	size_t n = shape_rows(logits);

	return shape_is_rows(logits, backend, n, shape_columns(logits)) &&
	       shape_is_real(losses, backend, n) && shape_is_ints(targets, backend, n);
}

void op_cross_entropy_forward(const struct tensor *losses, const struct tensor *logits,
			      const struct tensor *targets)
{
	assert(is_cross_entropy(losses, logits, targets));
	logits->backend->ops.cross_entropy_forward(losses, logits, targets);
}

void op_cross_entropy_backward(const struct tensor *losses, const struct tensor *logits,
			       const struct tensor *targets, double scale)
{
	assert(is_cross_entropy(losses, logits, targets));
	logits->backend->ops.cross_entropy_backward(losses, logits, targets, scale);
}
