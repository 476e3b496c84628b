/* SPDX-License-Identifier: MIT
 *
 * The forward and backward passes of the Llama family, written as mathematics: every tensor lives
 * on the backend and every step is one operation of tensor/ops.h.
 *
 * Kept for the backward pass, per layer: the residual stream before attention and before the MLP,
 * both normalised inputs, q, k, v, the attention's output with its log-sum-exp, and the MLP's
 * hidden rows.  The head runs over chunks of rows, forward and backward at once, so that the
 * logits of the whole batch never exist.
 */
#include <math.h>

#include "base/clock.h"
#include "models/llama_internal.h"
#include "tensor/ops.h"

/* --- one batch --- */

void model_set_batch(struct model *model, const int32_t *inputs, const int32_t *targets, size_t n)
{
	if (n != model->sequences)
		llama_layout_activations(model, n);
	tensor_write_ints(&model->inputs, inputs);
	tensor_write_ints(&model->targets, targets);
}

/* y = x W^T + beta y */
static void linear_forward(const struct tensor *y, const struct tensor *x, const struct linear *l,
			   double beta)
{
	op_matmul(y, x, PLAIN, &l->weight, TRANSPOSED, 1, beta);
}

/* dW = dy^T x + keep dW; dx = dy W */
static void linear_backward(const struct tensor *dx, const struct tensor *dy,
			    const struct tensor *x, const struct linear *l, double keep)
{
	op_matmul(&l->dweight, dy, TRANSPOSED, x, PLAIN, 1, keep);
	op_matmul(dx, dy, PLAIN, &l->weight, PLAIN, 1, 0);
}

static void norm_forward(const struct tensor *y, const struct tensor *rstd, const struct tensor *x,
			 const struct norm *norm)
{
	op_rmsnorm_forward(y, rstd, x, &norm->gain);
}

/* The residual stream x goes on in x_next, to which the branch that begins at y will add. */
static void branch_forward(const struct tensor *x_next, const struct tensor *y,
			   const struct tensor *rstd, const struct tensor *x,
			   const struct norm *norm)
{
	op_rmsnorm_branch(x_next, y, rstd, x, &norm->gain);
}

/* The rows of heads (B,H,T,D) as vectors of D, for QK-norm. */
static struct tensor heads_as_rows(const struct tensor *t)
{
	return tensor_as_matrix(t, t->dim[0] * t->dim[1] * t->dim[2], t->dim[3]);
}

static void head_norm_forward(const struct tensor *y, const struct tensor *rstd,
			      const struct tensor *x, const struct norm *norm)
{
	struct tensor y_rows = heads_as_rows(y), x_rows = heads_as_rows(x);

	op_rmsnorm_forward(&y_rows, rstd, &x_rows, &norm->gain);
}

/* In: gradient of the normalised heads; out, in the same place: of the raw ones. */
static void head_norm_backward(const struct tensor *d, const struct tensor *rstd,
			       const struct tensor *x, const struct norm *norm,
			       const struct tensor *scratch)
{
	struct tensor dy = heads_as_rows(scratch), dx = heads_as_rows(d), x_rows = heads_as_rows(x);

	op_copy(scratch, d);
	op_fill(d, 0);
	op_rmsnorm_backward(&dx, &norm->dgain, &dy, &x_rows, &norm->gain, rstd);
}

static void split_heads(struct model *m, struct layer *l)
{
	if (!m->config.qk_norm) {
		op_split_heads_forward(&l->q, &l->k, &l->v, &m->qkv_out, &m->rope);
		return;
	}
	op_split_heads_forward(&l->q_raw, &l->k_raw, &l->v, &m->qkv_out, &no_tensor);
	head_norm_forward(&l->q, &l->q_rstd, &l->q_raw, &l->q_norm);
	head_norm_forward(&l->k, &l->k_rstd, &l->k_raw, &l->k_norm);
	op_rope(&l->q, &m->rope, false);
	op_rope(&l->k, &m->rope, false);
}

/* dq, dk, dv -> the gradient of the joined product, in qkv_out. */
static void split_heads_backward(struct model *m, struct layer *l)
{
	struct tensor scratch_q = tensor_as(&m->dbranch, 4, l->q.dim);
	struct tensor scratch_k;

	if (!m->config.qk_norm) {
		op_split_heads_backward(&m->qkv_out, &m->dq, &m->dk, &m->dv, &m->rope);
		return;
	}
	op_rope(&m->dq, &m->rope, true);
	op_rope(&m->dk, &m->rope, true);
	head_norm_backward(&m->dq, &l->q_rstd, &l->q_raw, &l->q_norm, &scratch_q);
	scratch_k = scratch_q;
	scratch_k.dim[1] = l->k.dim[1];
	head_norm_backward(&m->dk, &l->k_rstd, &l->k_raw, &l->k_norm, &scratch_k);
	op_split_heads_backward(&m->qkv_out, &m->dq, &m->dk, &m->dv, &no_tensor);
}

static double attention_scale(const struct model *m)
{
	return 1 / sqrt((double)m->config.head_dim);
}

static void layer_forward(struct model *m, struct layer *l, const struct tensor *max_logit,
			  const struct tensor *x_next)
{
	branch_forward(&l->x_mid, &l->attn_in, &l->attn_rstd, &l->x, &l->attn_norm);
	linear_forward(&m->qkv_out, &l->attn_in, &l->qkv, 0);
	split_heads(m, l);
	op_attention_forward(&l->attn_out, &l->lse, max_logit, &l->q, &l->k, &l->v,
			     attention_scale(m));
	linear_forward(&l->x_mid, &l->attn_out, &l->attn_o, 1);

	branch_forward(x_next, &l->mlp_in, &l->mlp_rstd, &l->x_mid, &l->mlp_norm);
	linear_forward(&l->gate_up_out, &l->mlp_in, &l->gate_up, 0);
	if (m->config.mlp == MLP_SWIGLU)
		op_swiglu_forward(&l->hidden, &l->gate_up_out);
	else
		op_gelu_forward(&l->hidden, &l->gate_up_out);
	linear_forward(x_next, &l->hidden, &l->mlp_down, 1);
}

