/* SPDX-License-Identifier: MIT
 *
 * The memory of the Llama family: three slabs, for parameters with their gradients, for constants
 * and for activations, each laid out by one function that runs twice (tensor/tensor.h).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/order.h"
#include "base/random.h"
#include "models/llama_internal.h"
#include "tensor/ops.h"

/* Logits at a time: 4 MiB, or as much as the products need to be fast (at 128 rows they reach 0.75
 * of their rate at 2,048, at 512 rows 0.93), but not over 64 MiB. */
#define HEAD_CHUNK_ELEMENTS (1u << 20)
#define HEAD_CHUNK_ROWS	    512
#define HEAD_CHUNK_MOST	    (1u << 24)
#define INIT_PIECE	    2048 /* weights drawn at a time */

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

size_t model_head_rows(const struct model_config *config, size_t n)
{
	size_t vocab = (size_t)config->vocab, rows = HEAD_CHUNK_ELEMENTS / vocab;

	if (rows < HEAD_CHUNK_ROWS)
		rows = size_smaller(HEAD_CHUNK_ROWS, HEAD_CHUNK_MOST / vocab / 64 * 64);
	return size_smaller(rows > 64 ? rows : 64, n);
}

void llama_layout_activations(struct model *m, size_t sequences)
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
	m->logits = slab_matrix(slab, model_head_rows(config, n), (size_t)config->vocab);
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
	m->idle_logit = slab_vector(&m->constant_slab, heads(&m->config));
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

/* Without tensors. */
static struct model describe(const struct model_config *config, size_t micro_batch,
			     struct slab slab)
{
	struct model m = {
		.config = *config,
		.backend = slab.backend,
		.micro_batch = micro_batch,
		.param_slab = slab,
		.constant_slab = slab,
		.activation_slab = slab,
		.layers = xcalloc((size_t)config->n_layers, sizeof(*m.layers)),
	};

	model_params_describe(config, &m.params);
	return m;
}

static void layout(struct model *m)
{
	llama_params_layout(&m->params, &m->param_slab);
	layout_constants(m);
	llama_layout_activations(m, m->micro_batch);
}

struct model_memory model_memory(const struct model_config *config, size_t micro_batch)
{
	struct model m = describe(config, micro_batch, slab_measuring(1));
	struct model_memory memory;

	layout(&m);
	memory = (struct model_memory){m.param_slab.used, m.constant_slab.used,
				       m.activation_slab.used};
	param_list_release(&m.params);
	free(m.layers);
	return memory;
}

static int allocate(struct model *m, struct error *err)
{
	int result;

	layout(m);
	if ((result = slab_allocate(&m->param_slab, err)) ||
	    (result = slab_allocate(&m->constant_slab, err)) ||
	    (result = slab_allocate(&m->activation_slab, err)))
		return result;
	layout(m);
	return 0;
}

int model_new(struct model **model, const struct model_config *config, struct backend *backend,
	      size_t micro_batch, struct error *err)
{
	struct model *m = xmalloc(sizeof(*m));
	int result;

	*m = describe(config, micro_batch, (struct slab){.backend = backend});
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
	op_fill(&m->idle_logit, -HUGE_VAL);
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

/* Piece by piece, since the largest matrix in doubles would be the peak of a trial's memory. */
static void init_param(const struct param *p, struct random *r)
{
	struct tensor all = tensor_as_vector(&p->weight);
	double values[INIT_PIECE];

	for (size_t first = 0, n; first < all.dim[0]; first += n) {
		struct tensor piece;

		n = all.dim[0] - first < INIT_PIECE ? all.dim[0] - first : INIT_PIECE;
		piece = tensor_rows(&all, first, n);
		for (size_t i = 0; i < n; i++)
			values[i] = p->init_mean +
				    (p->init_std > 0 ? p->init_std * random_normal(r) : 0);
		tensor_write(&piece, values);
	}
}

void model_init(struct model *model, uint64_t seed)
{
	for (size_t i = 0; i < model->params.n; i++) {
		const struct param *p = &model->params.items[i];
		struct random r = random_stream(seed, hash64(1, p->name, strlen(p->name)));

		init_param(p, &r);
	}
}
