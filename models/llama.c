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
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/random.h"
#include "models/llama_internal.h"
#include "tensor/ops.h"

#define HEAD_CHUNK_ELEMENTS (1u << 20) /* logits at a time */

struct norm {
	struct tensor gain, dgain;
};

struct linear {
	struct tensor weight, dweight; /* (out, in) */
};

struct layer {
	/* parameters; qkv and gate_up are joined matrices seen as one */
	struct norm attn_norm, q_norm, k_norm, mlp_norm;
	struct linear qkv, attn_o, gate_up, mlp_down;
	struct tensor max_logit; /* (H) */

	/* kept for the backward pass */
	struct tensor x, attn_in, attn_rstd;	    /* (N,C) (N,C) (N) */
	struct tensor q, k, v;			    /* (B,H,T,D) (B,K,T,D) (B,K,T,D) */
	struct tensor q_raw, k_raw, q_rstd, k_rstd; /* before QK-norm, where it is on */
	struct tensor attn_out, lse;		    /* (N,C) (B,H,T) */
	struct tensor x_mid, mlp_in, mlp_rstd;	    /* (N,C) (N,C) (N) */
	struct tensor gate_up_out, hidden;	    /* (N,2F) or (N,F); (N,F) */
};

struct model {
	struct model_config config;
	struct backend *backend;
	struct param_list params;
	size_t micro_batch; /* sequences there is room for */
	size_t sequences;   /* of the batch that is set */

	struct slab param_slab, constant_slab, activation_slab;
	struct tensor rope;	 /* (T,D) */
	struct tensor max_logit; /* (n_layers, H) */

	struct layer *layers;
	struct linear embedding, head;
	struct norm final_norm;

	struct tensor inputs, targets, losses; /* (N) */
	struct tensor x, final_in,
		final_rstd;		 /* residual stream after the last layer; normalised */
	struct tensor qkv_out;		 /* (N, (H+2K) D); its gradient in the backward pass */
	struct tensor logits;		 /* (chunk, V) */
	struct tensor dx, dbranch;	 /* (N,C): of the residual stream; of a branch */
	struct tensor dq, dk, dv;	 /* as q, k, v */
	struct tensor dgate_up, dhidden; /* as gate_up_out, hidden */
};

/* --- layout --- */

static size_t heads(const struct model_config *config)
{
	return (size_t)(config->d_model / config->head_dim);
}

static size_t gate_up_width(const struct model_config *config)
{
	return (size_t)config->ffn_hidden * (config->mlp == MLP_SWIGLU ? 2 : 1);
}

static struct tensor take_heads(struct slab *slab, size_t sequences, size_t n_heads,
				const struct model_config *config)
{
	const size_t dim[4] = {sequences, n_heads, (size_t)config->context,
			       (size_t)config->head_dim};

	return slab_take(slab, DTYPE_REAL, 4, dim);
}

static void layout_layer(struct layer *l, const struct model_config *config, size_t sequences,
			 struct slab *slab)
{
	size_t n = sequences * (size_t)config->context, c = (size_t)config->d_model;
	size_t h = heads(config), kv = (size_t)config->kv_heads;

	l->x = slab_matrix(slab, n, c);
	l->attn_in = slab_matrix(slab, n, c);
	l->attn_rstd = slab_vector(slab, n);
	l->q = take_heads(slab, sequences, h, config);
	l->k = take_heads(slab, sequences, kv, config);
	l->v = take_heads(slab, sequences, kv, config);
	if (config->qk_norm) {
		l->q_raw = take_heads(slab, sequences, h, config);
		l->k_raw = take_heads(slab, sequences, kv, config);
		l->q_rstd = slab_vector(slab, n * h);
		l->k_rstd = slab_vector(slab, n * kv);
	}
	l->attn_out = slab_matrix(slab, n, c);
	l->lse = slab_take(slab, DTYPE_REAL, 3, (size_t[]){sequences, h, (size_t)config->context});
	l->x_mid = slab_matrix(slab, n, c);
	l->mlp_in = slab_matrix(slab, n, c);
	l->mlp_rstd = slab_vector(slab, n);
	l->gate_up_out = slab_matrix(slab, n, gate_up_width(config));
	l->hidden = slab_matrix(slab, n, (size_t)config->ffn_hidden);
}