/* The steps of layer_forward in reverse; dx is the gradient of x_next, then of x. */
static void layer_backward(struct model *m, struct layer *l)
{
	linear_backward(&m->dhidden, &m->dx, &l->hidden, &l->mlp_down, m->keep);
	if (m->config.mlp == MLP_SWIGLU)
		op_swiglu_backward(&m->dgate_up, &m->dhidden, &l->gate_up_out);
	else
		op_gelu_backward(&m->dgate_up, &m->dhidden, &l->gate_up_out);
	linear_backward(&m->dbranch, &m->dgate_up, &l->mlp_in, &l->gate_up, m->keep);
	op_rmsnorm_backward(&m->dx, &l->mlp_norm.dgain, &m->dbranch, &l->x_mid, &l->mlp_norm.gain,
			    &l->mlp_rstd);

	linear_backward(&m->dbranch, &m->dx, &l->attn_out, &l->attn_o, m->keep);
	op_attention_backward(&m->dq, &m->dk, &m->dv, &m->dbranch, &l->attn_out, &l->lse, &l->q,
			      &l->k, &l->v, attention_scale(m));
	split_heads_backward(m, l);
	linear_backward(&m->dbranch, &m->qkv_out, &l->attn_in, &l->qkv, m->keep);
	op_rmsnorm_backward(&m->dx, &l->attn_norm.dgain, &m->dbranch, &l->x, &l->attn_norm.gain,
			    &l->attn_rstd);
}

/* Everything up to the input of the head.  Only the logits of training batches are kept. */
static void trunk_forward(struct model *m, bool training)
{
	int64_t n = m->config.n_layers;

	op_embedding_forward(n ? &m->layers[0].x : &m->x, &m->embedding.weight, &m->inputs);
	for (int64_t i = 0; i < n; i++)
		layer_forward(m, &m->layers[i], training ? &m->layers[i].max_logit : &m->idle_logit,
			      i + 1 < n ? &m->layers[i + 1].x : &m->x);
	norm_forward(&m->final_in, &m->final_rstd, &m->x, &m->final_norm);
}

/* Where gradients start anew, those that are no product: they are only added to.  A tied
 * embedding's was written by the head. */
static void start_gradients(struct model *m)
{
	for (size_t i = 0; i < m->params.n; i++)
		if (m->params.items[i].role == ROLE_norm)
			op_fill(&m->params.items[i].gradient, 0);
	if (!m->config.tie_embeddings)
		op_fill(&m->embedding.dweight, 0);
}

static void trunk_backward(struct model *m)
{
	if (m->keep == 0)
		start_gradients(m);
	op_fill(&m->dx, 0);
	op_rmsnorm_backward(&m->dx, &m->final_norm.dgain, &m->dbranch, &m->x, &m->final_norm.gain,
			    &m->final_rstd);
	for (int64_t i = m->config.n_layers; i-- > 0;)
		layer_backward(m, &m->layers[i]);
	op_embedding_backward(&m->embedding.dweight, &m->dx, &m->inputs);
}

/* A chunk of rows of everything that the head touches. */
struct head_rows {
	struct tensor in, din, targets, losses, logits;
};

static struct head_rows head_rows_at(const struct model *m, size_t first)
{
	size_t left = m->inputs.dim[0] - first;
	size_t n = left < m->logits.dim[0] ? left : m->logits.dim[0];

	return (struct head_rows){
		tensor_rows(&m->final_in, first, n), tensor_rows(&m->dbranch, first, n),
		tensor_rows(&m->targets, first, n),  tensor_rows(&m->losses, first, n),
		tensor_rows(&m->logits, 0, n),
	};
}

void model_forward(struct model *model)
{
	trunk_forward(model, false);
	for (size_t first = 0; first < model->inputs.dim[0]; first += model->logits.dim[0]) {
		struct head_rows rows = head_rows_at(model, first);

		linear_forward(&rows.logits, &rows.in, &model->head, 0);
		op_cross_entropy_forward(&rows.losses, &rows.logits, &rows.targets);
	}
}

void model_forward_backward(struct model *model, double scale, double *forward_s,
			    double *backward_s)
{
	double start = clock_s(), forward, since;

	trunk_forward(model, true);
	forward = clock_s() - start;
	for (size_t first = 0; first < model->inputs.dim[0]; first += model->logits.dim[0]) {
		struct head_rows rows = head_rows_at(model, first);

		since = clock_s();
		linear_forward(&rows.logits, &rows.in, &model->head, 0);
		op_cross_entropy_backward(&rows.losses, &rows.logits, &rows.targets, scale);
		forward += clock_s() - since;
		linear_backward(&rows.din, &rows.logits, &rows.in, &model->head,
				first ? 1 : model->keep);
	}
	trunk_backward(model);
	model->keep = 1;
	if (forward_s)
		*forward_s = forward;
	if (backward_s)
		*backward_s = clock_s() - start - forward;
}

void model_read_losses(struct model *model, double *losses)
{
	tensor_read(&model->losses, losses);
}

void model_zero_gradients(struct model *model)
{
	model->keep = 0;
}

void model_take_max_logits(struct model *model, double *logits)
{
	tensor_read(&model->max_logit, logits);
	op_fill(&model->max_logit, -HUGE_VAL);
}

struct tensor model_max_logits(const struct model *model)
{
	return model->max_logit;
}
