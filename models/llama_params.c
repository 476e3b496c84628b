/* SPDX-License-Identifier: MIT
 *
 * The parameter table of the Llama family.  Shapes, initial values, counts by group and the
 * optimizers' split all come from it.
 *
 * Matrices that are multiplied with the same input (q, k, v; gate, up) are joined: they lie one
 * after the other, so that the model computes one product while optimizers see each by itself.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "models/llama_internal.h"

enum dim { ONE, D_MODEL, VOCAB, QUERIES, KEYS, HEAD_DIM, FFN, N_DIMS };
enum where { BEFORE_LAYERS, IN_LAYER, AFTER_LAYERS };
enum condition { ALWAYS, IF_SWIGLU, IF_QK_NORM, IF_UNTIED };

struct table_row {
	const char *name;
	enum param_role role;
	enum where where;
	enum dim rows, columns;
	enum condition condition;
	bool joined;   /* follows the row before without a gap */
	bool residual; /* writes to the residual stream */
};

static const struct table_row table[] = {
	{"embedding", ROLE_embedding, BEFORE_LAYERS, VOCAB, D_MODEL, ALWAYS, false, false},
	{"attn_norm", ROLE_norm, IN_LAYER, ONE, D_MODEL, ALWAYS, false, false},
	{"attn_q", ROLE_attn_q, IN_LAYER, QUERIES, D_MODEL, ALWAYS, false, false},
	{"attn_k", ROLE_attn_k, IN_LAYER, KEYS, D_MODEL, ALWAYS, true, false},
	{"attn_v", ROLE_attn_v, IN_LAYER, KEYS, D_MODEL, ALWAYS, true, false},
	{"q_norm", ROLE_norm, IN_LAYER, ONE, HEAD_DIM, IF_QK_NORM, false, false},
	{"k_norm", ROLE_norm, IN_LAYER, ONE, HEAD_DIM, IF_QK_NORM, false, false},
	{"attn_o", ROLE_attn_o, IN_LAYER, D_MODEL, QUERIES, ALWAYS, false, true},
	{"mlp_norm", ROLE_norm, IN_LAYER, ONE, D_MODEL, ALWAYS, false, false},
	{"mlp_gate", ROLE_mlp_gate, IN_LAYER, FFN, D_MODEL, IF_SWIGLU, false, false},
	{"mlp_up", ROLE_mlp_up, IN_LAYER, FFN, D_MODEL, ALWAYS, true, false},
	{"mlp_down", ROLE_mlp_down, IN_LAYER, D_MODEL, FFN, ALWAYS, false, true},
	{"final_norm", ROLE_norm, AFTER_LAYERS, ONE, D_MODEL, ALWAYS, false, false},
	{"head", ROLE_head, AFTER_LAYERS, VOCAB, D_MODEL, IF_UNTIED, false, false},
};

static bool wanted(const struct table_row *row, const struct model_config *config)
{
	switch (row->condition) {
	case ALWAYS:
		return true;
	case IF_SWIGLU:
		return config->mlp == MLP_SWIGLU;
	case IF_QK_NORM:
		return config->qk_norm;
	case IF_UNTIED:
		return !config->tie_embeddings;
	}
	return false;
}

static size_t dim_size(enum dim dim, const struct model_config *config)
{
	const int64_t sizes[N_DIMS] = {
		[ONE] = 1,
		[D_MODEL] = config->d_model,
		[VOCAB] = config->vocab,
		[QUERIES] = config->d_model,
		[KEYS] = config->kv_heads * config->head_dim,
		[HEAD_DIM] = config->head_dim,
		[FFN] = config->ffn_hidden,
	};

	return (size_t)sizes[dim];
}

static double initial_deviation(const struct table_row *row, const struct model_config *config)
{
	double fan_in = (double)dim_size(row->columns, config);
	double deviation = config->init == INIT_GPT2 ? 0.02 : 1 / sqrt(fan_in);

	if (row->role == ROLE_norm)
		return 0;
	if (row->residual && config->init != INIT_FAN_IN)
		deviation /= sqrt(2 * (double)config->n_layers);
	return deviation;
}

static void add_param(struct param_list *list, const struct table_row *row, int layer,
		      const struct model_config *config)
{
	struct param *p = &list->items[list->n++];

	*p = (struct param){
		.role = row->role,
		.layer = layer,
		.rows = dim_size(row->rows, config),
		.columns = dim_size(row->columns, config),
		.joined = row->joined && wanted(row - 1, config),
		.init_std = initial_deviation(row, config),
		.init_mean = row->role == ROLE_norm ? 1 : 0,
	};
	if (layer >= 0)
		snprintf(p->name, sizeof(p->name), "layer%d.%s", layer, row->name);
	else
		snprintf(p->name, sizeof(p->name), "%s", row->name);
}

static void add_rows(struct param_list *list, enum where where, int layer,
		     const struct model_config *config)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].where == where && wanted(&table[i], config))
			add_param(list, &table[i], layer, config);
}

void model_params_describe(const struct model_config *config, struct param_list *list)
{
	size_t most = ARRAY_SIZE(table) * ((size_t)config->n_layers + 2);

	*list = (struct param_list){.items = xcalloc(most, sizeof(*list->items)),
				    .width = (double)config->d_model};
	add_rows(list, BEFORE_LAYERS, -1, config);
	for (int layer = 0; layer < config->n_layers; layer++)
		add_rows(list, IN_LAYER, layer, config);
	add_rows(list, AFTER_LAYERS, -1, config);
}

void param_list_release(struct param_list *list)
{
	free(list->items);
	*list = (struct param_list){0};
}

static struct tensor take_all(struct param_list *list, struct slab *slab, bool gradients)
{
	size_t start = slab->used;
	struct tensor whole = {0};

	for (size_t i = 0; i < list->n; i++) {
		struct param *p = &list->items[i];
		struct tensor t = p->joined ? slab_matrix_joined(slab, p->rows, p->columns)
					    : slab_matrix(slab, p->rows, p->columns);

		if (i == 0) {
			whole = t;
			start = t.offset;
		}
		*(gradients ? &p->gradient : &p->weight) = t;
	}
	whole.rank = 1;
	whole.dim[0] = (slab->used - start) / backend_real_size(slab->backend);
	return whole;
}

void llama_params_layout(struct param_list *list, struct slab *slab)
{
	list->weights = take_all(list, slab, false);
	list->gradients = take_all(list, slab, true);
}

struct param *llama_param(struct param_list *list, const char *part, int layer)
{
	char name[sizeof(list->items->name)];

	if (layer >= 0)
		snprintf(name, sizeof(name), "layer%d.%s", layer, part);
	else
		snprintf(name, sizeof(name), "%s", part);
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i].name, name) == 0)
			return &list->items[i];
	return NULL;
}