static size_t head_chunk(const struct model_config *config, size_t n)
{
	size_t rows = HEAD_CHUNK_ELEMENTS / (size_t)config->vocab;

	rows = rows < 64 ? 64 : rows;
	return rows < n ? rows : n;
}

/* Activations for a batch of `sequences`; called again in the same memory for smaller ones. */
static void layout_activations(struct model *m, size_t sequences)
{
	const struct model_config *config = &m->config;
	struct slab *slab = &m->activation_slab;
	size_t n = sequences * (size_t)config->context, c = (size_t)config->d_model;
	size_t kv = (size_t)config->kv_heads;

	slab_rewind(slab);
	m->sequences = sequences;
	m->inputs = slab_take(slab, DTYPE_INT, 1, &n);
	m->targets = slab_take(slab, DTYPE_INT, 1, &n);
	m->losses = slab_vector(slab, n);
	for (int64_t i = 0; i < config->n_layers; i++)
		layout_layer(&m->layers[i], config, sequences, slab);
	m->x = slab_matrix(slab, n, c);
	m->final_in = slab_matrix(slab, n, c);
	m->final_rstd = slab_vector(slab, n);
	m->qkv_out = slab_matrix(slab, n, (heads(config) + 2 * kv) * (size_t)config->head_dim);
	m->logits = slab_matrix(slab, head_chunk(config, n), (size_t)config->vocab);
	m->dx = slab_matrix(slab, n, c);
	m->dbranch = slab_matrix(slab, n, c);
	m->dq = take_heads(slab, sequences, heads(config), config);
	m->dk = take_heads(slab, sequences, kv, config);
	m->dv = take_heads(slab, sequences, kv, config);
	m->dgate_up = slab_matrix(slab, n, gate_up_width(config));
	m->dhidden = slab_matrix(slab, n, (size_t)config->ffn_hidden);
}

static void layout_constants(struct model *m)
{
	m->rope = slab_matrix(&m->constant_slab, (size_t)m->config.context,
			      (size_t)m->config.head_dim);
	m->max_logit =
		slab_matrix(&m->constant_slab, (size_t)m->config.n_layers, heads(&m->config));
}

/* --- parameters --- */

static struct norm norm_of(struct model *m, const char *part, int layer)
{
	const struct param *p = llama_param(&m->params, part, layer);

	if (!p)
		return (struct norm){no_tensor, no_tensor};
	return (struct norm){tensor_as_vector(&p->weight), tensor_as_vector(&p->gradient)};
}

/* `rows` may reach over the joined matrices behind the named one. */
static struct linear linear_of(struct model *m, const char *part, int layer, size_t rows)
{
	const struct param *p = llama_param(&m->params, part, layer);
	struct linear linear = {p->weight, p->gradient};

	linear.weight.dim[0] = linear.dweight.dim[0] = rows;
	return linear;
}

static void bind_layer(struct model *m, int i)
{
	struct layer *l = &m->layers[i];
	const struct model_config *config = &m->config;
	size_t c = (size_t)config->d_model;

	l->attn_norm = norm_of(m, "attn_norm", i);
	l->q_norm = norm_of(m, "q_norm", i);
	l->k_norm = norm_of(m, "k_norm", i);
	l->mlp_norm = norm_of(m, "mlp_norm", i);
	l->qkv = linear_of(m, "attn_q", i, c + 2 * (size_t)(config->kv_heads * config->head_dim));
	l->attn_o = linear_of(m, "attn_o", i, c);
	l->gate_up = linear_of(m, config->mlp == MLP_SWIGLU ? "mlp_gate" : "mlp_up", i,
			       gate_up_width(config));
	l->mlp_down = linear_of(m, "mlp_down", i, c);
	l->max_logit = tensor_rows(&m->max_logit, (size_t)i, 1);
	l->max_logit = tensor_as_vector(&l->max_logit);
}

static void bind_params(struct model *m)
{
	size_t vocab = (size_t)m->config.vocab;

	for (int i = 0; i < m->config.n_layers; i++)
		bind_layer(m, i);
	m->embedding = linear_of(m, "embedding", -1, vocab);
	m->head = m->config.tie_embeddings ? m->embedding : linear_of(m, "head", -1, vocab);
	m->final_norm = norm_of(m, "final_norm", -1);
}

/* Row t: the cosines, then the sines of t / base^(2i/D). */
static void write_rope(struct model *m)
{
	size_t context = (size_t)m->config.context, d = (size_t)m->config.head_dim;
	double *table = xcalloc(context * d, sizeof(*table));

	for (size_t t = 0; t < context; t++)
		for (size_t i = 0; i < d / 2; i++) {
			double angle =
				(double)t * pow(m->config.rope_base, -2 * (double)i / (double)d);

			table[t * d + i] = cos(angle);
			table[t * d + d / 2 + i] = sin(angle);
		}
	tensor_write(&m->rope, table);
	free(table);
}

static int allocate(struct model *m, struct error *err)
{
	int result;

	llama_params_layout(&m->params, &m->param_slab);
	layout_constants(m);
	layout_activations(m, m->micro_batch);
	if ((result = slab_allocate(&m->param_slab, err)) ||
	    (result = slab_allocate(&m->constant_slab, err)) ||
	    (result = slab_allocate(&m->activation_slab, err)))
		return result;
	llama_params_layout(&m->params, &m->param_slab);
	layout_constants(m);
	layout_activations(m, m->micro_batch);
	return 0;
}

int model_new(struct model **model, const struct model_config *config, struct backend *backend,
	      size_t micro_batch, struct error *err)
{
	struct model *m = xcalloc(1, sizeof(*m));
	int result;

	m->config = *config;
	m->backend = backend;
	m->micro_batch = micro_batch;
	m->param_slab.backend = m->constant_slab.backend = m->activation_slab.backend = backend;
	m->layers = xcalloc((size_t)config->n_layers, sizeof(*m->layers));
	model_params_describe(config, &m->params);
	result = allocate(m, err);
	if (result) {
		error_wrap(err, "model %lldx%lld", (long long)config->d_model,
			   (long long)config->n_layers);
		model_free(m);
		return result;
	}
	bind_params(m);
	write_rope(m);
	op_fill(&m->max_logit, -HUGE_VAL);
	*model = m;
	return 0;
}

void model_free(struct model *model)
{
	if (!model)
		return;
	slab_release(&model->param_slab);
	slab_release(&model->constant_slab);
	slab_release(&model->activation_slab);
	param_list_release(&model->params);
	free(model->layers);
	free(model);
}

struct param_list *model_params(struct model *model)
{
	return &model->params;
}

size_t model_memory_bytes(const struct model *model)
{
	return model->param_slab.size + model->constant_slab.size + model->activation_slab.size;
}

void model_init(struct model *model, uint64_t seed)
{
	for (size_t i = 0; i < model->params.n; i++) {
		const struct param *p = &model->params.items[i];
		struct random r = random_stream(seed, hash64(1, p->name, strlen(p->name)));
		size_t n = param_size(p);
		double *values = xcalloc(n, sizeof(*values));

		for (size_t j = 0; j < n; j++)
			values[j] = p->init_mean +
				    (p->init_std > 0 ? p->init_std * random_normal(&r) : 0);
		tensor_write(&p->weight, values);
		free(values);
	}
}

/* --- one batch --- */

void model_set_batch(struct model *model, const int32_t *inputs, const int32_t *targets, size_t n)
{
	if (n != model->sequences)
		layout_activations(model, n);
	tensor_write_ints(&model->inputs, inputs);
	tensor_write_ints(&model->targets, targets);
}

/* y = x W^T + beta y */
static void linear_forward(const struct tensor *y, const struct tensor *x, const struct linear *l,
			   double beta)
{
	op_matmul(y, x, PLAIN, &l->weight, TRANSPOSED, 1, beta);
}

/* dW += dy^T x; dx = dy W */
static void linear_backward(const struct tensor *dx, const struct tensor *dy,
			    const struct tensor *x, const struct linear *l)
{
	op_matmul(&l->dweight, dy, TRANSPOSED, x, PLAIN, 1, 1);
	op_matmul(dx, dy, PLAIN, &l->weight, PLAIN, 1, 0);
}

static void norm_forward(const struct tensor *y, const struct tensor *rstd, const struct tensor *x,
			 const struct norm *norm)
{
	op_rmsnorm_forward(y, rstd, x, &norm->gain);
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

static void layer_forward(struct model *m, struct layer *l, const struct tensor *x_next)
{
	norm_forward(&l->attn_in, &l->attn_rstd, &l->x, &l->attn_norm);
	linear_forward(&m->qkv_out, &l->attn_in, &l->qkv, 0);
	split_heads(m, l);
	op_attention_forward(&l->attn_out, &l->lse, &l->max_logit, &l->q, &l->k, &l->v,
			     attention_scale(m));
	op_copy(&l->x_mid, &l->x);
	linear_forward(&l->x_mid, &l->attn_out, &l->attn_o, 1);

	norm_forward(&l->mlp_in, &l->mlp_rstd, &l->x_mid, &l->mlp_norm);
	linear_forward(&l->gate_up_out, &l->mlp_in, &l->gate_up, 0);
	if (m->config.mlp == MLP_SWIGLU)
		op_swiglu_forward(&l->hidden, &l->gate_up_out);
	else
		op_gelu_forward(&l->hidden, &l->gate_up_out);
	op_copy(x_next, &l->x_mid);
	linear_forward(x_next, &l->hidden, &l->mlp_down, 1);
}

/* The steps of layer_forward in reverse; dx is the gradient of x_next, then of x. */
static void layer_backward(struct model *m, struct layer *l)
{
	linear_backward(&m->dhidden, &m->dx, &l->hidden, &l->mlp_down);
	if (m->config.mlp == MLP_SWIGLU)
		op_swiglu_backward(&m->dgate_up, &m->dhidden, &l->gate_up_out);
	else
		op_gelu_backward(&m->dgate_up, &m->dhidden, &l->gate_up_out);
	linear_backward(&m->dbranch, &m->dgate_up, &l->mlp_in, &l->gate_up);
	op_rmsnorm_backward(&m->dx, &l->mlp_norm.dgain, &m->dbranch, &l->x_mid, &l->mlp_norm.gain,
			    &l->mlp_rstd);

	linear_backward(&m->dbranch, &m->dx, &l->attn_out, &l->attn_o);
	op_attention_backward(&m->dq, &m->dk, &m->dv, &m->dbranch, &l->attn_out, &l->lse, &l->q,
			      &l->k, &l->v, attention_scale(m));
	split_heads_backward(m, l);
	linear_backward(&m->dbranch, &m->qkv_out, &l->attn_in, &l->qkv);
	op_rmsnorm_backward(&m->dx, &l->attn_norm.dgain, &m->dbranch, &l->x, &l->attn_norm.gain,
			    &l->attn_rstd);
}

/* Everything up to the input of the head. */
static void trunk_forward(struct model *m)
{
	int64_t n = m->config.n_layers;

	op_embedding_forward(n ? &m->layers[0].x : &m->x, &m->embedding.weight, &m->inputs);
	for (int64_t i = 0; i < n; i++)
		layer_forward(m, &m->layers[i], i + 1 < n ? &m->layers[i + 1].x : &m->x);
	norm_forward(&m->final_in, &m->final_rstd, &m->x, &m->final_norm);
}

static void trunk_backward(struct model *m)
{
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
	trunk_forward(model);
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

	trunk_forward(model);
	forward = clock_s() - start;
	for (size_t first = 0; first < model->inputs.dim[0]; first += model->logits.dim[0]) {
		struct head_rows rows = head_rows_at(model, first);

		since = clock_s();
		linear_forward(&rows.logits, &rows.in, &model->head, 0);
		op_cross_entropy_backward(&rows.losses, &rows.logits, &rows.targets, scale);
		forward += clock_s() - since;
		linear_backward(&rows.din, &rows.logits, &rows.in, &model->head);
	}
	trunk_backward(model);
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
	op_fill(&model->params.gradients, 0);
}

void model_take_max_logits(struct model *model, double *logits)
{
	tensor_read(&model->max_logit, logits);
	op_fill(&model->max_logit, -HUGE_VAL);
}
